import type { Doc, Row, Session, Store } from './store.ts';
import { tenantsAtRest } from './tenancy/erasure.ts';

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
  /** Not to be worked on before. */
  readonly notBefore?: Date;
  /**
   * While it is worked on or held: the feed's name, which one run at a time may have (a unique index). Dry runs change
   * nothing and have one of their own, `<feed> dry`, so that a held run does not stop them.
   */
  readonly turn?: string;
  /** When its original file is deleted, after its end. */
  readonly originalUntil?: Date;
  /** When its lists of changes and problems are dropped, after its end. */
  readonly keptUntil?: Date;
  /** Time of the last purge whose records have been taken out of its lists. */
  readonly cleanedUntil?: Date;
  /** It was held or has ended, and nobody was told yet. */
  readonly unnoticed?: boolean;
}

/** What changes with the end of a run beside the run itself. */
export interface Ending {
  /** A completed import: it is counted for its feed, and its file remembered. */
  readonly completed?: { readonly sha256: string };
  /** A completed undo: the run that is undone, and the run that is so no longer undone. */
  readonly undone?: { readonly run: string; readonly redone: string | undefined };
}

const DUPLICATE_KEY = 11_000;
/** Looks at the queue that another worker may spoil, before the next time. */
const tries = 5;

/** The types of records by the views in which they were, for the ids of what is purged. */
const typesOfViews: ReadonlyMap<string, string> = new Map([
  ['user', 'person'],
  ['enrollment', 'membership'],
  ...['org', 'course', 'class', 'academicSession'].map((view) => [view, 'group'] as const),
]);

/** When a tenant's newest purge was; undefined when nothing was ever purged. */
async function lastPurge(store: Store, tenant: unknown): Promise<Date | undefined> {
  const newest = { sort: { at: -1 }, projection: { at: 1 } } as const;
  return (await store.rows('tombstone').findOne({ tenant } as Doc, newest))?.['at'] as Date | undefined;
}

