import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { testMongod } from '../../setup/database.ts';

/** What `hold-database.ts` prints. */
export type Outcome =
  | { readonly ok: true; readonly uri: string; readonly version: string; readonly marks: number }
  | { readonly ok: false; readonly code: string; readonly text: string };

/** A process that holds a data folder. */
export interface HolderProcess {
  readonly outcome: Outcome;
  /** Sends a signal and waits for its end; answers the exit code. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** Starts processes on data folders of its own and leaves none behind. */
export function makeHolders() {
  const root = mkdtempSync(join(tmpdir(), 'rg-'));
  const children = new Set<ChildProcess>();
  const folders = new Set<string>();
  return {
    /** A path below this test's folder. */
    path: (name: string) => join(root, name),
    start: async (dataDir: string): Promise<HolderProcess> => {
      folders.add(dataDir);
      const script = new URL('hold-database.ts', import.meta.url).pathname;
      const env = { ...process.env, MONGOMS_SYSTEM_BINARY: testMongod(), NODE_OPTIONS: '' };
      const child = spawn(process.execPath, ['--import', 'tsx', script, dataDir], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.add(child);
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
      const outcome = JSON.parse(await firstLine(child)) as Outcome;
      return {
        outcome,
        end: (signal) => {
          child.kill(signal);
          return ended;
        },
      };
    },
    /** Kills every process and server that is left, and removes the folders. */
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      for (const folder of folders) killServer(folder);
      await sleep(100);
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Process number of the server on a data folder, from MongoDB's own lock file. */
export function serverPid(dataDir: string): number {
  const file = join(dataDir, 'db', 'mongod.lock');
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : Number.NaN;
}

/** `kill -9` of the server on a data folder. */
export function killServer(dataDir: string): void {
  const pid = serverPid(dataDir);
  if (!(pid > 1)) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Waits until something is true, for at most 30 seconds. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (const began = Date.now(); Date.now() - began < 30_000; await sleep(50)) if (await isTrue()) return;
  throw new Error('it did not become true within 30 seconds');
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.once('exit', (code) => reject(new Error(`ended with code ${code} before it said anything`)));
  });
}
