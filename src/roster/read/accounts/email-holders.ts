import type { Store } from '../../../store/index.ts';
import type { Roster } from '../../types.ts';
import { maxTimeMS, shownStates } from '../served.ts';
import type { EmailHolder } from './types.ts';

/** Persons by their e-mails, many at once, for feeds in which an e-mail is one person's (`feeds.md` 1.9). */
export function makeEmailHolders(store: Store): Pick<Roster, 'emailHolders'> {
  return {
    async emailHolders({ tenant }, emails) {
      const found = new Map<string, EmailHolder[]>();
      const condition = { tenant, 'shown.email': { $in: [...emails], $exists: true }, state: shownStates };
      const projection = { keys: 1, 'shown.email': 1 };
      const rows = store.records('person').find(condition, { projection, maxTimeMS, batchSize: 5_000 });
      for await (const row of rows) {
        const email = String((row['shown'] as { email?: string }).email);
        const holder = { guid: row._id, keys: (row['keys'] as string[] | undefined) ?? [] };
        found.set(email, [...(found.get(email) ?? []), holder]);
      }
      return found;
    },
  };
}
