import { readFileSync } from 'node:fs';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomId, randomSecret } from './base/ids.ts';
import { failed, ok, type Result } from './base/result.ts';
import { type SecretsKey, type SecretsKeys, secretsKey } from './base/secrets-keys.ts';

/** Where the key of stored secrets is when `SECRETS_KEY` is unset. */
export const secretsKeyFile = (dataDir: string): string => join(dataDir, 'secrets-key');

/** Every key that a rotation has had to do with, one a line: what was sealed with one of before, as in a backup, opens. */
export const oldKeysFile = (dataDir: string): string => `${secretsKeyFile(dataDir)}.old`;

const keyBytes = 32;
/** Milliseconds for which the files are not read again for sealing: another process may have made a new key. */
const readMs = 1_000;

/** The keys of stored secrets that a data folder holds. */
export interface KeyFiles extends SecretsKeys {
  /** Makes another key, which seals from now on; the one of before opens only. */
  renew(): Promise<Result<SecretsKey>>;
}

/**
 * The keys in a data folder, the first one made where there is none, and keys that open besides them; see
 * {@link readSecretsKey} for what may go wrong.
 */
export async function openKeyFiles(dataDir: string, more: readonly Uint8Array[] = []): Promise<Result<KeyFiles>> {
  const first = await readSecretsKey(dataDir);
  if (!first.ok) return first;
  let keys: readonly [SecretsKey, ...SecretsKey[]] = [secretsKey(first.value), ...more.map(secretsKey)];
  let readAt = 0;

  /** Reads the files again; what cannot be read now stays as it was. */
  function read(): void {
    readAt = Date.now();
    const current = parseSecretsKey(textOf(secretsKeyFile(dataDir)));
    if (current === undefined) return;
    const own = secretsKey(current);
    const listed = textOf(oldKeysFile(dataDir)).split('\n').map(parseSecretsKey);
    const others = [...keys, ...listed.filter((bytes) => bytes !== undefined).map(secretsKey)];
    const known = new Map(others.map((key) => [key.id, key]));
    known.delete(own.id);
    keys = [own, ...known.values()];
  }
  read();

  return ok({
    current() {
      if (Date.now() - readAt > readMs) read();
      return keys[0];
    },
    find(id) {
      const there = keys.find((key) => key.id === id);
      if (there !== undefined) return there;
      read();
      return keys.find((key) => key.id === id);
    },
    all: () => keys,
    async renew() {
      const path = oldKeysFile(dataDir);
      try {
        const next = randomSecret(keyBytes);
        const present = Buffer.from(keys[0].bytes).toString('base64url');
        // Both are on the list before one replaces the other: whoever else does this at the same time, no key is lost.
        await append(path, `\n${present}\n${next}\n`);
        await replace(secretsKeyFile(dataDir), `${next}\n`);
      } catch (error) {
        const reason = (error as NodeJS.ErrnoException).code ?? String(error);
        return failed('storage-full', `A new key of stored secrets cannot be written beside ${path} (${reason}).`);
      }
      read();
      return ok(keys[0]);
    },
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

async function append(path: string, text: string): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.write(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts a text into a file, whole or not at all. */
async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomId()}`;
  try {
    await writeDraft(draft, text);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDraft(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Reads a key of 32 bytes: 64 hexadecimal digits, or base64 in either alphabet; undefined for other texts. */
export function parseSecretsKey(text: string): Uint8Array | undefined {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return undefined;
  const bytes = Buffer.from(trimmed, 'base64');
  return bytes.length === keyBytes ? bytes : undefined;
}

/**
 * The key of stored secrets that the data folder holds; made where there is none, readable by the gateway's user only. A
 * file that cannot be used is left as it is (`unreadable-input`): with another key, what is stored could not be read.
 */
export async function readSecretsKey(dataDir: string): Promise<Result<Uint8Array>> {
  const path = secretsKeyFile(dataDir);
  const there = await readKey(path);
  if (there !== undefined) return there;
  try {
    await mkdir(dataDir, { recursive: true });
    await makeKey(path);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    return failed(
      'storage-full',
      `The key of stored secrets cannot be written to ${path} (${reason}). Set DATA_DIR to a folder that may be written, or SECRETS_KEY.`,
    );
  }
  return (await readKey(path)) ?? unusable(path, 'it is gone again');
}

/** The key in a file; undefined where there is no file. */
async function readKey(path: string): Promise<Result<Uint8Array> | undefined> {
  try {
    const key = parseSecretsKey(await readFile(path, 'utf8'));
    return key === undefined ? unusable(path, 'it holds no key of 32 bytes') : ok(key);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : unusable(path, code ?? String(error));
  }
}

/** Writes a new key, whole or not at all; one that another process wrote at the same time stays. */
async function makeKey(path: string): Promise<void> {
  const draft = `${path}.${randomId()}`;
  await writeDraft(draft, `${randomSecret(keyBytes)}\n`);
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

function unusable(path: string, reason: string): Result<never> {
  return failed(
    'unreadable-input',
    `The key of stored secrets in ${path} cannot be used (${reason}). Put the file back from a backup, or set SECRETS_KEY. Only if it is lost: delete the file; a new key is made, and PasswordDigest must be allowed again for each credential that had it.`,
  );
}
