import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomId, randomSecret } from './base/ids.ts';
import { failed, ok, type Result } from './base/result.ts';

/** Where the key of stored secrets is when `SECRETS_KEY` is unset. */
export const secretsKeyFile = (dataDir: string): string => join(dataDir, 'secrets-key');

const keyBytes = 32;

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
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${randomSecret(keyBytes)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
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
