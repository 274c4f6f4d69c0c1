import { key } from '../../model/index.ts';
import type { ReadOptions } from '../../sync/index.ts';
import { idOfEmail } from './records.ts';
import type { StudentRow } from './row.ts';

/** The account that a row means. */
export type Account =
  | {
      readonly key: string;
      readonly renamedFrom?: string /** Whether it has the row's e-mail already. */;
      readonly holds: boolean;
    }
  /** Another account holds the row's e-mail (`feeds.md` 1.9). */
  | { readonly taken: true };

/**
 * Finds the accounts of rows, by one look-up for all of them: by the id of the university, else by the e-mail. An account that
 * came without an id and has one now is the same one. An e-mail that another account holds is a conflict.
 */
export async function accountsOf(
  rows: readonly StudentRow[],
  { namespace, holders }: Pick<ReadOptions, 'namespace' | 'holders'>,
): Promise<Account[]> {
  const emails = [...new Set(rows.map(({ email }) => email.toLowerCase()))];
  const found = (await holders?.(emails)) ?? new Map<string, readonly { guid: string; keys: readonly string[] }[]>();
  return rows.map(({ id, email }): Account => {
    const byEmail = key('person', namespace, idOfEmail(email));
    const holding = found.get(email.toLowerCase()) ?? [];
    const [holder] = holding;
    const holds = holder !== undefined;
    if (id === '') {
      if (holding.length > 1) return { taken: true };
      // Whoever has the e-mail is meant, whatever the account is known by.
      return { key: holder === undefined || holder.keys.includes(byEmail) ? byEmail : holder.guid, holds };
    }
    const own = key('person', namespace, id);
    if (holder === undefined || holding.some(({ keys }) => keys.includes(own))) return { key: own, holds };
    if (holding.length > 1 || !holder.keys.includes(byEmail)) return { taken: true };
    return { key: own, renamedFrom: byEmail, holds };
  });
}
