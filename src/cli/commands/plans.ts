import type { Result } from '../../base/result.ts';
import type { RolloverRequest, Run } from '../../sync/index.ts';
import type { CommandLineDeps } from '../deps.ts';
import { openLocalFile } from '../local-file.ts';
import type { Operations } from '../operations.ts';
import { complain, withSession } from '../session.ts';
import { makeTerminal } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';
import { followRun, sent } from './import-file.ts';

interface PlanOptions {
  readonly dryRun?: true;
  readonly json?: true;
}
interface RolloverOptions extends PlanOptions {
  readonly next?: string;
  readonly title?: string;
  readonly start?: string;
  readonly end?: string;
  readonly feed?: string;
}
interface CrosswalkOptions extends PlanOptions {
  readonly feed: string;
}

const undoHelp = `
What the run made goes to the trash, what it changed gets its earlier values, what it removed comes back, where nobody has
changed it since; what somebody has is listed among the problems and left as it is. An undo can be undone.

Examples:
  $ rostergate undo J0aTzA0vWkW3T2m1m5cX9w --dry-run
  $ rostergate undo J0aTzA0vWkW3T2m1m5cX9w`;

const rolloverHelp = `
UNDER is the id of a group (a school year with all that is below it) or of an academic session (its classes and those of
the sessions below it). Courses are archived as the settings say. --next names the year that comes after it; without a title
and dates it has those of the old one, moved on by a year. --end is the first day after the year: of one that ends with
31 July it is 1 August.

Examples:
  $ rostergate rollover SY2026 --next SY2027 --dry-run
  $ rostergate rollover SY2026 --next SY2027 --title "2027/28" --start 2027-08-01 --end 2028-08-01`;

const crosswalkHelp = `
FILE is a CSV with the columns oldId and newId, and type, or - for standard input. Each record of the feed that has an old id
gets the new one and keeps all else. type is person (where it is left out), group or membership, or user, org, course, class,
academicSession or enrollment, which tells groups of the same id apart.

Examples:
  $ rostergate crosswalk new-ids.csv --feed sis --dry-run
  $ rostergate crosswalk new-ids.csv --feed sis`;

const dryRun = ['--dry-run', 'report what would happen, change nothing'] as const;

/** `rostergate undo`, `rollover` and `crosswalk`. */
export const addPlanCommands: AddCommands = (program, deps, run) => {
  program
    .command('undo')
    .description('Puts back what a run has changed, where nobody has changed it since.')
    .argument('<run>', 'id of the run')
    .option(...dryRun)
    .addHelpText('after', undoHelp)
    .action((id: string, options: PlanOptions) =>
      run(follow(deps, options, (operations) => operations.undo(id, options.dryRun === true))),
    );

  program
    .command('rollover')
    .description('Retires a school year, and moves on to the next.')
    .argument('<under>', 'id of a group or academic session')
    .option('--next <id>', 'id of the year after it')
    .option('--title <title>', 'its title')
    .option('--start <day>', 'its first day, as 2027-08-01')
    .option('--end <day>', 'the first day after it, as 2028-08-01')
    .option('--feed <name>', 'the feed whose safety filters hold; by default the one that the year belongs to')
    .option(...dryRun)
    .addHelpText('after', rolloverHelp)
    .action((under: string, options: RolloverOptions) => run(rollover(deps, under, options)));

  program
    .command('crosswalk')
    .description('Gives records new ids by a list, as when a school moves to another student system.')
    .argument('<file>', 'the list, or - for standard input')
    .requiredOption('--feed <name>', 'the feed whose records are renamed')
    .option(...dryRun)
    .addHelpText('after', crosswalkHelp)
    .action((path: string, options: CrosswalkOptions) => run(crosswalk(deps, path, options)));
};

/** Queues a run and follows it to its end. */
function follow(
  deps: CommandLineDeps,
  { json }: PlanOptions,
  queue: (operations: Operations) => Promise<Result<Run>>,
): Promise<number> {
  return withSession(deps, {}, async (session) => {
    const queued = await queue(session.operations);
    if (!queued.ok) return complain(session.terminal, queued.problem);
    return followRun(session, queued.value, json === true);
  });
}

async function rollover(deps: CommandLineDeps, under: string, options: RolloverOptions): Promise<number> {
  const { next, feed, title, start, end } = options;
  const more = Object.fromEntries(Object.entries({ title, start, end }).filter(([, value]) => value !== undefined));
  if (next === undefined && Object.keys(more).length > 0) {
    const text = '--title, --start and --end say what the next year is like; name it with --next.';
    return complain(makeTerminal(deps), { code: 'invalid-request', text });
  }
  const request: RolloverRequest = {
    under,
    dryRun: options.dryRun === true,
    ...(next === undefined ? {} : { next: { id: next, ...more } }),
    ...(feed === undefined ? {} : { feed }),
  };
  return follow(deps, options, (operations) => operations.rollover(request));
}

async function crosswalk(deps: CommandLineDeps, path: string, options: CrosswalkOptions): Promise<number> {
  const file = await openLocalFile(path, deps.stdin, 'stdin.csv');
  if (!file.ok) return complain(makeTerminal(deps), file.problem);
  const request = { feed: options.feed, dryRun: options.dryRun === true, fileName: file.value.name };
  const work = withSession(deps, {}, async (session) => {
    const queued = await session.operations.crosswalk(request, sent(session, file.value));
    if (!queued.ok) return complain(session.terminal, queued.problem);
    return followRun(session, queued.value, options.json === true);
  });
  return work.finally(() => file.value.close());
}
