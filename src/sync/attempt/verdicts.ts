import type { Doc } from '../../store/index.ts';
import { defaultList } from '../feeds/sections/list.ts';
import { type FileSize, judge } from '../filters.ts';
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
      sizes: additionsOnly ? [] : await sizesOf(attempt, planned, snapshot),
      unkeyed: planned.unkeyed,
    }),
    ...planned.verdicts,
    ...firstFile(attempt),
  ];
}

/** The first list of a feed is looked at by a person before its runs go by themselves (`feeds.md` 3.2). */
function firstFile({ run, feed }: Pick<Attempt, 'run' | 'feed'>): FilterVerdict[] {
  const isReviewed = run.kind === 'import' && run.protocol === 'list-csv' && (feed.list ?? defaultList).reviewFirst;
  if (!isReviewed || feed.runs > 0) return [];
  const reason =
    'This is the first file of the feed. Look at its changes, its problems and the values that are not mapped, then approve or reject the run; once one is approved, later files are worked on by themselves (setting list.reviewFirst).';
  // One and always one, so that what is approved does not grow beyond it.
  return [{ filter: 'first-file', type: 'person', action: 'guard', changes: 1, base: 1, exceeded: true, reason }];
}

/**
 * What can be compared with an earlier file of the feed: the file of a full run with that of the last full run, and of a package
 * each file that has all of its kind with the last such file, whatever else the packages hold.
 */
async function sizesOf(
  { deps, row, feed, run }: Attempt,
  { files }: PlanResult,
  snapshot: boolean,
): Promise<FileSize[]> {
  const last = async (which: Doc): Promise<Run | undefined> => {
    const done = { feed: feed.name, state: 'done', 'report.dryRun': false, 'report.kind': { $in: ['import', null] } };
    const { rows } = await deps.runs.list(row.tenant, { ...done, ...which }, 1);
    return rows[0]?.report as unknown as Run | undefined;
  };
  if (files.length === 0) {
    const before = snapshot ? await last({ 'report.mode': 'full' }) : undefined;
    return before === undefined ? [] : [{ name: 'The file', bytes: run.file.bytes, last: before.file.bytes }];
  }
  const sizes: FileSize[] = [];
  for (const { name, whole } of files) {
    if (whole === undefined) continue;
    const before = await last({ 'report.files.whole.of': whole.of });
    const there = before?.files?.find((file) => file.whole?.of === whole.of)?.whole;
    if (there !== undefined) sizes.push({ name, bytes: whole.bytes, last: there.bytes });
  }
  return sizes;
}
