import { failed, ok, type Result } from '../../base/result.ts';
import type { Context, Roster } from '../../roster/index.ts';
import type { FindingPacks, FindingPlace, RunStore } from '../../store/index.ts';
import { runOf } from '../requests/look.ts';
import type { ChangeItem, Pair, ProblemItem, Run } from '../run.ts';
import type { Sync } from '../types.ts';
import { packedPage } from './packs.ts';
import { makeRunLog } from './run-log.ts';

/** What showing a run's lists needs. */
export interface ReportsDeps {
  readonly roster: Roster;
  readonly runs: RunStore;
  readonly packs: FindingPacks;
}

/** States in which a run that is no dry run has changed something, so that the change log tells of it. */
const changing: ReadonlySet<string> = new Set(['running', 'done', 'failed', 'undone']);

/** What shows what a run changed, or would change, and what it found. */
export function makeReports({ roster, runs, packs }: ReportsDeps): Pick<Sync, 'changes' | 'problems' | 'pairs'> {
  const runLog = makeRunLog(roster);

  async function look({ tenant }: Context, id: string): Promise<Result<{ run: Run; place: FindingPlace }>> {
    const row = await runs.get(tenant, id);
    if (row === undefined)
      return failed('unknown-object', `There is no run ${id.slice(0, 64)}.`, { id: id.slice(0, 64) });
    return ok({ run: runOf(row), place: { tenant, run: id, fence: row.lease?.fence ?? 0 } });
  }

  return {
    async changes(context, id, query) {
      const found = await look(context, id);
      if (!found.ok) return found;
      const { run, place } = found.value;
      if (!run.dryRun && changing.has(run.state)) return runLog(context, run, query);
      const { type, action } = query;
      const wanted = { ...(action === undefined ? {} : { kind: action }), ...(type === undefined ? {} : { type }) };
      return packedPage<ChangeItem>(
        packs,
        place,
        'change',
        query,
        wanted,
        (item) => (type ?? item.type) === item.type && (action ?? item.action) === item.action,
      );
    },

    async problems(context, id, query) {
      const found = await look(context, id);
      if (!found.ok) return found;
      const { kind, type } = query;
      const wanted = { ...(kind === undefined ? {} : { kind }), ...(type === undefined ? {} : { type }) };
      return packedPage<ProblemItem>(
        packs,
        found.value.place,
        'problem',
        query,
        wanted,
        (item) => (kind ?? item.kind) === item.kind && (type ?? item.type) === item.type,
      );
    },

    async pairs(context, id, query) {
      const found = await look(context, id);
      return found.ok ? packedPage<Pair>(packs, found.value.place, 'pair', query, {}, () => true) : found;
    },
  };
}
