import type { Listing, Run } from '../../sync/index.ts';
import { exitCodes } from '../exit.ts';
import { runReport } from '../report.ts';
import { complain, present, withSession } from '../session.ts';
import { table } from '../table.ts';
import type { AddCommands } from './add-commands.ts';
import { followRun } from './import-file.ts';
import { addPaging, type PagingOptions, pagingOf } from './paging.ts';

interface JsonOption {
  readonly json?: true;
}

interface RunsOptions extends PagingOptions, JsonOption {
  readonly feed?: string;
  readonly state?: string;
  readonly kind?: string;
}

/** `rostergate runs`, `run`, `approve` and `reject`. */
export const addRunCommands: AddCommands = (program, deps, run) => {
  program
    .command('approve')
    .description('Lets a held run go on, and works on it to the end; it is planned again first.')
    .argument('<run>', 'id of the run')
    .addHelpText('after', '\nExample:\n  $ rostergate approve J0aTzA0vWkW3T2m1m5cX9w')
    .action((id: string, { json }: JsonOption) =>
      run(
        withSession(deps, {}, async (session) => {
          const approved = await session.operations.approve(id);
          if (!approved.ok) return complain(session.terminal, approved.problem);
          return followRun(session, approved.value, json === true);
        }),
      ),
    );

  program
    .command('reject')
    .description('Ends a held run without any change.')
    .argument('<run>', 'id of the run')
    .addHelpText('after', '\nExample:\n  $ rostergate reject J0aTzA0vWkW3T2m1m5cX9w')
    .action((id: string, { json }: JsonOption) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) =>
          present(terminal, await operations.reject(id), json === true, (rejected) => [
            `Run ${rejected.id} of feed ${rejected.feed}: rejected; nothing was changed.`,
          ]),
        ),
      ),
    );

  addPaging(program.command('runs'))
    .description('Lists runs, newest first.')
    .option('--feed <name>', 'only runs of this feed')
    .option('--state <state>', 'only queued, running, held, done, failed, rejected, expired, skipped or undone ones')
    .option('--kind <kind>', 'only import, undo, rollover or crosswalk runs')
    .addHelpText('after', '\nExamples:\n  $ rostergate runs --state held\n  $ rostergate runs --feed sis --limit 5')
    .action((options: RunsOptions) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) => {
          const { feed, state, kind } = options;
          const query = {
            ...pagingOf(options),
            ...(feed === undefined ? {} : { feed }),
            ...(state === undefined ? {} : { state }),
            ...(kind === undefined ? {} : { kind }),
          };
          return present(terminal, await operations.runs(query), options.json === true, runTable);
        }),
      ),
    );

  program
    .command('run')
    .description('Shows one run: its counts, filters and problems.')
    .argument('<run>', 'id of the run')
    .addHelpText('after', '\nExample:\n  $ rostergate run J0aTzA0vWkW3T2m1m5cX9w --json')
    .action((id: string, { json }: JsonOption) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) => {
          const found = await operations.run(id);
          const code = present(terminal, found, json === true, runReport);
          return found.ok ? exitCodes.done : code;
        }),
      ),
    );
};

function runTable({ items, total, next }: Listing<Run>): string[] {
  const rows = items.map((one) => [
    one.id,
    one.feed,
    one.kind,
    one.state + (one.dryRun ? ' (dry)' : ''),
    one.mode,
    (one.startedAt ?? one.queuedAt).slice(0, 19),
    sum(one, 'created') + sum(one, 'restored'),
    sum(one, 'updated') + sum(one, 'renamed'),
    sum(one, 'trashed') + sum(one, 'disabled') + sum(one, 'archived'),
    one.file.name,
  ]);
  const head = ['run', 'feed', 'kind', 'state', 'mode', 'began (UTC)', 'added', 'updated', 'removed', 'file'];
  const more = next === null ? [] : [`More: --cursor ${next}`];
  return [...table([head, ...rows]), `${items.length} of ${total} runs`, ...more];
}

function sum({ counts }: Run, count: keyof Run['counts']['person']): number {
  return Object.values(counts).reduce((total, one) => total + one[count], 0);
}
