import type { CountedType, Feed } from '../../sync/index.ts';

/** A feed with what alarms go by; times are ISO 8601. */
export interface WatchedFeed extends Feed {
  readonly health: {
    /** How it is, as `late` or `ok`; alarms are about times of their own. */
    readonly state: string;
    /** The newest run, and when it came to its state. */
    readonly lastRun: { readonly id: string; readonly state: string; readonly at: string } | null;
    /** The newest good runs with the feed's active records, the newest first. */
    readonly trend: readonly {
      readonly run: string;
      readonly at: string;
      readonly totals: Readonly<Record<CountedType, number>>;
    }[];
  };
}
