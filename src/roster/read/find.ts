import { isGuid } from '../../base/ids.ts';
import { enrollmentKeyOf, isKey, keyParts, type RecordType, type StoredRecord } from '../../model/index.ts';
import {
  findByGuids,
  findByKeys,
  findWhere,
  maxTimeMS,
  publicRecord,
  type Row,
  recordOf,
  type Store,
  type Working,
} from '../../store/index.ts';
import type { Context } from '../context.ts';
import type { ReferenceName, ServedId } from '../query.ts';
import type { Roster } from '../types.ts';
import { makeLoader } from './loader.ts';
import { nameFields, nameOf } from './names.ts';
import { makeRemembered } from './remembered.ts';
import { type FindShared, sharedAmong } from './sharing/shared.ts';

const visible = (record: Working, trashed: boolean) =>
  record.state !== 'expected' && (trashed || record.state !== 'trashed');

/** What an id that is a guid means: any record but one that the gateway made for itself. */
const meant = (record: Working | undefined) => (record?.made === true ? undefined : record);

/** Groups of a tenant whose records, or ids, are remembered. */
const remembered = { records: 10_000, ids: 20_000 };

/** Reads of single records and of what belongs to them. */
export function makeFind(
  store: Store,
  findShared: FindShared,
): Pick<Roster, 'find' | 'membershipsOf' | 'names' | 'servedIds' | 'waiting'> {
  const ofKeys = makeLoader<Working>(async (tenant, type, keys) => {
    const found = await findByKeys(store, type, tenant, keys);
    return new Map(found.flatMap((record) => record.keys.map((key) => [key, record] as const)));
  });
  const ofGuids = makeRemembered<Working>(
    makeLoader(async (tenant, type, guids) => {
      const found = await findByGuids(store, type, tenant, guids);
      return new Map(found.map((record) => [record.guid, record] as const));
    }),
    remembered.records,
  );
  const namesOf = makeLoader<ReferenceName>((tenant, type, guids) => findNames(store, tenant, type, guids));
  const servedIdsOf = makeRemembered<ServedId>(
    makeLoader((tenant, type, guids) => findServedIds(store, tenant, type, guids)),
    remembered.ids,
  );

  /** Of some guids those that the context may see; undefined where it may see all. */
  async function sharedOf(context: Context, type: RecordType, guids: readonly string[], asOf?: number) {
    const shared = await findShared(context, undefined, asOf);
    return shared && sharedAmong({ store, tenant: context.tenant }, shared, type, guids);
  }

  return {
    async find(context, type, references, options) {
      const keys = references.filter(isKey);
      const others = keys.map(enrollmentKeyOf).filter((key) => key !== undefined);
      const byKey = await ofKeys(context.tenant, type, [...keys, ...others]);
      const derived = keys.filter((key) => !byKey.has(key) && isGuid(keyParts(key).id)).map((key) => keyParts(key).id);
      const guids = references.filter((reference) => !isKey(reference));
      const byGuid = await ofGuids(context.tenant, type, [...guids, ...derived], options?.asOf);
      const those = await sharedOf(
        context,
        type,
        [...byKey.values(), ...byGuid.values()].map(({ guid }) => guid),
        options?.asOf,
      );
      return references.map((reference) => {
        const record = isKey(reference)
          ? (byKey.get(reference) ??
            byKey.get(enrollmentKeyOf(reference) ?? reference) ??
            meant(byGuid.get(keyParts(reference).id)))
          : byGuid.get(reference);
        if (record === undefined || !visible(record, options?.trashed === true)) return undefined;
        if (those?.has(record.guid) === false) return undefined;
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

    async names(context, type, guids) {
      const found = await namesOf(context.tenant, type, guids);
      const names = new Map<string, ReferenceName<typeof type>>();
      for (const guid of guids) {
        const name = found.get(guid);
        if (name !== undefined) names.set(guid, name as ReferenceName<typeof type>);
      }
      return names;
    },

    async servedIds(context, type, guids, asOf) {
      const found = await servedIdsOf(context.tenant, type, guids, asOf);
      const those = await sharedOf(context, type, guids, asOf);
      return those === undefined ? found : new Map([...found].filter(([guid]) => those.has(guid)));
    },

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

async function findNames(
  store: Store,
  tenant: string,
  type: RecordType,
  guids: readonly string[],
): Promise<Map<string, ReferenceName>> {
  const rows = await store
    .records(type)
    .find({ tenant, _id: { $in: [...guids] } }, { projection: nameFields, maxTimeMS, batchSize: guids.length + 1 })
    .toArray();
  return new Map(rows.map((row) => [row._id, nameOf(type, row)]));
}

async function findServedIds(
  store: Store,
  tenant: string,
  type: RecordType,
  guids: readonly string[],
): Promise<Map<string, ServedId>> {
  const options = { projection: { state: 1, sourcedId: 1 }, maxTimeMS, batchSize: guids.length + 1 };
  const rows = await store
    .records(type)
    .find({ tenant, _id: { $in: [...guids] } }, options)
    .toArray();
  return new Map(
    rows.map(({ _id, ...row }) => {
      const { state, sourcedId = _id } = row as unknown as Pick<ServedId, 'state'> & Partial<ServedId>;
      return [_id, { state, sourcedId }];
    }),
  );
}
