import { problem } from '../../../base/problem.ts';
import type { JobItem } from '../../../jobs/index.ts';
import type { Listing } from '../../../sync/index.ts';
import type { CommandLineDeps } from '../../deps.ts';
import { complain, present, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import { makeTerminal } from '../../terminal.ts';
import type { AddCommands } from '../add-commands.ts';
import { addPaging, type PagingOptions, pagingOf } from '../paging.ts';

interface JobOptions extends PagingOptions {
  readonly state?: string;
  readonly kind?: string;
  readonly retry?: string;
  readonly drop?: string;
  readonly json?: true;
}

const help = `
The job slot of a feed that is fetched has the feed's name as its key; --retry fetches it at once. A dead job has failed so
often that it is not tried again by itself.

Examples:
  $ rostergate jobs
  $ rostergate jobs --state dead
  $ rostergate jobs --retry 3pX0yQ2rT5S7uV9wZ1aB4c
  $ rostergate jobs --drop 3pX0yQ2rT5S7uV9wZ1aB4c`;

/** `rostergate jobs`. */
export const addJobCommands: AddCommands = (program, deps, run) => {
  addPaging(program.command('jobs'))
    .description('Lists what the gateway does by itself at a time; does it at once or forgets it.')
    .option('--state <state>', 'only waiting, running or dead ones')
    .option('--kind <kind>', 'only those of a kind, as slot')
    .option('--retry <id>', 'work on this one at once')
    .option('--drop <id>', 'forget this dead one')
    .addHelpText('after', help)
    .action((options: JobOptions) => run(jobs(deps, options)));
};

async function jobs(deps: CommandLineDeps, options: JobOptions): Promise<number> {
  const { state, kind, retry, drop } = options;
  const json = options.json === true;
  if (retry !== undefined && drop !== undefined) {
    return complain(makeTerminal(deps), problem('invalid-request', 'Name one of --retry and --drop.'));
  }
  return withSession(deps, {}, async ({ operations, terminal }) => {
    if (retry !== undefined) {
      return present(terminal, await operations.retryJob(retry), json, ({ id }) => [`The job ${id} is worked on now.`]);
    }
    if (drop !== undefined) {
      return present(terminal, await operations.dropJob(drop), json, ({ id }) => [`The job ${id} is forgotten.`]);
    }
    const query = {
      ...pagingOf(options),
      ...(state === undefined ? {} : { state }),
      ...(kind === undefined ? {} : { kind }),
    };
    return present(terminal, await operations.jobs(query), json, jobTable);
  });
}

function jobTable({ items, total, next }: Listing<JobItem>): string[] {
  const head = ['id', 'kind', 'key', 'state', 'due (UTC)', 'attempts', 'why it failed'];
  const rows = items.map(({ id, kind, key, state, dueAt, attempts, problem: why }) => [
    id,
    kind,
    key,
    state,
    dueAt.slice(0, 19),
    attempts,
    why?.text ?? '',
  ]);
  const more = next === null ? [] : [`More: --cursor ${next}`];
  return [...table([head, ...rows]), `${items.length} of ${total} jobs`, ...more];
}
