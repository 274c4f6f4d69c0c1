import type { Feed } from '../types.ts';

/** How a ZIP archive begins: with a file, or with its end where it is empty. */
const zipStarts = ['504b0304', '504b0506'];

/** The first bytes, and all of them. */
export async function peek(
  bytes: AsyncIterable<Uint8Array>,
  count: number,
): Promise<{ first: Uint8Array; all: AsyncGenerator<Uint8Array> }> {
  const source = bytes[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  let length = 0;
  while (length < count) {
    const { value, done } = await source.next();
    if (done === true) break;
    read.push(value);
    length += value.length;
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* read.splice(0);
      for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
    } finally {
      await source.return?.();
    }
  }
  return { first: Buffer.concat(read).subarray(0, count), all: all() };
}

/** The protocol of a new feed, by its first file. */
export function protocolOf(first: Uint8Array): Feed['protocol'] {
  const start = Buffer.from(first.subarray(0, 4)).toString('hex');
  return zipStarts.includes(start) ? 'oneroster-csv' : 'ims-enterprise-xml';
}
