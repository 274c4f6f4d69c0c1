import { TextDecoder } from 'node:util';
import { CsvError } from './error.ts';

/**
 * Takes away the byte-order mark of UTF-8 and turns UTF-16 (by its mark, or by a zero byte beside the first letter) into
 * UTF-8, which is told once; all else goes through as it is. UTF-16 that is none throws a {@link CsvError}.
 */
export async function* toUtf8(
  bytes: AsyncIterable<Uint8Array>,
  repaired: (text: string) => void,
): AsyncGenerator<Uint8Array> {
  let head: Buffer | undefined = Buffer.alloc(0);
  let decoder: TextDecoder | undefined;
  const decode = (chunk: Uint8Array | undefined): Buffer => {
    try {
      return Buffer.from(
        chunk === undefined ? (decoder?.decode() ?? '') : (decoder?.decode(chunk, { stream: true }) ?? ''),
      );
    } catch {
      throw new CsvError('unreadable-input', 'the file begins as UTF-16 and holds bytes that are none', 1);
    }
  };
  const begin = (first: Buffer): Uint8Array => {
    head = undefined;
    if (first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf) return first.subarray(3);
    const little = (first[0] === 0xff && first[1] === 0xfe) || (first[0] !== 0 && first[1] === 0 && first.length > 1);
    const big = (first[0] === 0xfe && first[1] === 0xff) || (first[0] === 0 && first[1] !== 0 && first.length > 1);
    if (!little && !big) return first;
    decoder = new TextDecoder(little ? 'utf-16le' : 'utf-16be', { fatal: true });
    repaired('is UTF-16; it must be UTF-8');
    return decode(first);
  };
  for await (const chunk of bytes) {
    if (head !== undefined) {
      head = Buffer.concat([head, chunk]);
      if (head.length >= 4) yield begin(head);
    } else yield decoder === undefined ? chunk : decode(chunk);
  }
  if (head !== undefined) yield begin(head);
  if (decoder !== undefined) yield decode(undefined);
}
