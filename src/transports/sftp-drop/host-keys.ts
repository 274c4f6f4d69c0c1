import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failed, ok, type Result } from '../../base/result.ts';

/** The files of the keys in the data folder; RSA is for clients that know nothing newer. */
const files = [
  { name: 'sftp-host-ed25519', kind: 'ed25519', bits: undefined },
  { name: 'sftp-host-rsa', kind: 'rsa', bits: 3_072 },
] as const;

/**
 * The keys by which clients know the SFTP server again: files of the data folder, made where they are not there, so that an
 * operator may put own ones there (OpenSSH's format, without passphrase). `conflict` names one that cannot be read.
 */
export async function openHostKeys(dataDir: string): Promise<Result<readonly string[]>> {
  const { utils } = await import('ssh2').then((all) => all.default ?? all);
  await mkdir(dataDir, { recursive: true });
  const keys: string[] = [];
  for (const { name, kind, bits } of files) {
    const path = join(dataDir, name);
    const key = (await textOf(path)) ?? (await made(path, () => generated(utils, kind, bits)));
    const parsed = utils.parseKey(key);
    if (parsed instanceof Error || !parsed.isPrivateKey()) {
      return failed(
        'conflict',
        `The file ${name} in DATA_DIR is no private key in OpenSSH’s format without a passphrase; replace or remove it.`,
      );
    }
    keys.push(key);
  }
  return ok(keys);
}

type Utils = typeof import('ssh2').utils;

function generated(utils: Utils, kind: 'ed25519' | 'rsa', bits: number | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, keys: { readonly private: string }) =>
      error === null || error === undefined ? resolve(keys.private) : reject(error);
    if (kind === 'rsa') utils.generateKeyPair('rsa', { bits: bits ?? 3_072 }, done);
    else utils.generateKeyPair('ed25519', done);
  });
}

/** Writes a new key whole, unless another start of the gateway was faster; that one's key then. */
async function made(path: string, make: () => Promise<string>): Promise<string> {
  const key = await make();
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, key, { mode: 0o600, flush: true });
    await link(draft, path);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readFile(path, 'utf8');
  } finally {
    await rm(draft, { force: true });
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
