import { expect, test } from '@jest/globals';
import { CsvError, makeRowText, toUtf8 } from '../../../src/wire/index.ts';

async function through(bytes: Uint8Array, size: number): Promise<{ text: string; told: string[] }> {
  const told: string[] = [];
  const source = (async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  })();
  const parts: Uint8Array[] = [];
  for await (const part of toUtf8(source, (text) => told.push(text))) parts.push(part);
  return { text: Buffer.concat(parts).toString('utf8'), told };
}

const text = 'sourcedId,name\n1,Bjørk 😀\n';
const big = Buffer.from(text, 'utf16le').swap16();

test.each([1, 2, 3, 7, 1000])('Byte-order marks and UTF-16 become plain UTF-8 in pieces of %i bytes', async (size) => {
  expect(await through(Buffer.from(`\uFEFF${text}`), size)).toEqual({ text, told: [] });
  for (const bytes of [
    Buffer.from(`\uFEFF${text}`, 'utf16le'),
    Buffer.from(text, 'utf16le'),
    Buffer.concat([Buffer.from([0xfe, 0xff]), big]),
    big,
  ]) {
    const read = await through(bytes, size);
    expect([read.text, read.told.length]).toEqual([text, 1]);
  }
});

test('UTF-16 that ends in the middle of a character is refused', async () => {
  const cut = Buffer.from(text, 'utf16le').subarray(0, -1);
  await expect(through(cut, 5)).rejects.toBeInstanceOf(CsvError);
});

test('A file that is no UTF-8 is read as windows-1252 and told once', () => {
  const told: number[] = [];
  const decode = makeRowText((_, line) => told.push(line));
  const row = Buffer.from([0x42, 0x6a, 0xf8, 0x72, 0x6b, 0x80]);
  expect(decode(Buffer.from('plain'), 0, 5, 2)).toBe('plain');
  expect(decode(row, 0, row.length, 3)).toBe('Bjørk€');
  expect(decode(row, 0, row.length, 4)).toBe('Bjørk€');
  expect(told).toEqual([3]);
});

test('A file that mixes UTF-8 with other bytes is refused with the line', () => {
  const decode = makeRowText(() => undefined);
  const good = Buffer.from('Bjørk');
  const bad = Buffer.from([0x42, 0xf8]);
  expect(decode(good, 0, good.length, 2)).toBe('Bjørk');
  expect(() => decode(bad, 0, bad.length, 7)).toThrow(expect.objectContaining({ line: 7, code: 'unreadable-input' }));
});

test('Bytes that neither UTF-8 nor windows-1252 knows are refused', () => {
  const bad = Buffer.from([0x41, 0x81]);
  expect(() => makeRowText(() => undefined)(bad, 0, 2, 5)).toThrow(expect.objectContaining({ line: 5 }));
});
