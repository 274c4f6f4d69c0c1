import type { Clock } from '../../base/clock.ts';
import { failed } from '../../base/result.ts';
import type { Originals, RunStore } from '../../store/index.ts';
import type { Sync } from '../types.ts';
import { runOf } from './look.ts';
import type { Submits } from './submit.ts';

/** What working on a kept file once more needs. */
export interface AgainDeps {
  readonly runs: RunStore;
  readonly originals: Originals;
  readonly clock: Clock;
  readonly submit: Submits['submit'];
}

/** Queues runs of files that were kept of others. */
export function makeAgain({ runs, originals, clock, submit }: AgainDeps): Pick<Sync, 'again'> {
  return {
    async again(context, id, { dryRun }) {
      const { tenant } = context;
      const row = await runs.get(tenant, id);
      if (row === undefined) return failed('unknown-object', `There is no run ${id}.`, { id });
      const run = runOf(row);
      if (run.kind !== 'import') {
        return failed('conflict', `The run ${id} took no file of the feed in; only such a run can be run again.`, {
          id,
        });
      }
      if (run.state === 'queued' || run.state === 'running' || run.state === 'held') {
        return failed('conflict', `The run ${id} is ${run.state}; only a run that is over can be run again.`, { id });
      }
      // What is about to be deleted is gone already, or a purged record would come back by it.
      if (!(await runs.keepsOriginal(row, clock.now())) || !(await originals.has(tenant, id))) {
        const text = `The file of the run ${id} is not kept any more (setting ORIGINALS_DAYS, a purge, or it was a dry run or skipped); send it again.`;
        return failed('conflict', text, { id });
      }
      const asked = row.work['modeAsked'] === true ? { mode: run.mode } : {};
      const request = { feed: run.feed, dryRun, fileName: run.file.name, ...asked, of: id, fetched: true } as const;
      return submit(context, request, bytesOf(originals, tenant, id));
    },
  };
}

async function* bytesOf(originals: Originals, tenant: string, run: string): AsyncGenerator<Uint8Array> {
  for await (const { pieces } of originals.parts(tenant, run)) yield* pieces;
}
