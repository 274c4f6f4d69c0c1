import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DecodeOptions, decodeXmlBytes, decodeXmlStream, XmlError } from '../../../src/wire/xml/index.ts';

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function decoded(bytes: Uint8Array, size: number, options: Partial<DecodeOptions> = {}) {
  const repairs: string[] = [];
  let text = '';
  const all = { mode: 'lenient', repaired: (repair: string) => repairs.push(repair), ...options } as const;
  for await (const piece of decodeXmlStream(cut(bytes, size), all)) text += piece;
  return { text, repairs };
}

const named = (encoding: string, content: string) => `<?xml version="1.0" encoding="${encoding}"?><a>${content}</a>`;

const utf16 = (text: string, big: boolean) => {
  const bytes = Buffer.from(text, 'utf16le');
  return big ? bytes.swap16() : bytes;
};

describe('the encoding of an XML text (XML 1.0 appendix F, RFC 7303)', () => {
  test('is UTF-8 where nothing says otherwise', () => {
    expect(decodeXmlBytes(Buffer.from('<a>Måne €</a>'))).toBe('<a>Måne €</a>');
  });

  test('is what the byte-order mark says, against the declaration', () => {
    const text = named('ISO-8859-1', 'Måne');
    expect(decodeXmlBytes(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]))).toBe(text);
    expect(decodeXmlBytes(Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(text, false)]))).toBe(text);
    expect(decodeXmlBytes(Buffer.concat([Buffer.from([0xfe, 0xff]), utf16(text, true)]))).toBe(text);
  });

  test('is what the charset parameter says, against the declaration', () => {
    const text = named('ISO-8859-1', 'Måne');
    expect(decodeXmlBytes(Buffer.from(text), 'UTF-8')).toBe(text);
  });

  test('is what the declaration says', () => {
    expect(decodeXmlBytes(Buffer.from(named('ISO-8859-1', 'Måne'), 'latin1'))).toContain('Måne');
    expect(decodeXmlBytes(Buffer.from([...Buffer.from(named('WINDOWS-1252', '')), 0x80]))).toContain('€');
  });

  test('is UTF-16 where the first bytes look so', () => {
    expect(decodeXmlBytes(utf16(named('UTF-16', 'Måne'), false))).toContain('Måne');
    expect(decodeXmlBytes(utf16(named('UTF-16', 'Måne'), true))).toContain('Måne');
  });

  test('is refused when it is none of the four', () => {
    expect(() => decodeXmlBytes(Buffer.from(named('EBCDIC-CP-US', '')))).toThrow(/EBCDIC-CP-US is not read/);
    expect(() => decodeXmlBytes(Buffer.from([0xff, 0xfe, 0, 0, 1, 2]))).toThrow(/UTF-32/);
    expect(() => decodeXmlBytes(Buffer.from('<a/>'), 'shift_jis')).toThrow(XmlError);
  });

  test('is refused with the place of the first bad byte', () => {
    for (const bad of [
      [0xc3, 0x28],
      [0xe2, 0x82],
      [0xed, 0xa0, 0x80],
      [0xff],
      [0xf5, 0x80, 0x80, 0x80],
      [0xc0, 0x80],
    ]) {
      const bytes = Buffer.concat([Buffer.from('<a>å'), Buffer.from(bad), Buffer.from('</a>')]);
      expect(() => decodeXmlBytes(bytes)).toThrow(expect.objectContaining({ code: 'unreadable-input', offset: 5 }));
    }
    const halfPair = Buffer.concat([Buffer.from([0xff, 0xfe]), utf16('<a>\ud800</a>', false)]);
    expect(() => decodeXmlBytes(halfPair)).toThrow(expect.objectContaining({ offset: 8 }));
    expect(() => decodeXmlBytes(Buffer.from([...Buffer.from(named('windows-1252', '')), 0x81]))).toThrow(XmlError);
  });

  test('falls back to windows-1252 only where nothing was declared and the mode is lenient', async () => {
    const bytes = Buffer.from('<a>M\xe5ne</a>', 'latin1');
    expect(() => decodeXmlBytes(bytes)).toThrow(XmlError);
    for (const size of [1, 5, 1000]) {
      const { text, repairs } = await decoded(bytes, size);
      expect(text).toBe('<a>Måne</a>');
      expect(repairs).toHaveLength(1);
    }
    await expect(decoded(Buffer.from(named('UTF-8', 'M\xe5ne'), 'latin1'), 7)).rejects.toThrow(XmlError);
    await expect(decoded(Buffer.from('<a>å \xe5</a>\xe5', 'latin1'), 3, { charset: 'utf-8' })).rejects.toThrow(
      XmlError,
    );
  });

  test('reads the euro sign in a text that calls itself ISO-8859-1, when lenient', async () => {
    const { text, repairs } = await decoded(Buffer.from(named('ISO-8859-1', '\x80'), 'latin1'), 9);
    expect(text).toContain('€');
    expect(repairs).toHaveLength(1);
  });

  test('reads 8-bit text that calls itself UTF-16, when lenient', async () => {
    const bytes = Buffer.from(named('UTF-16', 'Måne'));
    expect((await decoded(bytes, 9)).text).toContain('Måne');
    expect(() => decodeXmlBytes(bytes)).toThrow(XmlError);
  });

  test('does not depend on how the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .string({ unit: 'grapheme', maxLength: 2000 })
          .filter((text) => !/\p{Cs}/u.test(text) && !text.startsWith('\ufeff')),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('utf8', 'le', 'be'),
        async (content, size, form) => {
          const bytes =
            form === 'utf8'
              ? Buffer.from(`<a>${content}`)
              : Buffer.concat([
                  Buffer.from(form === 'be' ? [0xfe, 0xff] : [0xff, 0xfe]),
                  utf16(`<a>${content}`, form === 'be'),
                ]);
          expect((await decoded(bytes, size)).text).toBe(`<a>${content}`);
        },
      ),
      { numRuns: 60 },
    );
  });
});
