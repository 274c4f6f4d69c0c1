import type { Doc, Session, Store } from '../store.ts';

/** Digits of a guid that name its bucket: 256 buckets, for guids are spread evenly. */
const digits = 2;

const prefix = 'bucket.';

/** One number for each two digits that a guid can begin with; those that are absent are 0. */
export type Buckets = Readonly<Record<string, number>>;

/** The name of a kept count: how many items a view has whose guids begin as this one does. */
export function bucketName(view: string, guid: string): string {
  return `${prefix}${view}.${guid.slice(0, digits)}`;
}

/** All pairs of digits that a guid can begin with, in order. */
export const bucketNames: readonly string[] = Array.from({ length: 16 ** digits }, (_, at) =>
  at.toString(16).padStart(digits, '0'),
);

/** The expression of the digits of a row's bucket. */
export const bucketOfRow: Doc = { $substrBytes: ['$_id', 0, digits] };

/** Buckets have documents of their own beside the tenant's time, so that what reads that stays small. */
export const bucketDocument = (tenant: string, view: string) => ({ _id: `${tenant}\n${view}`, tenant });

/** Parts changes of kept counts into those of buckets, by view, and the others. */
export function partBuckets(counts: ReadonlyMap<string, number>) {
  const buckets = new Map<string, Record<string, number>>();
  const others: Record<string, number> = {};
  for (const [name, by] of counts) {
    if (by === 0) continue;
    if (!name.startsWith(prefix)) others[`counts.${name}`] = by;
    else {
      const [view = '', bucket = ''] = name.slice(prefix.length).split('.');
      const items = buckets.get(view) ?? {};
      items[`items.${bucket}`] = by;
      buckets.set(view, items);
    }
  }
  return { buckets, others };
}

/** The buckets of a view; undefined where there are none. */
export async function readBuckets(
  store: Store,
  tenant: string,
  view: string,
  session?: Session,
): Promise<Buckets | undefined> {
  const row = await store.rows('clock').findOne(bucketDocument(tenant, view), session ? { session } : {});
  return row?.['items'] as Buckets | undefined;
}

/** The items of all buckets together. */
export function itemsIn(buckets: Buckets | undefined): number {
  return Object.values(buckets ?? {}).reduce((sum, items) => sum + items, 0);
}
