import type { NoticeKind } from '../base/problem.ts';
import { type CountedType, type Counts, countedTypes, type ProblemItem, type RunProblem } from './run.ts';

/** Counts of one type, all zero. */
export function zeroCounts(): Counts {
  return {
    inFile: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    renamed: 0,
    restored: 0,
    trashed: 0,
    disabled: 0,
    archived: 0,
    rejected: 0,
    repaired: 0,
    ignored: 0,
    locked: 0,
    waiting: 0,
    withheld: 0,
    totalBefore: 0,
    totalAfter: 0,
  };
}

/** Counts of all types, all zero. */
export function zeroAll(): Record<CountedType, Counts> {
  return { person: zeroCounts(), group: zeroCounts(), membership: zeroCounts(), academicSession: zeroCounts() };
}

/** Where something was found, as far as it is known; line 0 is none. */
export interface Place {
  readonly file?: string;
  readonly line?: number | undefined;
  readonly id?: string;
  readonly field?: string;
  readonly type?: CountedType;
  /** Rows of the file that it speaks of, where they are several. */
  readonly rows?: number | undefined;
  readonly message: string;
}

/** A {@link Place} as a run shows it: all fields are there. */
export function placeOf({ file, line, id, message }: Place): RunProblem['first'] {
  return { file: file ?? null, line: line === undefined || line === 0 ? null : line, id: id ?? null, message };
}

/** Remarks of a run by kind: how many, and the first with its place. */
export interface Remarks {
  add(kind: NoticeKind, first: Place, count?: number): void;
  list(): RunProblem[];
  /** Forgets all. */
  clear(): void;
}

/** Collects remarks, and lists each with its place; memory grows with the kinds, not with the file. */
export function makeRemarks(findings: { problem(item: ProblemItem): void }): Remarks {
  const kinds = new Map<string, RunProblem>();
  return {
    add(kind, first, count = 1) {
      const { type = null, field = null, rows } = first;
      findings.problem({ kind, ...placeOf(first), type, field, ...(rows !== undefined && { rows }) });
      const there = kinds.get(kind);
      if (there === undefined) kinds.set(kind, { kind, count, first: placeOf(first) });
      else there.count += count;
    },
    clear: () => kinds.clear(),
    list: () => [...kinds.values()].map((entry) => ({ ...entry, first: { ...entry.first } })),
  };
}

/** Counts of a run of which nothing was applied: there is what was there before. */
export function unapplied(
  counts: Readonly<Record<CountedType, Counts>>,
  before: Readonly<Record<CountedType, Counts>>,
): Record<CountedType, Counts> {
  const shown = { ...counts };
  for (const type of countedTypes) {
    const { totalBefore } = before[type];
    shown[type] = { ...counts[type], totalBefore, totalAfter: totalBefore };
  }
  return shown;
}

/** Fills in `totalAfter` of a plan: what there would be. */
export function project(counts: Record<CountedType, Counts>): void {
  for (const type of countedTypes) {
    const entry = counts[type];
    // What is repaired beside the records themselves (the group of a <membership>) makes no more records than there are.
    entry.repaired = Math.min(entry.repaired, entry.inFile);
    entry.totalAfter =
      entry.totalBefore + entry.created + entry.restored - entry.trashed - entry.disabled - entry.archived;
  }
}
