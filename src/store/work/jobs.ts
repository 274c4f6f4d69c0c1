import type { Doc, Row, Store } from '../store.ts';
import { tenantsAtRest } from '../tenancy/erasure.ts';

/** A job as it is stored. */
export interface JobRow {
  readonly _id: string;
  readonly tenant: string;
  readonly kind: string;
  /** Names the job among those of its tenant and kind. */
  readonly key: string;
  /** `waiting` for its time, `running` under a lease, or `dead`: given up until somebody asks for it. */
  readonly state: 'waiting' | 'running' | 'dead';
  readonly addedAt: Date;
  readonly dueAt: Date;
  /** A time asked for while it runs, at which it is due again. */
  readonly nextAt?: Date;
  /** Attempts since it last went well, the one at hand included. */
  readonly attempt: number;
  readonly payload: Doc;
  /** Why the last attempt failed. */
  readonly problem?: { readonly code: string; readonly text: string };
  readonly failedAt?: Date;
  readonly lease?: { readonly owner: string; readonly until: Date; readonly fence: number };
}

/** What names a job. */
export type JobName = Pick<JobRow, 'tenant' | 'kind' | 'key'>;

const DUPLICATE_KEY = 11_000;

/**
 * Jobs in the store. Times at which jobs are due come from the caller's clock. Leases are of the database's time, since they
 * say whether a process is alive, and clocks of machines differ. Whatever a worker writes carries its fence; false means that the
 * job is no longer the worker's.
 */
