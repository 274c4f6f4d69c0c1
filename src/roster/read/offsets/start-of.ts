import { type Buckets, itemsIn, readBuckets } from '../../../store/index.ts';
import type { View } from '../../query.ts';
import type { Reading } from '../within/relations.ts';

/** Offsets below this are passed over item by item, which costs no more than reading the buckets. */
const near = 1000;

/** Behind every guid, which are hexadecimal digits. */
const end = 'g';

/** Where a page begins: with what is behind a guid, some items of it passed over. */
export interface Start {
  /** First digits of guids from which on items are read. */
  readonly from: string | undefined;
  readonly skip: number;
}

/**
 * Where a page of a whole view, in the order of guids, begins: in the bucket that holds the item of that offset, so that the
 * items of the buckets before it are not read. `total` is the number of items at the same moment, undefined for a page of
 * another kind; buckets that do not come to it are not used.
 */
export async function startOf(reading: Reading, view: View, offset: number, total: number | undefined): Promise<Start> {
  const { store, tenant, session } = reading;
  const whole = { from: undefined, skip: offset };
  if (total === undefined || offset < near) return whole;
  const buckets = await readBuckets(store, tenant, view, session);
  return buckets === undefined || itemsIn(buckets) !== total ? whole : startIn(buckets, offset);
}

function startIn(buckets: Buckets, offset: number): Start {
  let before = 0;
  for (const digits of Object.keys(buckets).sort()) {
    const items = buckets[digits] ?? 0;
    if (before + items > offset) return { from: digits, skip: offset - before };
    before += items;
  }
  return { from: end, skip: 0 };
}
