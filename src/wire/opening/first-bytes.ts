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

/** What a file is wrapped in, by its first bytes. */
export type Wrapping = 'gzip' | 'zip' | 'pgp';

/** Bytes that {@link wrappingOf} looks at. */
export const signatureBytes = 64;

/** What a file that begins so is wrapped in; undefined: nothing. */
export function wrappingOf(first: Uint8Array): Wrapping | undefined {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = first;
  if (a === 0x1f && b === 0x8b && c === 8) return 'gzip';
  // A zip package begins with a file, or with its end where it is empty.
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'zip';
  const armor = Buffer.from(first).toString('latin1').trimStart().startsWith('-----BEGIN PGP MESSAGE-----');
  // OpenPGP (RFC 9580, section 4.2): a session key for somebody's key of version 3 or 6, in the old or the new format.
  const version = a === 0x84 || a === 0xc1 ? c : a === 0x85 ? d : a === 0x86 ? first[5] : undefined;
  const long = a === 0xc1 && b >= 192 && b < 224 ? d : undefined;
  const isKey = (value: number | undefined) => value === 3 || value === 6;
  return armor || isKey(version) || isKey(long) || (a === 0xc1 && b === 255 && isKey(first[6] ?? e))
    ? 'pgp'
    : undefined;
}
