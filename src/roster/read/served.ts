import { isGuid } from '../../base/ids.ts';
import { roleSuffixes } from '../../model/index.ts';
import { type Doc, type Row, recordOf, type Session, type Store } from '../../store/index.ts';
import { servedKey } from '../execute/acts/identity.ts';
import type { View } from '../query.ts';

/** Longest time that a read may take in the database. */
export const maxTimeMS = 30_000;

/** Condition on the state of what reads may show: arrived, and not in the trash. */
export const shownStates = { $in: ['active', 'disabled', 'archived'] };

/** The record type that a view shows. */
export function typeOfView(view: View): 'person' | 'group' | 'membership' {
  if (view === 'user' || view === 'student' || view === 'teacher') return 'person';
  return view === 'enrollment' ? 'membership' : 'group';
}

/** The key of a view's item: the type in which its `sourcedId` is unique. */
export function keyOfView(view: View, sourcedId: string): string {
  if (view === 'user' || view === 'student' || view === 'teacher') return servedKey('user', sourcedId);
  if (view === 'org' || view === 'school') return servedKey('org', sourcedId);
  if (view === 'course' || view === 'class' || view === 'enrollment') return servedKey(view, sourcedId);
  return servedKey('academicSession', sourcedId);
}

/** The row of a view's item by `sourcedId`, and of an enrollment which role it is. */
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
    const found = await rows.findOne({ tenant, keys: keyOfView(view, id), views: view } as Doc, options);
    return found ?? (isGuid(id) ? await rows.findOne({ tenant, _id: id, views: view } as Doc, options) : null);
  };
  const row = await one(sourcedId);
  if (row !== null) return { row, role: 0 };
  const dot = sourcedId.lastIndexOf('.');
  if (view !== 'enrollment' || dot <= 0) return undefined;
  const membership = await one(sourcedId.slice(0, dot));
  if (membership === null) return undefined;
  const suffix = sourcedId.slice(dot + 1);
  const { roles } = recordOf('membership', membership).data;
  const role = roleSuffixes(roles).indexOf(suffix);
  return role < 0 ? undefined : { row: membership, role };
}
