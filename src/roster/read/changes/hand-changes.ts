import type { Doc, Store } from '../../../store/index.ts';
import type { Roster } from '../../types.ts';
import { maxTimeMS } from '../served.ts';
import { derivedFields, type NamesRow, namesOnly } from './run-changes.ts';

/** Change-log documents that are looked at, newest first. */
const mostDocuments = 50_000;

/** What people and their programs have changed last, as the change log tells (decisions 3.3). */
export function makeHandChanges(store: Store): Pick<Roster, 'handChanges'> {
  return {
    async handChanges({ tenant }, guids) {
      const found = new Map<string, { at: Date; writer: string; fields: readonly string[] }>();
      if (guids.size === 0) return found;
      const project: Doc = { ...namesOnly, at: 1, writer: 1 };
      const rows = store.rows('change').find({ tenant } as Doc, {
        projection: project,
        sort: { sequence: -1 },
        hint: { tenant: 1, sequence: 1 },
        limit: mostDocuments,
        batchSize: 500,
        maxTimeMS,
      });
      for await (const row of rows) {
        const { at, writer, changed } = row as unknown as NamesRow & { readonly at: Date; readonly writer: string };
        if (writer.startsWith('feed:')) continue;
        for (const { guid, fields } of changed ?? []) {
          const told = fields?.filter((field) => !derivedFields.has(field)) ?? [];
          if (told.length > 0 && guids.has(guid) && !found.has(guid)) found.set(guid, { at, writer, fields: told });
        }
        if (found.size === guids.size) break;
      }
      return found;
    },
  };
}
