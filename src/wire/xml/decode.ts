import iconv from 'iconv-lite';
import { cutUtf8, type Detected, detectEncoding, firstBadUtf8, firstBadUtf16, sniffLength } from './encoding.ts';
import { XmlError } from './error.ts';

/** How to decode. */
export interface DecodeOptions {
  /** The `charset` parameter that came with the bytes; stronger than the XML declaration. */
  readonly charset?: string;
  /**
   * `strict` takes every byte by the declared encoding. `lenient` reads a text that declares nothing and is no UTF-8
   * as windows-1252, reads the bytes 0x80–0x9F of ISO-8859-1 as windows-1252 has them, and reads 8-bit text that calls
   * itself UTF-16 as UTF-8; each is told to `repaired`.
   */
  readonly mode: 'strict' | 'lenient';
  /** Told once, with a text, when a lenient decoder had to choose another encoding than was declared. */
  repaired?(text: string): void;
}

/** Turns bytes into text, piece by piece. */
export interface XmlDecoder {
  /** Text of the bytes so far that is not out yet; may hold back what cannot be decided yet. */
  push(bytes: Uint8Array): string;
  /** The rest. */
  end(): string;
}

/**
 * Decodes XML bytes: UTF-8, UTF-16, ISO-8859-1 or windows-1252, found as XML 1.0 appendix F says. Bytes that the
 * encoding does not know throw an {@link XmlError} `unreadable-input` with their offset, never become U+FFFD.
 */
export function makeXmlDecoder(options: DecodeOptions): XmlDecoder {
  let waiting: Uint8Array[] = [];
  let waitingLength = 0;
  let detected: Detected | undefined;
  let carry: Uint8Array = new Uint8Array(0);
  let offset = 0;
  let sawWide = false;
  let fallback = false;
  let told = false;

  const tell = (text: string): void => {
    if (told) return;
    told = true;
    options.repaired?.(text);
  };
  const bad = (at: number, name: string): never => {
    throw new XmlError('unreadable-input', `the byte at offset ${offset + at} is no ${name}`, { offset: offset + at });
  };

  const utf8 = (bytes: Uint8Array, end: boolean, declared: boolean): string => {
    const usable = end ? bytes : bytes.subarray(0, bytes.length - cutUtf8(bytes));
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(usable);
      if (!sawWide && text.length !== usable.length) sawWide = true;
      carry = bytes.subarray(usable.length);
      offset += usable.length;
      return text;
    } catch {
      const at = firstBadUtf8(usable, true);
      const wideBefore = sawWide || usable.subarray(0, at).some((byte) => byte > 0x7f);
      if (declared || wideBefore || options.mode === 'strict') bad(at, 'UTF-8');
      fallback = true;
      tell('declares no encoding and is no UTF-8; read as windows-1252');
      return singleByte(bytes, 'windows-1252');
    }
  };

  const singleByte = (bytes: Uint8Array, encoding: 'iso-8859-1' | 'windows-1252'): string => {
    carry = new Uint8Array(0);
    const { text, repaired } = singleByteText(bytes, encoding, options.mode);
    if (repaired) tell('declares ISO-8859-1 and holds bytes of windows-1252; read as windows-1252');
    const at = encoding === 'windows-1252' ? text.indexOf('\uFFFD') : -1;
    if (at >= 0) bad(at, 'windows-1252');
    offset += bytes.length;
    return text;
  };

  const utf16 = (bytes: Uint8Array, end: boolean, encoding: 'utf-16le' | 'utf-16be'): string => {
    const big = encoding === 'utf-16be';
    let length = end ? bytes.length : bytes.length & ~1;
    const last = (bytes[length - (big ? 2 : 1)] ?? 0) & 0xfc;
    if (!end && length >= 2 && last === 0xd8) length -= 2;
    const usable = bytes.subarray(0, length);
    carry = bytes.subarray(length);
    try {
      const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(usable);
      offset += length;
      return text;
    } catch {
      return bad(firstBadUtf16(usable, big), 'UTF-16');
    }
  };

  const decode = (bytes: Uint8Array, found: Detected, end: boolean): string => {
    const all = carry.length === 0 ? bytes : Buffer.concat([carry, bytes]);
    if (all.length === 0) return '';
    if (fallback) return singleByte(all, 'windows-1252');
    switch (found.encoding) {
      case 'utf-8':
        return utf8(all, end, found.declared);
      case 'utf-16le':
      case 'utf-16be':
        return utf16(all, end, found.encoding);
      default:
        return singleByte(all, found.encoding);
    }
  };

  const begin = (end: boolean): string => {
    const head = waiting.length === 1 && waiting[0] !== undefined ? waiting[0] : Buffer.concat(waiting);
    waiting = [];
    detected = detectEncoding(head, options.charset, options.mode === 'lenient');
    if (detected.contradicted) tell('declares UTF-16 and is none; read as UTF-8');
    offset = detected.skip;
    return decode(head.subarray(detected.skip), detected, end);
  };

  return {
    push(bytes) {
      if (detected !== undefined) return decode(bytes, detected, false);
      waiting.push(bytes);
      waitingLength += bytes.length;
      return waitingLength < sniffLength ? '' : begin(false);
    },
    end: () => (detected === undefined ? begin(true) : decode(new Uint8Array(0), detected, true)),
  };
}

/**
 * The text of single bytes; what windows-1252 does not know is U+FFFD. `lenient` reads the bytes 0x80 to 0x9F of
 * ISO-8859-1 as windows-1252 has them, which is `repaired`.
 */
export function singleByteText(
  bytes: Uint8Array,
  encoding: 'iso-8859-1' | 'windows-1252',
  mode: DecodeOptions['mode'],
): { readonly text: string; readonly repaired: boolean } {
  const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = iconv.decode(chunk, encoding, { stripBOM: false });
  if (encoding !== 'iso-8859-1' || mode !== 'lenient' || !/[\u0080-\u009f]/.test(text))
    return { text, repaired: false };
  const mended = text.replace(/[\u0080-\u009f]+/g, (controls) => {
    const known = iconv.decode(Buffer.from(controls, 'latin1'), 'windows-1252');
    return known.includes('\uFFFD') ? controls : known;
  });
  return { text: mended, repaired: true };
}

/** Decodes a whole text strictly; see {@link makeXmlDecoder}. */
export function decodeXmlBytes(bytes: Uint8Array, charset?: string): string {
  const decoder = makeXmlDecoder(charset === undefined ? { mode: 'strict' } : { mode: 'strict', charset });
  return decoder.push(bytes) + decoder.end();
}

/**
 * Decodes a stream into texts of at least `pieceLength` characters (but the last), so that what comes after does not
 * depend on how the bytes were cut.
 */
export async function* decodeXmlStream(
  bytes: AsyncIterable<Uint8Array>,
  options: DecodeOptions,
  pieceLength = 65_536,
): AsyncGenerator<string> {
  const decoder = makeXmlDecoder(options);
  let pieces: string[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    const text = decoder.push(chunk);
    pieces.push(text);
    length += text.length;
    if (length < pieceLength) continue;
    yield pieces.join('');
    pieces = [];
    length = 0;
  }
  pieces.push(decoder.end());
  yield pieces.join('');
}
