import type { Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import type { CountedType, Feed } from '../../sync/index.ts';
import type { LastLook } from '../slots/slots.ts';

/**
 * How a feed is, the first that holds: `held` (a run waits for a decision), `paused` (a window), `failing` (the last file failed or
 * expired, or the place cannot be looked at), `never-ran`, `late` (nothing has come for the last time of the schedule), `ok`.
 */
export const healthStates = ['ok', 'late', 'held', 'failing', 'paused', 'never-ran'] as const;
/** One of {@link healthStates}. */
export type HealthState = (typeof healthStates)[number];

/** The feed's active records of each type after a run. */
export interface TrendPoint {
  readonly run: string;
  readonly at: string;
  readonly totals: Readonly<Record<CountedType, number>>;
}

/** How a feed is and how it went; of imports, dry runs aside. Times are ISO 8601. */
export interface FeedHealth {
  readonly state: HealthState;
  /** Why, for people; null where it is `ok`. */
  readonly reason: string | null;
  /** The newest run, whatever became of it, and when it came to that. */
  readonly lastRun: { readonly id: string; readonly state: string; readonly at: string } | null;
  /** The newest run that is done. */
  readonly lastGoodRun: { readonly id: string; readonly at: string } | null;
  /** When it is fetched next, or what was brought is worked on next; null: when somebody brings or asks. */
  readonly nextRun: string | null;
  /** The last look at the place that files are fetched from; null: none. */
  readonly lastLook: LastLook | null;
  /** Files that wait: for their time, for a run before them, or for another try. */
  readonly waitingFiles: number;
  /** The newest runs that are done, the newest first, at most ten. */
  readonly trend: readonly TrendPoint[];
}

/** A feed with how it is. */
export interface FeedWithHealth extends Feed {
  readonly health: FeedHealth;
}

/** Tells how feeds are; a context that may use some feeds only sees these. */
export interface FeedsHealth {
  /** All feeds, by name. */
  feedsWithHealth(context: Context): Promise<readonly FeedWithHealth[]>;
  /** Problem: unknown-object. */
  feedWithHealth(context: Context, name: string): Promise<Result<FeedWithHealth>>;
}
