import type { SecretsRotation, SecretsStatus } from '../../../roster/index.ts';
import { present, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import { plain } from '../../terminal.ts';
import type { AddCommands } from '../add-commands.ts';

interface SecretsOptions {
  readonly json?: true;
}

const rotateHelp = `
Passwords for PasswordDigest, secrets of signed requests, of pulls, deliveries and providers of sign-in, and the keys of the
audit log are stored encrypted. This seals all of them with the present key. Where the gateway keeps its key in the data
folder, another key is made first; the one of before is kept in secrets-key.old, for backups. Where SECRETS_KEY is set:

  1. Add the new key to SECRETS_KEYS_OLD of every instance, and start it again.
  2. Make the new key SECRETS_KEY and put the old one into SECRETS_KEYS_OLD, instance by instance.
  3. Run rostergate secrets rotate. When secrets status shows no text of the old key, take it out of SECRETS_KEYS_OLD.

An interrupted rotation is gone on with by the same command. For operators of the gateway only.

Examples:
  $ rostergate secrets status
  $ rostergate secrets rotate`;

/** `rostergate secrets`. */
export const addSecretsCommands: AddCommands = (program, deps, run) => {
  const secrets = program.command('secrets').description('The key of stored secrets, and what is sealed with it.');
  secrets
    .command('status')
    .description('Counts the stored secrets by the key that opens them, over all tenants.')
    .addHelpText('after', '\nExample:\n  $ rostergate secrets status')
    .action(({ json }: SecretsOptions) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) =>
          present(terminal, await operations.secrets.status(), json === true, statusLines),
        ),
      ),
    );
  secrets
    .command('rotate')
    .description('Seals every stored secret with the present key, or with a new one that the gateway makes.')
    .addHelpText('after', rotateHelp)
    .action(({ json }: SecretsOptions) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) =>
          present(terminal, await operations.secrets.rotate(), json === true, rotationLines),
        ),
      ),
    );
};

function statusLines({ sealed, from }: SecretsStatus): string[] {
  const place = from === 'settings' ? 'SECRETS_KEY' : 'the data folder';
  return [
    ...table([
      ['key', 'state', 'texts'],
      ...sealed.map(({ key, current, texts }) => [
        key ?? 'unknown',
        current ? `seals (${place})` : key === null ? 'no key here opens them' : 'opens only',
        String(texts),
      ]),
    ]),
  ];
}

function rotationLines({ resealed, isNewKey, current, ...status }: SecretsRotation): string[] {
  const what = `${resealed} stored ${resealed === 1 ? 'secret is' : 'secrets are'} sealed anew`;
  const hint =
    status.from === 'settings' && resealed === 0
      ? ['All that can be opened has the key SECRETS_KEY already; --help says how another key is set.']
      : [];
  return [
    plain(`${what} with the key ${current}${isNewKey ? ', which was made just now' : ''}.`),
    ...hint,
    ...statusLines({ current, ...status }),
  ];
}
