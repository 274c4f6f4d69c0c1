import { type Command, Option } from 'commander';
import type { Result } from '../../base/result.ts';
import {
  type CertificationLog,
  type ChangeAction,
  type ChangeItem,
  type CountedType,
  changeActions,
  countedTypes,
  type Listing,
  type Pair,
  type ProblemItem,
} from '../../sync/index.ts';
import type { CommandLineDeps } from '../deps.ts';
import { exitCodes } from '../exit.ts';
import { saveText } from '../local-file.ts';
import type { RunTable } from '../operations.ts';
import { runReport } from '../report.ts';
import { complain, present, type Session, withSession } from '../session.ts';
import { table } from '../table.ts';
import { makeTerminal, plain } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';
import { addPaging, type PagingOptions, pagingOf } from './paging.ts';

interface TableOptions {
  readonly csv?: true;
  readonly output?: string;
  readonly json?: true;
}
interface ChangeOptions extends PagingOptions, TableOptions {
  readonly type?: CountedType;
  readonly action?: ChangeAction;
}
interface ProblemOptions extends PagingOptions, TableOptions {
  readonly type?: CountedType;
  readonly kind?: string;
}
interface PairOptions extends PagingOptions {
  readonly json?: true;
}
interface MergeOptions {
  readonly all?: true;
  readonly json?: true;
}

const id = 'J0aTzA0vWkW3T2m1m5cX9w';
const typeOption = () => new Option('--type <type>', 'only records of this type').choices([...countedTypes]);
const withCsv = (command: Command) =>
  command.option('--csv', 'all of it as CSV').option('-o, --output <file>', 'with --csv: write it to this file');

/** `rostergate changes`, `problems`, `pairs`, `merge` and `log`. */
export const addRunListCommands: AddCommands = (program, deps, run) => {
  withCsv(addPaging(program.command('changes')))
    .description('Lists what a run changed, or, held or dry, would change.')
    .argument('<run>', 'id of the run')
    .addOption(typeOption())
    .addOption(new Option('--action <action>', 'only what became this').choices([...changeActions]))
    .addHelpText(
      'after',
      `\nExamples:\n  $ rostergate changes ${id} --action trashed\n  $ rostergate changes ${id} --csv -o changes.csv`,
    )
    .action((of: string, options: ChangeOptions) => {
      const { type, action } = options;
      const filter = { ...(type === undefined ? {} : { type }), ...(action === undefined ? {} : { action }) };
      return run(
        listed(deps, of, options, { of: 'changes', filter }, async ({ operations, terminal }) =>
          present(
            terminal,
            await operations.changes(of, { ...filter, ...pagingOf(options) }),
            options.json === true,
            changeLines,
          ),
        ),
      );
    });

  withCsv(addPaging(program.command('problems')))
    .description('Lists the problems and remarks of a run with their places.')
    .argument('<run>', 'id of the run')
    .addOption(typeOption())
    .option('--kind <kind>', 'only problems of this kind, as rejected.invalid-data')
    .addHelpText(
      'after',
      `\nExamples:\n  $ rostergate problems ${id} --kind rejected.store\n  $ rostergate problems ${id} --csv -o problems.csv`,
    )
    .action((of: string, options: ProblemOptions) => {
      const { type, kind } = options;
      const filter = { ...(type === undefined ? {} : { type }), ...(kind === undefined ? {} : { kind }) };
      return run(
        listed(deps, of, options, { of: 'problems', filter }, async ({ operations, terminal }) =>
          present(
            terminal,
            await operations.problems(of, { ...filter, ...pagingOf(options) }),
            options.json === true,
            problemTable,
          ),
        ),
      );
    });

  addPaging(program.command('pairs'))
    .description('Lists pairs of persons of a run that are probably one.')
    .argument('<run>', 'id of the run')
    .addHelpText('after', `\nExample:\n  $ rostergate pairs ${id}`)
    .action((of: string, options: PairOptions) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) =>
          present(terminal, await operations.pairs(of, pagingOf(options)), options.json === true, pairTable),
        ),
      ),
    );

  program
    .command('merge')
    .description('Makes pairs of a run one: the known person takes over id, data and memberships of the new one.')
    .argument('<run>', 'id of the run')
    .argument('[newIds...]', 'new ids of the pairs')
    .option('--all', 'all pairs of which neither has another partner')
    .addHelpText(
      'after',
      `\nPairs of a held run are made one when it is approved, those of a run that is done at once.\n\nExamples:\n  $ rostergate merge ${id} 4711 4712\n  $ rostergate merge ${id} --all`,
    )
    .action((of: string, newIds: string[], options: MergeOptions) => run(merge(deps, of, newIds, options)));

  withCsv(program.command('log'))
    .description('Shows the log of an ended run as certifications of OneRoster CSV ask for it.')
    .argument('<run>', 'id of the run')
    .addHelpText('after', `\nExample:\n  $ rostergate log ${id} --csv -o log.csv`)
    .action((of: string, options: TableOptions) =>
      run(
        listed(deps, of, options, { of: 'log' }, async ({ operations, terminal }) =>
          present(terminal, await operations.log(of), options.json === true, logLines),
        ),
      ),
    );
};

