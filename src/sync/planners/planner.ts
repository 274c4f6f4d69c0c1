import type { Context, Roster } from '../../roster/index.ts';
import type { Pace } from '../pace.ts';
import type { LastWord } from '../plan/last-word.ts';
import type { Scope } from '../reader.ts';
import type { Findings } from '../report/findings.ts';
import type { CountedType, Counts, FilterVerdict, PackagedFile } from '../run.ts';
import type { Spool } from '../spool.ts';
import type { Remarks } from '../tally.ts';
import type { Feed } from '../types.ts';

/** What every planner works with; the engine makes it for each attempt at a run. */
export interface PlanDeps {
  readonly roster: Roster;
  /** The writer of the changes: `feed:<name>` for imports, `admin:<name>` for what a person asked for. */
  readonly context: Context;
  readonly feed: Feed;
  readonly timeZone: string;
  readonly dryRun: boolean;
  readonly spool: Spool;
  readonly counts: Record<CountedType, Counts>;
  readonly remarks: Remarks;
  readonly findings: Findings;
  readonly fileName: string;
  readonly workFolder: string;
  readonly pace: Pace;
  /** Called now and then with the records looked at so far; may throw to stop. */
  progress(records: number): Promise<void>;
  /** Forgets what was planned, counted and remarked: the file must be read again. */
  restart(): Promise<void>;
}

/**
 * What a Plan is beside its changes (architecture, rule 2): planned changes are in the spool under their steps, their
 * expected outcomes in `counts`.
 */
export interface PlanResult {
  /** Rejected records whose key could not be read (`feeds.md` 0.3). */
  readonly unkeyed: number;
  readonly records: number;
  /** Nothing was rehearsed, since the roster was empty. */
  readonly guessed: boolean;
  /** Records that need no applying, by type. */
  readonly settled: Record<CountedType, number>;
  /** What is left of removals; undefined where no later record takes one back. */
  readonly lastWord: LastWord | undefined;
  /** Verdicts of the planner's own beside the safety filters; an exceeded one holds the run. */
  readonly verdicts: readonly FilterVerdict[];
  /** Files of a package. */
  readonly files: readonly PackagedFile[];
  /** What the file says that it is complete in (OneRoster CSV); absent where the run's mode decides. */
  readonly complete?: readonly Scope[];
}

/** Makes a Plan; writes nothing to the roster. */
export type Planner = (deps: PlanDeps) => Promise<PlanResult>;
