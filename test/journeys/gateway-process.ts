import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testMongod } from '../setup/database.ts';
import { watchLines } from '../setup/watched-log.ts';

const root = new URL('../..', import.meta.url);

/** What a command printed and how it ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A gateway as `npm start` runs it, in a process and a data folder of its own. */
export interface GatewayProcess {
  readonly base: string;
  readonly pid: number;
  readonly dataDir: string;
  readonly printed: () => string;
  /** Runs the command line against it. */
  cli(...args: string[]): Promise<Ended>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
  /** Starts again on the same data. */
  again(): Promise<GatewayProcess>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

/** The first tenant's names in tests. */
export const first = { tenant: 'birch', user: 'sis', password: 'tour-secret' } as const;

/** Starts the built gateway with an embedded MongoDB; resolves when it answers. */
export async function startGatewayProcess(dataDir?: string): Promise<GatewayProcess> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'rostergate-journey-')));
  const env = {
    ...process.env,
    PORT: '0',
    DATA_DIR: folder,
    BOOTSTRAP_TENANT: first.tenant,
    BOOTSTRAP_USER: first.user,
    BOOTSTRAP_PASSWORD: first.password,
    MONGOMS_SYSTEM_BINARY: testMongod(),
    LOG_LEVEL: 'warn',
  };
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/main.js'], { cwd: root, env, stdio: 'pipe' });
  let printed = '';
  const address = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      printed += chunk.toString('utf8');
      watchLines(chunk.toString('utf8'));
      const found = /running on (http:\S+)/.exec(printed)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${printed}`)));
  });
  const base = address.replace(/\/\/[^:/]+:/, '//127.0.0.1:');
  const kill = (signal: NodeJS.Signals) => ended(child, signal);
  return {
    base,
    pid: child.pid ?? 0,
    dataDir: folder,
    printed: () => printed,
    cli: (...args) => runCli({ ...env, ROSTERGATE_URL: base }, args),
    kill,
    again: () => startGatewayProcess(folder),
    async remove() {
      await kill('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.kill(signal);
  });
}

function runCli(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['dist/cli/bin.js', ...args], { cwd: root, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}
