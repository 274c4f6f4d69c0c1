import { type RecordType, recordTypes } from '../../model/index.ts';
import { countIn, readClock } from '../clock.ts';
import type { Doc, Store } from '../store.ts';
import { bucketDocument, bucketNames, bucketOfRow, itemsIn, readBuckets } from './buckets.ts';

interface Counted {
  readonly _id: { readonly view: string; readonly bucket: string };
  readonly items: number;
}

/** Items of views that are counted in one transaction, which MongoDB ends after a minute; of more, one bucket at a time. */
const atOnce = 200_000;

/**
 * Counts the buckets of views anew, tenant by tenant, where they do not come to what the view has: those of data that an
 * earlier version wrote. Pages do without them until then.
 */
export async function checkBuckets(store: Store): Promise<void> {
  const tenants = store.rows('tenant').find({}, { projection: { _id: 1 } });
  for await (const { _id } of tenants) await checkTenant(store, _id);
}

async function checkTenant(store: Store, tenant: string): Promise<void> {
  const { counts } = await readClock(store, tenant);
  const wrong = new Map<string, number>();
  for (const view of Object.keys((counts['view'] as object | undefined) ?? {})) {
    const items = countIn(counts, `view.${view}`);
    if (itemsIn(await readBuckets(store, tenant, view)) !== items) wrong.set(view, items);
  }
  if (wrong.size === 0) return;
  for (const type of recordTypes) {
    const there: unknown[] = await store.records(type).distinct('views', { tenant });
    const views = [...wrong.keys()].filter((view) => there.includes(view));
    const items = views.reduce((sum, view) => sum + (wrong.get(view) ?? 0), 0);
    if (views.length === 0) continue;
    if (items <= atOnce) await count(store, tenant, type, views, bucketNames);
    else for (const bucket of bucketNames) await count(store, tenant, type, views, [bucket]);
    for (const view of views) wrong.delete(view);
  }
  for (const view of wrong.keys()) await store.rows('clock').deleteOne(bucketDocument(tenant, view));
}

/** Counts some buckets that lie together; a transaction, so that what is written meanwhile is in it or comes on top of it. */
async function count(
  store: Store,
  tenant: string,
  type: RecordType,
  views: readonly string[],
  buckets: readonly string[],
): Promise<void> {
  // A membership is as many items as it has and had roles (decisions 1.6).
  const size = (field: string) => ({ $size: { $ifNull: [field, []] } });
  const items = type === 'membership' ? { $add: [size('$data.roles'), size('$droppedRoles')] } : 1;
  const shown = { views: { $in: views } };
  // A guid is hexadecimal digits, all of them before `g`.
  const _id = { $gte: buckets[0], $lt: `${buckets.at(-1)}g` };
  const pipeline: Doc[] = [
    { $match: { tenant, ...shown, _id, state: { $ne: 'expected' } } },
    { $unwind: '$views' },
    { $match: shown },
    { $group: { _id: { view: '$views', bucket: bucketOfRow }, items: { $sum: items } } },
  ];
  await store.transaction(async (session) => {
    const found = await store.records(type).aggregate<Counted>(pipeline, { session }).toArray();
    for (const view of views) {
      const set: Record<string, unknown> = { view };
      for (const bucket of buckets) {
        const counted = found.find((one) => one._id.view === view && one._id.bucket === bucket);
        set[`items.${bucket}`] = counted?.items ?? 0;
      }
      await store
        .rows('clock')
        .updateOne(bucketDocument(tenant, view), { $set: set } as Doc, { session, upsert: true });
    }
  });
}