/** Shows a page, or all of a list as CSV. */
async function listed(
  deps: CommandLineDeps,
  of: string,
  { csv, output, json }: TableOptions,
  wanted: RunTable,
  page: (session: Session) => Promise<number>,
): Promise<number> {
  if ((output !== undefined && csv !== true) || (csv === true && json === true)) {
    const text = '--output goes with --csv, and --csv not with --json.';
    return complain(makeTerminal(deps), { code: 'invalid-request', text });
  }
  return withSession(deps, {}, async (session) => {
    if (csv !== true) return page(session);
    const { operations, terminal } = session;
    const text: Result<AsyncIterable<string>> = await operations.table(of, wanted);
    if (!text.ok) return complain(terminal, text.problem);
    if (output === undefined) {
      for await (const piece of text.value) deps.stdout.write(piece);
      return exitCodes.done;
    }
    const saved = await saveText(output, text.value);
    if (!saved.ok) return complain(terminal, saved.problem);
    terminal.note(plain(`Written to ${output}.`));
    return exitCodes.done;
  });
}

async function merge(
  deps: CommandLineDeps,
  of: string,
  newIds: readonly string[],
  { all, json }: MergeOptions,
): Promise<number> {
  if ((all === true) === newIds.length > 0) {
    const text = 'merge takes either new ids or --all (--help shows how it is used).';
    return complain(makeTerminal(deps), { code: 'invalid-request', text });
  }
  return withSession(deps, {}, async ({ operations, terminal }) =>
    present(terminal, await operations.merge(of, all === true ? { all } : { newIds }), json === true, runReport),
  );
}

function more({ items, total, next }: Listing<unknown>, what: string): string[] {
  return [`${items.length} of ${total} ${what}`, ...(next === null ? [] : [`More: --cursor ${next}`])];
}

function changeLines(page: Listing<ChangeItem>): string[] {
  const lines = page.items.flatMap(({ type, action, id: own, name, line, before, after }) => {
    const place = line === null ? '' : `, line ${line}`;
    const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
    const both = before !== null && after !== null;
    return [
      plain(`${action} ${type} ${own}${name === null ? '' : ` (${name})`}${place}`),
      ...(both ? fields.map((field) => plain(`    ${field}: ${shown(before[field])} → ${shown(after[field])}`)) : []),
    ];
  });
  return [...lines, ...more(page, 'changes')];
}

function shown(value: unknown): string {
  return value === undefined || value === null ? '–' : JSON.stringify(value);
}

function problemTable(page: Listing<ProblemItem>): string[] {
  const rows = page.items.map(({ kind, file, line, id: own, field, message }) => [
    kind,
    file ?? '–',
    line ?? '–',
    own ?? '–',
    field ?? '–',
    message,
  ]);
  return [...table([['kind', 'file', 'line', 'id', 'field', 'message'], ...rows]), ...more(page, 'problems')];
}

function pairTable(page: Listing<Pair>): string[] {
  const rows = page.items.map(({ kind, knownId, newId, name, by, merged }) => [
    kind,
    knownId,
    newId,
    name ?? '–',
    by.join(', '),
    merged ? 'yes' : 'no',
  ]);
  return [...table([['kind', 'known id', 'new id', 'name', 'the same', 'merged'], ...rows]), ...more(page, 'pairs')];
}

function logLines(log: CertificationLog): string[] {
  const names = (files: readonly string[]) => (files.length === 0 ? '–' : files.join(', '));
  return [
    `Test Identifier:    ${log.testIdentifier}`,
    `Test Date:          ${log.testDate}`,
    `Status:             ${log.status}`,
    `CSV Files Imported: ${names(log.filesImported)}`,
    `CSV Files Rejected: ${names(log.filesRejected)}`,
    ...(log.comments.length === 0 ? [] : ['Comment:', ...log.comments.map((one) => `  ${one}`)]),
  ].map(plain);
}
