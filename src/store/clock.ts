import { bucketDocument, partBuckets } from './buckets/buckets.ts';
import type { Doc, Session, Store } from './store.ts';

/** The tenant's time: sequence number, time of the newest transaction, kept counts (decisions 3.1). */
export interface ClockState {
  readonly sequence: number;
  readonly updatedAt: Date;
  readonly counts: Readonly<Record<string, unknown>>;
}

/**
 * Takes the next sequence number and `updatedAt = max(now, last + 1 ms)`: the first act of each transaction, so that
 * transactions of a tenant are in one order, and a reader who has seen a time has seen everything up to it.
 */
export async function tick(store: Store, tenant: string, now: Date, session: Session): Promise<ClockState> {
  const row = await store.rows('clock').findOneAndUpdate(
    { _id: tenant, tenant },
    [
      {
        $set: {
          sequence: { $add: [{ $ifNull: ['$sequence', 0] }, 1] },
          updatedAt: { $max: [now, { $add: [{ $ifNull: ['$updatedAt', new Date(0)] }, 1] }] },
        },
      },
    ],
    { session, upsert: true, returnDocument: 'after' },
  );
  return clockOf(row as unknown as Doc);
}

/**
 * As {@link tick}, for a transaction that was prepared while the one before it was on its way: takes the next sequence
 * number and the time told, if nobody has written since that one; else false, and nothing is taken.
 */
export async function tickAfter(
  store: Store,
  tenant: string,
  before: Pick<ClockState, 'sequence' | 'updatedAt'>,
  updatedAt: Date,
  session: Session,
): Promise<boolean> {
  const { sequence, updatedAt: last } = before;
  const done = await store
    .rows('clock')
    .updateOne(
      { _id: tenant, tenant, sequence, updatedAt: last },
      { $set: { sequence: sequence + 1, updatedAt } },
      { session },
    );
  return done.matchedCount === 1;
}

/** The tenant's time as it is. */
export async function readClock(store: Store, tenant: string, session?: Session): Promise<ClockState> {
  const row = await store.rows('clock').findOne({ _id: tenant, tenant }, session ? { session } : {});
  return clockOf((row ?? {}) as Doc);
}

/** Adds to kept counts, those of buckets too, in one command. */
export async function addCounts(
  store: Store,
  tenant: string,
  counts: ReadonlyMap<string, number>,
  session: Session,
): Promise<void> {
  const { buckets, others } = partBuckets(counts);
  const writes = [...buckets].map(([view, items]) => ({
    updateOne: { filter: bucketDocument(tenant, view), update: { $inc: items, $set: { view } } as Doc, upsert: true },
  }));
  if (Object.keys(others).length > 0) {
    writes.push({ updateOne: { filter: { _id: tenant, tenant }, update: { $inc: others } as Doc, upsert: false } });
  }
  if (writes.length > 0) await store.rows('clock').bulkWrite(writes, { session });
}

/** A kept count by its dotted name; zero where absent. */
export function countIn(counts: Readonly<Record<string, unknown>>, name: string): number {
  let value: unknown = counts;
  for (const part of name.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  return typeof value === 'number' ? value : 0;
}

function clockOf(row: Doc): ClockState {
  return {
    sequence: (row['sequence'] as number | undefined) ?? 0,
    updatedAt: (row['updatedAt'] as Date | undefined) ?? new Date(0),
    counts: (row['counts'] as Record<string, unknown> | undefined) ?? {},
  };
}
