import mongoose from 'mongoose';

/** A database as the bare driver gives it. */
export type Database = ReturnType<Client['db']>;
/** The bare driver's connection. */
export type Client = InstanceType<typeof mongoose.mongo.MongoClient>;

/** Connects as the gateway's store does, by the bare driver. */
export async function connect(uri: string): Promise<Client> {
  return mongoose.mongo.MongoClient.connect(uri, { maxPoolSize: 20, writeConcern: { w: 'majority' } });
}

/** Makes collections with the indexes that they have in another database. */
export async function copyIndexes(from: Database, to: Database, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await to.createCollection(name);
    for (const { v: _version, key, name: index, ...options } of await from.collection(name).indexes()) {
      if (index !== '_id_') await to.collection(name).createIndex(key, { name: String(index), ...options });
    }
  }
}

/** Milliseconds that the server has spent on a database since its start, by collection and kind of work. */
export async function serverTimes(client: Client, database: string): Promise<string> {
  const { totals } = (await client.db('admin').command({ top: 1 })) as unknown as {
    totals: Readonly<Record<string, Readonly<Record<string, { time?: number; count?: number }>>>>;
  };
  const kinds = ['insert', 'update', 'remove', 'queries', 'getmore', 'commands'];
  const lines = Object.entries(totals)
    .filter(([name]) => name.startsWith(`${database}.`))
    .flatMap(([name, times]) => kinds.map((kind) => ({ name: `${name} ${kind}`, ...times[kind] })))
    .filter(({ time = 0 }) => time >= 50_000)
    .sort((a, b) => (b.time ?? 0) - (a.time ?? 0));
  return lines
    .map(({ name, time = 0, count = 0 }) => `  ${name}: ${Math.round(time / 1000)} ms, ${count} times`)
    .join('\n');
}
