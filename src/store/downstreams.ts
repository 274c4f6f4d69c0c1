import type { RosterType } from '../model/index.ts';
import type { Doc, Row, Rows, Session, Store } from './store.ts';
import { tenantsAtRest } from './tenancy/erasure.ts';

/** Where a tenant's changes are delivered, and how far the delivery is. */
export interface DownstreamRow {
  /** The tenant. */
  readonly _id: string;
  readonly tenant: string;
  readonly settings: Doc;
  /** The password, sealed. */
  readonly sealed: string;
  /** Changes when somebody sets something: what a worker began before is its own no more. */
  readonly version: string;
  /** What is remembered of it (ids, dead letters) is of a delivery before, and is forgotten before anything is sent. */
  readonly stale: boolean;
  /** Sequence number up to which everything is settled. */
  readonly position: number;
  readonly deliveredUntil: Date | null;
  /** Where the delivery of everything there is has come to; null when it is over. */
  readonly initial: {
    readonly phase: RosterType;
    readonly after: string | null;
    readonly done: number;
    readonly total: number;
    /** Up to when all is settled once it is over; null where that is known without it. */
    readonly until: Date | null;
  } | null;
  readonly delivered: { readonly written: number; readonly removed: number; readonly renamed: number };
  readonly failing: { readonly since: Date; readonly attempts: number; readonly reason: string } | null;
  /** Nothing is tried before. */
  readonly nextAt: Date;
  /** Grows when dead letters are to be sent again; what a worker has seen of it. */
  readonly retryAsked: number;
  readonly retryDone: number;
  readonly servedAt: Date;
  readonly lease?: { readonly owner: string; readonly until: Date; readonly fence: number };
}

/** A record as deliveries name it. */
export interface RecordName {
  readonly type: RosterType;
  readonly guid: string;
}

/** A record that was refused for good. */
export interface DeadLetterRow extends RecordName {
  readonly sourcedId: string;
  readonly op: string;
  readonly problem: Doc;
  readonly attempts: number;
  readonly at: Date;
  readonly retry: boolean;
}

/** What a delivery has settled, written at once. */
export interface Settled {
  /** Ids by which the server knows records from now on; none where it knows a record no more. */
  readonly known?: readonly (RecordName & { readonly ids: readonly string[] })[];
  readonly letters?: readonly DeadLetterRow[];
  /** Records whose dead letter, where there is one, is over. */
  readonly cleared?: readonly RecordName[];
  readonly counts?: Readonly<Partial<Record<'written' | 'removed' | 'renamed', number>>>;
}

/** Documents that one transaction deletes: a large one would not fit into the cache of the database. */
const forgottenAtOnce = 5_000;

/** What a change was made of, and what it is afterwards. */
export interface Versions {
  readonly from: string | undefined;
  readonly to: string;
}

/** The id of a record's dead letter, and of what is known of it. */
export function nameOfRecord({ type, guid }: { readonly type: string; readonly guid: string }): string {
  return `${type}-${guid}`;
}

