import type { Store } from '../../../store/index.ts';
import type { ReferenceName } from '../../query.ts';
import type { Roster } from '../../types.ts';
import { nameFields, nameOf } from '../names.ts';
import { maxTimeMS, shownStates } from '../served.ts';

/** The orgs and sessions right below others, which OneRoster lists as their `children`, by `sourcedId`. */
export function makeChildren(store: Store): Pick<Roster, 'children'> {
  return {
    async children(context, guids) {
      const found = new Map<string, ReferenceName[]>();
      if (guids.length === 0) return found;
      const rows = await store
        .records('group')
        .find(
          { tenant: context.tenant, 'derived.parent': { $in: guids }, state: shownStates },
          { projection: { ...nameFields, 'derived.parent': 1 }, maxTimeMS, batchSize: 10_000 },
        )
        .toArray();
      const below = rows.map((row) => ({
        parent: (row['derived'] as { parent: string }).parent,
        name: nameOf('group', row),
      }));
      below.sort((a, b) => (a.name.sourcedId < b.name.sourcedId ? -1 : 1));
      for (const { parent, name } of below) {
        const there = found.get(parent);
        if (there === undefined) found.set(parent, [name]);
        else there.push(name);
      }
      return found;
    },
  };
}
