import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { failed, ok, type Result } from '../base/result.ts';

/** A file to be imported. */
export interface LocalFile {
  readonly name: string;
  /** Bytes; undefined where nobody knows before the end. */
  readonly size: number | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Lets go of it, whether it was read or not. */
  close(): void;
}

/** Opens a file, or standard input for `-`, which has the name that is given. */
export async function openLocalFile(
  path: string,
  stdin: Readable,
  stdinName = 'stdin.xml',
): Promise<Result<LocalFile>> {
  if (path === '-') return ok({ name: stdinName, size: undefined, bytes: stdin, close: () => undefined });
  try {
    const handle = await open(path, 'r');
    const facts = await handle.stat();
    if (facts.isDirectory()) {
      await handle.close();
      return failed('invalid-request', `${path} is a folder; name the file in it.`);
    }
    const bytes = handle.createReadStream({ highWaterMark: 1_048_576 });
    return ok({
      name: basename(path),
      size: facts.isFile() ? facts.size : undefined,
      bytes,
      close: () => bytes.destroy(),
    });
  } catch (error) {
    return failed('invalid-request', whyNot(path, error));
  }
}

/** Writes a text to a file, in place of what is there; only this user may read it. */
export async function saveText(path: string, text: AsyncIterable<string>): Promise<Result<object>> {
  try {
    await pipeline(Readable.from(text, { objectMode: false }), createWriteStream(path, { mode: 0o600 }));
    return ok({});
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return failed('invalid-request', `${path} cannot be written: ${code}.`);
  }
}

function whyNot(path: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `There is no file ${path}; see the path, or use - for standard input.`;
  if (code === 'EACCES') return `${path} may not be read by this user.`;
  return `${path} cannot be opened: ${code ?? String(error)}.`;
}

/** The same bytes; tells how many have passed. */
export async function* metered(
  bytes: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const chunk of bytes) {
    count += chunk.length;
    onBytes(count);
    yield chunk;
  }
}
