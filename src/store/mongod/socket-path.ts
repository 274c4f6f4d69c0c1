import { lstatSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sha256 } from '../../base/ids.ts';
import type { Result } from '../../base/result.ts';
import { failed, ok } from '../../base/result.ts';
import type { Environment } from './program.ts';

/** Unix socket paths may have this many bytes. */
export const SOCKET_PATH_BYTES = 107;

/**
 * Where the socket of a data folder's server is: `<data folder>/mongod.sock`, or, when that is too long or holds
 * characters that MongoDB's host lists cannot carry, in a folder of `XDG_RUNTIME_DIR` or the temp folder that is named
 * by a hash of the data folder. `dataDir` must be absolute and free of symbolic links.
 */
export function socketPathOf(dataDir: string, env: Environment): string {
  const inside = join(dataDir, 'mongod.sock');
  if (fits(inside)) return inside;
  const folder = `rostergate-${sha256(dataDir).slice(0, 16)}`;
  const places = [env['XDG_RUNTIME_DIR'] ?? '', tmpdir(), '/tmp'];
  const paths = places.filter((place) => place.startsWith('/')).map((place) => join(place, folder, 'mongod.sock'));
  return paths.find(fits) ?? join('/tmp', folder, 'mongod.sock');
}

/** Makes the socket's folder, for this user alone. Fails when somebody else owns it or may write to it. */
export function prepareSocketFolder(path: string, dataDir: string): Result<undefined> {
  const folder = dirname(path);
  if (folder === dataDir) return ok(undefined);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(folder);
  const isDirectory = lstatSync(folder).isDirectory();
  if (isDirectory && uid === (process.getuid?.() ?? uid) && (mode & 0o077) === 0) return ok(undefined);
  return failed(
    'forbidden',
    `${folder} must be a folder that belongs to this user alone (mode 0700). Remove it, or use a shorter DATA_DIR.`,
  );
}

/** Removes the socket, and its folder when that is not the data folder. */
export function removeSocket(path: string, dataDir: string): void {
  if (dirname(path) === dataDir) rmSync(path, { force: true });
  else rmSync(dirname(path), { force: true, recursive: true });
}

/** Where clients connect to a server on a Unix socket: that one server, whatever name its replica set knows it by. */
export function socketUri(path: string, database: string): string {
  return `mongodb://${encodeURIComponent(path)}/${database}?directConnection=true`;
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= SOCKET_PATH_BYTES && /^[\w./-]+$/.test(path);
}
