import type { Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import type { CountedType, Feed } from '../../sync/index.ts';

/** How a feed can be. */
export const healthStates = ['ok', 'late', 'held', 'failing', 'paused', 'never-ran'] as const;

/** A feed with how it is and how it went. */
export interface ShownFeed extends Feed {
  readonly health: {
    readonly state: (typeof healthStates)[number];
    readonly reason: string | null;
    readonly lastRun: { readonly id: string; readonly state: string; readonly at: string } | null;
    readonly lastGoodRun: { readonly id: string; readonly at: string } | null;
    readonly nextRun: string | null;
    readonly lastLook: {
      readonly at: string;
      readonly problem: { readonly code: string; readonly text: string } | null;
    } | null;
    readonly waitingFiles: number;
    readonly trend: readonly {
      readonly run: string;
      readonly at: string;
      readonly totals: Readonly<Record<CountedType, number>>;
    }[];
  };
}

/** What shows feeds. */
export interface FeedsHealthRoom {
  /** All feeds that the context may use, by name. */
  feedsWithHealth(context: Context): Promise<readonly ShownFeed[]>;
  /** Problem: unknown-object. */
  feedWithHealth(context: Context, name: string): Promise<Result<ShownFeed>>;
}
