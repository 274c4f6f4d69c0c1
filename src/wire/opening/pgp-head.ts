import { OpeningError } from './error.ts';

/** Bytes of a line of ASCII armor, and of the packets before what is enciphered: the library keeps both in memory. */
const most = 1024 ** 2;

/** Bytes of ASCII armor; a line without an end is an {@link OpeningError}. */
export async function* shortLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const lineEnd = 0x0a;
  let line = 0;
  for await (const chunk of bytes) {
    const last = chunk.lastIndexOf(lineEnd);
    const first = last < 0 ? chunk.length : chunk.indexOf(lineEnd);
    if (line + first > most) throw tooLong('a line of its ASCII armor');
    line = last < 0 ? line + chunk.length : chunk.length - last - 1;
    yield chunk;
  }
}

/** Bytes of an OpenPGP message; more than the keys of a session before what is enciphered is an {@link OpeningError}. */
export async function* shortHead(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let header: number[] = [];
  let before = 0;
  let skip = 0;
  let isData = false;
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length && !isData; ) {
      if (skip > 0) {
        const step = Math.min(skip, chunk.length - at);
        skip -= step;
        at += step;
        continue;
      }
      header.push(chunk[at] ?? 0);
      at += 1;
      const length = lengthOf(header);
      if (length === 'more') continue;
      isData = length === 'data';
      if (length === 'data') break;
      before += header.length + length;
      if (before > most) throw tooLong('what stands before the enciphered part');
      header = [];
      skip = length;
    }
    yield chunk;
  }
}

/** Packets whose bytes flow: compressed, enciphered or literal data (RFC 9580, section 5). */
const flowing: readonly number[] = [8, 9, 11, 18, 20];

/** How long the packet of a header is (RFC 9580, section 4.2); `more`: the header is not whole; `data`: its bytes flow. */
function lengthOf([tag = 0, a, b, ...rest]: readonly number[]): number | 'more' | 'data' {
  const isNew = (tag & 0x40) !== 0;
  // What is no packet at all is for the library to say.
  if ((tag & 0x80) === 0 || flowing.includes(isNew ? tag & 0x3f : (tag >> 2) & 0x0f)) return 'data';
  const kind = tag & 3;
  if (!isNew && kind === 3) return Number.POSITIVE_INFINITY;
  if (a === undefined) return 'more';
  if (isNew ? a < 192 : kind === 0) return a;
  // Parts of a length that is not known: never of a key.
  if (isNew && a >= 224 && a < 255) return Number.POSITIVE_INFINITY;
  if (b === undefined) return 'more';
  if (isNew && a < 224) return ((a - 192) << 8) + b + 192;
  if (!isNew && kind === 1) return a * 256 + b;
  const four = isNew ? [b, ...rest] : [a, b, ...rest];
  return four.length < 4 ? 'more' : four.reduce((sum, byte) => sum * 256 + byte, 0);
}

function tooLong(what: string): OpeningError {
  return new OpeningError('unreadable-input', `the OpenPGP message is damaged: ${what} has more than ${most} bytes`);
}
