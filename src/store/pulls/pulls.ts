import type { Doc, Store } from '../store.ts';

/** The last pull of a feed as it is stored. */
export interface PullRow {
  /** What the API shows of it. */
  readonly report: Doc;
  /** Names the pull; only who has it may write. */
  readonly owner: string;
  /** Until when the process that reads is believed to live; of the database's time. */
  readonly until: Date;
}

/**
 * The last pull of each feed, in the feed's own document: it goes with the feed. Leases are of the database's time, since
 * they say whether a process is alive.
 */
export function makePullStore(store: Store) {
  const feeds = store.rows('feed');
  const idOf = (tenant: string, feed: string) => ({ _id: `${tenant}/${feed}`, tenant });
  const until = (leaseMs: number) => ({ $add: ['$$NOW', leaseMs] });

  return {
    /** Notes that a pull has begun; false where another one is being read, or the feed is gone. */
    async begin(tenant: string, feed: string, owner: string, report: Doc, leaseMs: number): Promise<boolean> {
      const free = { $or: [{ 'pull.report.state': { $ne: 'reading' } }, { $expr: { $lt: ['$pull.until', '$$NOW'] } }] };
      const pull = { report: { $literal: report }, owner: { $literal: owner }, until: until(leaseMs) };
      const done = await feeds.updateOne({ ...idOf(tenant, feed), ...free } as Doc, [{ $set: { pull } }]);
      return done.matchedCount === 1;
    },

    /** Says that a pull is alive, and how far it is; false when it is not the feed's last one any more. */
    async beat(tenant: string, feed: string, owner: string, records: number, leaseMs: number): Promise<boolean> {
      const set = { 'pull.until': until(leaseMs), 'pull.report.records': records };
      const done = await feeds.updateOne({ ...idOf(tenant, feed), 'pull.owner': owner }, [{ $set: set }]);
      return done.matchedCount === 1;
    },

    /** Notes how a pull has ended. */
    async end(tenant: string, feed: string, owner: string, report: Doc): Promise<void> {
      await feeds.updateOne({ ...idOf(tenant, feed), 'pull.owner': owner }, { $set: { 'pull.report': report } });
    },

    /** The last pull, and whether the process that reads is believed to live. */
    async last(tenant: string, feed: string): Promise<{ report: Doc; alive: boolean } | undefined> {
      const projection = { 'pull.report': 1, alive: { $gte: ['$pull.until', '$$NOW'] } };
      const row = await feeds.findOne(idOf(tenant, feed), { projection });
      const report = (row?.['pull'] as Partial<PullRow> | undefined)?.report;
      return report === undefined ? undefined : { report, alive: row?.['alive'] === true };
    },
  };
}

/** See {@link makePullStore}. */
export type PullStore = ReturnType<typeof makePullStore>;