/** Downstreams in the store. Whatever a worker writes carries its fence; false means that it is no longer the worker's. */
export function makeDownstreamStore(store: Store) {
  const downstreams = store.rows('downstream');
  const letters = store.rows('deadLetter');
  const known = store.rows('delivered');
  const asRow = (row: Row | null) => (row === null ? undefined : (row as unknown as DownstreamRow));
  const held = ({ tenant, version, lease }: DownstreamRow): Doc => ({
    _id: tenant,
    tenant,
    version,
    ...(lease === undefined ? { lease: { $exists: false } } : { 'lease.fence': lease.fence }),
  });
  const note = async (row: DownstreamRow, change: Doc, session?: Session): Promise<boolean> => {
    const options = session === undefined ? {} : { session };
    return (await downstreams.updateOne(held(row), change, options)).matchedCount === 1;
  };
  /**
   * Deletes, part by part, what is remembered of a delivery before; false where the row is not the caller's any more.
   * `guard` throws where it must stop.
   */
  const forget = async (row: DownstreamRow, guard: () => void): Promise<boolean> => {
    for (const rows of [letters, known]) {
      for (;;) {
        guard();
        const found = await rows
          .find({ tenant: row.tenant }, { projection: { _id: 1 } })
          .limit(forgottenAtOnce)
          .toArray();
        if (found.length === 0) break;
        const isOwn = await store.transaction(async (session) => {
          if (!(await note(row, { $set: { servedAt: new Date() } }, session))) return false;
          await rows.deleteMany({ tenant: row.tenant, _id: { $in: found.map(({ _id }) => _id) } }, { session });
          return true;
        });
        if (!isOwn) return false;
      }
    }
    return true;
  };

  return {
    async get(tenant: string): Promise<DownstreamRow | undefined> {
      return asRow(await downstreams.findOne({ _id: tenant, tenant }));
    },

    /** Makes one; undefined where there is one already. */
    async add(tenant: string, version: string, set: Doc): Promise<DownstreamRow | undefined> {
      const fresh = { tenant, ...set, version, stale: false };
      const there = await downstreams.findOneAndUpdate(
        { _id: tenant },
        { $setOnInsert: fresh },
        { upsert: true, returnDocument: 'after' },
      );
      return there?.['version'] === version ? asRow(there) : undefined;
    },

    /** Changes one that is there, of the version `from`; what a worker does to it ends here. */
    async change(tenant: string, { from, to: version }: Versions, set: Doc): Promise<DownstreamRow | undefined> {
      if (from === undefined) return undefined;
      return asRow(
        await downstreams.findOneAndUpdate(
          { _id: tenant, tenant, version: from },
          { $set: { ...set, version } },
          { returnDocument: 'after' },
        ),
      );
    },

    /**
     * Forgets one with all that was remembered for it, and itself last: what fails in between leaves it paused, and to
     * be begun anew.
     */
    async remove(tenant: string, version: string): Promise<boolean> {
      const ending = { version, stale: true, 'settings.paused': true };
      const row = asRow(
        await downstreams.findOneAndUpdate({ _id: tenant, tenant }, { $set: ending }, { returnDocument: 'after' }),
      );
      if (row === undefined) return false;
      if (await forget(row, () => undefined)) await downstreams.deleteOne(held(row));
      return true;
    },

    forget,

    /** Leases what has waited longest with something to do; the fence number grows with each lease and refuses the late. */
    async claim(owner: string, now: Date, leaseMs: number): Promise<DownstreamRow | undefined> {
      const free: Doc = {
        tenant: { $nin: await tenantsAtRest(store) },
        'settings.paused': false,
        nextAt: { $lte: now },
        $or: [{ lease: { $exists: false } }, { 'lease.until': { $lt: now } }],
      };
      const [first] = await downstreams
        .aggregate<Row>([
          { $match: free },
          { $sort: { servedAt: 1 } },
          { $lookup: { from: 'clocks', localField: '_id', foreignField: '_id', as: 'clock' } },
          {
            $match: {
              $expr: {
                $or: [
                  { $ne: ['$initial', null] },
                  { $gt: ['$retryAsked', '$retryDone'] },
                  { $gt: [{ $first: '$clock.sequence' }, '$position'] },
                ],
              },
            },
          },
          { $limit: 1 },
          { $project: { _id: 1 } },
        ])
        .toArray();
      if (first === undefined) return undefined;
      const until = new Date(now.getTime() + leaseMs);
      const fence = { $add: [{ $ifNull: ['$lease.fence', 0] }, 1] };
      return asRow(
        await downstreams.findOneAndUpdate(
          { ...free, _id: first._id },
          [{ $set: { servedAt: now, lease: { owner, until, fence } } }],
          { returnDocument: 'after' },
        ),
      );
    },

    /** Prolongs a lease, never shortens it; false when it is no longer this worker's. */
    hold: (row: DownstreamRow, until: Date) => note(row, { $max: { 'lease.until': until } }),

    /** Lets go of a lease. */
    async release({ tenant, lease }: DownstreamRow): Promise<void> {
      const filter = { _id: tenant, tenant, 'lease.fence': lease?.fence ?? 0 };
      await downstreams.updateOne(filter, { $set: { 'lease.until': new Date(0) } });
    },

    /** Frees all leases: for the only gateway on a database, which knows that whoever held them is gone. */
    async freeLeases(): Promise<void> {
      await downstreams.updateMany({ lease: { $exists: true } }, { $set: { 'lease.until': new Date(0) } });
    },

    /** Notes how far the delivery is. */
    note: (row: DownstreamRow, set: Doc) => note(row, { $set: set }),

    /** Ids by which the server may know records, by {@link nameOfRecord}. */
    async known(tenant: string, names: readonly RecordName[]): Promise<Map<string, readonly string[]>> {
      const found = new Map<string, readonly string[]>();
      for (let at = 0; at < names.length; at += 1000) {
        const some = names.slice(at, at + 1000).map(nameOfRecord);
        const rows = await known.find({ tenant, _id: { $in: some } }, { batchSize: 1001 }).toArray();
        for (const row of rows) found.set(row._id, row['ids'] as string[]);
      }
      return found;
    },

    /** Records of a type that the server may know by one of these ids, each with all by which it may know it. */
    async holders(
      tenant: string,
      type: RosterType,
      ids: readonly string[],
    ): Promise<(RecordName & { readonly ids: readonly string[] })[]> {
      const rows = ids.length === 0 ? [] : await known.find({ tenant, ids: { $in: [...ids] } }).toArray();
      const start = nameOfRecord({ type, guid: '' });
      const own = rows.filter(({ _id }) => _id.startsWith(start));
      return own.map((row) => ({ type, guid: row._id.slice(start.length), ids: row['ids'] as string[] }));
    },

    /** Notes, before a call, ids by which the server may know records after it. */
    async expect(row: DownstreamRow, ids: readonly (RecordName & { readonly id: string })[]): Promise<boolean> {
      return store.transaction(async (session) => {
        if (!(await note(row, { $set: { servedAt: new Date() } }, session))) return false;
        await known.bulkWrite(
          ids.map(({ id, ...name }) => ({
            updateOne: {
              filter: { _id: nameOfRecord(name), tenant: row.tenant },
              update: { $addToSet: { ids: id } } as Doc,
              upsert: true,
            },
          })),
          { session, ordered: false },
        );
        return true;
      });
    },

    /** Writes what a delivery has settled. */
    async settle(row: DownstreamRow, settled: Settled): Promise<boolean> {
      const { tenant } = row;
      return store.transaction(async (session) => {
        const counts = Object.entries(settled.counts ?? {}).map(([name, by]) => [`delivered.${name}`, by]);
        const change: Doc = { $set: { servedAt: new Date() } };
        if (counts.length > 0) change['$inc'] = Object.fromEntries(counts);
        if (!(await note(row, change, session))) return false;
        const bulk = async (rows: Rows, operations: Doc[]) => {
          if (operations.length > 0) await rows.bulkWrite(operations as never[], { session, ordered: false });
        };
        await bulk(
          known,
          (settled.known ?? []).map(({ ids, ...name }) => {
            const filter = { _id: nameOfRecord(name), tenant };
            return ids.length === 0
              ? { deleteOne: { filter } }
              : { updateOne: { filter, update: { $set: { ids } }, upsert: true } };
          }),
        );
        await bulk(
          letters,
          (settled.letters ?? []).map((letter) => {
            const filter = { _id: nameOfRecord(letter), tenant };
            return { updateOne: { filter, update: { $set: { ...letter } }, upsert: true } };
          }),
        );
        const cleared = (settled.cleared ?? []).map(nameOfRecord);
        if (cleared.length > 0) await letters.deleteMany({ tenant, _id: { $in: cleared } }, { session });
        return true;
      });
    },

    /** A page of dead letters by id. */
    async letters(
      tenant: string,
      { limit, cursor, retry }: { readonly limit: number; readonly cursor?: string; readonly retry?: true },
    ): Promise<readonly (DeadLetterRow & { readonly _id: string })[]> {
      const filter: Doc = { tenant, ...(cursor === undefined ? {} : { _id: { $gt: cursor } }) };
      if (retry === true) filter['retry'] = true;
      const rows = await letters.find(filter).sort({ _id: 1 }).limit(limit).toArray();
      return rows as unknown as (DeadLetterRow & { readonly _id: string })[];
    },

    /** The number of dead letters, of all records or of those named. */
    countLetters: (tenant: string, names?: readonly RecordName[]): Promise<number> =>
      letters.countDocuments({
        tenant,
        ...(names === undefined ? {} : { _id: { $in: names.map(nameOfRecord) } }),
      }),

    /** Puts dead letters in line to be sent again; answers how many. */
    async retry(tenant: string, id: string | undefined): Promise<number> {
      const filter: Doc = { tenant, ...(id === undefined ? {} : { _id: id }) };
      const { matchedCount } = await letters.updateMany(filter, { $set: { retry: true } });
      if (matchedCount > 0) {
        await downstreams.updateOne({ _id: tenant, tenant }, {
          $inc: { retryAsked: 1 },
          $set: { nextAt: new Date(0) },
        } as Doc);
      }
      return matchedCount;
    },

    async drop(tenant: string, id: string): Promise<boolean> {
      return (await letters.deleteOne({ _id: id, tenant })).deletedCount === 1;
    },

    /** Guids of persons that may be there, after one, in their order. */
    async personsAfter(tenant: string, after: string, limit: number): Promise<string[]> {
      const rows = await store
        .records('person')
        .find(
          { tenant, views: 'user', _id: { $gt: after } },
          { projection: { _id: 1 }, hint: { tenant: 1, views: 1, _id: 1 }, batchSize: limit + 1 },
        )
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
      return rows.map(({ _id }) => _id);
    },

    /** Memberships that may be there, group by group, after one, each with its group. */
    async membershipsAfter(
      tenant: string,
      after: { readonly group: string; readonly guid: string },
      limit: number,
    ): Promise<{ readonly group: string; readonly guid: string }[]> {
      const rows = store.records('membership');
      const found: { group: string; guid: string }[] = [];
      let { group, guid } = after;
      for (;;) {
        const room = limit - found.length;
        const some = await rows
          .find(
            { tenant, 'data.group': group, _id: { $gt: guid } },
            { projection: { _id: 1 }, hint: { tenant: 1, 'data.group': 1 }, batchSize: room + 1 },
          )
          .sort({ _id: 1 })
          .limit(room)
          .toArray();
        for (const { _id } of some) found.push({ group, guid: _id });
        if (found.length >= limit) return found;
        const next = await rows
          .find(
            { tenant, 'data.group': { $gt: group } },
            { projection: { 'data.group': 1 }, hint: { tenant: 1, 'data.group': 1 } },
          )
          .sort({ 'data.group': 1 })
          .limit(1)
          .next();
        if (next === null) return found;
        group = (next['data'] as { group: string }).group;
        guid = '';
      }
    },

    /** All groups that may be there, with the parents that they name. */
    async groupTree(tenant: string): Promise<{ readonly guid: string; readonly parents: readonly string[] }[]> {
      const rows = await store
        .records('group')
        .find(
          { tenant, state: { $nin: ['expected', 'trashed'] }, made: { $exists: false } },
          { projection: { 'data.relationships': 1 } },
        )
        .toArray();
      return rows.map((row) => {
        const data = row['data'] as { relationships?: { relation: string; target: string }[] } | undefined;
        const parents = (data?.relationships ?? []).filter(({ relation }) => relation === 'parent');
        return { guid: row._id, parents: parents.map(({ target }) => target) };
      });
    },
  };
}

/** See {@link makeDownstreamStore}. */
export type DownstreamStore = ReturnType<typeof makeDownstreamStore>;
