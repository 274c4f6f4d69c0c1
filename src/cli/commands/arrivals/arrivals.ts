import type { Listing } from '../../../sync/index.ts';
import type { ShownArrival } from '../../../transports/index.ts';
import { complain, present, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import type { AddCommands } from '../add-commands.ts';
import { followRun } from '../import-file.ts';
import { addPaging, type PagingOptions, pagingOf } from '../paging.ts';

interface ArrivalsOptions extends PagingOptions {
  readonly state?: ShownArrival['state'];
  readonly json?: true;
}

interface AgainOptions {
  readonly dryRun?: true;
  readonly json?: true;
}

const arrivalsHelp = `
Files that the gateway fetched for the feed or that were brought to its own address or account, the newest first: taken with
the run that works on them, waiting, or refused with the reason. Files of the admin API and of this command line are runs only.

Examples:
  $ rostergate arrivals nightly
  $ rostergate arrivals nightly --state refused`;

const againHelp = `
Works once more on the file that was kept of a run, under the feed's settings and safety filters as they are now. Files are
kept for as long as ORIGINALS_DAYS says.

Examples:
  $ rostergate run-again J0aTzA0vWkW3T2m1m5cX9w --dry-run
  $ rostergate run-again J0aTzA0vWkW3T2m1m5cX9w`;

/** `rostergate arrivals` and `run-again`. */
export const addArrivalCommands: AddCommands = (program, deps, run) => {
  addPaging(program.command('arrivals'))
    .description('Lists the files of a feed that came by its transport, and what became of them.')
    .argument('<feed>', 'name of the feed')
    .option('--state <state>', 'only taking, taken, waiting or refused ones')
    .addHelpText('after', arrivalsHelp)
    .action((feed: string, options: ArrivalsOptions) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) => {
          const query = { ...pagingOf(options), ...(options.state === undefined ? {} : { state: options.state }) };
          return present(terminal, await operations.arrivals(feed, query), options.json === true, arrivalTable);
        }),
      ),
    );

  program
    .command('run-again')
    .description('Works once more on the file that was kept of a run.')
    .argument('<run>', 'id of the run')
    .option('--dry-run', 'report what would happen, change nothing')
    .addHelpText('after', againHelp)
    .action((id: string, { dryRun, json }: AgainOptions) =>
      run(
        withSession(deps, {}, async (session) => {
          const queued = await session.operations.again(id, dryRun === true);
          if (!queued.ok) return complain(session.terminal, queued.problem);
          return followRun(session, queued.value, json === true);
        }),
      ),
    );
};

function arrivalTable({ items, total, next }: Listing<ShownArrival>): string[] {
  if (items.length === 0) return ['No file has come.'];
  const rows = items.map(({ at, name, via, state, run, problem }) => [
    at.slice(0, 19),
    name,
    via,
    state,
    run ?? '',
    problem?.text ?? '',
  ]);
  const more = next === null ? [] : [`More: --cursor ${next}`];
  return [
    ...table([['came (UTC)', 'file', 'by', 'state', 'run', 'why'], ...rows]),
    `${items.length} of ${total} files`,
    ...more,
  ];
}
