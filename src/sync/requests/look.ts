import { failed, ok } from '../../base/result.ts';
import type { Doc, RunRow, RunStore } from '../../store/index.ts';
import { countedTypes, type Run } from '../run.ts';
import { zeroAll, zeroCounts } from '../tally.ts';
import type { Sync } from '../types.ts';
import type { Ends } from './ends.ts';
import { heldRunOf, waitsFor } from './held.ts';

/** A run as its row tells it; runs of earlier versions get what they did not have yet. */
export function runOf(row: RunRow): Run {
  const report = row.report as unknown as Partial<Run>;
  const counts = zeroAll();
  for (const type of countedTypes) counts[type] = { ...zeroCounts(), ...report.counts?.[type] };
  return {
    ...({
      kind: 'import',
      queuedAt: row.queuedAt.toISOString(),
      notBefore: null,
      of: null,
      pairs: { keyChanges: 0, matches: 0, merged: 0 },
      reason: null,
      expiresAt: row.state === 'held' ? (row.expiresAt?.toISOString() ?? null) : null,
      undoneBy: null,
      keptUntil: null,
    } satisfies Partial<Run>),
    ...(report as Run),
    counts,
  };
}

/** What shows runs. */
export function makeLook(runs: RunStore, ends: Ends): Pick<Sync, 'run' | 'runs' | 'wait'> {
  /** The run, with what it waits for at present. */
  async function shown(row: RunRow): Promise<Run> {
    const run = runOf(row);
    if (run.state !== 'queued' || run.reason !== null) return run;
    const held = run.dryRun ? undefined : await heldRunOf(runs, row.tenant, row.feed);
    if (held !== undefined) return { ...run, reason: waitsFor(held) };
    if (run.notBefore === null) return run;
    return { ...run, reason: `Waits for its time by the feed's schedule, ${run.notBefore}.` };
  }

  const look = async (tenant: string, id: string) => {
    const row = await runs.get(tenant, id);
    return row === undefined ? undefined : shown(row);
  };

  return {
    run: (context, id) => look(context.tenant, id),

    async runs(context, { feed, state, kind, limit, cursor }) {
      const filter: Doc = {};
      if (context.feeds !== undefined) filter['feed'] = { $in: [...context.feeds] };
      if (feed !== undefined) filter['feed'] = context.feeds?.includes(feed) === false ? { $in: [] } : feed;
      if (state !== undefined) filter['state'] = state;
      // Runs of earlier versions have no kind; all of them took a file in.
      if (kind !== undefined) filter['report.kind'] = kind === 'import' ? { $in: ['import', null] } : kind;
      if (cursor !== undefined) {
        if (!/^\d{1,17}$/.test(cursor)) {
          return failed('invalid-request', 'The cursor is not one that this list gave.', { field: 'cursor' });
        }
        filter['order'] = { $lt: Number(cursor) };
      }
      const { rows, total } = await runs.list(context.tenant, filter, limit + 1);
      const page = rows.slice(0, limit);
      const next = rows.length > limit ? String(page.at(-1)?.order ?? '') : null;
      return ok({ items: await Promise.all(page.map(shown)), total, next });
    },

    async wait(context, id, onProgress, signal) {
      for (;;) {
        const run = await look(context.tenant, id);
        if (run === undefined || (run.state !== 'queued' && run.state !== 'running')) return run;
        if (signal?.aborted === true) return run;
        onProgress?.(run);
        await ends.wait(id, 100, signal);
      }
    },
  };
}
