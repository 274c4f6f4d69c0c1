import type { Doc, Row, Store } from './store.ts';

/** A run as it is stored; `report` is the run object of the API, `work` what the engine must remember. */
export interface RunRow {
  readonly _id: string;
  readonly tenant: string;
  readonly feed: string;
  readonly state: string;
  readonly order: number;
  readonly queuedAt: Date;
  readonly writer: string;
  readonly source: string;
  readonly report: Doc;
  readonly work: Doc;
  readonly lease?: { readonly owner: string; readonly until: Date; readonly fence: number };
  readonly expiresAt?: Date;
}

/** Runs and feeds' settings in the store. */
export function makeRunStore(store: Store) {
  const runs = store.rows('run');
  const feeds = store.rows('feed');
  const asRun = (row: Row | null) => (row === null ? undefined : (row as unknown as RunRow));

  return {
    async insert(run: RunRow): Promise<void> {
      await runs.insertOne(run as unknown as Row);
    },

    async get(tenant: string, id: string): Promise<RunRow | undefined> {
      return asRun(await runs.findOne({ _id: id, tenant }));
    },

    async list(tenant: string, filter: Doc, limit: number): Promise<{ rows: RunRow[]; total: number }> {
      const { order, ...counted } = filter;
      const [rows, total] = await Promise.all([
        runs
          .find({ tenant, ...counted, ...(order === undefined ? {} : { order }) })
          .sort({ order: -1 })
          .limit(limit)
          .toArray(),
        runs.countDocuments({ tenant, ...counted }),
      ]);
      return { rows: rows as unknown as RunRow[], total };
    },

    /** Changes a run if it is still in one of the states, and still held by the fence when one is given. */
    async change(
      tenant: string,
      id: string,
      states: readonly string[],
      set: Doc,
      fence?: number,
    ): Promise<RunRow | undefined> {
      const filter: Doc = { _id: id, tenant, state: { $in: [...states] } };
      if (fence !== undefined) filter['lease.fence'] = fence;
      return asRun(await runs.findOneAndUpdate(filter, { $set: set }, { returnDocument: 'after' }));
    },

    /** Notes how far a run has come; false when it is no longer this worker's. */
    async note(tenant: string, id: string, set: Doc, fence: number): Promise<boolean> {
      const done = await runs.updateOne({ _id: id, tenant, state: 'running', 'lease.fence': fence }, { $set: set });
      return done.matchedCount === 1;
    },

    /**
     * Leases the oldest run that is queued, or whose worker has died. A feed has one run at a time. The fence number
     * grows with each lease, so that a worker who wakes up late is refused.
     */
    async claim(owner: string, now: Date, leaseMs: number): Promise<RunRow | undefined> {
      const free = { $or: [{ lease: { $exists: false } }, { 'lease.until': { $lt: now } }] };
      const busy = (await runs
        .find({ state: 'running', 'lease.until': { $gte: now } })
        .toArray()) as unknown as RunRow[];
      const filter: Doc = { state: { $in: ['queued', 'running'] }, ...free };
      if (busy.length > 0) filter['$nor'] = busy.map(({ tenant, feed }) => ({ tenant, feed }));
      return asRun(
        await runs.findOneAndUpdate(
          filter,
          [
            {
              $set: {
                state: 'running',
                lease: {
                  owner,
                  until: new Date(now.getTime() + leaseMs),
                  fence: { $add: [{ $ifNull: ['$lease.fence', 0] }, 1] },
                },
              },
            },
          ],
          { sort: { order: 1 }, returnDocument: 'after' },
        ),
      );
    },

    /** Frees all leases: for the only gateway on a database, which knows that whoever held them is gone. */
    async freeLeases(): Promise<void> {
      await runs.updateMany({ state: 'running' }, { $set: { 'lease.until': new Date(0) } });
    },

    /** Prolongs a lease; false when somebody else has taken the run over. */
    async beat(id: string, tenant: string, fence: number, until: Date): Promise<boolean> {
      const done = await runs.updateOne({ _id: id, tenant, 'lease.fence': fence }, { $set: { 'lease.until': until } });
      return done.matchedCount === 1;
    },

    /** Ends held runs whose time is over; answers them. */
    async expired(now: Date): Promise<RunRow[]> {
      return (await runs.find({ state: 'held', expiresAt: { $lt: now } }).toArray()) as unknown as RunRow[];
    },

    async feed(tenant: string, name: string): Promise<Doc | undefined> {
      const row = await feeds.findOne({ tenant, name });
      return (row?.['settings'] as Doc | undefined) ?? undefined;
    },

    async feeds(tenant: string): Promise<Doc[]> {
      const rows = await feeds.find({ tenant }).sort({ name: 1 }).toArray();
      return rows.map((row) => row['settings'] as Doc);
    },

    async putFeed(tenant: string, name: string, settings: Doc): Promise<void> {
      await feeds.updateOne({ _id: `${tenant}/${name}`, tenant }, { $set: { name, settings } }, { upsert: true });
    },

    /**
     * Ends a run that is still this worker's, and with a completed one counts it for its feed and remembers its file,
     * all at once; false when it is no longer this worker's.
     */
    async end(row: RunRow, set: Doc, completed: { readonly sha256: string } | undefined): Promise<boolean> {
      const { tenant, feed } = row;
      return store.transaction(async (session) => {
        const filter = { _id: row._id, tenant, state: 'running', 'lease.fence': row.lease?.fence ?? 0 };
        const ended = await runs.updateOne(filter, { $set: set }, { session });
        if (ended.matchedCount === 0) return false;
        if (completed !== undefined) {
          const change = { $inc: { 'settings.runs': 1 }, $set: { 'settings.lastSha256': completed.sha256 } } as Doc;
          await feeds.updateOne({ _id: `${tenant}/${feed}`, tenant }, change, { session });
        }
        return true;
      });
    },

    /** The hash blocks of a feed in the order of their sequence. */
    async *blocks(tenant: string, feed: string): AsyncGenerator<{ id: unknown; bytes: Uint8Array }> {
      const cursor = store.rows('block').find({ tenant, feed }).sort({ sequence: 1 });
      for await (const row of cursor) {
        yield { id: row._id, bytes: (row['entries'] as { buffer: Uint8Array }).buffer };
      }
    },

    /** Puts compacted blocks in the place of those that were read. */
    async compact(tenant: string, feed: string, read: readonly unknown[], blocks: readonly Buffer[]): Promise<void> {
      await store.transaction(async (session) => {
        const rows = store.rows('block');
        const first = await rows.find({ tenant, feed }, { session }).sort({ sequence: 1 }).limit(1).toArray();
        const sequence = (first[0]?.['sequence'] as number | undefined) ?? 0;
        for (let at = 0; at < read.length; at += 1000) {
          await rows.deleteMany({ tenant, feed, _id: { $in: read.slice(at, at + 1000) as never[] } }, { session });
        }
        if (blocks.length > 0) {
          await rows.insertMany(
            blocks.map((entries) => ({ tenant, feed, sequence, entries }) as unknown as Row),
            { session },
          );
        }
      });
    },
  };
}

/** See {@link makeRunStore}. */
export type RunStore = ReturnType<typeof makeRunStore>;
