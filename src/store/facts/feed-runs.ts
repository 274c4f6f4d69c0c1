import { collectionNames } from '../models.ts';
import type { Doc, Store } from '../store.ts';

/** A run as the health of its feed needs it. */
export interface FeedRunRow {
  readonly _id: string;
  readonly state: string;
  readonly queuedAt: Date;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** A run that is done, with the feed's active records after it. */
export interface FeedTotals extends FeedRunRow {
  readonly totals: Readonly<Record<string, number>>;
}

/** What is known of a feed's imports; dry runs are none. */
export interface FeedRuns {
  readonly feed: string;
  /** The newest one, whatever became of it. */
  readonly last: FeedRunRow | undefined;
  /** The newest that are done, the newest first. */
  readonly done: readonly FeedTotals[];
  /** A held run of the feed, of whatever kind. */
  readonly held: string | undefined;
  /** Imports that are queued. */
  readonly queued: number;
  /** Files in the ledger that wait. */
  readonly waiting: number;
}

/** Runs of earlier versions have no kind; all of them took a file in. */
const imports = { 'report.dryRun': false, 'report.kind': { $in: ['import', null] } };
const times = { state: 1, queuedAt: 1, startedAt: '$report.startedAt', endedAt: '$report.endedAt' };

/**
 * What is known of the imports of a tenant's feeds: of all, or of those that are named. Each feed costs two short looks into an
 * index; what waits is counted once for all of them.
 */
export async function feedRuns(
  store: Store,
  tenant: string,
  {
    feeds,
    done,
    types,
  }: { readonly feeds?: readonly string[]; readonly done: number; readonly types: readonly string[] },
): Promise<FeedRuns[]> {
  const totals = Object.fromEntries(types.map((type) => [type, { $ifNull: [`$report.counts.${type}.totalAfter`, 0] }]));
  const newest = (as: string, match: Doc, limit: number, project: Doc): Doc => ({
    $lookup: {
      from: collectionNames.run,
      localField: 'name',
      foreignField: 'feed',
      as,
      pipeline: [
        { $match: { tenant, ...imports, ...match } },
        { $sort: { order: -1 } },
        { $limit: limit },
        { $project: project },
      ],
    },
  });
  const named: Doc = feeds === undefined ? {} : { name: { $in: [...feeds] } };
  const ofFeed: Doc = feeds === undefined ? {} : { feed: { $in: [...feeds] } };
  const [found, open, arrivals] = await Promise.all([
    store
      .rows('feed')
      .aggregate([
        { $match: { tenant, ...named } },
        { $project: { name: 1 } },
        newest('last', {}, 1, times),
        newest('done', { state: 'done' }, done, { ...times, totals }),
      ])
      .toArray(),
    store
      .rows('run')
      .find({ tenant, ...ofFeed, state: { $in: ['queued', 'held'] }, 'report.dryRun': false } as Doc)
      .project<{ _id: string; feed: string; state: string }>({ feed: 1, state: 1 })
      .toArray(),
    store
      .rows('arrival')
      .aggregate([
        { $match: { tenant, ...ofFeed, state: 'waiting' } },
        { $group: { _id: '$feed', count: { $sum: 1 } } },
      ])
      .toArray(),
  ]);
  const waiting = new Map(arrivals.map((row) => [String(row['_id']), Number(row['count'])]));
  const queued = new Map<string, number>();
  const held = new Map<string, string>();
  for (const { _id, feed, state } of open) {
    if (state === 'held') held.set(feed, _id);
    else queued.set(feed, (queued.get(feed) ?? 0) + 1);
  }
  return found.map((row): FeedRuns => {
    const feed = String(row['name']);
    const [last] = row['last'] as unknown as FeedRunRow[];
    return {
      feed,
      last,
      done: row['done'] as unknown as FeedTotals[],
      held: held.get(feed),
      queued: queued.get(feed) ?? 0,
      waiting: waiting.get(feed) ?? 0,
    };
  });
}
