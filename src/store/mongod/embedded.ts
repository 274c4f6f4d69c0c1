import { accessSync, constants, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { failed, ok } from '../../base/result.ts';
import { readDataVersion, writeDataVersion } from './data-version.ts';
import { findMongod } from './find.ts';
import type { Holder } from './folder-lock.ts';
import { takeFolder } from './folder-lock.ts';
import type { Environment, Progress } from './program.ts';
import type { ReplicaSetReady } from './replica-set.ts';
import { readyReplicaSet } from './replica-set.ts';
import type { Server, ServerPlace } from './server.ts';
import { rotateLog, startServer, stopOrphan } from './server.ts';
import { prepareSocketFolder, removeSocket, socketPathOf, socketUri } from './socket-path.ts';

/** What an embedded server needs. */
export interface EmbeddedOptions {
  /** The data folder; made when missing. MongoDB's files are in its `db`. */
  readonly dataDir: string;
  readonly cacheGb: number;
  readonly env: Environment;
  readonly progress: Progress;
  readonly log: Log;
  readonly holder: Holder;
  /** Called once when the server ended and could not be brought back. */
  readonly onLost: (reason: string) => void;
}

/** An embedded server that is primary of its own replica set. */
export interface Embedded {
  readonly uri: string;
  readonly version: string;
  /** Stops the server in order and gives the data folder back. */
  close(): Promise<void>;
}

/** Pauses before each attempt to bring a dead server back; after the last the server counts as lost. */
const RESTART_PAUSES = [0, 500, 2_000, 5_000, 10_000];

/**
 * Runs `mongod` as a single-node replica set on a Unix socket. Stops a server that an earlier gateway left behind, puts
 * a moved folder's replica set right, and starts the server again when it dies.
 */
export async function openEmbedded(options: EmbeddedOptions, database: string): Promise<Result<Embedded>> {
  if (process.platform === 'win32') {
    return failed(
      'unsupported-operation',
      'The embedded MongoDB needs Linux or macOS. Set MONGODB_URI to a replica set.',
    );
  }
  const folder = makeFolder(options.dataDir);
  if (!folder.ok) return folder;
  const dataDir = folder.value;
  const lock = takeFolder(dataDir, options.holder);
  if (!lock.ok) return lock;
  const started = await start(options, dataDir);
  if (!started.ok) {
    lock.value.release();
    return started;
  }
  const { place, server } = started.value;
  const keeper = keepAlive(place, server, options);
  return ok({
    uri: socketUri(place.socketPath, database),
    version: place.program.version,
    close: async () => {
      await keeper.stop();
      removeSocket(place.socketPath, dataDir);
      lock.value.release();
    },
  });
}

function makeFolder(path: string): Result<string> {
  try {
    mkdirSync(join(path, 'db'), { recursive: true, mode: 0o700 });
    accessSync(path, constants.W_OK);
    return ok(realpathSync(path));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return failed('internal', `The data folder (DATA_DIR) cannot be used: ${text}`);
  }
}

async function start(
  options: EmbeddedOptions,
  dataDir: string,
): Promise<Result<{ place: ServerPlace; server: Server }>> {
  try {
    const place = await placeFor(options, dataDir);
    if (!place.ok) return place;
    const server = await firstStart(place.value, dataDir, options);
    return server.ok ? ok({ place: place.value, server: server.value }) : server;
  } catch (error) {
    return failed(
      'internal',
      `The embedded MongoDB could not be started: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function placeFor(options: EmbeddedOptions, dataDir: string): Promise<Result<ServerPlace>> {
  const { env, progress, cacheGb } = options;
  const data = await readDataVersion(dataDir);
  const compatibility = data === undefined ? {} : { compatibility: data.compatibility };
  const program = await findMongod({ env, progress, ...compatibility });
  if (!program.ok) return program;
  const socketPath = socketPathOf(dataDir, env);
  const prepared = prepareSocketFolder(socketPath, dataDir);
  if (!prepared.ok) return prepared;
  const paths = { dbPath: join(dataDir, 'db'), logPath: join(dataDir, 'mongod.log'), socketPath };
  return ok({ program: program.value, cacheGb, ...paths });
}

async function firstStart(place: ServerPlace, dataDir: string, { log }: EmbeddedOptions): Promise<Result<Server>> {
  const orphan = await stopOrphan(place.dbPath);
  if (orphan !== undefined) log.warn({ pid: orphan }, 'stopped a mongod that an earlier gateway left behind');
  rotateLog(place.logPath);
  const started = await startPrimary(place);
  if (!started.ok) return started;
  const { server, ready } = started.value;
  await writeDataVersion(dataDir, { program: place.program.version, compatibility: ready.compatibility });
  const { version, source } = place.program;
  log.info({ pid: server.pid, version, source, replicaSet: ready.how }, 'embedded MongoDB is running');
  return ok(server);
}

async function startPrimary(place: ServerPlace): Promise<Result<{ server: Server; ready: ReplicaSetReady }>> {
  const server = await startServer(place);
  if (!server.ok) return server;
  const ready = await readyReplicaSet(place.socketPath, place.program.version);
  if (ready.ok) return ok({ server: server.value, ready: ready.value });
  await server.value.stop();
  return ready;
}

/** Watches a server, brings it back when it dies, and stops it with this process even when nobody closed it. */
function keepAlive(place: ServerPlace, first: Server, { log, onLost }: EmbeddedOptions): { stop(): Promise<void> } {
  let server: Server | undefined = first;
  const closing = new AbortController();
  const onExit = () => server?.signal();
  process.once('exit', onExit);
  const bringBack = async (): Promise<string | undefined> => {
    let reason = '';
    for (const pause of RESTART_PAUSES) {
      await sleep(pause, undefined, { signal: closing.signal }).catch(() => undefined);
      if (closing.signal.aborted) return undefined;
      const again = await startPrimary(place);
      if (again.ok) {
        server = again.value.server;
        log.warn({ pid: server.pid }, 'embedded MongoDB is running again');
        return undefined;
      }
      reason = again.problem.text;
      log.error({ reason }, 'embedded MongoDB could not be started again');
    }
    return reason;
  };
  const watch = async () => {
    while (server !== undefined) {
      const reason = await server.ended;
      server = undefined;
      if (closing.signal.aborted) return;
      log.error({ reason }, 'embedded MongoDB ended; starting it again');
      const lost = await bringBack();
      if (lost !== undefined) onLost(lost);
    }
  };
  const watching = watch();
  return {
    stop: async () => {
      closing.abort();
      await server?.stop();
      await watching;
      await server?.stop();
      process.removeListener('exit', onExit);
    },
  };
}
