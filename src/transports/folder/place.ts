import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { failed, ok, type Result } from '../../base/result.ts';

/**
 * The folder of a feed below one of the operator's: `<root>/<tenant>/<path>`, so that no tenant reaches another one's files.
 * Below the tenant's folder no link is followed.
 */
export async function folderOf(roots: readonly string[], tenant: string, path: string): Promise<Result<string>> {
  if (roots.length === 0) {
    return failed('conflict', 'No folders are open for feeds: the operator of the gateway sets DROP_FOLDERS.');
  }
  if (!/^[\w-][\w.-]*$/.test(tenant)) return failed('conflict', 'The tenant’s name cannot be that of a folder.');
  for (const root of roots) {
    const base = await realpath(join(root, tenant)).catch(() => undefined);
    if (base === undefined) continue;
    const wanted = join(base, path);
    const found = await realpath(wanted).catch(() => undefined);
    if (found === undefined) continue;
    if (found !== wanted)
      return failed('conflict', `The folder ${path} is a link or leads elsewhere; it must be a folder.`);
    if ((await lstat(wanted)).isDirectory()) return ok(wanted);
    return failed('conflict', `${path} is no folder.`);
  }
  const text = `There is no folder ${tenant}/${path} in the folders of DROP_FOLDERS, or the gateway may not read it.`;
  return failed('conflict', text);
}
