import type { RecordType } from '../model/index.ts';
import type { Mode } from './reader.ts';

/** States of a run. */
export type RunState = 'queued' | 'running' | 'held' | 'done' | 'failed' | 'rejected' | 'expired' | 'undone';

/** The types that a run counts. */
export const countedTypes = ['person', 'group', 'membership', 'academicSession'] as const;
/** One of {@link countedTypes}; `academicSession` counts groups of kind session. */
export type CountedType = (typeof countedTypes)[number];

/** What a run did with one type. `totalBefore` and `totalAfter` are the feed's active records. */
export interface Counts {
  inFile: number;
  created: number;
  updated: number;
  unchanged: number;
  renamed: number;
  restored: number;
  trashed: number;
  disabled: number;
  archived: number;
  rejected: number;
  repaired: number;
  totalBefore: number;
  totalAfter: number;
}

/** A kind of remark or problem of a run, how often, and where first. */
export interface RunProblem {
  kind: string;
  count: number;
  first: { file: string | null; line: number | null; id: string | null; message: string };
}

/** One safety filter's verdict. */
export interface FilterVerdict {
  filter: string;
  type: CountedType;
  action: 'insert' | 'update' | 'delete' | 'guard';
  changes: number;
  base: number;
  /** Percent of the base, or undefined where the base is zero. */
  percent?: number;
  limitPercent?: number;
  limitNumber?: number;
  exceeded: boolean;
  reason: string;
}

/** A run as the admin API and the command line show it. */
export interface Run {
  id: string;
  feed: string;
  protocol: string;
  mode: Mode;
  state: RunState;
  dryRun: boolean;
  startedAt: string | null;
  endedAt: string | null;
  file: { name: string; bytes: number; sha256: string };
  counts: Record<CountedType, Counts>;
  filters: FilterVerdict[];
  problems: RunProblem[];
  /** Records read so far, while it runs. */
  progress?: { phase: 'reading' | 'applying'; records: number; bytes: number };
  /** Who approved or rejected it, and when. */
  decision?: { by: string; at: string; approved: boolean };
}

/** A change type of run accounting, from record type and group kind. */
export function countedTypeOf(type: RecordType, kind?: string): CountedType {
  return type === 'group' && kind === 'session' ? 'academicSession' : type;
}
