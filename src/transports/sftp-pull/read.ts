import { problem } from '../../base/problem.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import { lettingGo } from '../let-go.ts';
import { ArrivalBroken } from '../types.ts';
import { isStill, type RemoteFile } from './files.ts';
import type { Remote } from './remote.ts';
import { RemoteFailed } from './remote-failed.ts';

/** Bytes of one request, which every server answers in full, and requests that are on their way at once. */
const pieceBytes = 32_768;
const ahead = 32;

/** Opens a file that is still the one that was seen. What changes while it is read throws {@link ArrivalBroken}. */
export async function openFile(
  remote: Remote,
  file: RemoteFile,
  wholeMs: number,
  signal: AbortSignal,
): Promise<Result<AsyncIterable<Uint8Array>>> {
  try {
    const handle = await remote.open(file.path);
    if (isStill(file, await remote.statOf(handle))) {
      const pieces = piecesOf(remote, handle, file, wholeMs, signal);
      return ok(lettingGo(pieces, () => remote.shut(handle).catch(() => undefined)));
    }
    await remote.shut(handle);
    return failed('busy', changed);
  } catch (error) {
    if (error instanceof RemoteFailed) return { ok: false, problem: error.problem };
    throw error;
  }
}

async function* piecesOf(
  remote: Remote,
  handle: Buffer,
  file: RemoteFile,
  wholeMs: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const stop = () => remote.close();
  const timer = setTimeout(stop, wholeMs).unref();
  signal.addEventListener('abort', stop);
  const asked: Promise<Buffer>[] = [];
  try {
    signal.throwIfAborted();
    let position = 0;
    const more = () => {
      const bytes = Math.min(pieceBytes, file.bytes - position);
      if (bytes <= 0 || asked.length >= ahead) return false;
      const piece = readAll(remote, handle, position, bytes);
      // Nobody waits for those that come after one that fails.
      piece.catch(() => undefined);
      asked.push(piece);
      position += bytes;
      return true;
    };
    for (;;) {
      while (more());
      const piece = await asked.shift();
      if (piece === undefined) break;
      yield piece;
    }
    // By the path: a file that was renamed onto it is another one.
    const isSame = isStill(file, await remote.statOf(handle)) && isStill(file, await remote.stat(file.path));
    if (!isSame) throw new ArrivalBroken(problem('busy', changed));
  } catch (error) {
    if (error instanceof RemoteFailed) throw new ArrivalBroken({ ...error.problem, code: 'busy' });
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    await remote.shut(handle).catch(() => undefined);
  }
}

/** So many bytes from a place; one that ends before was cut off. */
async function readAll(remote: Remote, handle: Buffer, position: number, bytes: number): Promise<Buffer> {
  const first = await remote.read(handle, position, bytes);
  if (first.length === bytes) return first;
  const parts = [first];
  let got = first.length;
  for (let part = first; got < bytes && part.length > 0; got += part.length) {
    part = await remote.read(handle, position + got, bytes - got);
    parts.push(part);
  }
  if (got < bytes) throw new ArrivalBroken(problem('busy', changed));
  return Buffer.concat(parts);
}

const changed = 'The file was changed while it was read; it is looked at again.';
