import type { StoredRecord } from '../../../model/index.ts';
import { publicRecord, recordOf, type Store } from '../../../store/index.ts';
import type { View } from '../../query.ts';
import type { Roster } from '../../types.ts';
import { typeOfView } from '../../views.ts';
import { findServed } from '../served.ts';
import { type FindShared, isShared } from '../sharing/shared.ts';

/** Which records lie in which, and the field of the inner one that names the outer one. */
const containers: Readonly<Partial<Record<View, Partial<Record<View, (inner: StoredRecord) => string | undefined>>>>> =
  {
    school: { class: ({ derived }) => derived?.school },
    class: { lineItem: (inner) => (inner as StoredRecord<'lineItem'>).data.class },
  };

/** Whether records of a view lie in those of another one. */
export function containedIn(outer: View, inner: View): boolean {
  return containers[outer]?.[inner] !== undefined;
}

/** The view by which a record is looked up: a user is known as somebody's student whatever else they are. */
const lookedUpAs = (view: View, first: boolean): View =>
  !first && (view === 'student' || view === 'teacher') ? 'user' : view;

/** Finds the records that nested paths name. */
export function makeParents(store: Store, findShared: FindShared): Pick<Roster, 'parents'> {
  return {
    async parents(context, named) {
      const found: { view: View; guid: string; record: StoredRecord }[] = [];
      const shared = await findShared(context);
      for (const { view, sourcedId } of named) {
        const as = lookedUpAs(view, found.length === 0);
        const served = await findServed(store, context.tenant, as, sourcedId);
        if (served === undefined) return undefined;
        if (shared !== undefined && !(await isShared(store, context, shared, as, served.row._id))) return undefined;
        const record = publicRecord(recordOf(typeOfView(as), served.row)) as StoredRecord;
        const outer = found.at(-1);
        const container = outer === undefined ? undefined : containers[outer.view]?.[view];
        if (container !== undefined && container(record) !== outer?.guid) return undefined;
        found.push({ view, guid: record.guid, record });
      }
      return found;
    },
  };
}
