import type { RecordType, StoredRecord } from '../../model/index.ts';
import {
  countIn,
  type Doc,
  publicRecord,
  type Row,
  readClock,
  recordOf,
  type Session,
  type Store,
} from '../../store/index.ts';
import type { ListQuery } from '../query.ts';
import type { Roster } from '../types.ts';
import { maxTimeMS, shownStates } from './served.ts';

/** Pages of all records of a type; a page, its total included, is the store as it was at one moment. */
export function makeList(store: Store): Pick<Roster, 'list'> {
  return {
    list: (context, type, query) => store.snapshot((session) => readList(store, context.tenant, type, query, session)),
  };
}

async function readList<T extends RecordType>(
  store: Store,
  tenant: string,
  type: T,
  query: ListQuery,
  session: Session,
): Promise<{ items: StoredRecord<T>[]; total: number }> {
  const filter = { tenant, ...filterOf(type, query) };
  const asked = query.createdFrom !== undefined || query.manual === true;
  const [rows, total] = await Promise.all([
    readRows(store, type, filter, query, session),
    asked
      ? store.records(type).countDocuments(filter, { session, maxTimeMS })
      : keptTotal(store, tenant, type, session),
  ]);
  return { items: rows.map((row) => publicRecord(recordOf(type, row))), total };
}

/** What is to be listed. A person is in the view `user` from arrival on, and the index of views has their order. */
function filterOf(type: RecordType, { createdFrom, manual }: ListQuery): Doc {
  return {
    state: shownStates,
    ...(type === 'person' ? { views: 'user' } : {}),
    ...(type === 'group' ? { made: { $exists: false } } : {}),
    ...(type === 'membership' ? { waitsFor: { $exists: false } } : {}),
    ...(createdFrom === undefined ? {} : { createdAt: { $gte: createdFrom } }),
    ...(manual === true ? { owner: /^admin:/, claims: { $exists: false } } : {}),
  };
}

/** The number of all listed records, by the kept counts; memberships that wait are few and counted by their index. */
async function keptTotal(store: Store, tenant: string, type: RecordType, session: Session): Promise<number> {
  const { counts } = await readClock(store, tenant, session);
  const active = countIn(counts, `active.${type}`);
  if (type !== 'membership') return active;
  const waiting = { tenant, waitsFor: { $exists: true }, state: shownStates };
  return active - (await store.records(type).countDocuments(waiting, { session, maxTimeMS }));
}

async function readRows(
  store: Store,
  type: RecordType,
  filter: Doc,
  { limit, offset }: ListQuery,
  session: Session,
): Promise<Row[]> {
  const rows = store.records(type);
  const options = { session, maxTimeMS, batchSize: Math.min(limit, 1000) + 1 };
  if (limit <= 0) return [];
  if (type === 'person') {
    const hint = { tenant: 1, views: 1, _id: 1 } as const;
    return rows
      .find(filter, { ...options, hint })
      .sort({ _id: 1 })
      .skip(offset)
      .limit(limit)
      .toArray();
  }
  if (type === 'membership') {
    // By group and then as they came, which is the order of the index; an index for another one would cost each import.
    const hint = { tenant: 1, 'data.group': 1 } as const;
    return rows
      .find(filter, { ...options, hint })
      .sort({ 'data.group': 1 })
      .skip(offset)
      .limit(limit)
      .toArray();
  }
  // No index has all groups in an order that stays; their guids alone are sorted with ease.
  const page = [
    { $match: filter },
    { $project: { _id: 1 } },
    { $sort: { _id: 1 } },
    { $skip: offset },
    { $limit: limit },
  ];
  const found = await rows.aggregate<Row>(page, { session, maxTimeMS, hint: { tenant: 1, updatedAt: 1 } }).toArray();
  const named = { $in: found.map(({ _id }) => _id) };
  return rows
    .find({ tenant: filter['tenant'], _id: named } as Doc, options)
    .sort({ _id: 1 })
    .toArray();
}
