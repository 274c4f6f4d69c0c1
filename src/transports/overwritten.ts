import { sha256 } from '../base/ids.ts';
import type { Arrivals } from '../store/index.ts';
import { arrivalName } from './arrival-name.ts';
import type { FeedPlace } from './types.ts';

/** What the ledger knows of a file's name. A stamp is what a server says of the content: an ETag, a time and size, a hash. */
export interface LastSeen {
  readonly stamp: string;
  readonly version: string;
  readonly state: 'taking' | 'taken' | 'waiting' | 'refused';
  readonly bytes: number | undefined;
  readonly sha256: string | undefined;
  /** The version of a file with this stamp: that of the last one where the stamp is the same. */
  versionOf(stamp: string): string;
}

/** Stands between the stamp of a version and the file before it. */
const joint = ';after=';
const longestStamp = 500;

/**
 * What the ledger knows of a name. The same bytes as the last time are the same file; bytes that were there before others came
 * are a new one, so that a version is a stamp and the file that it came after. It is the same for whoever looks.
 */
export async function lastSeen(
  arrivals: Pick<Arrivals, 'last'>,
  { tenant, feed }: FeedPlace,
  name: string,
): Promise<LastSeen | undefined> {
  const row = await arrivals.last(tenant, feed, arrivalName(name));
  if (row === undefined) return undefined;
  const end = row.version.lastIndexOf(joint);
  const stamp = end < 0 ? row.version : row.version.slice(0, end);
  return {
    stamp,
    version: row.version,
    state: row.state,
    bytes: row.bytes,
    sha256: row.sha256,
    versionOf: (wanted) => (wanted === stamp ? row.version : `${wanted}${joint}${row.order}`),
  };
}

/** A stamp of what a server says, which may be of any length. */
export function stampFrom(text: string): string {
  return text.length <= longestStamp ? text : `sha256 ${sha256(text)}`;
}

/** The version of a file whose name was never seen. */
export function firstVersion(stamp: string): string {
  return `${stamp}${joint}0`;
}
