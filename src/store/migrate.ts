import { type CollectionName, collectionNames } from './models.ts';
import type { Store } from './store.ts';

/**
 * Makes collections and indexes, and runs what changed since the last start. Safe to run again and by two processes at
 * once: each step only asks for a state.
 */
export async function migrate(store: Store): Promise<void> {
  const db = store.connection.db;
  const there = new Set((await db?.listCollections({}, { nameOnly: true }).toArray())?.map((entry) => entry.name));
  for (const name of Object.keys(collectionNames) as CollectionName[]) {
    const model = store.model(name);
    if (!there.has(collectionNames[name])) await model.createCollection().catch(ignoreExisting);
    await model.createIndexes();
  }
  for (const name of ['originals.files', 'originals.chunks']) {
    if (!there.has(name)) await db?.createCollection(name).catch(ignoreExisting);
  }
  await db?.collection('originals.chunks').createIndex({ files_id: 1, n: 1 }, { unique: true });
  await db?.collection('originals.files').createIndex({ filename: 1, uploadDate: 1 });
  await store
    .model('migration')
    .updateOne({ _id: '0001-collections' }, { $setOnInsert: { at: new Date() } }, { upsert: true });
}

function ignoreExisting(error: unknown): void {
  if ((error as { codeName?: string }).codeName !== 'NamespaceExists') throw error;
}
