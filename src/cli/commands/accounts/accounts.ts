import { Option } from 'commander';
import { failed, type Result } from '../../../base/result.ts';
import type { AccountName } from '../../../roster/index.ts';
import type { CommandLineDeps } from '../../deps.ts';
import { present, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import { plain } from '../../terminal.ts';
import type { AddCommands } from '../add-commands.ts';

interface Json {
  readonly json?: true;
}

const names = ['sourcedId', 'id', 'username', 'email'] as const;

/** `rostergate identify`, `account-status` and `account-changes`: what a learning platform asks of persons. */
export const addAccountCommands: AddCommands = (program, deps, run) => {
  program
    .command('identify')
    .description('Finds persons by an identifier that they sign on with.')
    .argument('<identifier>', 'user name, e-mail, identifier, userMasterIdentifier or a user id of a federation')
    .option('--type <type>', 'only of this type, as username or FEIDE')
    .addHelpText('after', '\nExample:\n  $ rostergate identify ada@school.no --type FEIDE')
    .action((identifier: string, options: Json & { type?: string }) => run(identify(deps, identifier, options)));

  program
    .command('account-status')
    .description('Shows whether an account is to be let in: only an active one is.')
    .argument('<name>', 'what the account is known by')
    .addOption(new Option('--by <field>', 'what the name is').choices([...names]).default('sourcedId'))
    .addHelpText('after', '\nExample:\n  $ rostergate account-status ada@school.no --by email')
    .action((name: string, options: Json & { by: (typeof names)[number] }) =>
      run(accountStatus(deps, { [options.by]: name }, options)),
    );

  program
    .command('account-changes')
    .description('Lists accounts that have changed after a time, as they stand now.')
    .argument('<time>', 'a date and time, as 2026-03-01T00:00:00Z')
    .addHelpText('after', '\nExample:\n  $ rostergate account-changes 2026-03-01')
    .action((time: string, options: Json) => run(accountChanges(deps, time, options)));
};

function identify(deps: CommandLineDeps, identifier: string, { type, json }: Json & { type?: string }) {
  return withSession(deps, {}, async ({ operations, terminal }) =>
    present(
      terminal,
      somebody(await operations.identifyPerson({ identifier, ...(type === undefined ? {} : { type }) })),
      json === true,
      ({ items }) =>
        table([
          ['guid', 'id', 'sourcedId', 'state', 'types'],
          ...items.map(({ guid, imsId, sourcedId, state, types }) => [
            guid,
            plain(imsId),
            plain(sourcedId),
            state,
            plain(types.join(', ')),
          ]),
        ]),
    ),
  );
}

function accountStatus(deps: CommandLineDeps, name: AccountName, { json }: Json): Promise<number> {
  return withSession(deps, {}, async ({ operations, terminal }) =>
    present(terminal, somebody(await operations.accountStatus(name)), json === true, ({ items }) =>
      items.map(({ status, since }) => (since === null ? status : `${status} since ${since}`)),
    ),
  );
}

function accountChanges(deps: CommandLineDeps, changedSince: string, { json }: Json): Promise<number> {
  return withSession(deps, {}, async ({ operations, terminal }) =>
    present(
      terminal,
      await operations.accountChanges({ changedSince, limit: 1000 }),
      json === true,
      ({ items, until, more }) => [
        ...table([
          ['changed at', 'status', 'sourcedId'],
          ...items.map(({ changedAt, status, sourcedId }) => [changedAt, status, plain(sourcedId ?? '')]),
        ]),
        ...(more ? [`More: rostergate account-changes ${until}`] : []),
      ],
    ),
  );
}

/** An answer that names nobody is none. */
function somebody<T extends { readonly items: readonly object[] }>(answer: Result<T>): Result<T> {
  const isNobody = answer.ok && answer.value.items.every((one) => 'status' in one && one.status === 'unknown');
  return isNobody ? failed('unknown-object', 'There is no person of that name.') : answer;
}
