import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { CsvError, toUtf8 } from '../../wire/index.ts';

/** Bytes at the beginning in which a zero byte tells that the file is no text. */
const looked = 65_536;

/** Writes a file to `path` in UTF-8, and gives each piece to `take` on the way. Throws a {@link CsvError} for what is no text. */
export async function putAside(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  take: (piece: Buffer) => void,
  repaired: (text: string) => void,
): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600 });
  // What went wrong is met by the next write or the end.
  file.on('error', () => undefined);
  let length = 0;
  try {
    for await (const chunk of toUtf8(bytes, repaired)) {
      // A copy, for whoever gave it may use it again before it is written.
      const piece = Buffer.from(chunk);
      if (length < looked && piece.subarray(0, looked - length).includes(0)) {
        throw new CsvError('unreadable-input', 'the file is no text: it holds zero bytes; send a list as CSV', 1);
      }
      length += piece.length;
      take(piece);
      if (file.errored !== null) throw file.errored;
      if (!file.write(piece)) await once(file, 'drain');
    }
    file.end();
    await finished(file);
  } finally {
    file.destroy();
  }
}
