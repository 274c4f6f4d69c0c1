import { isNationalId } from '../../../model/index.ts';
import { type Doc, recordOf, type Store } from '../../../store/index.ts';
import type { Roster } from '../../types.ts';
import { maxTimeMS, shownStates } from '../served.ts';
import type { IdentifiedPerson } from './types.ts';

/** Fields of OneRoster's users that name a person, as they are shown. */
const named = ['username', 'email', 'identifier', 'userMasterIdentifier'] as const;
/** The most persons that one identifier may have before it is no use to tell them. */
const most = 20;

/** Persons by an identifier that they sign on with (`feeds.md` 2.11). */
export function makeByIdentifier(store: Store): Pick<Roster, 'byIdentifier'> {
  return {
    async byIdentifier({ tenant }, { identifier, type, nationalIds }) {
      const rows = store.records('person');
      const found = new Map<string, IdentifiedPerson & { types: string[] }>();
      const options = { maxTimeMS, limit: most };
      const lower = identifier.toLowerCase();
      const look = async (condition: Doc, typesOf: (row: Doc) => readonly string[]) => {
        for (const row of await rows.find({ tenant, ...condition, state: shownStates }, options).toArray()) {
          const types = typesOf(row);
          if (types.length === 0) continue;
          const { guid, imsId, sourcedId, state } = recordOf('person', row);
          const there = found.get(guid) ?? { guid, imsId, sourcedId, state, types: [] };
          there.types.push(...types);
          found.set(guid, there);
        }
      };
      const isAsked = (one: string) => type === undefined || one.toLowerCase() === type.toLowerCase();
      for (const field of named) {
        if (isAsked(field)) await look({ [`shown.${field}`]: lower }, () => [field]);
      }
      await look({ 'data.userIds.value': identifier }, (row) => {
        const { userIds = [] } = row['data'] as { userIds?: { value: string; type?: string }[] };
        const own = userIds.filter((id) => id.value === identifier).map((id) => id.type || 'userId');
        return own.filter((one) => isAsked(one) && (nationalIds || !isNationalId(one)));
      });
      return [...found.values()].map((one) => ({ ...one, types: [...new Set(one.types)] }));
    },
  };
}
