import type { Relationship } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';
import type { RelatedFrom } from '../query.ts';
import type { Roster } from '../types.ts';
import { makeLoader } from './loader.ts';
import { nameFields, nameOf } from './names.ts';
import { maxTimeMS, shownStates } from './served.ts';

/** Relationships seen from the record that they mean. */
export function makeRelated(store: Store): Pick<Roster, 'related'> {
  const load = makeLoader<readonly RelatedFrom[]>(async (tenant, type, guids) => {
    const wanted = new Set(guids);
    const found = new Map<string, RelatedFrom[]>();
    const rows = await store
      .records(type)
      .find(
        { tenant, 'data.relationships.target': { $in: guids }, state: shownStates },
        { projection: { ...nameFields, 'data.relationships': 1 }, maxTimeMS, batchSize: guids.length + 1 },
      )
      .sort({ _id: 1 })
      .toArray();
    for (const row of rows) {
      const from = nameOf(type, row);
      const { relationships } = row['data'] as { relationships: readonly Relationship[] };
      for (const { relation, target, label } of relationships) {
        if (!wanted.has(target)) continue;
        const one: RelatedFrom = { from, relation, ...(label === undefined ? {} : { label }) };
        const there = found.get(target);
        if (there === undefined) found.set(target, [one]);
        else there.push(one);
      }
    }
    return found;
  });

  return {
    async related(context, type, guids) {
      const found = await load(context.tenant, type, guids);
      return new Map(guids.flatMap((guid) => (found.has(guid) ? [[guid, found.get(guid) ?? []]] : [])));
    },
  };
}
