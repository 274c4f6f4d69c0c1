import { sha256 } from '../../base/ids.ts';
import type { Doc, Row, Store } from '../store.ts';

/** A file of a feed in the ledger; the id says which: tenant, feed, name and version. */
export interface ArrivalRow {
  readonly _id: string;
  readonly tenant: string;
  readonly feed: string;
  /** The kind of transport by which it came. */
  readonly via: string;
  readonly name: string;
  readonly version: string;
  readonly state: 'taking' | 'taken' | 'waiting' | 'refused';
  /** The run that works on it; the same for all attempts, so that two of them make one run. */
  readonly run: string;
  readonly order: number;
  /** When it was seen first, and when its state became what it is. */
  readonly at: Date;
  readonly changedAt: Date;
  /** Who takes it in at present, by a number that grows with each attempt. */
  readonly lease: { readonly until: Date; readonly fence: number };
  readonly bytes?: number;
  readonly sha256?: string;
  readonly problem?: { readonly code: string; readonly text: string };
  /** When the ledger forgets it; moved on while it is still seen. */
  readonly keptUntil: Date;
}

/** What tells a file from all others. */
export type ArrivalKey = Pick<ArrivalRow, 'tenant' | 'feed' | 'name' | 'version'>;

/** What a file is claimed with. */
export interface ArrivalClaim {
  readonly via: string;
  readonly run: string;
  readonly now: Date;
  readonly until: Date;
  readonly keptUntil: Date;
}

const DUPLICATE_KEY = 11_000;

/** The ledger of files that come by transports: who takes which, and what became of it. */
export function makeArrivals(store: Store) {
  const arrivals = store.rows('arrival');
  const asRow = (row: Row | null) => (row === null ? undefined : (row as unknown as ArrivalRow));
  const idOf = ({ tenant, feed, name, version }: ArrivalKey) => `${tenant}/${feed}/${sha256(`${name}\0${version}`)}`;
  const mine = ({ _id, tenant, lease }: ArrivalRow): Doc => ({
    _id,
    tenant,
    state: 'taking',
    'lease.fence': lease.fence,
  });

  async function begin(key: ArrivalKey, { via, run, now, until, keptUntil }: ArrivalClaim): Promise<boolean> {
    const fresh = {
      feed: key.feed,
      name: key.name,
      version: key.version,
      via,
      state: 'taking',
      run,
      order: now.getTime() * 1000 + Math.floor(Math.random() * 1000),
      at: now,
      changedAt: now,
      lease: { until, fence: 1 },
      keptUntil,
    };
    try {
      const made = await arrivals.updateOne(
        { _id: idOf(key), tenant: key.tenant },
        { $setOnInsert: fresh },
        { upsert: true },
      );
      return made.upsertedCount === 1;
    } catch (error) {
      // Somebody else has made it since the look.
      if ((error as { code?: unknown }).code !== DUPLICATE_KEY) throw error;
      return false;
    }
  }

  return {
    /**
     * Claims a file that is new, waits, or whose taker is gone; `mine` says whether it is the caller's now. The row is the
     * file's in any case.
     */
    async claim(key: ArrivalKey, claim: ArrivalClaim): Promise<{ readonly row: ArrivalRow; readonly mine: boolean }> {
      const filter = { _id: idOf(key), tenant: key.tenant };
      const isNew = await begin(key, claim);
      if (!isNew) {
        const free: Doc = {
          ...filter,
          $or: [{ state: 'waiting' }, { state: 'taking', 'lease.until': { $lt: claim.now } }],
        };
        const again = await arrivals.findOneAndUpdate(
          free,
          { $set: { state: 'taking', 'lease.until': claim.until }, $inc: { 'lease.fence': 1 } } as Doc,
          { returnDocument: 'after' },
        );
        const row = asRow(again);
        if (row !== undefined) return { row, mine: true };
      }
      const row = asRow(await arrivals.findOne(filter));
      if (row === undefined) throw new Error('an arrival has gone while it was claimed');
      return { row, mine: isNew };
    },

    /** Prolongs a claim; false where somebody else has it now. */
    async hold(row: ArrivalRow, until: Date): Promise<boolean> {
      return (await arrivals.updateOne(mine(row), { $set: { 'lease.until': until } })).matchedCount === 1;
    },

    /** Notes what became of a claimed file; nothing where somebody else has it now. */
    async settle(row: ArrivalRow, set: Partial<ArrivalRow>): Promise<void> {
      const gone = set.problem === undefined ? { $unset: { problem: 1 } as const } : {};
      await arrivals.updateOne(mine(row), { $set: { ...set }, ...gone });
    },

    /** Notes of the files of the same name and way that still wait, and of those whose taker is gone, that this one has taken their place. */
    async replace(row: ArrivalRow, now: Date, problem: NonNullable<ArrivalRow['problem']>): Promise<void> {
      const { tenant, feed, via, name, order } = row;
      const waits = [{ state: 'waiting' }, { state: 'taking', 'lease.until': { $lt: now } }];
      const older = { tenant, feed, via, name, order: { $lt: order }, $or: waits } as Doc;
      await arrivals.updateMany(older, { $set: { state: 'refused', problem, changedAt: now } });
    },

    /** Keeps a known file in the ledger while it is still seen. */
    async keep({ _id, tenant }: ArrivalRow, keptUntil: Date): Promise<void> {
      await arrivals.updateOne({ _id, tenant }, { $set: { keptUntil } });
    },

    /** What the ledger knows of a file. */
    async find(key: ArrivalKey): Promise<ArrivalRow | undefined> {
      return asRow(await arrivals.findOne({ _id: idOf(key), tenant: key.tenant }));
    },

    /** The file of a name that a feed saw last, for places where a file is overwritten. */
    async last(tenant: string, feed: string, name: string): Promise<ArrivalRow | undefined> {
      const [row] = await arrivals.find({ tenant, feed, name }).sort({ order: -1 }).limit(1).toArray();
      return asRow(row ?? null);
    },

    /** A page of a feed's files, the newest first, and how many match. */
    async list(
      tenant: string,
      feed: string,
      { state, before, limit }: { readonly state?: string; readonly before?: number; readonly limit: number },
    ): Promise<{ readonly rows: readonly ArrivalRow[]; readonly total: number }> {
      const filter: Doc = { tenant, feed, ...(state === undefined ? {} : { state }) };
      const [rows, total] = await Promise.all([
        arrivals
          .find({ ...filter, ...(before === undefined ? {} : { order: { $lt: before } }) })
          .sort({ order: -1 })
          .limit(limit)
          .toArray(),
        arrivals.countDocuments(filter),
      ]);
      return { rows: rows as unknown as ArrivalRow[], total };
    },
  };
}

/** See {@link makeArrivals}. */
export type Arrivals = ReturnType<typeof makeArrivals>;
