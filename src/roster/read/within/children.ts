import type { Store } from '../../../store/index.ts';
import type { ServedId } from '../../query.ts';
import type { Roster } from '../../types.ts';
import { maxTimeMS, shownStates } from '../served.ts';
import { type FindShared, sharedAmong } from '../sharing/shared.ts';

/** The orgs and sessions right below others, which OneRoster lists as their `children`, by `sourcedId`. */
export function makeChildren(store: Store, findShared: FindShared): Pick<Roster, 'children'> {
  return {
    async children(context, guids) {
      const found = new Map<string, ServedId[]>();
      if (guids.length === 0) return found;
      const rows = await store
        .records('group')
        .find(
          { tenant: context.tenant, 'derived.parent': { $in: guids }, state: shownStates },
          { projection: { state: 1, sourcedId: 1, 'derived.parent': 1 }, maxTimeMS, batchSize: 10_000 },
        )
        .toArray();
      const below = rows.map((row) => {
        const { state, sourcedId = row._id, derived } = row as unknown as Below;
        return { guid: row._id, parent: derived.parent, id: { state, sourcedId } };
      });
      const shared = await findShared(context);
      const those =
        shared &&
        (await sharedAmong(
          { store, tenant: context.tenant },
          shared,
          'group',
          below.map(({ guid }) => guid),
        ));
      below.sort((a, b) => (a.id.sourcedId < b.id.sourcedId ? -1 : 1));
      for (const { guid, parent, id } of below) {
        if (those?.has(guid) === false) continue;
        const there = found.get(parent);
        if (there === undefined) found.set(parent, [id]);
        else there.push(id);
      }
      return found;
    },
  };
}

interface Below extends Pick<ServedId, 'state'>, Partial<Pick<ServedId, 'sourcedId'>> {
  readonly derived: { readonly parent: string };
}
