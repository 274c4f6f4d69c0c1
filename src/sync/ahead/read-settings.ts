import type { FeedReader, Mode, ReadOptions } from '../reader.ts';
import type { Feed } from '../types.ts';

/** How a file of a feed is read, and what of it decides which records the same bytes give. */
export interface ReadSettings {
  readonly options: Omit<ReadOptions, 'fingerprints'>;
  /** Part of every hash (decisions 4.2). */
  readonly hashParts: readonly string[];
}

/** The {@link ReadSettings} of a file; `timeZone` is the feed's own or the tenant's. */
export function readSettings(
  reader: FeedReader,
  feed: Feed,
  place: { readonly mode: Mode; readonly timeZone: string; readonly file: string; readonly workFolder: string },
): ReadSettings {
  const { namespace, sourceInKey } = feed;
  const { mode, timeZone, file, workFolder } = place;
  const snapshot = mode === 'full' ? 'full' : 'merge';
  const own = ownSettings(feed);
  const parts = [namespace, sourceInKey, timeZone, snapshot, ...Object.values(own)];
  return {
    options: { file, namespace, sourceInKey, timeZone, mode, workFolder, ...own },
    hashParts: [feed.name, reader.version, JSON.stringify(parts)],
  };
}

/** The settings that only the feed's protocol has. */
function ownSettings({ protocol, snapshot, list }: Feed): Pick<ReadOptions, 'snapshot' | 'list'> {
  if (protocol === 'srs-snapshot') return { snapshot };
  return protocol === 'list-csv' ? { list } : {};
}

/** Whether known passages may be passed by: what is read of a file is its records only, not which groups it lists. */
export function sharesPassages({ options }: ReadSettings): boolean {
  return options.mode !== 'groups-complete';
}
