import { isGuid } from '../../base/ids.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Doc, Store } from '../../store/index.ts';
import type { Vault } from '../access/vault.ts';
import { type HeadRow, keysOf, readHead } from './chain.ts';
import { entryOfRow, pseudonymOf } from './entry.ts';
import type { AuditEntry, AuditFilter } from './types.ts';

/** Entries that are read at once where all are. */
const atOnce = 1000;

/** Makes the reading of entries. */
export function makeSearch(store: Store, vault: Vault) {
  const rows = store.rows('audit');

  /** The first sequence number whose time is not before `time`: times never go back along a chain. */
  async function sequenceAt({ tenant, first, sequence }: HeadRow, time: Date): Promise<number> {
    let [low, high] = [first, sequence + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = await rows.findOne({ tenant, sequence: middle }, { projection: { at: 1 } });
      const at = found?.['at'];
      if (at instanceof Date && at.getTime() >= time.getTime()) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  async function selection(head: HeadRow, { since, until, action, subject, who }: AuditFilter): Promise<Doc> {
    const from = since === undefined ? head.first : await sequenceAt(head, since);
    const before = until === undefined ? undefined : await sequenceAt(head, until);
    const sequence = { $gte: from, ...(before === undefined ? {} : { $lt: before }) };
    // What was asked for and is no id of ours is on record by its pseudonyms.
    const known = subject === undefined || isGuid(subject) ? [] : [...keysOf(head, vault).values()];
    const ids = subject === undefined ? [] : [subject, ...known.map((key) => pseudonymOf(subject, key))];
    return {
      tenant: head.tenant,
      sequence,
      ...(subject === undefined ? {} : { 'subject.id': { $in: ids } }),
      ...(action === undefined ? {} : { action }),
      ...(who === undefined ? {} : { writer: who }),
    };
  }

  return {
    sequenceAt,

    /** A page, newest first. */
    async page(
      tenant: string,
      { limit, cursor, ...filter }: AuditFilter & { readonly limit: number; readonly cursor?: string },
    ): Promise<Result<{ items: AuditEntry[]; next: string | null }>> {
      if (cursor !== undefined && !/^[1-9]\d{0,14}$/.test(cursor)) {
        return failed('invalid-request', 'The cursor is not one of this list; begin anew without it.', {
          field: 'cursor',
        });
      }
      const head = await readHead(store, tenant);
      if (head === undefined) return ok({ items: [], next: null });
      const wanted = await selection(head, filter);
      const conditions = cursor === undefined ? wanted : { ...wanted, $and: [{ sequence: { $lt: Number(cursor) } }] };
      const found = await rows
        .find(conditions as Doc)
        .sort({ sequence: -1 })
        .limit(limit + 1)
        .toArray();
      const items = found.slice(0, limit).map(entryOfRow);
      return ok({ items, next: found.length > limit ? String(items.at(-1)?.sequence) : null });
    },

    /** All that match, oldest first, in batches. */
    async *all(tenant: string, filter: AuditFilter): AsyncGenerator<readonly AuditEntry[]> {
      const head = await readHead(store, tenant);
      if (head === undefined) return;
      let batch: AuditEntry[] = [];
      const found = rows.find((await selection(head, filter)) as Doc, { batchSize: atOnce }).sort({ sequence: 1 });
      for await (const row of found) {
        batch.push(entryOfRow(row));
        if (batch.length < atOnce) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    },
  };
}
