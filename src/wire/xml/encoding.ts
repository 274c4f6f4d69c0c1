import { XmlError } from './error.ts';

/** The encodings that are read. */
export type XmlEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'iso-8859-1' | 'windows-1252';

/** What the first bytes say. */
export interface Detected {
  readonly encoding: XmlEncoding;
  /** Length of the byte-order mark. */
  readonly skip: number;
  /** Whether mark, parameter or declaration named the encoding. */
  readonly declared: boolean;
  /** Whether the declaration contradicts the bytes and was not followed. */
  readonly contradicted: boolean;
}

/** So many first bytes decide on the encoding. */
export const sniffLength = 1024;

const names: ReadonlyMap<string, XmlEncoding | 'utf-16'> = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['ascii', 'utf-8'],
  ['utf-16', 'utf-16'],
  ['utf16', 'utf-16'],
  ['utf-16le', 'utf-16le'],
  ['utf-16be', 'utf-16be'],
  ['iso-8859-1', 'iso-8859-1'],
  ['iso8859-1', 'iso-8859-1'],
  ['iso_8859-1', 'iso-8859-1'],
  ['latin1', 'iso-8859-1'],
  ['latin-1', 'iso-8859-1'],
  ['windows-1252', 'windows-1252'],
  ['cp1252', 'windows-1252'],
  ['cp-1252', 'windows-1252'],
]);

/**
 * Finds the encoding (XML 1.0 appendix F, RFC 7303 section 3): byte-order mark, then charset parameter, then XML
 * declaration, then UTF-8. Throws an {@link XmlError} for one that is not read here. `lenient` follows the bytes where
 * an 8-bit text calls itself UTF-16.
 */
export function detectEncoding(head: Uint8Array, charset: string | undefined, lenient: boolean): Detected {
  const starts = (...bytes: number[]) => bytes.every((byte, index) => head[index] === byte);
  const marked = (encoding: XmlEncoding, skip: number): Detected => ({
    encoding,
    skip,
    declared: true,
    contradicted: false,
  });
  if (starts(0xff, 0xfe, 0, 0) || starts(0, 0, 0xfe, 0xff)) throw unknownEncoding('UTF-32');
  if (starts(0xef, 0xbb, 0xbf)) return marked('utf-8', 3);
  if (starts(0xff, 0xfe)) return marked('utf-16le', 2);
  if (starts(0xfe, 0xff)) return marked('utf-16be', 2);
  const wide: XmlEncoding | undefined = starts(0x3c, 0) ? 'utf-16le' : starts(0, 0x3c) ? 'utf-16be' : undefined;

  const name = charset ?? (wide === undefined ? declaredEncoding(head) : undefined);
  if (name === undefined)
    return { encoding: wide ?? 'utf-8', skip: 0, declared: wide !== undefined, contradicted: false };
  const known = names.get(name.trim().toLowerCase());
  if (known === undefined) throw unknownEncoding(name);
  if (known !== 'utf-16') {
    const is16 = known === 'utf-16le' || known === 'utf-16be';
    if (!is16 || wide !== undefined) return marked(known, 0);
  }
  if (wide !== undefined) return marked(wide, 0);
  if (!lenient) throw new XmlError('unreadable-input', `the text says it is ${name} but is not`);
  return { encoding: 'utf-8', skip: 0, declared: false, contradicted: true };
}

function declaredEncoding(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, sniffLength)).toString('latin1');
  return /<\?xml\s[^>]*?encoding\s*=\s*["']([^"'<>]{1,64})["']/.exec(text)?.[1];
}

function unknownEncoding(name: string): XmlError {
  const shown = name.replace(/[^\w.:-]/g, '?').slice(0, 64);
  return new XmlError(
    'unreadable-input',
    `the encoding ${shown} is not read; use UTF-8, UTF-16, ISO-8859-1 or windows-1252`,
  );
}

/** The place of the first byte that is no UTF-8 (RFC 3629), or -1. A sequence cut off at the end is not bad unless `end`. */
export function firstBadUtf8(bytes: Uint8Array, end: boolean): number {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) {
      at += 1;
      continue;
    }
    const length =
      lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    if (length === 0) return at;
    for (let next = 1; next < length; next += 1) {
      const byte = bytes[at + next];
      if (byte === undefined) return end ? at : -1;
      const low = next === 1 ? (lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80) : 0x80;
      const high = next === 1 ? (lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf) : 0xbf;
      if (byte < low || byte > high) return at;
    }
    at += length;
  }
  return -1;
}

/** How many bytes at the end belong to a UTF-8 sequence that is cut off. */
export function cutUtf8(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/** The place of the first half surrogate pair or odd last byte of UTF-16 (RFC 2781). */
export function firstBadUtf16(bytes: Uint8Array, big: boolean): number {
  const unit = (at: number) => ((bytes[at + (big ? 0 : 1)] ?? 0) << 8) | (bytes[at + (big ? 1 : 0)] ?? 0);
  let at = 0;
  for (; at + 1 < bytes.length; at += 2) {
    const code = unit(at);
    if (code < 0xd800 || code > 0xdfff) continue;
    const next = code < 0xdc00 && at + 3 < bytes.length ? unit(at + 2) : 0;
    if (next < 0xdc00 || next > 0xdfff) return at;
    at += 2;
  }
  return at;
}
