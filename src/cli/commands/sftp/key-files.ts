import { readFile, stat } from 'node:fs/promises';
import { failed, ok, type Result } from '../../../base/result.ts';

/** Bytes of the largest file of public keys. */
const mostBytes = 262_144;

/** The public keys of files as OpenSSH writes them, a line each; null for the word `none`. */
export async function readKeyFiles(paths: readonly string[]): Promise<Result<readonly string[] | null>> {
  if (paths.join() === 'none') return ok(null);
  const keys: string[] = [];
  for (const path of paths) {
    const text = await textOf(path);
    const lines = (text ?? '').split(/\r?\n/).map((line) => line.trim());
    const found = lines.filter((line) => line !== '' && !line.startsWith('#'));
    // Not told to anybody: it was a file of another kind by mistake.
    if (found.some((line) => line.includes('PRIVATE KEY'))) {
      return failed('invalid-request', `${path} holds a private key; name the file of the public one, as ${path}.pub.`);
    }
    if (found.length === 0) return failed('invalid-request', `${path} cannot be read or holds no public key.`);
    keys.push(...found);
  }
  return ok(keys);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).size > mostBytes ? undefined : await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
