import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { randomId } from '../../base/ids.ts';
import type { Result } from '../../base/result.ts';
import { failed, ok } from '../../base/result.ts';
import { isRunning, startOf } from './process-table.ts';

/** Who may hold a data folder: the gateway, or a command that works on the database itself. */
export type Holder = 'gateway' | 'command';

/** What the lock file of a data folder says. */
export interface LockEntry {
  readonly pid: number;
  /** When the process started, see `startOf`. */
  readonly start: string;
  readonly host: string;
  readonly holder: Holder;
}

/** A data folder taken by this process. */
export interface FolderLock {
  /** Gives the folder back; does nothing when somebody else holds it meanwhile. */
  release(): void;
}

const fileOf = (dataDir: string) => join(dataDir, 'gateway.lock');

/**
 * Takes a data folder for this process. Fails with code `conflict` when a living process holds it; the lock of a
 * dead process, of a process number used again, or of an earlier boot counts for nothing.
 */
export function takeFolder(dataDir: string, holder: Holder): Result<FolderLock> {
  const entry: LockEntry = { pid: process.pid, start: startOf(process.pid) ?? '', host: hostname(), holder };
  const mine = `${fileOf(dataDir)}.${randomId()}`;
  const text = JSON.stringify(entry);
  writeFileSync(mine, text, { mode: 0o600 });
  try {
    for (;;) {
      if (linked(mine, fileOf(dataDir))) return ok({ release: () => release(dataDir, text) });
      const found = readText(fileOf(dataDir));
      if (found === undefined) continue;
      const other = decode(found);
      if (other !== undefined && isAlive(other)) return failed('conflict', inUse(dataDir, other));
      setAside(fileOf(dataDir), found);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** The living process that holds a data folder, if one does. */
export function holderOf(dataDir: string): LockEntry | undefined {
  const entry = decode(readText(fileOf(dataDir)) ?? '');
  return entry !== undefined && isAlive(entry) ? entry : undefined;
}

function isAlive(entry: LockEntry): boolean {
  return isRunning(entry.pid) && startOf(entry.pid) === entry.start;
}

function inUse(dataDir: string, { pid, holder }: LockEntry): string {
  const who = holder === 'gateway' ? 'Another gateway' : 'A rostergate command';
  const remedy =
    'Stop it first, or give this one a DATA_DIR of its own (or a MONGODB_URI, which many gateways may share).';
  return `${who} (process ${pid}) is running on the data folder ${dataDir}. ${remedy}`;
}

/** Moves a stale lock away; puts it back when another process was quicker and it is no longer the one we read. */
function setAside(file: string, stale: string): void {
  const aside = `${file}.${randomId()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (readText(aside) !== stale) linked(aside, file);
  rmSync(aside, { force: true });
}

function release(dataDir: string, mine: string): void {
  if (readText(fileOf(dataDir)) === mine) unlinkSync(fileOf(dataDir));
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function decode(text: string): LockEntry | undefined {
  try {
    const { pid, start, host, holder } = JSON.parse(text) as Partial<Record<keyof LockEntry, unknown>>;
    if (typeof pid !== 'number' || typeof start !== 'string' || typeof host !== 'string') return undefined;
    return { pid, start, host, holder: holder === 'command' ? 'command' : 'gateway' };
  } catch {
    return undefined;
  }
}
