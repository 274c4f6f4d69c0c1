import type { Doc, Session, Store } from './store.ts';

const hour = 3_600_000;

/** Removals of the last 24 hours by brake name. */
export async function readBrakes(
  store: Store,
  tenant: string,
  names: readonly string[],
  now: Date,
  session?: Session,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  if (names.length === 0) return found;
  const rows = await store
    .rows('brake')
    .find({ tenant, _id: { $in: names.map((name) => `${tenant}/${name}`) } }, session ? { session } : {})
    .toArray();
  // An hour counts until its last minute is a day ago, so that the limit holds in any 24 hours.
  const since = now.getTime() - 25 * hour;
  for (const row of rows) {
    const hours = (row['hours'] as Record<string, number> | undefined) ?? {};
    let sum = 0;
    for (const [at, count] of Object.entries(hours)) if (Number(at) > since) sum += count;
    found.set(row._id.slice(tenant.length + 1), sum);
  }
  return found;
}

/** Adds removals to the hour at hand; hours that no longer count are dropped. */
export async function addRemovals(
  store: Store,
  tenant: string,
  removals: ReadonlyMap<string, number>,
  now: Date,
  session: Session,
): Promise<void> {
  const slot = Math.floor(now.getTime() / hour) * hour;
  for (const [name, count] of removals) {
    const filter = { _id: `${tenant}/${name}`, tenant };
    const row = await store.rows('brake').findOneAndUpdate(filter, { $inc: { [`hours.${slot}`]: count } } as Doc, {
      session,
      upsert: true,
      returnDocument: 'after',
    });
    const old = Object.keys((row?.['hours'] as object | undefined) ?? {}).filter((at) => Number(at) < slot - 24 * hour);
    if (old.length > 0) {
      await store
        .rows('brake')
        .updateOne(filter, { $unset: Object.fromEntries(old.map((at) => [`hours.${at}`, ''])) }, { session });
    }
  }
}
