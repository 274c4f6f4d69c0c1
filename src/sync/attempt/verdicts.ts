import { judge } from '../filters.ts';
import type { PlanResult } from '../planners/planner.ts';
import type { Scope } from '../reader.ts';
import { type CountedType, countedTypeOf, countedTypes, type FilterVerdict, type Run } from '../run.ts';
import type { Attempt } from './attempt.ts';
import { basesOf } from './bases.ts';

/** What the file is complete in: what it says itself, else by the run's mode all or nothing. */
export function completeTypes(run: Run, scopes: readonly Scope[] | undefined): ReadonlySet<CountedType> {
  if (run.kind !== 'import') return new Set();
  if (scopes === undefined) return new Set(run.mode === 'full' ? countedTypes : []);
  return new Set(
    scopes.map((scope) => {
      if (scope === 'session') return countedTypeOf('group', 'session');
      return scope === 'person' || scope === 'membership' ? scope : 'group';
    }),
  );
}

/** All verdicts on a plan: of the safety filters, and the planner's own. */
export async function verdictsOn(attempt: Attempt, planned: PlanResult): Promise<FilterVerdict[]> {
  const { deps, run, feed, windows, counts, context } = attempt;
  const additionsOnly = windows.additionsOnly !== undefined;
  const complete = additionsOnly ? new Set<CountedType>() : completeTypes(run, planned.complete);
  const snapshot = complete.size > 0;
  return [
    ...judge({
      feed,
      limits: windows.limits,
      raised: windows.raised,
      counts,
      base: basesOf(run.kind, counts, await deps.roster.counts(context)),
      complete,
      removesMissing: snapshot || (run.kind === 'import' && run.mode === 'groups-complete' && !additionsOnly),
      completed: feed.runs,
      fileBytes: run.file.bytes,
      lastFileBytes: snapshot ? await lastFullBytes(attempt) : undefined,
      unkeyed: planned.unkeyed,
    }),
    ...planned.verdicts,
  ];
}

/** Size of the file of the feed's last completed full run; what other modes take says nothing of a whole snapshot. */
async function lastFullBytes({ deps, row, feed }: Attempt): Promise<number | undefined> {
  const last = {
    feed: feed.name,
    state: 'done',
    'report.mode': 'full',
    'report.dryRun': false,
    'report.kind': { $in: ['import', null] },
  };
  const { rows } = await deps.runs.list(row.tenant, last, 1);
  return (rows[0]?.report as unknown as Run | undefined)?.file.bytes;
}
