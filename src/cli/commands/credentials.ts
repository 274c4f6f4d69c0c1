import { Option } from 'commander';
import { problem } from '../../base/problem.ts';
import {
  type AdminRole,
  adminRoles,
  type CredentialChange,
  type CredentialItem,
  type CredentialKind,
  credentialKinds,
  type MadeCredential,
  oneRosterScopes,
} from '../../roster/index.ts';
import { complain, present, withSession } from '../session.ts';
import { table } from '../table.ts';
import { makeTerminal, plain } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';
import { askPassword } from './ask-password.ts';
import { readKeyFiles } from './sftp/key-files.ts';

interface DigestOptions {
  readonly allow?: true;
  readonly deny?: true;
  readonly json?: true;
}

const digestHelp = `
For SOAP clients that send WS-Security PasswordDigest and cannot send PasswordText. A digest can be checked only with the
password itself, which is then kept encrypted (SECRETS_KEY) beside its hash. --allow asks for the credential's password,
or reads it from standard input.

Examples:
  $ rostergate digest sis --allow
  $ rostergate digest sis --allow < password.txt
  $ rostergate digest sis --deny`;

/** `rostergate credentials` and `digest`. */
export const addCredentialCommands: AddCommands = (program, deps, run) => {
  program
    .command('credentials')
    .description('Lists the credentials that have a name, without their secrets.')
    .addHelpText('after', '\nExample:\n  $ rostergate credentials')
    .action(({ json }: DigestOptions) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) =>
          present(terminal, await operations.credentials(), json === true, ({ items }) => credentialTable(items)),
        ),
      ),
    );

  program
    .command('digest')
    .description('Allows or denies a SOAP user to log in by PasswordDigest.')
    .argument('<name>', 'name of the credential')
    .option('--allow', 'allow it; asks for the password')
    .option('--deny', 'deny it and forget the encrypted password, at once')
    .addHelpText('after', digestHelp)
    .action((name: string, options: DigestOptions) => run(changeDigest(name, options)));

  program
    .command('credential')
    .description('Makes, changes or deletes a credential.')
    .argument('<name>', 'SOAP user name, OneRoster client id, admin name, name of an API key or SFTP account')
    .addOption(new Option('--create <kinds...>', 'make it; what it opens').choices([...credentialKinds]))
    .option('--scopes <names...>', 'scopes of a OneRoster client: names as roster.readonly, or addresses')
    .option('--namespace <name>', 'with --create: namespace of the ids that it sends')
    .addOption(new Option('--role <role>', 'what an admin or API key may do').choices([...adminRoles]))
    .option('--expires <time>', 'nobody comes in from then on: a time as 2027-07-31T00:00:00Z, or never')
    .option('--networks <networks...>', 'where it may be used from: addresses or CIDR, or any')
    .option('--feeds <names...>', 'feeds that its holder may use, or all')
    .option(
      '--public-keys <files...>',
      'of an SFTP account: all its keys, as OpenSSH writes them to .pub files, or none',
    )
    .option('--disable', 'nobody comes in by it, at once')
    .option('--enable', 'take that back')
    .option('--new-secret', 'make another secret; the old one ends at once with its tokens')
    .option('--oauth1', 'let its client sign requests by OAuth 1.0a (HMAC-SHA256); asks for the secret')
    .option('--sha1', 'with --oauth1: by HMAC-SHA1 too')
    .option('--no-oauth1', 'take signed requests away and forget the encrypted secret, at once')
    .option('--delete', 'delete it and its tokens, at once')
    .addHelpText('after', credentialHelp)
    .action((name: string, options: CredentialOptions) => run(changeCredential(name, options)));

  async function changeCredential(name: string, options: CredentialOptions): Promise<number> {
    const { create, scopes, namespace, oauth1, sha1, json } = options;
    const wrong = (text: string) => complain(makeTerminal(deps), problem('invalid-request', text));
    const keys = options.publicKeys === undefined ? undefined : await readKeyFiles(options.publicKeys);
    if (keys?.ok === false) return wrong(keys.problem.text);
    const change = { ...changeIn(options), ...(keys === undefined ? {} : { publicKeys: keys.value }) };
    const isChange = create === undefined && Object.keys(change).length > 0;
    const asked = [
      create,
      options.delete,
      options.newSecret,
      oauth1,
      create === undefined ? scopes : undefined,
      isChange ? change : undefined,
    ];
    if (asked.filter((one) => one !== undefined).length !== 1) {
      return wrong(
        'Name one of --create, --scopes, --new-secret, --oauth1, --no-oauth1 and --delete, or what is to change of it: --role, --expires, --networks, --feeds, --public-keys, --disable, --enable.',
      );
    }
    if (options.disable === true && options.enable === true) return wrong('Name one of --disable and --enable.');
    if (create !== undefined && 'disabled' in change) return wrong('--disable and --enable go without --create.');
    if (sha1 === true && oauth1 !== true) return wrong('--sha1 goes with --oauth1.');
    const secret = oauth1 === true ? await askPassword(deps, `Secret of ${name}: `) : '';
    if (oauth1 === true && secret === '') return wrong('No secret was given, on the terminal or by standard input.');
    return withSession(deps, {}, async ({ operations, terminal }) => {
      if (options.delete === true) {
        return present(terminal, await operations.removeCredential(name), json === true, () => [
          plain(`${name} is deleted, and its tokens with it.`),
        ]);
      }
      if (options.newSecret === true) {
        return present(terminal, await operations.renewCredential(name), json === true, toldOnce);
      }
      if (isChange) {
        const changed = await operations.changeCredential(name, change);
        return present(terminal, changed, json === true, (item) => credentialTable([item]).map(plain));
      }
      if (create !== undefined) {
        const { disabled: _never, ...limits } = change;
        const parts = {
          ...limits,
          ...(scopes === undefined ? {} : { scopes }),
          ...(namespace === undefined ? {} : { namespace }),
        };
        const made = await operations.createCredential({ name, kinds: create, ...parts });
        return present(terminal, made, json === true, toldOnce);
      }
      const changed =
        scopes !== undefined
          ? operations.putScopes(name, scopes)
          : oauth1 === true
            ? operations.allowOauth1(name, secret, sha1 === true)
            : operations.denyOauth1(name);
      return present(terminal, await changed, json === true, (item) => credentialTable([item]).map(plain));
    });
  }

  async function changeDigest(name: string, { allow, deny, json }: DigestOptions): Promise<number> {
    const wrong = (text: string) => complain(makeTerminal(deps), problem('invalid-request', text));
    if ((allow === true) === (deny === true)) return wrong('Name one of --allow and --deny.');
    const password = allow === true ? await askPassword(deps, `Password of ${name}: `) : '';
    if (allow === true && password === '') return wrong('No password was given, on the terminal or by standard input.');
    return withSession(deps, {}, async ({ operations, terminal }) => {
      const changed = allow === true ? operations.allowDigest(name, password) : operations.denyDigest(name);
      return present(terminal, await changed, json === true, (item) => [
        plain(`${item.name} may ${item.passwordDigest ? '' : 'not '}log in by PasswordDigest.`),
      ]);
    });
  }
};

