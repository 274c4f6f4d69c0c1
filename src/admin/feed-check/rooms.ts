import type { Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import { arrivalStates } from '../arrivals/rooms.ts';

/** States of a file that lies at a feed's place. */
export const checkedStates = ['new', ...arrivalStates] as const;

/** What the check of a feed's place needs. */
export interface FeedCheckRoom {
  /** Looks at the place that a feed's files are fetched from, and takes nothing. */
  check(
    context: Context,
    feed: string,
  ): Promise<
    Result<{
      readonly transport: string;
      readonly files: readonly {
        readonly name: string;
        readonly version: string;
        readonly bytes: number | null;
        readonly state: (typeof checkedStates)[number];
        readonly run: string | null;
      }[];
      readonly total: number;
      readonly records: number | null;
    }>
  >;
}