/** Runs and feeds' settings in the store. */
export function makeRunStore(store: Store) {
  const runs = store.rows('run');
  const feeds = store.rows('feed');
  const asRun = (row: Row | null) => (row === null ? undefined : (row as unknown as RunRow));

  async function claimNext(owner: string, now: Date, leaseMs: number, below?: number): Promise<RunRow | undefined> {
    const inTheWay = await runs
      .find({ $or: [{ state: { $in: ['running', 'held'] } }, { state: 'queued', turn: { $exists: true } }] } as Doc)
      .project<Pick<RunRow, '_id' | 'tenant' | 'feed' | 'state'> & { report: { dryRun?: boolean } }>({
        tenant: 1,
        feed: 1,
        state: 1,
        'report.dryRun': 1,
      })
      .toArray();
    const blocked = inTheWay.map(({ _id, tenant, feed, state, report }): Doc => {
      const others = { _id: { $ne: _id }, tenant, feed };
      if (report.dryRun === true) return { ...others, 'report.dryRun': true };
      // A dry run says nothing while the roster is being changed.
      return state === 'running' ? others : { ...others, 'report.dryRun': false };
    });
    const filter: Doc = {
      tenant: { $nin: await tenantsAtRest(store) },
      state: { $in: ['queued', 'running'] },
      $and: [
        { $or: [{ lease: { $exists: false } }, { $expr: { $lt: ['$lease.until', '$$NOW'] } }] },
        { $or: [{ notBefore: { $exists: false } }, { notBefore: { $lte: now } }] },
      ],
      ...(below === undefined ? {} : { 'report.file.bytes': { $lt: below } }),
      ...(blocked.length > 0 ? { $nor: blocked } : {}),
    };
    return asRun(
      await runs.findOneAndUpdate(
        filter,
        [
          {
            $set: {
              state: 'running',
              turn: { $cond: [{ $eq: ['$report.dryRun', true] }, { $concat: ['$feed', ' dry'] }, '$feed'] },
              lease: {
                owner,
                until: { $add: ['$$NOW', leaseMs] },
                fence: { $add: [{ $ifNull: ['$lease.fence', 0] }, 1] },
              },
            },
          },
          { $unset: 'notBefore' },
        ],
        { sort: { order: 1 }, returnDocument: 'after' },
      ),
    );
  }

  return {
    async insert(run: RunRow): Promise<void> {
      await runs.insertOne({ ...run, ...markOf(run.state, run.report) } as unknown as Row);
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

    /**
     * Changes a run if it is still in one of the states, and still held by the fence when one is given. A run that comes
     * to an end gives up its feed's turn.
     */
    async change(
      tenant: string,
      id: string,
      states: readonly string[],
      set: Doc,
      fence?: number,
    ): Promise<RunRow | undefined> {
      const filter: Doc = { _id: id, tenant, state: { $in: [...states] } };
      if (fence !== undefined) filter['lease.fence'] = fence;
      return asRun(await runs.findOneAndUpdate(filter, changing(set), { returnDocument: 'after' }));
    },

    /** Notes how far a run has come, in a transaction if one is given; false when it is no longer this worker's. */
    async note(tenant: string, id: string, set: Doc, fence: number, session?: Session): Promise<boolean> {
      const filter = { _id: id, tenant, state: 'running', 'lease.fence': fence };
      const done = await runs.updateOne(filter, { $set: set }, session === undefined ? {} : { session });
      return done.matchedCount === 1;
    },

    /**
     * Leases the oldest run that may be worked on now: queued and its time has come, or its worker has died. A feed has
     * one run at a time, and a held run keeps the feed's later ones waiting, dry runs excepted. The fence number grows
     * with each lease, so that a worker who wakes up late is refused. `below`: only runs of files of fewer bytes. Leases are of the database's time (`work/jobs.ts`).
     */
    async claim(owner: string, now: Date, leaseMs: number, below?: number): Promise<RunRow | undefined> {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await claimNext(owner, now, leaseMs, below);
        } catch (error) {
          // Another worker has taken the feed's turn since the look at the queue.
          if ((error as { code?: unknown }).code !== DUPLICATE_KEY || attempt >= tries) throw error;
        }
      }
    },

    /** Frees all leases: for the only gateway on a database, which knows that whoever held them is gone. */
    async freeLeases(): Promise<void> {
      await runs.updateMany({ state: 'running' }, { $set: { 'lease.until': new Date(0) } });
    },

    /** Prolongs a lease; false when somebody else has taken the run over. */
    async beat(id: string, tenant: string, fence: number, leaseMs: number): Promise<boolean> {
      const done = await runs.updateOne({ _id: id, tenant, 'lease.fence': fence }, [
        { $set: { 'lease.until': { $add: ['$$NOW', leaseMs] } } },
      ]);
      return done.matchedCount === 1;
    },

    /** Ends held runs whose time is over; answers them. */
    async expired(now: Date): Promise<RunRow[]> {
      return (await runs.find({ state: 'held', expiresAt: { $lt: now } }).toArray()) as unknown as RunRow[];
    },

    /** Held runs that came before a record of their tenant was purged, which their file and lists may show. */
    async heldBeforePurges(): Promise<RunRow[]> {
      const due: Doc[] = [];
      for (const tenant of await runs.distinct('tenant', { state: 'held' })) {
        const purged = await lastPurge(store, tenant);
        if (purged !== undefined) due.push({ tenant, queuedAt: { $lte: purged } });
      }
      return due.length === 0 ? [] : ((await runs.find({ state: 'held', $or: due }).toArray()) as unknown as RunRow[]);
    },

    /**
     * Ended runs whose original file is to be deleted: its time is over, or somebody has purged a record of the tenant
     * since it came (which files tell of that one, nobody knows without reading them all).
     */
    async withDueOriginals(now: Date, limit: number): Promise<RunRow[]> {
      const due: Doc[] = [{ originalUntil: { $lte: now } }];
      for (const tenant of await runs.distinct('tenant', { originalUntil: { $exists: true } })) {
        const purged = await lastPurge(store, tenant);
        if (purged !== undefined) due.push({ tenant, originalUntil: { $exists: true }, queuedAt: { $lte: purged } });
      }
      return (await runs.find({ $or: due }).limit(limit).toArray()) as unknown as RunRow[];
    },

    /** Whether an ended run's original file is still to be kept at an instant; see `withDueOriginals`. */
    async keepsOriginal({ tenant, originalUntil, queuedAt }: RunRow, now: Date): Promise<boolean> {
      if (originalUntil === undefined || originalUntil <= now) return false;
      const purged = await lastPurge(store, tenant);
      return purged === undefined || queuedAt > purged;
    },

    /** Ended runs whose lists may tell of records that were purged since they came, or since they were last cleaned. */
    async beforePurges(limit: number): Promise<RunRow[]> {
      const due: Doc[] = [];
      for (const tenant of await runs.distinct('tenant', { keptUntil: { $exists: true } })) {
        const purged = await lastPurge(store, tenant);
        if (purged === undefined) continue;
        const cleaned = [{ cleanedUntil: { $exists: false } }, { cleanedUntil: { $lt: purged } }];
        due.push({ tenant, keptUntil: { $exists: true }, queuedAt: { $lte: purged }, $or: cleaned });
      }
      if (due.length === 0) return [];
      return (await runs.find({ $or: due }).limit(limit).toArray()) as unknown as RunRow[];
    },

    /** What was purged of a tenant from a time on: guids, OneRoster ids as `type:id`, and the last purge's time. */
    async purgedFrom(tenant: string, from: Date): Promise<{ guids: Set<string>; ids: Set<string>; until: Date }> {
      const purged = { guids: new Set<string>(), ids: new Set<string>(), until: from };
      const found = store.rows('tombstone').find({ tenant, at: { $gte: from } } as Doc, { sort: { at: 1 } });
      for await (const { _id, sourcedId, views, at } of found) {
        const [view = ''] = views as readonly string[];
        purged.guids.add(_id);
        purged.ids.add(`${typesOfViews.get(view) ?? view}:${String(sourcedId)}`);
        purged.until = at as Date;
      }
      return purged;
    },

    /** Changes the report of a run that is over, with what else its row keeps. */
    async amend(tenant: string, id: string, set: Doc): Promise<void> {
      await runs.updateOne({ _id: id, tenant }, { $set: set });
    },

    /** Ended runs whose lists are to be dropped. */
    async outlived(now: Date, limit: number): Promise<RunRow[]> {
      return (await runs
        .find({ keptUntil: { $lt: now } })
        .limit(limit)
        .toArray()) as unknown as RunRow[];
    },

    /** Forgets a time by which something of an ended run was to be deleted. */
    async forget(tenant: string, id: string, field: 'originalUntil' | 'keptUntil'): Promise<void> {
      await runs.updateOne({ _id: id, tenant }, { $unset: { [field]: 1 } });
    },

    /** Gives runs that wait for their feed's time another one; undefined: they may be worked on at once. */
    async retime(tenant: string, feed: string, notBefore: Date | undefined): Promise<void> {
      const waiting = { tenant, feed, state: 'queued', notBefore: { $exists: true } };
      if (notBefore === undefined) {
        await runs.updateMany(waiting, { $unset: { notBefore: 1 }, $set: { 'report.notBefore': null } });
      } else {
        await runs.updateMany(waiting, { $set: { notBefore, 'report.notBefore': notBefore.toISOString() } });
      }
    },

    async feed(tenant: string, name: string): Promise<Doc | undefined> {
      const row = await feeds.findOne({ tenant, name });
      return (row?.['settings'] as Doc | undefined) ?? undefined;
    },

    async feeds(tenant: string): Promise<Doc[]> {
      const rows = await feeds.find({ tenant }).sort({ name: 1 }).toArray();
      return rows.map((row) => row['settings'] as Doc);
    },

    /** Changes the settings that are given, the others stay; makes the feed where there is none. */
    async putFeed(tenant: string, name: string, settings: Doc): Promise<void> {
      const set = Object.fromEntries(Object.entries(settings).map(([field, value]) => [`settings.${field}`, value]));
      await feeds.updateOne({ _id: `${tenant}/${name}`, tenant }, { $set: { name, ...set } }, { upsert: true });
    },

    /** Forgets a feed: its settings and the hashes of what it sent. */
    async removeFeed(tenant: string, name: string): Promise<void> {
      await feeds.deleteOne({ _id: `${tenant}/${name}`, tenant });
      await store.rows('block').deleteMany({ tenant, feed: name });
    },

    /**
     * Ends a run that is still this worker's, and changes what its end changes, all at once; false when it is no longer
     * this worker's.
     */
    async end(row: RunRow, set: Doc, { completed, undone }: Ending = {}): Promise<boolean> {
      const { tenant, feed } = row;
      return store.transaction(async (session) => {
        const filter = { _id: row._id, tenant, state: 'running', 'lease.fence': row.lease?.fence ?? 0 };
        const ended = await runs.updateOne(filter, changing(set), { session });
        if (ended.matchedCount === 0) return false;
        if (completed !== undefined) {
          const change = { $inc: { 'settings.runs': 1 }, $set: { 'settings.lastSha256': completed.sha256 } } as Doc;
          await feeds.updateOne({ _id: `${tenant}/${feed}`, tenant }, change, { session });
        }
        for (const [id, state, by] of undone === undefined
          ? []
          : ([
              [undone.run, 'undone', row._id],
              [undone.redone, 'done', null],
            ] as const)) {
          const change = { $set: { state, 'report.state': state, 'report.undoneBy': by } };
          if (id !== undefined) await runs.updateOne({ _id: id, tenant }, change, { session });
        }
        return true;
      });
    },
  };
}

/** The update that sets fields; a state in which a run neither runs nor is held gives up the feed's turn. */
function changing(set: Doc): Doc {
  const state = set['state'];
  if (typeof state !== 'string') return { $set: set };
  const marked = { ...set, ...markOf(state, set['report'] as Doc | undefined) };
  const over = state !== 'running' && state !== 'held' && state !== 'queued';
  return over ? { $set: marked, $unset: { turn: 1 } } : { $set: marked };
}

/** A run that is held or over is marked to be told of in the same write, so that no end is missed; dry runs are not. */
function markOf(state: string, report: Doc | undefined): Pick<RunRow, 'unnoticed'> {
  return state === 'running' || state === 'queued' || report?.['dryRun'] === true ? {} : { unnoticed: true };
}

/** See {@link makeRunStore}. */
export type RunStore = ReturnType<typeof makeRunStore>;
