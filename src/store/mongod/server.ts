import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../../base/result.ts';
import { failed, ok } from '../../base/result.ts';
import { isMongodOf, isRunning } from './process-table.ts';
import type { MongodProgram } from './program.ts';

/** Name of the embedded server's replica set. */
export const REPLICA_SET = 'rg';

const STOP_MS = 30_000;
const ANSWER_MS = 60_000;
const KEPT_LOGS = 3;

/**
 * How much of the cache may wait to be written, in percent. As it comes (5 and 20), a small cache has the pages of an import
 * written again and again while they fill, which costs more than all else; a checkpoint writes them every minute anyway.
 */
const EVICTION = 'eviction_dirty_target=40,eviction_dirty_trigger=60,eviction=(threads_min=1,threads_max=2)';

/** Where an embedded server works, and how. */
export interface ServerPlace {
  readonly program: MongodProgram;
  readonly dbPath: string;
  readonly socketPath: string;
  readonly logPath: string;
  /** Limit of WiredTiger's cache in GB. */
  readonly cacheGb: number;
}

/** A running `mongod` that this process started. */
export interface Server {
  readonly pid: number;
  /** Resolves once it has ended, with what it ended by. */
  readonly ended: Promise<string>;
  /** Asks it to end in order, waits, and kills it when it does not. */
  stop(): Promise<void>;
  /** Asks it to end in order, without waiting. */
  signal(): void;
}

/** Starts `mongod` and waits until its socket takes connections. Fails with its own words when it ends before that. */
export async function startServer(place: ServerPlace): Promise<Result<Server>> {
  const { dbPath, socketPath, logPath, cacheGb, program } = place;
  const log = openSync(logPath, 'a', 0o600);
  const began = statSync(logPath).size;
  const child = spawn(program.path, argumentsOf({ dbPath, socketPath, cacheGb }), {
    stdio: ['ignore', log, log],
    // A group of its own, so that Ctrl-C in a terminal reaches the gateway alone, which stops the server last.
    detached: true,
    cwd: '/',
  });
  closeSync(log);
  const ended = endOf(child);
  const waiting = new AbortController();
  const first = await Promise.race([socketAnswers(socketPath, waiting.signal), ended]);
  waiting.abort();
  const { pid } = child;
  if (first === true && pid !== undefined) {
    return ok({ pid, ended, stop: () => stopProcess(pid, ended), signal: () => void child.kill('SIGTERM') });
  }
  if (pid !== undefined) await stopProcess(pid, ended);
  const how = first === false ? `did not answer within ${ANSWER_MS / 1000} s` : String(first);
  return failed(
    'internal',
    `MongoDB ${program.version} did not start: ${reasonIn(logPath, began) ?? how}. Its log: ${logPath}`,
  );
}

function argumentsOf({
  dbPath,
  socketPath,
  cacheGb,
}: Pick<ServerPlace, 'dbPath' | 'socketPath' | 'cacheGb'>): string[] {
  const values = {
    dbpath: dbPath,
    replSet: REPLICA_SET,
    oplogSize: 512,
    // Only our socket: no TCP port, and (nounixsocket) no /tmp/mongodb-27017.sock that two servers would fight over.
    bind_ip: socketPath,
    filePermissions: '0700',
    networkMessageCompressors: 'disabled',
    wiredTigerCacheSizeGB: cacheGb,
    wiredTigerEngineConfigString: EVICTION,
    setParameter: 'diagnosticDataCollectionEnabled=false',
    // Slow operations are logged with their documents: people's names have no place in a log.
    slowms: 2_147_483_647,
  };
  return [
    '--nounixsocket',
    '--quiet',
    ...Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]),
  ];
}

/**
 * Ends a `mongod` that an earlier gateway left behind on this data folder, in order if it can. Answers its process
 * number, undefined when there was none.
 */
export async function stopOrphan(dbPath: string): Promise<number | undefined> {
  const pid = Number.parseInt(readTail(join(dbPath, 'mongod.lock'), 0), 10);
  if (!Number.isInteger(pid) || pid <= 1 || !isRunning(pid) || !isMongodOf(pid, dbPath)) return undefined;
  await stopProcess(pid, undefined);
  return pid;
}

/** Moves the log of the last start aside; three old ones are kept. */
export function rotateLog(logPath: string): void {
  const names = [logPath, ...Array.from({ length: KEPT_LOGS }, (_, index) => `${logPath}.${index + 1}`)];
  for (let index = names.length - 2; index >= 0; index -= 1) {
    const [from, to] = [names[index], names[index + 1]];
    if (from === undefined || to === undefined) continue;
    try {
      renameSync(from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`),
    );
  });
}

async function socketAnswers(path: string, given: AbortSignal): Promise<boolean> {
  for (const began = Date.now(); !given.aborted && Date.now() - began < ANSWER_MS; await sleep(20)) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(path, () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (connected) return true;
  }
  return false;
}

async function stopProcess(pid: number, ended: Promise<string> | undefined): Promise<void> {
  for (const [signal, patience] of [
    ['SIGTERM', STOP_MS],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!isRunning(pid)) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    if (ended !== undefined) await Promise.race([ended, sleep(patience, undefined, { ref: false })]);
    for (const began = Date.now(); isRunning(pid) && Date.now() - began < patience; ) await sleep(20);
  }
}

const knownFaults: readonly (readonly [RegExp, string])[] = [
  [
    /DBPathInUse|Unable to lock the lock file|Resource temporarily unavailable/,
    'another mongod is running on this data folder; stop it first',
  ],
  [/No space left on device|ENOSPC/, 'the disk is full'],
  [
    /featureCompatibilityVersion|incompatible with|UPGRADE PROBLEM/i,
    'the data was written by another version of MongoDB that this program cannot open',
  ],
  [/Permission denied|EACCES|IllegalOperation.*read-only/, 'this user may not write in the data folder'],
];

function reasonIn(logPath: string, from: number): string | undefined {
  const text = readTail(logPath, from);
  const bad = text.split('\n').filter((line) => !line.startsWith('{') || /"s":"[EF]"/.test(line));
  const known = knownFaults.find(([pattern]) => bad.some((line) => pattern.test(line)));
  if (known !== undefined) return known[1];
  const first = bad.find((line) => line.trim() !== '');
  return first?.slice(0, 300);
}

function readTail(path: string, from: number): string {
  try {
    return readFileSync(path).subarray(from).toString('utf8');
  } catch {
    return '';
  }
}
