import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { watchLines } from '../../setup/watched-log.ts';

const root = new URL('../../..', import.meta.url);

/** A gateway in a process of its own, whose clock the test moves. */
export interface WeekGateway {
  readonly base: string;
  /** Moves its clock; resolves when it has heard. */
  at(instant: string): Promise<void>;
  /** Freezes it, as a machine that hangs. */
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
  /** Stops it in order, if it lives, and removes its data. */
  remove(): Promise<void>;
}

/** Starts a built gateway on a database that others use too; resolves when it answers. */
export async function startWeekGateway(env: Readonly<Record<string, string>>): Promise<WeekGateway> {
  const dataDir = await mkdtemp(join(tmpdir(), 'rostergate-week-'));
  const child = spawn(process.execPath, ['test/journeys/week/gateway.js'], {
    cwd: root,
    env: { ...process.env, ...env, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  /** The rest of the next line that begins so; the lines between are its log's. */
  const line = async (begin: string): Promise<string> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the gateway ended: ${said}`);
      watchLines(String(value));
      if (String(value).startsWith(begin)) return String(value).slice(begin.length);
    }
  };
  const base = (await line('running on ')).replace(/\/\/[^:/]+:/, '//127.0.0.1:');
  return {
    base,
    async at(instant) {
      child.stdin.write(`${instant}\n`);
      await line('at ');
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill: () => ended(child, 'SIGKILL'),
    async remove() {
      await ended(child, 'SIGTERM');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}
