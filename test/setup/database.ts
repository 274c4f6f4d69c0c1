import mongoose from 'mongoose';
import { randomId } from '../../src/base/ids.ts';

/** A database of its own in the replica set of the test run. */
export interface TestDatabase {
  /** Address that names this database. */
  readonly uri: string;
  readonly name: string;
  readonly connection: mongoose.Connection;
  readonly client: InstanceType<typeof mongoose.mongo.MongoClient>;
  /** Drops the database and closes the connection. */
  close(): Promise<void>;
}

/** Makes a fresh database. Never empty one and fill it again with the same keys: that is 13 times slower. */
export async function testDatabase(): Promise<TestDatabase> {
  const name = `t${process.env['JEST_WORKER_ID'] ?? '0'}_${process.pid}_${randomId().replace(/-/g, '_')}`;
  const uri = testUri(name);
  const connection = await mongoose.createConnection(uri, { autoIndex: false, autoCreate: false }).asPromise();
  const close = async () => {
    await connection.dropDatabase();
    await connection.destroy();
  };
  return { uri, name, connection, client: connection.getClient(), close };
}

/** Address of a database in the replica set of the test run. */
export function testUri(name: string): string {
  const base = process.env['ROSTERGATE_TEST_MONGODB'];
  if (base === undefined) throw new Error('start-mongod.ts has not run');
  const url = new URL(base);
  url.pathname = `/${name}`;
  // What the tests' stores send is watched (watch-commands.ts).
  url.searchParams.set('monitorCommands', 'true');
  return url.href;
}

/** Path of the MongoDB program that the test run uses. */
export function testMongod(): string {
  const path = process.env['ROSTERGATE_TEST_MONGOD'];
  if (path === undefined) throw new Error('start-mongod.ts has not run');
  return path;
}