/** Options of `rostergate credential`; `oauth1` is false for `--no-oauth1`. */
interface CredentialOptions {
  readonly create?: readonly CredentialKind[];
  readonly scopes?: readonly string[];
  readonly namespace?: string;
  readonly oauth1?: boolean;
  readonly sha1?: true;
  readonly role?: AdminRole;
  readonly expires?: string;
  readonly networks?: readonly string[];
  readonly feeds?: readonly string[];
  readonly publicKeys?: readonly string[];
  readonly disable?: true;
  readonly enable?: true;
  readonly newSecret?: true;
  readonly delete?: true;
  readonly json?: true;
}

/** What is to be changed by the options; `never`, `any` and `all` take a limit away. */
function changeIn({ role, expires, networks, feeds, disable, enable }: CredentialOptions): CredentialChange {
  return {
    ...(role === undefined ? {} : { role }),
    ...(expires === undefined ? {} : { expiresAt: expires === 'never' ? null : expires }),
    ...(networks === undefined ? {} : { networks: networks.join() === 'any' ? null : networks }),
    ...(feeds === undefined ? {} : { feeds: feeds.join() === 'all' ? null : feeds }),
    ...(disable === undefined && enable === undefined ? {} : { disabled: disable === true }),
  };
}

function toldOnce({ name, secret }: MadeCredential): string[] {
  if (secret === undefined) return [plain(`${name} is made; it comes in by its public keys, and has no password.`)];
  return [plain(`The secret of ${name} is told this once: ${secret}`)];
}

const credentialHelp = `
Scopes are addresses, or names that mean those of OneRoster 1.1 and 1.2. --oauth1 asks for the credential's secret, or reads
it from standard input; it is then kept encrypted (SECRETS_KEY) beside its hash, since only who knows it can check a signature.

Examples:
  $ rostergate credential library --create oneroster --scopes roster-core.readonly
  $ rostergate credential library --scopes roster.readonly roster-demographics.readonly
  $ rostergate credential library --oauth1 < secret.txt
  $ rostergate credential nightly --create key --role operator --feeds sis --networks 192.0.2.0/24
  $ rostergate credential school --create sftp --feeds sis --public-keys id_ed25519.pub
  $ rostergate credential nightly --expires 2027-07-31T00:00:00Z
  $ rostergate credential nightly --new-secret
  $ rostergate credential library --delete`;

/** Scopes without their addresses. */
function scopesText(scopes: readonly string[]): string {
  if (oneRosterScopes.every((scope) => scopes.includes(scope))) return 'all';
  return [...new Set(scopes.map((scope) => scope.slice(scope.lastIndexOf('/') + 1)))].join(', ');
}

function credentialTable(items: readonly CredentialItem[]): string[] {
  return table([
    ['name', 'opens', 'PasswordDigest', 'OAuth 1.0a', 'made', 'role', 'state', 'ends', 'last used', 'limits', 'scopes'],
    ...items.map(({ name, kinds, scopes, passwordDigest, oauth1, createdAt, ...item }) => [
      name,
      kinds.join(', '),
      passwordDigest ? 'allowed' : 'no',
      oauth1 === 'denied' ? 'no' : oauth1,
      createdAt,
      item.role ?? '-',
      item.state,
      item.expiresAt ?? 'never',
      item.lastUsedAt ?? 'never',
      limitsText(item),
      scopesText(scopes),
    ]),
  ]);
}

type CredentialLimits = Pick<CredentialItem, 'networks' | 'feeds' | 'publicKeys'>;

function limitsText({ networks, feeds, publicKeys = [] }: CredentialLimits): string {
  const limits = [
    ...(publicKeys.length === 0 ? [] : [`${publicKeys.length} public key${publicKeys.length === 1 ? '' : 's'}`]),
    ...(networks === null ? [] : [`from ${networks.join(' ')}`]),
    ...(feeds === null ? [] : [`feeds ${feeds.join(' ')}`]),
  ];
  return limits.length === 0 ? '-' : limits.join(', ');
}
