import { isGuid } from '../../base/ids.ts';
import { isKey, keyParts, type RecordType, type StoredRecord } from '../../model/index.ts';
import {
  findByGuids,
  findByKeys,
  findWhere,
  publicRecord,
  type Row,
  recordOf,
  type Store,
  type Working,
} from '../../store/index.ts';
import type { Context } from '../context.ts';
import type { ReferenceName } from '../query.ts';
import type { Roster } from '../types.ts';

const visible = (record: Working, trashed: boolean) =>
  record.state !== 'expected' && (trashed || record.state !== 'trashed');

/** Longest time that a read may take in the database. */
const maxTimeMS = 10_000;

/** Reads of single records and of what belongs to them. */
export function makeFind(store: Store): Pick<Roster, 'find' | 'membershipsOf' | 'names' | 'waiting'> {
  return {
    async find(context, type, references, options) {
      const keys = references.filter(isKey);
      const guids = references.filter((reference) => !isKey(reference));
      const byKey = new Map<string, Working>();
      for (const record of await findByKeys(store, type, context.tenant, keys)) {
        for (const key of record.keys) byKey.set(key, record as Working);
      }
      const derived = keys.filter((key) => !byKey.has(key) && isGuid(keyParts(key).id)).map((key) => keyParts(key).id);
      const byGuid = new Map<string, Working>();
      for (const record of await findByGuids(store, type, context.tenant, [...guids, ...derived])) {
        byGuid.set(record.guid, record as Working);
      }
      return references.map((reference) => {
        const record = isKey(reference)
          ? (byKey.get(reference) ?? byGuid.get(keyParts(reference).id))
          : byGuid.get(reference);
        if (record === undefined || !visible(record, options?.trashed === true)) return undefined;
        return publicRecord(record) as StoredRecord<typeof type>;
      });
    },

    async membershipsOf(context, end) {
      const condition = 'person' in end ? { 'data.member': end.person } : { 'data.group': end.group };
      const found = await findWhere(store, 'membership', context.tenant, {
        ...condition,
        state: { $in: ['active', 'archived'] },
      });
      found.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.guid < b.guid ? -1 : 1));
      return found.map((record) => publicRecord(record));
    },

    names: (context, type, guids) => names(store, context, type, guids),

    async waiting(context, { limit, cursor }) {
      const rows = store.records('membership');
      const filter = { tenant: context.tenant, state: 'active', waitsFor: { $exists: true } };
      const page = cursor === undefined ? filter : { ...filter, _id: { $gt: cursor } };
      const [found, total] = await Promise.all([
        rows
          .find(page, { maxTimeMS })
          .sort({ _id: 1 })
          .limit(limit + 1)
          .toArray(),
        rows.countDocuments(filter, { maxTimeMS }),
      ]);
      const items = found.slice(0, limit).map((row: Row) => publicRecord(recordOf('membership', row)));
      return { items, total, next: found.length > limit ? (items.at(-1)?.guid ?? null) : null };
    },
  };
}

const nameFields = {
  state: 1,
  imsId: 1,
  sourcedId: 1,
  sourcedIds: 1,
  'data.name.formatted': 1,
  'data.name.given': 1,
  'data.name.family': 1,
  'data.description': 1,
} as const;

async function names(
  store: Store,
  context: Context,
  type: RecordType,
  guids: readonly string[],
): Promise<Map<string, ReferenceName>> {
  const found = new Map<string, ReferenceName>();
  const wanted = [...new Set(guids)];
  for (let at = 0; at < wanted.length; at += 1000) {
    const rows = await store
      .records(type)
      .find(
        { tenant: context.tenant, _id: { $in: wanted.slice(at, at + 1000) } },
        { projection: nameFields, batchSize: 1000 },
      )
      .toArray();
    for (const row of rows) found.set(row._id, nameOf(type, row));
  }
  return found;
}

function nameOf(type: RecordType, row: Row): ReferenceName {
  const data = row['data'] as
    | {
        name?: { formatted?: string; given?: string; family?: string };
        description?: { short?: string; long?: string };
      }
    | undefined;
  const title =
    type === 'person'
      ? (data?.name?.formatted ?? ([data?.name?.given, data?.name?.family].filter(Boolean).join(' ') || undefined))
      : (data?.description?.short ?? data?.description?.long);
  const source = (row['sourcedIds'] as { source?: string }[] | undefined)?.[0]?.source;
  return {
    guid: row._id,
    type,
    state: row['state'] as ReferenceName['state'],
    imsId: (row['imsId'] as string | undefined) ?? row._id,
    sourcedId: (row['sourcedId'] as string | undefined) ?? row._id,
    ...(source === undefined ? {} : { source }),
    ...(title === undefined ? {} : { title }),
  };
}
