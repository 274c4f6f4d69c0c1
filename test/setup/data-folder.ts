import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where files are kept in memory, on Linux. */
const memory = '/dev/shm';
/** So much must be free there, and of memory at all, for the test databases. */
const roomBytes = 6 * 1024 ** 3;
const prefix = 'rostergate-test-';

/** A new folder for the database of a test run: in memory where there is room, since tests make databases by the hundred. */
export async function dataFolder(): Promise<string> {
  const parent = (await hasRoom()) ? memory : tmpdir();
  await sweep(parent);
  return mkdtemp(join(parent, `${prefix}${process.pid}-`));
}

async function hasRoom(): Promise<boolean> {
  if (freemem() < roomBytes || !existsSync(memory)) return false;
  const { bavail, bsize } = await statfs(memory);
  return bavail * bsize >= roomBytes;
}

/** Removes what runs that were killed have left behind. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('-', 1)[0]) : Number.NaN;
    if (!Number.isNaN(pid) && !isAlive(pid)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
