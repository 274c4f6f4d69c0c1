import mongoose from 'mongoose';
import type { Result } from '../../base/result.ts';
import { failed, ok } from '../../base/result.ts';

const remedy =
  'Transactions need a replica set: start mongod with --replSet rs0 and run rs.initiate() once, or leave MONGODB_URI unset for the embedded server.';

/** Connects to `MONGODB_URI` once and refuses a server that cannot do transactions. Never repeats the address, which holds a password. */
export async function checkExternal(uri: string): Promise<Result<{ readonly version: string }>> {
  let client: InstanceType<typeof mongoose.mongo.MongoClient>;
  try {
    const patience = /[?&]serverSelectionTimeoutMS=/i.test(uri) ? {} : { serverSelectionTimeoutMS: 10_000 };
    client = new mongoose.mongo.MongoClient(uri, patience);
  } catch (error) {
    return failed('invalid-request', `MONGODB_URI is no MongoDB address: ${textOf(error)}`);
  }
  try {
    const admin = client.db('admin');
    const hello = await admin.command({ hello: 1 });
    const isReplicaSet = typeof hello['setName'] === 'string' || hello['msg'] === 'isdbgrid';
    if (!isReplicaSet) return failed('unsupported-operation', `The server behind MONGODB_URI stands alone. ${remedy}`);
    const build = await admin.command({ buildInfo: 1 });
    return ok({ version: String(build['version']) });
  } catch (error) {
    return failed('busy', `The server behind MONGODB_URI cannot be used: ${textOf(error)}`);
  } finally {
    await client.close();
  }
}

/** Name of the database in an address, else `rostergate`. */
export function databaseIn(uri: string): string {
  const path = /^mongodb(?:\+srv)?:\/\/[^/?]+\/([^?]*)/.exec(uri)?.[1] ?? '';
  return path === '' ? 'rostergate' : decodeURIComponent(path);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\/\/[^@/\s]*@/g, '//') : String(error);
}
