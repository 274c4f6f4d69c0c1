import { matchesGlob } from '../../base/glob.ts';
import type { FolderSettings } from '../../sync/index.ts';

/** Ends of names that programs give to files that they still write. */
const unfinished = ['.part', '.partial', '.tmp', '.temp', '.filepart', '.crdownload', '.swp', '~'];

/** Whether a name is one that files have while they are written: never taken, whatever the pattern says. */
export function isUnfinishedName(name: string): boolean {
  const lower = name.toLowerCase();
  return lower.startsWith('.') || unfinished.some((end) => lower.endsWith(end));
}

/** What a feed says of the names of its files. */
export type NameSettings = Pick<FolderSettings, 'pattern' | 'whole' | 'markerSuffix'>;

/** Whether a name is that of a file of the feed. */
export function isWanted({ pattern, whole, markerSuffix }: NameSettings, name: string): boolean {
  if (isUnfinishedName(name) || (whole === 'marker' && name.endsWith(markerSuffix))) return false;
  return matchesGlob(pattern, name);
}