export function makeJobStore(store: Store) {
  const rows = store.rows('job');
  const asJob = (row: Row | null) => (row === null ? undefined : (row as unknown as JobRow));
  const leaseOver = { $expr: { $lt: ['$lease.until', '$$NOW'] } };
  const until = (leaseMs: number) => ({ $add: ['$$NOW', leaseMs] });
  const mine = ({ _id, tenant, lease }: JobRow): Doc => ({
    _id,
    tenant,
    state: 'running',
    'lease.fence': lease?.fence ?? 0,
  });

  return {
    /** False where there is one of its name already. */
    async insert(row: JobRow): Promise<boolean> {
      try {
        await rows.insertOne(row as unknown as Row);
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
        throw error;
      }
    },

    /**
     * Leases the job that has been due for longest, of one of the kinds: it waits, or its worker has died. The fence number
     * grows with each lease.
     */
    async claim(owner: string, kinds: readonly string[], now: Date, leaseMs: number): Promise<JobRow | undefined> {
      const filter: Doc = {
        tenant: { $nin: await tenantsAtRest(store) },
        kind: { $in: [...kinds] },
        $or: [
          { state: 'waiting', dueAt: { $lte: now } },
          { state: 'running', ...leaseOver },
        ],
      };
      const fence = { $add: [{ $ifNull: ['$lease.fence', 0] }, 1] };
      const set = {
        state: 'running',
        attempt: { $add: ['$attempt', 1] },
        lease: { owner, until: until(leaseMs), fence },
      };
      return asJob(
        await rows.findOneAndUpdate(filter, [{ $set: set }], { sort: { dueAt: 1 }, returnDocument: 'after' }),
      );
    },

    /** Prolongs a lease. */
    async beat(row: JobRow, leaseMs: number): Promise<boolean> {
      const done = await rows.updateOne(mine(row), [{ $set: { 'lease.until': until(leaseMs) } }]);
      return done.matchedCount === 1;
    },

    /** Lets go of a job without an end: it is due as before, and the attempt does not count. */
    async release(row: JobRow): Promise<boolean> {
      const change = { $set: { state: 'waiting', attempt: row.attempt - 1 }, $unset: { 'lease.until': 1 } } as Doc;
      return (await rows.updateOne(mine(row), change)).matchedCount === 1;
    },

    /** Ends a job that has gone well; one that was asked for again meanwhile stays, and is due then. */
    async end(row: JobRow): Promise<boolean> {
      const filter = mine(row);
      const gone = await rows.deleteOne({ ...filter, nextAt: { $exists: false } });
      return gone.deletedCount === 1 || (await waitAgain(filter, { attempt: 0 }, ['problem', 'failedAt']));
    },

    /** Puts a job that has gone well back until a time. */
    again: (row: JobRow, dueAt: Date, payload: Doc): Promise<boolean> =>
      waitAgain(mine(row), { attempt: 0, dueAt, payload: { $literal: payload } }, ['problem', 'failedAt']),

    /** Puts a job whose attempt failed back until a time; undefined: it is given up, unless it was asked for meanwhile. */
    async fail(
      row: JobRow,
      problem: { code: string; text: string },
      at: Date,
      dueAt: Date | undefined,
    ): Promise<boolean> {
      const why = { problem: { $literal: problem }, failedAt: at };
      if (dueAt !== undefined) return waitAgain(mine(row), { ...why, dueAt }, []);
      const isAsked = { $ne: [{ $type: '$nextAt' }, 'missing'] };
      const dead = [
        {
          $set: {
            ...why,
            state: { $cond: [isAsked, 'waiting', 'dead'] },
            attempt: { $cond: [isAsked, 0, '$attempt'] },
            dueAt: { $ifNull: ['$nextAt', '$dueAt'] },
          },
        },
        { $unset: ['lease.until', 'nextAt'] },
      ];
      return (await rows.updateOne(mine(row), dead)).matchedCount === 1;
    },

    /** Gives a job another time, one that was given up too; one that runs has it after its end. False: there is none. */
    async retime({ tenant, kind, key }: JobName, dueAt: Date): Promise<boolean> {
      const isRunning = { $eq: ['$state', 'running'] };
      const isDead = { $eq: ['$state', 'dead'] };
      const done = await rows.updateOne({ tenant, kind, key }, [
        {
          $set: {
            nextAt: { $cond: [isRunning, dueAt, '$$REMOVE'] },
            dueAt: { $cond: [isRunning, '$dueAt', dueAt] },
            attempt: { $cond: [isDead, 0, '$attempt'] },
            state: { $cond: [isRunning, '$state', 'waiting'] },
          },
        },
      ]);
      return done.matchedCount === 1;
    },

    async remove({ tenant, kind, key }: JobName): Promise<void> {
      await rows.deleteOne({ tenant, kind, key });
    },

    async find({ tenant, kind, key }: JobName): Promise<JobRow | undefined> {
      return asJob(await rows.findOne({ tenant, kind, key }));
    },

    /** All of a tenant's jobs of a kind. */
    async ofKind(tenant: string, kind: string): Promise<JobRow[]> {
      return (await rows.find({ tenant, kind }).toArray()) as unknown as JobRow[];
    },

    async get(tenant: string, id: string): Promise<JobRow | undefined> {
      return asJob(await rows.findOne({ _id: id, tenant }));
    },

    /** Deletes a job that was given up. */
    async drop(tenant: string, id: string): Promise<boolean> {
      return (await rows.deleteOne({ _id: id, tenant, state: 'dead' })).deletedCount === 1;
    },

    /** Jobs by their ids, after one. */
    async list(tenant: string, filter: Doc, limit: number, after?: string): Promise<{ rows: JobRow[]; total: number }> {
      const page: Doc = { tenant, ...filter, ...(after === undefined ? {} : { _id: { $gt: after } }) };
      const [found, total] = await Promise.all([
        rows.find(page).sort({ _id: 1 }).limit(limit).toArray(),
        rows.countDocuments({ tenant, ...filter }),
      ]);
      return { rows: found as unknown as JobRow[], total };
    },

    /** How many jobs there are of each kind and state, over all tenants. */
    async counts(): Promise<{ kind: string; state: JobRow['state']; count: number }[]> {
      const group = { _id: { kind: '$kind', state: '$state' }, count: { $sum: 1 } };
      const found = await rows.aggregate([{ $group: group }]).toArray();
      return found.map(({ _id, count }) => ({
        ...(_id as { kind: string; state: JobRow['state'] }),
        count: Number(count),
      }));
    },

    /** Frees all leases: for the only gateway on a database, which knows that whoever held them is gone. */
    async freeLeases(): Promise<void> {
      await rows.updateMany({ state: 'running' }, { $set: { 'lease.until': new Date(0) } });
    },
  };

  /** A job that runs waits again, for the time asked for while it ran where there is one. */
  async function waitAgain(filter: Doc, set: Doc, unset: readonly string[]): Promise<boolean> {
    const changed = await rows.updateOne(filter, [
      { $set: { ...set, state: 'waiting' } },
      { $set: { dueAt: { $ifNull: ['$nextAt', '$dueAt'] } } },
      { $unset: ['lease.until', 'nextAt', ...unset] },
    ]);
    return changed.matchedCount === 1;
  }
}

/** See {@link makeJobStore}. */
export type JobStore = ReturnType<typeof makeJobStore>;
