import { isGuid } from '../../base/ids.ts';
import { enrollmentsOf } from '../../model/index.ts';
import { type Doc, type Row, recordOf, type Session, type Store } from '../../store/index.ts';
import type { View } from '../query.ts';
import { keyOfView, typeOfView } from '../views.ts';

/** Longest time that a read may take in the database. */
export const maxTimeMS = 30_000;

/** Condition on the state of what reads may show: arrived, and not in the trash. */
export const shownStates = { $in: ['active', 'disabled', 'archived'] };

/**
 * The row of a view's item by `sourcedId`, and of an enrollment its place among those of its membership. Other ids of a
 * membership mean its first enrollment.
 */
export async function findServed(
  store: Store,
  tenant: string,
  view: View,
  sourcedId: string,
  session?: Session,
): Promise<{ row: Row; role: number } | undefined> {
  const rows = store.records(typeOfView(view));
  const options = { maxTimeMS, ...(session === undefined ? {} : { session }) };
  const one = async (id: string) => {
    const keys = keyOfView(view, id);
    if (!isGuid(id)) return rows.findOne({ tenant, views: view, keys } as Doc, options);
    const found = await rows.find({ tenant, views: view, $or: [{ _id: id }, { keys }] } as Doc, options).toArray();
    return found.find(({ _id }) => _id !== id) ?? found[0] ?? null;
  };
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
