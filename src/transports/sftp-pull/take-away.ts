import type { SftpPullSettings } from '../../sync/index.ts';
import { isStill, type RemoteFile } from './files.ts';
import type { Remote } from './remote.ts';
import { RemoteFailed } from './remote-failed.ts';

/**
 * Takes a file out of the way, with its marker, as the feed says. One that has been replaced meanwhile stays, and so does one
 * that the account may not take away: the ledger knows it.
 */
export async function takeAway(
  remote: Remote,
  { after, moveTo, whole, markerSuffix }: SftpPullSettings,
  file: RemoteFile,
): Promise<void> {
  try {
    if (!isStill(file, await remote.stat(file.path))) return;
    if (after === 'delete') await remote.remove(file.path);
    else {
      const folder = (moveTo ?? '').replace(/(?<=.)\/+$/, '');
      if ((await remote.stat(folder)) === undefined) await remote.makeFolder(folder);
      const stamp = new Date(file.mtime * 1000).toISOString().replace(/[-:]/g, '');
      await remote.rename(file.path, `${folder === '/' ? '' : folder}/${stamp}-${file.name}`);
    }
    if (whole === 'marker') await remote.remove(file.path + markerSuffix);
  } catch (error) {
    if (!(error instanceof RemoteFailed)) throw error;
  }
}
