import type { SessionItem } from '../../../roster/index.ts';
import { present, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import { plain } from '../../terminal.ts';
import type { AddCommands } from '../add-commands.ts';

interface Options {
  readonly json?: true;
}

/** `rostergate sessions` and `session-end`. */
export const addSessionCommands: AddCommands = (program, deps, run) => {
  program
    .command('sessions')
    .description('Lists who is signed in to the admin API by a session.')
    .addHelpText('after', '\nExample:\n  $ rostergate sessions')
    .action(({ json }: Options) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) =>
          present(terminal, await operations.sessions(), json === true, ({ items }) => sessionTable(items)),
        ),
      ),
    );

  program
    .command('session-end')
    .description('Ends a session, at once.')
    .argument('<id>', 'its id, as `rostergate sessions` shows it')
    .action((id: string, { json }: Options) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) =>
          present(terminal, await operations.endSession(id), json === true, () => [plain('The session is over.')]),
        ),
      ),
    );
};

function sessionTable(items: readonly SessionItem[]): string[] {
  return table([
    ['id', 'account', 'role', 'from', 'last seen', 'ends'],
    ...items.map(({ id, name, role, address, lastSeenAt, expiresAt }) => [
      id,
      name,
      role,
      address,
      lastSeenAt,
      expiresAt,
    ]),
  ]);
}
