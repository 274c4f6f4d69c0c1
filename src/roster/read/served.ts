import { isGuid } from '../../base/ids.ts';
import { enrollmentsOf } from '../../model/index.ts';
import { type Doc, maxTimeMS, type Row, recordOf, type Session, type Store } from '../../store/index.ts';
import type { View } from '../query.ts';
import { keyOfView, typeOfView } from '../views.ts';
import { makeLoader } from './loader.ts';

export { maxTimeMS } from '../../store/index.ts';

/** Condition on the state of what reads may show: arrived, and not in the trash. */
export const shownStates = { $in: ['active', 'disabled', 'archived'] };

/** A view's item as it is stored, and of an enrollment its place among those of its membership. */
export interface Served {
  readonly row: Row;
  readonly role: number;
}

/** Finds the row that a view serves under an id; null: there is none. */
type FindRow = (tenant: string, view: View, id: string) => Promise<Row | null>;

/**
 * The row of a view's item by `sourcedId`, and of an enrollment its place among those of its membership. Other ids of a
 * membership mean its first enrollment.
 */
export function findServed(
  store: Store,
  tenant: string,
  view: View,
  sourcedId: string,
  session?: Session,
): Promise<Served | undefined> {
  const options = session === undefined ? {} : { session };
  return servedBy((...asked) => findRow(store, options, ...asked), tenant, view, sourcedId);
}

/** Makes the {@link findServed} of single items: what is asked for at the same time is found by one query. */
export function makeFindServed(
  store: Store,
): (tenant: string, view: View, sourcedId: string) => Promise<Served | undefined> {
  const ofKeys = makeLoader<Row>(async (tenant, type, keys) => {
    const rows = await store
      .records(type)
      .find({ tenant, keys: { $in: [...keys] } } as Doc, { maxTimeMS, batchSize: keys.length + 1 })
      .toArray();
    return new Map(rows.flatMap((row) => textsOf(row, 'keys').map((key) => [key, row] as const)));
  });
  const find: FindRow = async (tenant, view, id) => {
    if (isGuid(id)) return findRow(store, {}, tenant, view, id);
    const key = keyOfView(view, id);
    const row = (await ofKeys(tenant, typeOfView(view), [key])).get(key);
    return row !== undefined && textsOf(row, 'views').includes(view) ? row : null;
  };
  return (...asked) => servedBy(find, ...asked);
}

const textsOf = (row: Row, field: 'keys' | 'views') => (row[field] ?? []) as readonly string[];

async function findRow(store: Store, session: { session?: Session }, tenant: string, view: View, id: string) {
  const rows = store.records(typeOfView(view));
  const options = { maxTimeMS, ...session };
  const keys = keyOfView(view, id);
  if (!isGuid(id)) return rows.findOne({ tenant, views: view, keys } as Doc, options);
  const found = await rows.find({ tenant, views: view, $or: [{ _id: id }, { keys }] } as Doc, options).toArray();
  return found.find(({ _id }) => _id !== id) ?? found[0] ?? null;
}

async function servedBy(find: FindRow, tenant: string, view: View, sourcedId: string): Promise<Served | undefined> {
  const one = (id: string) => find(tenant, view, id);
  const row = await one(sourcedId);
  if (view !== 'enrollment') return row === null ? undefined : { row, role: 0 };
  if (row !== null) return { row, role: Math.max(placeOf(row, sourcedId), 0) };
  const dot = sourcedId.lastIndexOf('.');
  const membership = dot <= 0 ? null : await one(sourcedId.slice(0, dot));
  if (membership === null) return undefined;
  const role = placeOf(membership, `${recordOf('membership', membership).sourcedId}${sourcedId.slice(dot)}`);
  return role < 0 ? undefined : { row: membership, role };
}

/** The place of an enrollment among those of its membership; -1 where it has none of that id. */
function placeOf(row: Row, sourcedId: string): number {
  return enrollmentsOf(recordOf('membership', row)).findIndex((enrollment) => enrollment.sourcedId === sourcedId);
}
