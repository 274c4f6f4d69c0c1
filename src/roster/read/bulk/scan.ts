import { isCourseworkType, type RecordType } from '../../../model/index.ts';
import { type Doc, publicRecord, type Row, recordOf, type Store } from '../../../store/index.ts';
import type { ScanQuery } from '../../query.ts';
import type { Roster } from '../../types.ts';
import { maxTimeMS as readMs } from '../served.ts';

/** Guids that are sorted at once where no index has the wanted records in their order. */
const guidsAtOnce = 50_000;
/** Longest time that one query of a scan may take in the database. */
const maxTimeMS = 10 * readMs;

/**
 * Reads all records of a type in the order of their guids, a batch at a time, by queries of their own, so that a scan may
 * take as long as who takes it. What is changed meanwhile is given as it is when its batch is read; what is made or
 * removed meanwhile may be given or not, so that a reference may lead to what was not given; nothing is given twice.
 */
export function makeScan(store: Store): Pick<Roster, 'scan' | 'membersOf'> {
  return {
    async *scan(context, type, query) {
      for await (const rows of batchesOf(store, context.tenant, type, query)) {
        yield rows.map((row) => publicRecord(recordOf(type, row)));
      }
    },

    async *membersOf(context, groups) {
      const filter = { tenant: context.tenant, 'data.group': { $in: [...groups] }, state: 'active' };
      const hint = { tenant: 1, 'data.group': 1 } as const;
      const cursor = store
        .records('membership')
        .find(filter as Doc, { sort: { 'data.group': 1 }, batchSize: 1000, hint });
      try {
        let batch: Row[] = [];
        for await (const row of cursor) {
          batch.push(row);
          if (batch.length < 1000) continue;
          yield batch.map((one) => publicRecord(recordOf('membership', one)));
          batch = [];
        }
        if (batch.length > 0) yield batch.map((one) => publicRecord(recordOf('membership', one)));
      } finally {
        await cursor.close();
      }
    },
  };
}

async function* batchesOf(store: Store, tenant: string, type: RecordType, query: ScanQuery): AsyncGenerator<Row[]> {
  const { batch = 1000, changedAfter } = query;
  const view = query.view ?? (type === 'person' ? 'user' : isCourseworkType(type) ? type : undefined);
  const condition = conditionOf(query, view);
  if (changedAfter !== undefined || (type === 'group' && view === undefined)) {
    for await (const guids of guidsOf(store, tenant, type, condition)) {
      for (let at = 0; at < guids.length; at += batch) {
        const named = { tenant, _id: { $in: guids.slice(at, at + batch) }, ...condition };
        const rows = await store
          .records(type)
          .find(named as Doc, { sort: { _id: 1 }, batchSize: batch + 1, maxTimeMS })
          .toArray();
        if (rows.length > 0) yield rows;
      }
    }
    return;
  }
  const hint = view === undefined ? undefined : { hint: { tenant: 1, views: 1, _id: 1 } };
  const options = { sort: { _id: 1 }, limit: batch, batchSize: batch + 1, maxTimeMS, ...hint } as const;
  const after = (last?: string) => {
    const place = last === undefined ? {} : { _id: { $gt: last } };
    const found = store
      .records(type)
      .find({ tenant, ...place, ...condition } as Doc, options)
      .toArray();
    // Who takes the scan may leave before this batch is asked for.
    found.catch(() => undefined);
    return found;
  };
  for (let next: Promise<Row[]> | undefined = after(); next !== undefined; ) {
    const rows: Row[] = await next;
    // The database reads the next batch while this one is worked on.
    next = rows.length < batch ? undefined : after(rows.at(-1)?._id);
    if (rows.length > 0) yield rows;
  }
}

function conditionOf(query: ScanQuery, view?: string): Doc {
  const { states = ['active', 'disabled'], changedAfter, having, made = true } = query;
  return {
    ...(view === undefined ? {} : { views: view }),
    state: { $in: states.filter((state) => state !== 'expected') },
    ...(changedAfter === undefined ? {} : { updatedAt: { $gt: changedAfter } }),
    ...(having === undefined ? {} : { [`data.${having}`]: { $exists: true } }),
    ...(made ? {} : { made: { $exists: false } }),
  };
}

/** Guids of the records that meet a condition, in order, so many at once. */
async function* guidsOf(store: Store, tenant: string, type: RecordType, condition: Doc): AsyncGenerator<string[]> {
  for (let last: string | undefined; ; ) {
    const place = last === undefined ? {} : { _id: { $gt: last } };
    const found = await store
      .records(type)
      .aggregate<Row>(
        [
          { $match: { tenant, ...condition, ...place } },
          { $project: { _id: 1 } },
          { $sort: { _id: 1 } },
          { $limit: guidsAtOnce },
        ],
        { maxTimeMS, hint: { tenant: 1, updatedAt: 1 } },
      )
      .toArray();
    if (found.length > 0) yield found.map(({ _id }) => _id);
    last = found.at(-1)?._id;
    if (found.length < guidsAtOnce) return;
  }
}
