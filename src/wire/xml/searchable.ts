import { isAscii, isUtf8 } from 'node:buffer';
import { type DecodeOptions, makeXmlDecoder, singleByteText, type XmlDecoder } from './decode.ts';
import { cutUtf8, type Detected, detectEncoding, firstBadUtf8, sniffLength } from './encoding.ts';
import { XmlError } from './error.ts';

/** Encodings in which each byte of ASCII is that character, so that markup can be searched for in the bytes. */
export type SearchableEncoding = 'utf-8' | 'iso-8859-1' | 'windows-1252';

/** Turns the bytes of an XML text into bytes that can be searched for markup, piece by piece. */
export interface SearchableXml {
  /** Checked bytes so far that are not out yet, without byte-order mark; may hold back what cannot be decided yet. */
  push(bytes: Uint8Array): Uint8Array;
  /** The rest. */
  end(): Uint8Array;
  /** The encoding of what comes out; the same bytes mean something else in another. */
  readonly encoding: SearchableEncoding;
  /** The bytes that came in of what is out; undefined where what comes out is other bytes. */
  readonly place: number | undefined;
  /** Passes by bytes that would come out as they are; nothing may be held back. */
  skip(bytes: Uint8Array): void;
  /** The text of bytes that came out. */
  text(bytes: Uint8Array, from: number, to: number): string;
}

const nothing = new Uint8Array(0);
// Bytes that windows-1252 does not know.
const unknown1252 = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/**
 * Makes a {@link SearchableXml}. UTF-8 and single bytes come out as they are, checked but not decoded; UTF-16 comes out as
 * UTF-8. Encodings, repairs and errors are those of {@link makeXmlDecoder}.
 */
export function makeSearchableXml(options: DecodeOptions): SearchableXml {
  let waiting: Uint8Array[] = [];
  let waitingLength = 0;
  let detected: Detected | undefined;
  let encoding: SearchableEncoding = 'utf-8';
  let decoder: XmlDecoder | undefined;
  let carry: Uint8Array = nothing;
  let offset = 0;
  let sawWide = false;
  let told = false;

  const tell = (text: string): void => {
    if (told) return;
    told = true;
    options.repaired?.(text);
  };
  const bad = (at: number, name: string): never => {
    throw new XmlError('unreadable-input', `the byte at offset ${offset + at} is no ${name}`, { offset: offset + at });
  };

  const utf8 = (bytes: Uint8Array, end: boolean, declared: boolean): Uint8Array => {
    const usable = end ? bytes : bytes.subarray(0, bytes.length - cutUtf8(bytes));
    if (!isUtf8(usable)) {
      const at = firstBadUtf8(usable, true);
      if (declared || sawWide || options.mode === 'strict' || !isAscii(usable.subarray(0, at))) bad(at, 'UTF-8');
      tell('declares no encoding and is no UTF-8; read as windows-1252');
      encoding = 'windows-1252';
      return singleByte(bytes);
    }
    if (!declared && !sawWide) sawWide = !isAscii(usable);
    carry = bytes.subarray(usable.length);
    offset += usable.length;
    return usable;
  };

  const singleByte = (bytes: Uint8Array): Uint8Array => {
    carry = nothing;
    if (encoding === 'windows-1252') {
      const found = unknown1252.map((byte) => bytes.indexOf(byte)).filter((at) => at >= 0);
      if (found.length > 0) bad(Math.min(...found), 'windows-1252');
    } else if (!told && options.mode === 'lenient' && bytes.some((byte) => byte >= 0x80 && byte <= 0x9f)) {
      tell('declares ISO-8859-1 and holds bytes of windows-1252; read as windows-1252');
    }
    offset += bytes.length;
    return bytes;
  };

  const convert = (bytes: Uint8Array, end: boolean): Uint8Array => {
    if (decoder !== undefined) return Buffer.from(decoder.push(bytes) + (end ? decoder.end() : ''), 'utf8');
    const all = carry.length === 0 ? bytes : Buffer.concat([carry, bytes]);
    if (all.length === 0) return all;
    return encoding === 'utf-8' ? utf8(all, end, detected?.declared === true) : singleByte(all);
  };

  const begin = (end: boolean): Uint8Array => {
    const head = Buffer.concat(waiting);
    waiting = [];
    detected = detectEncoding(head, options.charset, options.mode === 'lenient');
    if (detected.encoding === 'utf-16le' || detected.encoding === 'utf-16be') {
      decoder = makeXmlDecoder(options);
      return convert(head, end);
    }
    if (detected.contradicted) tell('declares UTF-16 and is none; read as UTF-8');
    encoding = detected.encoding;
    offset = detected.skip;
    return convert(head.subarray(detected.skip), end);
  };

  return {
    push(bytes) {
      if (detected !== undefined) return convert(bytes, false);
      waiting.push(Uint8Array.from(bytes));
      waitingLength += bytes.length;
      return waitingLength < sniffLength ? nothing : begin(false);
    },
    end: () => (detected === undefined ? begin(true) : convert(nothing, true)),
    get encoding() {
      return encoding;
    },
    get place() {
      return detected === undefined || decoder !== undefined ? undefined : offset;
    },
    skip(bytes) {
      offset += bytes.length;
      if (detected?.declared !== true && !sawWide) sawWide = !isAscii(bytes);
    },
    text(bytes, from, to) {
      const part = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from);
      return encoding === 'utf-8' ? part.toString('utf8') : singleByteText(part, encoding, options.mode).text;
    },
  };
}
