import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ZipFile } from 'yazl';
import { openZip, ZipError, type ZipLimits, zipLimits } from '../../../src/wire/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rostergate-zip-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Options = Parameters<ZipFile['addBuffer']>[2];

async function pack(files: readonly (readonly [string, string | Buffer, Options?])[]): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content, options] of files) zip.addBuffer(Buffer.from(content), name, options);
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Contents by name, or the refusal. */
async function unpack(bytes: Uint8Array, limits?: Partial<ZipLimits>): Promise<Record<string, string> | ZipError> {
  const path = join(folder, 'one.zip');
  await writeFile(path, bytes);
  try {
    const zip = await openZip(path, { ...zipLimits, ...limits });
    try {
      const found: Record<string, string> = {};
      for (const entry of zip.entries) {
        const parts: Uint8Array[] = [];
        for await (const part of zip.read(entry)) parts.push(part);
        found[entry.name] = Buffer.concat(parts).toString();
      }
      return found;
    } finally {
      zip.close();
    }
  } catch (error) {
    if (error instanceof ZipError) return error;
    throw error;
  }
}

/** Replaces a name by one of the same length, in the local header and in the list of contents. */
function renamed(bytes: Buffer, from: string, to: string): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = copy.indexOf(from); at >= 0; at = copy.indexOf(from, at + 1)) copy.write(to, at);
  return copy;
}

/** Changes the list of contents: the entry of a name, at an offset from its beginning. */
function patched(bytes: Buffer, name: string, change: (copy: Buffer, at: number) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy, copy.lastIndexOf(name) - 46);
  return copy;
}

const plain = [
  ['users.csv', 'a,b\n1,2\n'],
  ['orgs.csv', 'c\n'],
] as const;

describe('A zip package', () => {
  test('is read file by file, packed or stored', async () => {
    expect(await unpack(await pack(plain))).toEqual({ 'users.csv': 'a,b\n1,2\n', 'orgs.csv': 'c\n' });
    expect(await unpack(await pack([['users.csv', 'x', { compress: false }]]))).toEqual({ 'users.csv': 'x' });
  });

  test('cut off at any place is refused', async () => {
    const bytes = await pack(plain);
    for (let length = 0; length < bytes.length; length += 7) {
      expect(await unpack(bytes.subarray(0, length))).toMatchObject({ code: 'unreadable-input' });
    }
  });

  test('with bytes that do not fit their checksum is refused with the name of the file', async () => {
    const bytes = await pack([['users.csv', 'sourcedId,name\n', { compress: false }]]);
    bytes.write('S', bytes.indexOf('sourcedId'));
    expect(await unpack(bytes)).toMatchObject({ code: 'unreadable-input', entry: 'users.csv' });
  });

  test.each(['../u.csv', '/etc/u.cs', 'C:\\u.csv1', 'a\\..\\u.c'])(
    'that holds the path %s is refused',
    async (path) => {
      const bytes = await pack([['x'.repeat(path.length), 'a\n']]);
      expect(await unpack(renamed(bytes, 'x'.repeat(path.length), path))).toMatchObject({ code: 'forbidden-input' });
    },
  );

  test('that holds a name twice, in any case, is refused', async () => {
    const bytes = await pack([
      ['users.csv', 'a\n'],
      ['userz.csv', 'b\n'],
    ]);
    expect(await unpack(renamed(bytes, 'userz.csv', 'USERS.csv'))).toMatchObject({
      code: 'forbidden-input',
      entry: 'USERS.csv',
    });
  });

  test('with a link is refused', async () => {
    expect(await unpack(await pack([['users.csv', '/etc/passwd', { mode: 0o120777 }]]))).toMatchObject({
      code: 'forbidden-input',
      entry: 'users.csv',
    });
  });

  test('that is encrypted is refused', async () => {
    const bytes = patched(await pack(plain), 'users.csv', (copy, at) => copy.writeUInt16LE(1, at + 8));
    expect(await unpack(bytes)).toMatchObject({ code: 'forbidden-input', entry: 'users.csv' });
  });

  test('with files that lie over one another is refused', async () => {
    const bytes = patched(await pack(plain), 'orgs.csv', (copy, at) => copy.writeUInt32LE(0, at + 42));
    expect(await unpack(bytes)).toMatchObject({ code: 'forbidden-input' });
  });

  test('with a zip inside is refused', async () => {
    expect(await unpack(await pack([['inner.zip', await pack(plain)]]))).toMatchObject({ code: 'forbidden-input' });
  });

  test('that unpacks to more than 100 times its size is refused before it is unpacked', async () => {
    const bytes = await pack([['users.csv', Buffer.alloc(4 * 1024 ** 2, 32)]]);
    expect(await unpack(bytes)).toMatchObject({ code: 'too-large', entry: 'users.csv' });
  });

  test('in the format zip64 is read under the same limits', async () => {
    const zip64 = { forceZip64Format: true } as const;
    const bytes = await pack([['users.csv', 'a,b\n1,2\n', zip64]]);
    expect(await unpack(bytes)).toEqual({ 'users.csv': 'a,b\n1,2\n' });
    expect(await unpack(bytes, { fileBytes: 7 })).toMatchObject({ code: 'too-large', entry: 'users.csv' });
    const bomb = await pack([['users.csv', Buffer.alloc(4 * 1024 ** 2, 32), zip64]]);
    expect(await unpack(bomb)).toMatchObject({ code: 'too-large', entry: 'users.csv' });
  });

  test('that says less than it holds is refused', async () => {
    const bytes = patched(await pack([['users.csv', 'a'.repeat(5000)]]), 'users.csv', (copy, at) =>
      copy.writeUInt32LE(10, at + 24),
    );
    expect(await unpack(bytes)).toMatchObject({ code: 'forbidden-input', entry: 'users.csv' });
  });

  test('with too many files or bytes is refused', async () => {
    const many = Array.from({ length: 65 }, (_, at) => [`f${at}.csv`, 'a\n'] as const);
    expect(await unpack(await pack(many))).toMatchObject({ code: 'too-large' });
    expect(await unpack(await pack(plain), { fileBytes: 7 })).toMatchObject({ code: 'too-large', entry: 'users.csv' });
    expect(await unpack(await pack(plain), { totalBytes: 9 })).toMatchObject({ code: 'too-large' });
  });
});
