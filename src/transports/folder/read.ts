import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { problem } from '../../base/problem.ts';
import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import { lettingGo } from '../let-go.ts';
import { ArrivalBroken } from '../types.ts';
import { versionOf } from './version.ts';

/** Bytes that are read at once. */
const chunkBytes = 262_144;

/**
 * Opens a file of a folder that is still the one that was seen: never through a link, never a pipe or device that would keep
 * the reader waiting. What changes while it is read throws {@link ArrivalBroken}.
 */
export async function openFile(
  folder: string,
  name: string,
  version: string,
  signal: AbortSignal,
): Promise<Result<AsyncIterable<Uint8Array>>> {
  const path = join(folder, name);
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    return cannotOpen((error as NodeJS.ErrnoException).code);
  }
  const stats = await file.stat({ bigint: true });
  if (!stats.isFile() || versionOf(stats) !== version || !(await liesAt(path, stats.ino, stats.dev))) {
    await file.close();
    return failed('busy', 'The file has changed since it was seen; it is looked at again.');
  }
  return ok(lettingGo(bytesOf(file, version, signal), () => file.close()));
}

/** Whether the opened file is what the path names without a link on the way, in the folder that it should lie in. */
async function liesAt(path: string, ino: bigint, dev: bigint): Promise<boolean> {
  const found = await realpath(path).catch(() => undefined);
  if (found !== path) return false;
  const there = await stat(path, { bigint: true }).catch(() => undefined);
  return there?.ino === ino && there.dev === dev;
}

function cannotOpen(code: string | undefined): Failed {
  if (code === 'EACCES' || code === 'EPERM') {
    return failed('conflict', 'The gateway may not read the file; give it leave, it is tried again.');
  }
  return failed('busy', 'The file has gone or has become a link since it was seen.');
}

async function* bytesOf(file: FileHandle, version: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes);
      if (bytesRead === 0) break;
      yield buffer.subarray(0, bytesRead);
    }
    if (versionOf(await file.stat({ bigint: true })) !== version) {
      throw new ArrivalBroken(problem('busy', 'The file was changed while it was read; it is looked at again.'));
    }
  } finally {
    await file.close();
  }
}
