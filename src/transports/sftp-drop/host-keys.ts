import { createHash, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failed, ok, type Result } from '../../base/result.ts';

/** The files of the keys in the data folder; ECDSA is for clients that know no ed25519. With RSA the library would sign by SHA-1 too. */
const files = [
  { name: 'sftp-host-ed25519', type: 'ssh-ed25519', kind: 'ed25519' },
  { name: 'sftp-host-ecdsa', type: 'ecdsa-sha2-nistp256', kind: 'ecdsa' },
] as const;
type KeyKind = (typeof files)[number]['kind'];

/** A key by which clients know the server again, as they write it down. */
export interface HostKey {
  /** As `ssh-ed25519`. */
  readonly type: string;
  /** Of SHA-256, as OpenSSH shows it. */
  readonly fingerprint: string;
  /** Kind and key, as a line of `known_hosts` has them behind the name of the host. */
  readonly publicKey: string;
}

/** The private keys of the server, and what clients know of them. */
export interface HostKeys {
  readonly secret: readonly string[];
  readonly shown: readonly HostKey[];
}

/**
 * The keys by which clients know the SFTP server again: files of the data folder, made where they are not there, so that an
 * operator may put own ones there (OpenSSH's format, without passphrase). Nobody but the gateway's user may read them.
 * `conflict` names one that cannot be used.
 */
export async function openHostKeys(dataDir: string): Promise<Result<HostKeys>> {
  const { utils } = await import('ssh2').then((all) => all.default ?? all);
  await mkdir(dataDir, { recursive: true });
  const secret: string[] = [];
  const shown: HostKey[] = [];
  for (const { name, type, kind } of files) {
    const path = join(dataDir, name);
    const key = (await textOf(path)) ?? (await made(path, () => generated(utils, kind)));
    const parsed = utils.parseKey(key);
    if (parsed instanceof Error || !parsed.isPrivateKey() || parsed.type !== type) {
      return failed(
        'conflict',
        `The file ${name} in DATA_DIR is no private key of the kind ${type} in OpenSSH’s format without a passphrase; replace or remove it.`,
      );
    }
    secret.push(key);
    shown.push(shownOf(parsed.getPublicSSH()));
  }
  return ok({ secret, shown });
}

type Utils = typeof import('ssh2').utils;

function shownOf(key: Buffer): HostKey {
  const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
  const hash = createHash('sha256').update(key).digest('base64').replace(/=+$/, '');
  return { type, fingerprint: `SHA256:${hash}`, publicKey: `${type} ${key.toString('base64')}` };
}

/** A new key that can be read: the library leaves zeros at the head of a public ed25519 key out, as one in 256 has, and breaks it. */
async function generated(utils: Utils, kind: KeyKind): Promise<string> {
  for (;;) {
    const key = await oneOf(utils, kind);
    if (!(utils.parseKey(key) instanceof Error)) return key;
  }
}

function oneOf(utils: Utils, kind: KeyKind): Promise<string> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, keys: { readonly private: string }) =>
      error === null || error === undefined ? resolve(keys.private) : reject(error);
    if (kind === 'ecdsa') utils.generateKeyPair('ecdsa', { bits: 256 }, done);
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

/** The text of a key's file, which others may read no longer. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
