import { type CollectionName, collectionNames } from '../models.ts';
import type { Doc, Rows, Store } from '../store.ts';

const originals = ['files', 'parts', 'passages'] as const;
/** Documents that are deleted at once. */
const batchSize = 5_000;
/** What was under way when a tenant was closed may write once more; what goes on writing is a defect. */
const mostRounds = 10;

/**
 * Deletes every document of a tenant in every collection, kept files included, in batches, and the tenant itself last, so
 * that an erasure that was killed goes on where it stopped.
 */
export async function eraseTenant(store: Store, tenant: string): Promise<void> {
  const places = [
    ...originals.map((part) => store.originals(part) as unknown as Rows),
    ...(Object.keys(collectionNames) as CollectionName[])
      .filter((name) => name !== 'tenant')
      .map((name) => store.rows(name)),
  ];
  let found = 1;
  for (let round = 0; found > 0 && round < mostRounds; round += 1) {
    found = 0;
    for (const place of places) found += await eraseFrom(place, tenant);
  }
  await store.rows('tenant').deleteOne({ _id: tenant });
}

async function eraseFrom(rows: Rows, tenant: string): Promise<number> {
  let gone = 0;
  for (;;) {
    const batch = await rows.find({ tenant } as Doc, { projection: { _id: 1 }, limit: batchSize }).toArray();
    if (batch.length === 0) return gone;
    const ids = batch.map(({ _id }) => _id);
    gone += (await rows.deleteMany({ tenant, _id: { $in: ids } } as Doc)).deletedCount;
  }
}

/** Whether a run, a delivery or a job of a tenant is being worked on. */
export async function isAtWork(store: Store, tenant: string, now: Date): Promise<boolean> {
  const leased = { tenant, 'lease.until': { $gt: now } } as Doc;
  const options = { projection: { _id: 1 } };
  for (const [name, state] of [
    ['run', { state: 'running' }],
    ['job', { state: 'running' }],
    ['downstream', {}],
  ] as const) {
    if ((await store.rows(name).findOne({ ...leased, ...state }, options)) !== null) return true;
  }
  return false;
}

/** Ids of the tenants that are not served: no run of theirs starts and nothing of theirs is delivered. */
export async function tenantsAtRest(store: Store): Promise<string[]> {
  const found = store
    .rows('tenant')
    .find({ state: { $in: ['suspended', 'deleted', 'erasing'] } } as Doc, { projection: { _id: 1 } });
  return (await found.toArray()).map(({ _id }) => _id);
}
