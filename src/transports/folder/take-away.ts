import { lstat, mkdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { randomId } from '../../base/ids.ts';
import type { FolderSettings } from '../../sync/index.ts';
import { versionOf } from './version.ts';

/** A file as it was seen. */
interface Seen {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

/**
 * Takes a file out of the way, with its marker, as the feed says; nothing where another gateway was faster. A file that has
 * taken its place meanwhile stays. False: it lies where it should not lie any more, since it cannot be moved.
 */
export async function takeAway(
  seen: Seen,
  to: 'done' | 'failed',
  { after, whole, markerSuffix }: FolderSettings,
  clock: Clock,
): Promise<boolean> {
  if (after === 'keep') return true;
  const { folder, name, version } = seen;
  const path = join(folder, name);
  if (!(await isStill(path, version))) return true;
  const away = join(folder, to);
  const stamp = clock.now().toISOString().replace(/[-:]/g, '');
  const target = after === 'delete' ? join(folder, `.${randomId()}`) : join(away, `${stamp}-${name}`);
  if (after === 'move') {
    await mkdir(away).catch(() => undefined);
    // A link in its place would lead the file elsewhere.
    if ((await lstat(away).catch(() => undefined))?.isDirectory() !== true) return false;
  }
  try {
    await rename(path, target);
  } catch {
    return !(await isStill(path, version));
  }
  if (after === 'delete') await unlink(target).catch(() => undefined);
  if (whole === 'marker') await unlink(path + markerSuffix).catch(() => undefined);
  return true;
}

async function isStill(path: string, version: string): Promise<boolean> {
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  return stats?.isFile() === true && versionOf(stats) === version;
}
