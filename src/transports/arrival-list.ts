import type { Clock } from '../base/clock.ts';
import type { Listing, Paging } from '../base/listing.ts';
import { failed, ok, type Result } from '../base/result.ts';
import type { Context } from '../roster/index.ts';
import type { ArrivalRow, Arrivals } from '../store/index.ts';

/** A file that came by a transport, as the admin API shows it. */
export interface ShownArrival {
  name: string;
  /** What tells it from others of its name: a version, an ETag, size and time. */
  version: string;
  /** The kind of transport. */
  via: string;
  /** `taking`: it is being read. `taken`: its run is there. `waiting`: it is tried again. `refused`: it is no file of this feed. */
  state: ArrivalRow['state'];
  run: string | null;
  bytes: number | null;
  sha256: string | null;
  problem: { code: string; text: string } | null;
  /** When it was seen first, and when its state became what it is. */
  at: string;
  changedAt: string;
}

/** Shows what came by transports. */
export interface ArrivalList {
  /** The files of a feed, the newest first. Problems: invalid-request (cursor), forbidden (a feed of others). */
  arrivals(
    context: Context,
    feed: string,
    query: Paging & { readonly state?: ArrivalRow['state'] },
  ): Promise<Result<Listing<ShownArrival>>>;
}

/** Makes {@link ArrivalList}. */
export function makeArrivalList({
  arrivals,
  clock,
}: {
  readonly arrivals: Arrivals;
  readonly clock: Clock;
}): ArrivalList {
  return {
    async arrivals({ tenant, feeds }, feed, { state, limit, cursor }) {
      if (feeds !== undefined && !feeds.includes(feed)) {
        return failed('forbidden', 'This credential may not use the feed; an admin can allow it.');
      }
      if (cursor !== undefined && !/^\d{1,17}$/.test(cursor)) {
        return failed('invalid-request', 'The cursor is not one that this list gave.', { field: 'cursor' });
      }
      const page = {
        limit: limit + 1,
        ...(state === undefined ? {} : { state }),
        ...(cursor === undefined ? {} : { before: Number(cursor) }),
      };
      const { rows, total } = await arrivals.list(tenant, feed, page);
      const shown = rows.slice(0, limit);
      const next = rows.length > limit ? String(shown.at(-1)?.order ?? '') : null;
      return ok({ items: shown.map((row) => shownArrival(row, clock.now())), total, next });
    },
  };
}

const cutOff = {
  code: 'busy',
  text: 'The gateway ended while it was taken in. What is fetched is tried again; what was brought must be sent again.',
};

function shownArrival(row: ArrivalRow, now: Date): ShownArrival {
  const isLost = row.state === 'taking' && row.lease.until < now;
  return {
    name: row.name,
    version: row.version,
    via: row.via,
    state: isLost ? 'waiting' : row.state,
    run: row.state === 'taken' ? row.run : null,
    bytes: row.bytes ?? null,
    sha256: row.sha256 ?? null,
    problem: isLost ? cutOff : (row.problem ?? null),
    at: row.at.toISOString(),
    changedAt: row.changedAt.toISOString(),
  };
}
