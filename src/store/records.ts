import type { RecordType } from '../model/index.ts';
import { recordOf, type Working } from './rows.ts';
import type { Doc, Row, Session, Store } from './store.ts';

const chunk = 1000;
/** Longest time that a read of records may take in the database. */
export const maxTimeMS = 30_000;
/** One more than can be found by 1,000 values, so that the first answer is the last. */
const batchSize = chunk + 1;

/** Finds records by a list of values of one field, 1,000 at a time. */
async function findIn<T extends RecordType>(
  store: Store,
  type: T,
  tenant: string,
  field: '_id' | 'keys',
  values: readonly string[],
  session?: Session,
): Promise<Working<T>[]> {
  const found: Working<T>[] = [];
  for (let at = 0; at < values.length; at += chunk) {
    const part = values.slice(at, at + chunk);
    const filter: Doc = { tenant, [field]: part.length === 1 ? part[0] : { $in: part } };
    const rows = await store
      .records(type)
      .find(filter, { ...(session ? { session } : {}), maxTimeMS, batchSize })
      .toArray();
    for (const row of rows) found.push(recordOf(type, row));
  }
  return found;
}

/** Records by guid. */
export function findByGuids<T extends RecordType>(
  store: Store,
  type: T,
  tenant: string,
  guids: readonly string[],
  session?: Session,
): Promise<Working<T>[]> {
  return findIn(store, type, tenant, '_id', guids, session);
}

/** Records by key. */
export function findByKeys<T extends RecordType>(
  store: Store,
  type: T,
  tenant: string,
  keys: readonly string[],
  session?: Session,
): Promise<Working<T>[]> {
  return findIn(store, type, tenant, 'keys', keys, session);
}

/** Records by any condition; `tenant` is added here. */
export async function findWhere<T extends RecordType>(
  store: Store,
  type: T,
  tenant: string,
  condition: Doc,
  session?: Session,
): Promise<Working<T>[]> {
  const rows = await store
    .records(type)
    .find({ tenant, ...condition }, { ...(session ? { session } : {}), maxTimeMS, batchSize })
    .toArray();
  return rows.map((row: Row) => recordOf(type, row));
}

/** Fields of a person that the end of a membership needs; its data stays where it is. */
const endFields = { data: 0, sourcedIds: 0 } as const;

/** Persons as ends of memberships, by keys or guids, without their data. */
export async function findEnds(
  store: Store,
  tenant: string,
  keys: readonly string[],
  guids: readonly string[],
  session?: Session,
): Promise<Working<'person'>[]> {
  const found: Working<'person'>[] = [];
  for (const [field, values] of [
    ['keys', keys],
    ['_id', guids],
  ] as const) {
    for (let at = 0; at < values.length; at += chunk) {
      const rows = await store
        .records('person')
        .find(
          { tenant, [field]: { $in: values.slice(at, at + chunk) } },
          { ...(session ? { session } : {}), projection: endFields, maxTimeMS, batchSize },
        )
        .toArray();
      for (const row of rows) found.push(recordOf('person', row));
    }
  }
  return found;
}
