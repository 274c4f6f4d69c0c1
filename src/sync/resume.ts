import type { Doc } from '../store/index.ts';
import type { PlanResult } from './planners/planner.ts';
import { type CountedType, type Counts, countedTypes, type FilterVerdict, type RunProblem } from './run.ts';
import { zeroAll } from './tally.ts';

/** A number for each counted type. */
export type PerType = Record<CountedType, number>;

/** What a run keeps of its first plan, for the worker that goes on after a kill. */
export interface FirstPlan {
  readonly counts: Record<CountedType, Counts>;
  readonly settled: PerType;
  readonly filters: FilterVerdict[];
  /** Whether its removals are left out. */
  readonly withoutRemovals?: boolean;
}

/** What was done when applying starts: counts, and how many records of the file they stand for beside the settled ones. */
export interface Start {
  readonly counts: Record<CountedType, Counts>;
  readonly applied: PerType;
}

/** The first plan of a run that went on to applying. */
export function firstPlanOf(work: Doc): FirstPlan | undefined {
  return work['plan'] as FirstPlan | undefined;
}

/** Where a run starts that nobody has applied anything of. */
export function firstStart(counts: Record<CountedType, Counts>, settled: PerType): Start {
  const start = zeroAll();
  for (const type of countedTypes) {
    const { inFile, rejected, repaired, waiting, withheld, totalBefore } = counts[type];
    const read = { inFile, rejected, repaired, waiting, withheld, totalBefore };
    start[type] = { ...start[type], ...read, unchanged: settled[type] };
  }
  return { counts: start, applied: { person: 0, group: 0, membership: 0, academicSession: 0 } };
}

/**
 * Where an import goes on. What it applied is known by its hash now: settled records beyond those that the first plan had
 * settled. A batch that was committed but not noted shows as more of them than were noted; they became what the first
 * plan expected. Where there are fewer, somebody has touched records since, which are applied again and found unchanged:
 * they are counted already.
 */
export function nextStart(first: FirstPlan, now: Pick<PlanResult, 'settled'> & PlanCounts, work: Doc): Start {
  const noted = work['applied'] as Record<CountedType, Counts>;
  const notedRecords = work['records'] as PerType;
  const start = firstStart(now.counts, first.settled);
  for (const type of countedTypes) {
    const expected = first.counts[type];
    const { inFile, rejected } = now.counts[type];
    const counts: Counts = { ...noted[type], inFile, rejected, totalBefore: expected.totalBefore };
    counts.renamed = Math.max(counts.renamed, expected.renamed - now.counts[type].renamed);
    const applied = Math.max(0, now.settled[type] - first.settled[type]);
    const more = now.settled[type] - first.settled[type] - notedRecords[type];
    if (more > 0) spread(counts, expected, more);
    else counts.unchanged += more;
    start.counts[type] = counts;
    start.applied[type] = applied;
  }
  return start;
}

/** Where a run that no file has made goes on: what is done is noted, and its planner plans the rest. */
export function restStart(first: FirstPlan, work: Doc): Start {
  const noted = structuredClone(work['applied']) as Record<CountedType, Counts>;
  for (const type of countedTypes) noted[type].totalBefore = first.counts[type].totalBefore;
  return { counts: noted, applied: { ...(work['records'] as PerType) } };
}

interface PlanCounts {
  readonly counts: Record<CountedType, Counts>;
}

const outcomes = ['created', 'updated', 'restored', 'trashed', 'disabled', 'archived'] as const;

/** Adds records to what was expected of them. */
function spread(counts: Counts, expected: Counts, records: number): void {
  let left = records;
  for (const outcome of outcomes) {
    const share = Math.max(0, Math.min(left, expected[outcome] - counts[outcome]));
    counts[outcome] += share;
    left -= share;
  }
  counts.unchanged += left;
}

/** Problems of both attempts: a file that is read again shows most of them again. */
export function joinProblems(earlier: readonly RunProblem[], now: readonly RunProblem[]): RunProblem[] {
  const joined = new Map(earlier.map((problem) => [problem.kind, problem]));
  for (const problem of now) {
    const there = joined.get(problem.kind);
    const count = Math.max(there?.count ?? 0, problem.count);
    joined.set(problem.kind, { ...(there ?? problem), count });
  }
  return [...joined.values()];
}
