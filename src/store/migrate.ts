import { isNationalId, type RecordType, recordTypes, shownOf } from '../model/index.ts';
import { checkBuckets } from './buckets/check-buckets.ts';
import { addCounts } from './clock.ts';
import { type CollectionName, collectionNames } from './models.ts';
import { publicRecord, recordOf } from './rows.ts';
import type { Doc, Store } from './store.ts';

/**
 * Makes collections and indexes, and runs what changed since the last start. Safe to run again and by two processes at
 * once: each step only asks for a state.
 */
export async function migrate(store: Store): Promise<void> {
  const db = store.connection.db;
  const there = new Set((await db?.listCollections({}, { nameOnly: true }).toArray())?.map((entry) => entry.name));
  const names = Object.keys(collectionNames) as CollectionName[];
  await Promise.all(names.map((name) => makeCollection(store, name, there.has(collectionNames[name]))));
  for (const name of ['originals.files', 'originals.parts', 'originals.passages']) {
    if (!there.has(name)) await db?.createCollection(name).catch(ignoreExisting);
  }
  await db?.collection('originals.parts').createIndex({ tenant: 1, file: 1 });
  const files = db?.collection('originals.files');
  await files?.createIndex({ tenant: 1, run: 1 });
  await files?.createIndex({ tenant: 1, feed: 1, arrivedAt: -1 });
  await files?.createIndex({ tenant: 1, parts: 1 });
  await files?.createIndex({ beat: 1 }, { partialFilterExpression: { beat: { $exists: true } } });
  await store
    .model('migration')
    .updateOne({ _id: '0001-collections' }, { $setOnInsert: { at: new Date() } }, { upsert: true });
  await once(store, '0002-demographics-view', () => showDemographics(store));
  await once(store, '0003-originals-in-parts', () => dropWholeOriginals(store));
  await once(store, '0004-shown-fields', () => fillShown(store));
  await once(store, '0005-national-ids-hidden', () => hideNationalIds(store));
  await checkBuckets(store);
}

/** Makes a collection with its indexes, all of them by one command. */
async function makeCollection(store: Store, name: CollectionName, isThere: boolean): Promise<void> {
  const model = store.model(name);
  if (!isThere) await model.createCollection().catch(ignoreExisting);
  const indexes = model.schema.indexes().map(([key, { background: _always, ...options }]) => ({ key, ...options }));
  if (indexes.length > 0) await model.collection.createIndexes(indexes as never);
}

/** Does a step that has not been done to its end yet. */
async function once(store: Store, name: string, step: () => Promise<void>): Promise<void> {
  if ((await store.rows('migration').findOne({ _id: name })) !== null) return;
  await step();
  await store.model('migration').updateOne({ _id: name }, { $setOnInsert: { at: new Date() } }, { upsert: true });
}

/** Files were kept whole (GridFS) before they were kept in parts; those are not read any more. */
async function dropWholeOriginals(store: Store): Promise<void> {
  await store.originals('files').deleteMany({ filename: { $exists: true } });
  const db = store.connection.db;
  if (await db?.listCollections({ name: 'originals.chunks' }).hasNext()) await db?.dropCollection('originals.chunks');
}

/** Persons whose views are set together. */
const atOnce = 1000;

/** Puts persons that have demographics into the view of them, and counts them, tenant by tenant. */
async function showDemographics(store: Store): Promise<void> {
  const persons = store.records('person');
  for (const tenant of await store
    .rows('tenant')
    .find({}, { projection: { _id: 1 } })
    .toArray()) {
    const hidden = {
      tenant: tenant._id,
      $and: [{ views: 'user' }, { views: { $ne: 'demographics' } }],
      'data.demographics': { $exists: true },
    } as Doc;
    for (let last = ''; ; ) {
      const next = { ...hidden, _id: { $gt: last } } as Doc;
      const found = await persons.find(next, { projection: { _id: 1 }, sort: { _id: 1 }, limit: atOnce }).toArray();
      last = found.at(-1)?._id ?? '';
      if (found.length === 0) break;
      const named = { ...hidden, _id: { $in: found.map(({ _id }) => _id) } } as Doc;
      await store.transaction(async (session) => {
        const { modifiedCount } = await persons.updateMany(named, { $push: { views: 'demographics' } } as Doc, {
          session,
        });
        await addCounts(store, tenant._id, new Map([['view.demographics', modifiedCount]]), session);
      });
    }
  }
}

/** Filters found national identity numbers once: persons that show one are worked out anew. */
async function hideNationalIds(store: Store): Promise<void> {
  const tenants = await store
    .rows('tenant')
    .find({}, { projection: { _id: 1 } })
    .toArray();
  for (const { _id: tenant } of tenants) {
    const persons = store.records('person').find({ tenant, 'data.userIds.type': { $exists: true } } as Doc);
    for await (const row of persons) {
      const person = publicRecord(recordOf('person', row));
      if (!(person.data.userIds ?? []).some(({ type }) => isNationalId(type))) continue;
      const filter = { tenant, _id: row._id, updatedAt: row['updatedAt'] } as Doc;
      await store.records('person').updateOne(filter, { $set: { shown: shownOf(person) ?? {} } });
    }
  }
}

/** Gives records of before the fields by which filters and orders go, tenant by tenant. */
async function fillShown(store: Store): Promise<void> {
  const tenants = await store
    .rows('tenant')
    .find({}, { projection: { _id: 1 } })
    .toArray();
  for (const { _id: tenant } of tenants) {
    for (const type of recordTypes) if (type !== 'membership') await fillShownOf(store, tenant, type);
  }
}

async function fillShownOf(store: Store, tenant: string, type: RecordType): Promise<void> {
  const rows = store.records(type);
  const without = { tenant, shown: { $exists: false }, state: { $ne: 'expected' } };
  for (let last = ''; ; ) {
    const next = { ...without, _id: { $gt: last } } as Doc;
    const found = await rows.find(next, { sort: { _id: 1 }, limit: atOnce }).toArray();
    last = found.at(-1)?._id ?? '';
    if (found.length === 0) return;
    await rows.bulkWrite(
      found.map((row) => {
        const { data, updatedAt } = row;
        // What has changed meanwhile has the fields already.
        const filter = { tenant, _id: row._id, updatedAt, shown: { $exists: false } } as Doc;
        const shown = data === undefined ? undefined : shownOf(publicRecord(recordOf(type, row)));
        return { updateOne: { filter, update: { $set: { shown: shown ?? {} } } } };
      }),
      { ordered: false },
    );
  }
}

function ignoreExisting(error: unknown): void {
  if ((error as { codeName?: string }).codeName !== 'NamespaceExists') throw error;
}
