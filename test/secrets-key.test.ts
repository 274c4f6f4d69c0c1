import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { oldKeysFile, openKeyFiles, readSecretsKey, secretsKeyFile } from '../src/secrets-key.ts';

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

describe('Another key in the data folder', () => {
  const opened = async () => {
    const keys = await openKeyFiles(folder);
    if (!keys.ok) throw new Error(keys.problem.text);
    return keys.value;
  };

  test('seals from then on, and the one of before opens, now and after a restart', async () => {
    const keys = await opened();
    const before = keys.current();
    const made = await keys.renew();
    expect(made).toMatchObject({ ok: true, value: { id: keys.current().id } });
    expect(keys.current().id).not.toBe(before.id);
    for (const again of [keys, await opened()]) {
      expect(again.current()).toEqual(keys.current());
      expect(again.find(before.id)?.bytes).toEqual(before.bytes);
      expect(again.find('00000000')).toBeUndefined();
    }
    expect((await stat(secretsKeyFile(folder))).mode & 0o777).toBe(0o600);
    expect((await stat(oldKeysFile(folder))).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(['secrets-key', 'secrets-key.old']);
  });

  test('opens at once in a process that was there before it', async () => {
    const [running, rotating] = [await opened(), await opened()];
    await rotating.renew();
    const { id, bytes } = rotating.current();
    expect(running.find(id)?.bytes).toEqual(bytes);
    expect(running.current().id).toBe(id);
  });

  test('is never lost, though eight are made at once, and whatever a killed process has left on the list', async () => {
    const first = (await opened()).current();
    await writeFile(oldKeysFile(folder), 'a half of a k');
    const all = await Promise.all(Array.from({ length: 8 }, () => opened()));
    const sealing = new Set([first.id]);
    for (const made of await Promise.all(all.map((keys) => keys.renew()))) if (made.ok) sealing.add(made.value.id);
    const keys = await opened();
    expect(sealing.has(keys.current().id)).toBe(true);
    for (const id of sealing) expect(keys.find(id)).toBeDefined();
    expect(keys.all()).toHaveLength(9);
  });

  test('is not made where nothing can be written, and the present one stays', async () => {
    const keys = await opened();
    const { id } = keys.current();
    await mkdir(oldKeysFile(folder));
    expect(await keys.renew()).toMatchObject({ ok: false, problem: { code: 'storage-full' } });
    expect((await opened()).current().id).toBe(id);
  });
});
