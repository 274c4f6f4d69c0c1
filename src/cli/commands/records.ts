import { Option } from 'commander';
import { type RecordType, recordTypes } from '../../model/index.ts';
import type { ArchivedItem, RecordLocks } from '../../roster/index.ts';
import type { Listing } from '../../sync/index.ts';
import { present, withSession } from '../session.ts';
import { table } from '../table.ts';
import { plain } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';
import { addPaging, type PagingOptions, pagingOf } from './paging.ts';

interface ArchivedOptions extends PagingOptions {
  readonly q?: string;
  readonly json?: true;
}
interface LockOptions {
  readonly type?: RecordType;
  readonly json?: true;
}

const typeOption = () => new Option('--type <type>', 'where several types have the id').choices([...recordTypes]);

/** `rostergate archived`, `lock` and `unlock`. */
export const addRecordCommands: AddCommands = (program, deps, run) => {
  addPaging(program.command('archived'))
    .description('Lists archived courses, newest first.')
    .option('--q <text>', 'only titles and ids that begin with this')
    .addHelpText('after', '\nAn archived course comes back with: rostergate restore ID')
    .action((options: ArchivedOptions) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) => {
          const query = { ...pagingOf(options), ...(options.q === undefined ? {} : { q: options.q }) };
          return present(terminal, await operations.archived(query), options.json === true, archivedTable);
        }),
      ),
    );

  const setLocks = (id: string, fields: readonly string[], { type, json }: LockOptions) =>
    run(
      withSession(deps, {}, async ({ operations, terminal }) =>
        present(terminal, await operations.lock(id, fields, type), json === true, lockLines),
      ),
    );

  program
    .command('lock')
    .description('Locks fields of a record against feeds; these take the place of those that were locked.')
    .argument('<id>', 'guid, sender’s id or OneRoster id of the record')
    .argument('<fields...>', 'names of fields, as email or name')
    .addOption(typeOption())
    .addHelpText('after', '\nExample:\n  $ rostergate lock p4711 email name --type person')
    .action((id: string, fields: string[], options: LockOptions) => setLocks(id, fields, options));

  program
    .command('unlock')
    .description('Releases all locked fields of a record; the next file of its feeds sets them again.')
    .argument('<id>', 'guid, sender’s id or OneRoster id of the record')
    .addOption(typeOption())
    .addHelpText('after', '\nExample:\n  $ rostergate unlock p4711')
    .action((id: string, options: LockOptions) => setLocks(id, [], options));
};

function lockLines({ type, guid, locks }: RecordLocks): string[] {
  return [plain(`${type} ${guid}: ${locks.length === 0 ? 'nothing is locked' : `locked are ${locks.join(', ')}`}`)];
}

function archivedTable({ items, total, next }: Listing<ArchivedItem>): string[] {
  const head = ['id', 'sourcedId', 'name', 'archived (UTC)', 'by', 'run'];
  const rows = items.map((one) => [
    one.id,
    one.sourcedId,
    one.name,
    one.archivedAt.slice(0, 19),
    one.archivedBy,
    one.run ?? '–',
  ]);
  const more = next === null ? [] : [`More: --cursor ${next}`];
  return [...table([head, ...rows]), `${items.length} of ${total} in the archive`, ...more];
}
