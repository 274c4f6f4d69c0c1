import { problem } from '../../base/problem.ts';
import type { CredentialItem } from '../../roster/index.ts';
import { complain, present, withSession } from '../session.ts';
import { table } from '../table.ts';
import { makeTerminal, plain } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';
import { askPassword } from './ask-password.ts';

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

function credentialTable(items: readonly CredentialItem[]): string[] {
  return table([
    ['name', 'opens', 'PasswordDigest', 'made'],
    ...items.map(({ name, kinds, passwordDigest, createdAt }) => [
      name,
      kinds.join(', '),
      passwordDigest ? 'allowed' : 'no',
      createdAt,
    ]),
  ]);
}
