import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readSecretsKey, secretsKeyFile } from '../src/secrets-key.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rostergate-key-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const keyOf = async (dataDir: string) => {
  const key = await readSecretsKey(dataDir);
  if (!key.ok) throw new Error(key.problem.text);
  return Buffer.from(key.value).toString('hex');
};

describe('The key of stored secrets in the data folder', () => {
  test('is made once, for the gateway’s user only, and read again', async () => {
    const dataDir = join(folder, 'new', 'data');
    const key = await keyOf(dataDir);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect((await stat(secretsKeyFile(dataDir))).mode & 0o777).toBe(0o600);
    expect(await keyOf(dataDir)).toBe(key);
    expect(await readdir(dataDir)).toEqual(['secrets-key']);
    expect(await keyOf(join(folder, 'other'))).not.toBe(key);
  });

  test('is one, though twenty ask for it at once', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => keyOf(folder)));
    expect(new Set(keys).size).toBe(1);
    expect(await readdir(folder)).toEqual(['secrets-key']);
  });

  test.each([
    ['empty', ''],
    ['too short', 'abc'],
    ['too long', 'a'.repeat(100)],
  ])('that is %s is refused with the remedy, and left as it is', async (_name, text) => {
    const path = secretsKeyFile(folder);
    await writeFile(path, text);
    expect(await readSecretsKey(folder)).toMatchObject({
      ok: false,
      problem: { code: 'unreadable-input', text: expect.stringContaining(`${path} cannot be used (it holds no key`) },
    });
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  test('that is a folder is refused', async () => {
    await keyOf(join(folder, 'secrets-key', 'x'));
    expect(await readSecretsKey(folder)).toMatchObject({
      ok: false,
      problem: { code: 'unreadable-input', text: expect.stringContaining('EISDIR') },
    });
  });

  test('cannot be made where nothing can be written, and that is said', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await chmod(file, 0o400);
    expect(await readSecretsKey(file)).toMatchObject({ ok: false, problem: { text: expect.stringContaining(file) } });
  });
});
