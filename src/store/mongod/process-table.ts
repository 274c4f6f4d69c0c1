import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Whether a process with this number is running (and no zombie); a process of another user counts. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return statOf(pid)?.state !== 'Z';
}

/**
 * When a process was started, as a text that is equal only for the same process: a process number used again after
 * a restart of the machine or later gives another text. Undefined when there is no such process.
 */
export function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return ps(pid, 'lstart=');
  const ticks = statOf(pid)?.start;
  if (ticks === undefined) return undefined;
  return `${read('/proc/sys/kernel/random/boot_id').trim()} ${ticks}`;
}

/** Whether a process is a `mongod` at work on this data folder, even when the folder was moved under it. */
export function isMongodOf(pid: number, dbPath: string): boolean {
  if (process.platform !== 'linux') return (ps(pid, 'command=') ?? '').includes(`--dbpath ${dbPath} `);
  const words = read(`/proc/${pid}/cmdline`).split('\0');
  if (!words.includes('--dbpath')) return false;
  return words.includes(dbPath) || openFiles(pid).includes(`${dbPath}/mongod.lock`);
}

function statOf(pid: number): { state: string; start: string } | undefined {
  if (process.platform !== 'linux') return undefined;
  const text = read(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return state === undefined || start === undefined ? undefined : { state, start };
}

function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlink(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

function readlink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function ps(pid: number, column: string): string | undefined {
  try {
    const text = execFileSync('ps', ['-ww', '-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}
