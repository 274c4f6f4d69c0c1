import type { RunPull } from './pulls/types.ts';

/** The three meanings of a file (decisions 4.1). */
export type Mode = 'changes' | 'groups-complete' | 'full';

/**
 * States of a run. `skipped`: the feed is paused, nothing was looked at. `undone`: a later run has put back what it
 * changed.
 */
export const runStates = [
  'queued',
  'running',
  'held',
  'done',
  'failed',
  'rejected',
  'expired',
  'skipped',
  'undone',
] as const;
/** One of {@link runStates}. */
export type RunState = (typeof runStates)[number];

/** What makes a run's Plan: a file of the feed, a run to be undone, a school year to be retired, a list of new ids. */
export const runKinds = ['import', 'undo', 'rollover', 'crosswalk'] as const;
/** One of {@link runKinds}. */
export type RunKind = (typeof runKinds)[number];

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
  /** Records of the file that an archived course has let pass by (decisions 2.4). */
  ignored: number;
  /** Records of which a locked field was kept (`feeds.md` 0.6). */
  locked: number;
  /** Missing records that the grace period keeps for now (`feeds.md` 0.5). */
  waiting: number;
  /** Changes that a window or a breached filter left out; the next run sees them again. */
  withheld: number;
  totalBefore: number;
  totalAfter: number;
}

/** A kind of remark or problem of a run, how often, and where first. */
export interface RunProblem {
  kind: string;
  count: number;
  first: { file: string | null; line: number | null; id: string | null; message: string };
}

/** One problem or remark with its place, as `GET /runs/:id/problems` and its CSV list them. */
export interface ProblemItem {
  kind: string;
  type: CountedType | null;
  file: string | null;
  line: number | null;
  id: string | null;
  field: string | null;
  message: string;
  /** Rows of the file that it speaks of, where it stands for several. */
  rows?: number;
}

/** What changes on a record: outcomes of `roster.execute` that change something. */
export const changeActions = ['created', 'updated', 'renamed', 'restored', 'trashed', 'disabled', 'archived'] as const;
/** One of {@link changeActions}. */
export type ChangeAction = (typeof changeActions)[number];

/** One changed record, as `GET /runs/:id/changes` and its CSV list it. Passwords are masked. */
export interface ChangeItem {
  type: CountedType;
  action: ChangeAction;
  /** The id by which its sender knows the record. */
  id: string;
  guid: string;
  name: string | null;
  /** Line of the file, where the plan knows it. */
  line: number | null;
  /** Fields that differ, as they were; all of them where the record went; null where it is new. */
  before: Record<string, unknown> | null;
  /** The same fields afterwards; null where the record went. */
  after: Record<string, unknown> | null;
}

/**
 * Two records that are probably one: a person who would be removed and one who would be made under another key
 * (`key-change`), or a known person whom this feed does not list yet and one who would be made (`match`).
 */
export interface Pair {
  kind: 'key-change' | 'match';
  /** The known record: guid and sender's id. */
  guid: string;
  knownId: string;
  /** The id in the file. */
  newId: string;
  name: string | null;
  /** What they have in common: `name and birthday`, `login`, `email`, `national id`, `user id`. */
  by: string[];
  /** Whether the admin, or the feed's setting, has the two made one. */
  merged: boolean;
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

/** How far a run is. */
export interface Progress {
  /** What it is doing: reading and comparing, working out removals, listing what a hold would show, applying. */
  phase: 'reading' | 'removals' | 'listing' | 'applying';
  /** Records of this phase so far, and per second of late. */
  records: number;
  perSecond: number;
  /** Of the whole run, 0 to 100, as far as it can be told. */
  percent: number;
  bytes: number;
}

/** One file of a package, as certification logs name them (oneroster.md 9.1). */
export interface PackagedFile {
  name: string;
  imported: boolean;
  records: number;
  rejected: number;
  comment: string;
  /** Of a file that has all records of its kind: the kind, by which it is compared with the last such file, and its unpacked size. */
  whole?: { of: string; bytes: number };
}

/** A run as the admin API and the command line show it. */
export interface Run {
  id: string;
  kind: RunKind;
  feed: string;
  protocol: string;
  mode: Mode;
  state: RunState;
  dryRun: boolean;
  /** When it came. */
  queuedAt: string;
  /** By the feed's schedule not worked on before; null: as soon as possible. */
  notBefore: string | null;
  startedAt: string | null;
  endedAt: string | null;
  /** undo: the run that is undone; import: the run whose kept file is worked on once more. */
  of: string | null;
  /** Empty name and zero bytes where there is no file. */
  file: { name: string; bytes: number; sha256: string };
  /** Files of a package. */
  files?: PackagedFile[];
  /** Of what was read from another server: the pull. */
  pull?: RunPull;
  counts: Record<CountedType, Counts>;
  /** Pairs of records that are probably one, by kind, and how many of them are made one. */
  pairs: { keyChanges: number; matches: number; merged: number };
  filters: FilterVerdict[];
  problems: RunProblem[];
  /** Why it waits, was skipped or failed; for people. */
  reason: string | null;
  /** While it runs. */
  progress?: Progress;
  /** held: when it expires. */
  expiresAt: string | null;
  /** Who approved or rejected it, and when. */
  decision?: { by: string; at: string; approved: boolean };
  /** The run that has undone it. */
  undoneBy: string | null;
  /** When its lists of changes and problems are dropped. */
  keptUntil: string | null;
  /** When values of it went with a purge: its file, or items of its lists. It cannot be undone as a whole any more. */
  purgedAt?: string;
}

/** A change type of run accounting, from record type and group kind. */
export function countedTypeOf(type: string, kind?: string): CountedType {
  return type === 'group' && kind === 'session' ? 'academicSession' : (type as CountedType);
}
