import { setTimeout as sleep } from 'node:timers/promises';
import mongoose from 'mongoose';
import type { Result } from '../../base/result.ts';
import { failed, ok } from '../../base/result.ts';
import { seriesOf } from './program.ts';
import { REPLICA_SET } from './server.ts';
import { socketUri } from './socket-path.ts';

const PRIMARY_MS = 60_000;

type Client = InstanceType<typeof mongoose.mongo.MongoClient>;

/** What became of the replica set at a start: `made` for the first time, `moved` to a new socket, or `kept`. */
export interface ReplicaSetReady {
  readonly how: 'made' | 'moved' | 'kept';
  /** Compatibility version of the data, such as `8.0`; raised to the program's when it was older. */
  readonly compatibility: string;
}

/** Makes the server on this socket the primary of its own replica set, whatever it was before, and waits for that. */
export async function readyReplicaSet(socketPath: string, version: string): Promise<Result<ReplicaSetReady>> {
  const client = new mongoose.mongo.MongoClient(socketUri(socketPath, ''), {
    serverSelectionTimeoutMS: PRIMARY_MS,
    readPreference: 'primaryPreferred',
  });
  try {
    const how = await placeMember(client, socketPath);
    if (!how.ok) return how;
    if (!(await isPrimary(client)))
      return failed('internal', `MongoDB did not become primary within ${PRIMARY_MS / 1000} s`);
    return ok({ how: how.value, compatibility: await raiseCompatibility(client, version) });
  } catch (error) {
    return failed('internal', `MongoDB could not be set up: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await client.close();
  }
}

interface SetConfig {
  readonly _id: string;
  readonly version: number;
  readonly members: readonly { readonly _id: number; readonly host: string }[];
}

async function placeMember(client: Client, socketPath: string): Promise<Result<ReplicaSetReady['how']>> {
  const admin = client.db('admin');
  const config = await client.db('local').collection('system.replset').findOne<SetConfig>({});
  if (config === null) {
    const members = [{ _id: 0, host: socketPath }];
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members } });
    return ok('made');
  }
  const [member, ...others] = config.members;
  if (config._id !== REPLICA_SET || member === undefined || others.length > 0) {
    const remedy = 'Run it with MongoDB itself and set MONGODB_URI.';
    return failed(
      'conflict',
      `The data folder belongs to the replica set "${config._id}" of several servers. ${remedy}`,
    );
  }
  if (member.host === socketPath) return ok('kept');
  const moved = { ...config, version: config.version + 1, members: [{ ...member, host: socketPath }] };
  await admin.command({ replSetReconfig: moved, force: true });
  return ok('moved');
}

async function isPrimary(client: Client): Promise<boolean> {
  for (const began = Date.now(); Date.now() - began < PRIMARY_MS; await sleep(20)) {
    const hello = await client.db('admin').command({ hello: 1 });
    if (hello['isWritablePrimary'] === true) return true;
  }
  return false;
}

/** Without this a folder would never leave its first version, and programs two versions on could not open it. */
async function raiseCompatibility(client: Client, version: string): Promise<string> {
  const admin = client.db('admin');
  const { featureCompatibilityVersion } = await admin.command({ getParameter: 1, featureCompatibilityVersion: 1 });
  const current: unknown = featureCompatibilityVersion?.version;
  const [major, minor] = seriesOf(version);
  const wanted = `${major}.${minor}`;
  if (current === wanted) return wanted;
  await admin.command({ setFeatureCompatibilityVersion: wanted, ...(major >= 7 ? { confirm: true } : {}) });
  return wanted;
}
