import type { Listing, Paging } from '../../base/listing.ts';
import type { Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';

/** States of a file that came by a transport. */
export const arrivalStates = ['taking', 'taken', 'waiting', 'refused'] as const;

/** A file that came by a transport. */
export interface ArrivalItem {
  readonly name: string;
  readonly version: string;
  readonly via: string;
  readonly state: (typeof arrivalStates)[number];
  readonly run: string | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly problem: { readonly code: string; readonly text: string } | null;
  readonly at: string;
  readonly changedAt: string;
}

/** What the routes of files that came by transports need. */
export interface ArrivalsRoom {
  /** The files of a feed, the newest first. */
  arrivals(
    context: Context,
    feed: string,
    query: Paging & { readonly state?: ArrivalItem['state'] },
  ): Promise<Result<Listing<ArrivalItem>>>;
}
