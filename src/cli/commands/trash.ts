import { Option } from 'commander';
import { failed, ok, type Result } from '../../base/result.ts';
import { type RecordType, recordTypes } from '../../model/index.ts';
import type { RestoreResult, TrashItem } from '../../roster/index.ts';
import type { Listing } from '../../sync/index.ts';
import type { CommandLineDeps } from '../deps.ts';
import { exitCodes } from '../exit.ts';
import type { Operations } from '../operations.ts';
import { complain, present, withSession } from '../session.ts';
import { table } from '../table.ts';
import { makeTerminal, plain } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';
import { addPaging, type PagingOptions, pagingOf } from './paging.ts';

/** The most ids that one request takes. */
const mostIds = 1000;

interface TrashOptions extends PagingOptions {
  readonly q?: string;
  readonly type?: RecordType;
  readonly run?: string;
  readonly json?: true;
}
interface RestoreOptions {
  readonly run?: string;
  readonly search?: string;
  readonly type?: RecordType;
  readonly json?: true;
}
interface PurgeOptions {
  readonly force?: true;
  readonly json?: true;
}

/** `rostergate trash`, `restore` and `purge`. */
export const addTrashCommands: AddCommands = (program, deps, run) => {
  addPaging(program.command('trash'))
    .description('Lists what is in the trash, newest first.')
    .option('--q <text>', 'only names and ids that begin with this')
    .addOption(new Option('--type <type>', 'only records of this type').choices([...recordTypes]))
    .option('--run <run>', 'only what this run removed')
    .addHelpText('after', '\nExamples:\n  $ rostergate trash --q Lovelace\n  $ rostergate trash --type person --json')
    .action((options: TrashOptions) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) => {
          const { q, type, run: by } = options;
          const query = {
            ...pagingOf(options),
            ...(q === undefined ? {} : { q }),
            ...(type === undefined ? {} : { type }),
            ...(by === undefined ? {} : { run: by }),
          };
          return present(terminal, await operations.trash(query), options.json === true, trashTable);
        }),
      ),
    );

  program
    .command('restore')
    .description('Brings records back from the trash with what went with them.')
    .argument('[ids...]', 'ids of records as the list of the trash shows them')
    .option('--run <run>', 'instead of ids: all that this run removed')
    .option(
      '--search <text>',
      'instead of ids: all names and ids that begin with this, as the list of the trash shows them',
    )
    .addOption(new Option('--type <type>', 'with --search: only records of this type').choices([...recordTypes]))
    .addHelpText(
      'after',
      '\nExamples:\n  $ rostergate restore 6f1c0b6a2c5d4e3f8a9b0c1d2e3f4a5b\n  $ rostergate restore --run J0aTzA0vWkW3T2m1m5cX9w\n  $ rostergate restore --search Lovelace --type person\n\nExit code 1 when one of them could not be restored.',
    )
    .action((ids: string[], options: RestoreOptions) => run(restore(deps, ids, options)));

  program
    .command('purge')
    .description('Deletes a record in the trash for good.')
    .argument('<id>', 'id of the record as the list of the trash shows it')
    .option('--force', 'although its quarantine is not over')
    .addHelpText('after', '\nExample:\n  $ rostergate purge 6f1c0b6a2c5d4e3f8a9b0c1d2e3f4a5b --force')
    .action((id: string, { force, json }: PurgeOptions) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) =>
          present(terminal, await operations.purge(id, force === true), json === true, () => [
            plain(`${id} is gone for good.`),
          ]),
        ),
      ),
    );
};

async function restore(deps: CommandLineDeps, ids: readonly string[], options: RestoreOptions): Promise<number> {
  const { run, search: q, type, json } = options;
  const ways = [ids.length > 0, run !== undefined, q !== undefined].filter(Boolean).length;
  if (ways !== 1 || (type !== undefined && q === undefined)) {
    const text =
      'restore takes either ids or --run or --search, and --type with --search (--help shows how it is used).';
    return complain(makeTerminal(deps), { code: 'invalid-request', text });
  }
  return withSession(deps, {}, async ({ operations, terminal }) => {
    const results =
      q !== undefined
        ? await operations.restore({ search: { q, ...(type === undefined ? {} : { type }) } })
        : await (run === undefined ? restoreIds(operations, ids) : operations.restore({ run }));
    const items: Result<{ items: RestoreResult[] }> = results.ok ? ok({ items: results.value }) : results;
    const code = present(terminal, items, json === true, (value) => restoreLines(value.items));
    const isWhole = results.ok && results.value.every(({ restored }) => restored);
    return results.ok && !isWhole ? exitCodes.failed : code;
  });
}

async function restoreIds(operations: Operations, ids: readonly string[]): Promise<Result<RestoreResult[]>> {
  const unique = [...new Set(ids)];
  const results: RestoreResult[] = [];
  for (let at = 0; at < unique.length; at += mostIds) {
    const part = await operations.restore({ ids: unique.slice(at, at + mostIds) });
    if (!part.ok) return at === 0 ? part : failed(part.problem.code, `Only ${at} were tried: ${part.problem.text}`);
    results.push(...part.value);
  }
  return ok(results);
}

function restoreLines(items: readonly RestoreResult[]): string[] {
  if (items.length === 0) return ['Nothing of it is in the trash.'];
  return items.flatMap(({ id, restored, with: took, notRestored = [], problem }) => {
    if (!restored) return [plain(`${id}: not restored. ${problem?.text ?? ''}`)];
    const along = Object.entries(took ?? {}).filter(([, count]) => count > 0);
    const text = along.map(([type, count]) => `${count} ${type}${count === 1 ? '' : 's'}`).join(', ');
    return [
      plain(`${id}: restored${text === '' ? '' : `, with ${text}`}`),
      ...notRestored.map((one) => plain(`    not with it: ${one.text}`)),
    ];
  });
}

function trashTable({ items, total, next }: Listing<TrashItem>): string[] {
  const head = ['id', 'type', 'sourcedId', 'name', 'trashed (UTC)', 'by', 'run'];
  const rows = items.map((one) => [
    one.id,
    one.type,
    one.sourcedId,
    one.name,
    one.trashedAt.slice(0, 19),
    one.trashedBy,
    one.run ?? '–',
  ]);
  const more = next === null ? [] : [`More: --cursor ${next}`];
  return [...table([head, ...rows]), `${items.length} of ${total} in the trash`, ...more];
}
