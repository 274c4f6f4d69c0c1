import type { Doc, Store } from '../store.ts';

/** Entries of the change log that are deleted together. */
const atOnce = 500;
const dayMs = 86_400_000;

/** What {@link dropOutdated} removes. */
export interface OutdatedDeps {
  readonly now: Date;
  /** Days that the change log keeps what was changed; 0: for ever. */
  readonly changeLogDays: number;
  /** Days that what another server has refused is kept. */
  readonly reportDays: number;
}

/**
 * Removes what is over of all tenants: old entries of the change log, but never one that a delivery has still to read, old
 * dead letters of deliveries, files in the ledger of transports and notices whose time is over, and subscriptions that nobody has
 * confirmed in time. Answers how many entries of the change log went.
 */
export async function dropOutdated(store: Store, { now, changeLogDays, reportDays }: OutdatedDeps): Promise<number> {
  const tenants = store.rows('tenant').find({}, { projection: { _id: 1 } });
  let dropped = 0;
  for await (const { _id: tenant } of tenants) {
    const refused = { tenant, at: { $lt: new Date(now.getTime() - reportDays * dayMs) } };
    await store.rows('deadLetter').deleteMany(refused as Doc);
    for (const name of ['arrival', 'notice', 'delivery'] as const) {
      await store.rows(name).deleteMany({ tenant, keptUntil: { $lt: now } } as Doc);
    }
    await store.rows('subscriber').deleteMany({ tenant, expiresAt: { $lt: now } } as Doc);
    if (changeLogDays > 0) dropped += await shorten(store, tenant, new Date(now.getTime() - changeLogDays * dayMs));
  }
  return dropped;
}

/** Times never go back within a tenant's log (decisions 3.1), so what is old stands at its beginning. */
async function shorten(store: Store, tenant: string, before: Date): Promise<number> {
  const changes = store.rows('change');
  const delivery = await store.rows('downstream').findOne({ tenant } as Doc, { projection: { position: 1 } });
  const last = Number(delivery?.['position'] ?? Number.MAX_SAFE_INTEGER);
  for (let dropped = 0; ; ) {
    const first = await changes
      .find({ tenant, sequence: { $lte: last } } as Doc, {
        projection: { at: 1 },
        sort: { sequence: 1 },
        limit: atOnce,
      })
      .toArray();
    const old = first.filter(({ at }) => (at as Date) < before);
    if (old.length === 0) return dropped;
    await changes.deleteMany({ tenant, _id: { $in: old.map(({ _id }) => _id) } } as Doc);
    dropped += old.length;
    if (old.length < first.length) return dropped;
  }
}
