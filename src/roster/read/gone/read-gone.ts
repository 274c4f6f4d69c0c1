import type { Doc } from '../../../store/index.ts';
import type { GoneItem, Page, PageQuery } from '../../query.ts';
import { maxTimeMS } from '../served.ts';
import type { Shared } from '../sharing/shared.ts';
import type { Reading } from '../within/relations.ts';
import { goneCondition } from './gone-condition.ts';

/**
 * A page with what has gone out of the view behind the records, the oldest first; `total` counts both. As it is where the
 * filter does not ask for changes since a time, in nested reads, which ask what belongs to a record now, and for clients
 * with sharing rules: of an id that has gone it is not known to whom it was shared.
 */
export async function withGone(
  { store, tenant, session }: Reading,
  { view, where, within, limit, offset }: PageQuery,
  page: Omit<Page, 'sequence'>,
  shared?: Shared,
): Promise<Omit<Page, 'sequence'>> {
  const condition = within === undefined && shared === undefined ? goneCondition(where) : undefined;
  if (condition === undefined) return page;
  const rows = store.rows('departure');
  const filter = { tenant, view, ...condition } as Doc;
  const options = { session, maxTimeMS };
  const room = limit - page.items.length;
  const [found, total] = await Promise.all([
    room <= 0
      ? []
      : rows
          .find(filter, { ...options, projection: { _id: 0, sourcedId: 1, at: 1 } })
          .sort({ at: 1, _id: 1 })
          .skip(Math.max(offset - page.total, 0))
          .limit(room)
          .toArray(),
    rows.countDocuments(filter, options),
  ]);
  return { ...page, gone: found as unknown as GoneItem[], total: page.total + total };
}
