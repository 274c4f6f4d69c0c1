import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomSecret } from './base/ids.ts';

/** Where the key of this machine's command line is (decisions 5.3). */
export const commandLineKeyFile = (dataDir: string): string => join(dataDir, 'cli-key');

/** The key of the command line: the one that is there, else a new one; readable by the gateway's user only. */
export async function writeCommandLineKey(dataDir: string): Promise<string> {
  const path = commandLineKeyFile(dataDir);
  await mkdir(dataDir, { recursive: true });
  const there = await readFile(path, 'utf8').catch(() => '');
  if (there.trim() !== '') {
    await chmod(path, 0o600);
    return there.trim();
  }
  const key = randomSecret(32);
  await writeFile(path, `${key}\n`, { mode: 0o600 });
  return key;
}
