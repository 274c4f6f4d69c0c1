import type { Doc, Row, Store } from '../../../store/index.ts';
import type { Roster } from '../../types.ts';
import { typeOfView } from '../../views.ts';
import { maxTimeMS } from '../served.ts';

/** More extension columns than this no reader takes. */
const most = 400;

const own = 'data.extension.oneRoster.metadata';
const ofRole = 'data.roles.extension.oneRoster.metadata';

/** Tells which names the OneRoster metadata of a view's records have. */
export function makeMetadataNames(store: Store): Pick<Roster, 'metadataNames'> {
  return {
    async metadataNames(context, view) {
      const isRole = view === 'enrollment';
      const where: Doc = isRole
        ? { $or: [{ [own]: { $exists: true } }, { [ofRole]: { $exists: true } }] }
        : { [own]: { $exists: true } };
      const metadata = isRole ? { $ifNull: [`$${ofRole}`, `$${own}`] } : `$${own}`;
      const found = await store
        .records(typeOfView(view))
        .aggregate<Row>(
          [
            { $match: { tenant: context.tenant, views: view, state: { $in: ['active', 'disabled'] }, ...where } },
            ...(isRole ? [{ $unwind: '$data.roles' }] : []),
            { $project: { _id: 0, metadata } },
            { $match: { metadata: { $type: 'object' } } },
            { $project: { pairs: { $objectToArray: '$metadata' } } },
            { $unwind: '$pairs' },
            { $group: { _id: '$pairs.k' } },
            { $sort: { _id: 1 } },
            { $limit: most },
          ],
          { maxTimeMS: 10 * maxTimeMS },
        )
        .toArray();
      return found.map(({ _id }) => _id);
    },
  };
}
