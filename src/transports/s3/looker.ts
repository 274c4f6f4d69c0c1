import { createHash } from 'node:crypto';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Arrivals } from '../../store/index.ts';
import type { Sync } from '../../sync/index.ts';
import type { Outbound, StreamLimits } from '../../wire/index.ts';
import { distinctName } from '../arrival-name.ts';
import { feedContext } from '../feed-context.ts';
import { firstVersion, type LastSeen, lastSeen, stampFrom } from '../overwritten.ts';
import { type Arrival, ArrivalBroken, type FeedPlace, type Looker } from '../types.ts';
import type { Bucket } from './bucket.ts';
import type { FoundObject } from './objects.ts';

/** What fetching from buckets needs. */
export interface S3Deps {
  readonly outbound: Outbound;
  readonly sync: Pick<Sync, 'feedSecret'>;
  readonly arrivals: Pick<Arrivals, 'last'>;
  /** How large an object may be, and how long it may take. */
  readonly limits: StreamLimits;
}

/** Contents that are remembered as read only to be compared. */
const mostCompared = 1_000;

/** Makes the {@link Looker} of S3 buckets. */
export function makeS3Looker({ outbound, sync, arrivals, limits }: S3Deps): Looker {
  // By file and stamp: whether the object has the content of the file before it.
  const compared = new Map<string, boolean>();

  /**
   * Whether an object with another ETag has the bytes of the last file all the same, as one that was uploaded in other parts:
   * it is read for that, once, where its size is the same.
   */
  async function isSameContent(
    bucket: Bucket,
    place: FeedPlace,
    found: FoundObject,
    last: LastSeen,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (last.state !== 'taken' || last.bytes !== found.bytes) return false;
    const id = JSON.stringify([place.tenant, place.feed, found.key, stampOf(found), last.sha256]);
    const known = compared.get(id);
    if (known !== undefined) return known;
    const sha256 = await hashOf(await bucket.open(found, signal));
    if (sha256 === undefined) return false;
    if (compared.size >= mostCompared) compared.clear();
    compared.set(id, sha256 === last.sha256);
    return sha256 === last.sha256;
  }

  async function arrivalOf(
    bucket: Bucket,
    place: FeedPlace,
    found: FoundObject,
    signal: AbortSignal,
  ): Promise<Arrival> {
    const name = distinctName(found.key.slice(found.key.lastIndexOf('/') + 1));
    const last = await lastSeen(arrivals, place, name);
    const stamp = stampOf(found);
    const isSame =
      last !== undefined && last.stamp !== stamp && (await isSameContent(bucket, place, found, last, signal));
    return {
      name,
      version: last === undefined ? firstVersion(stamp) : last.versionOf(isSame ? last.stamp : stamp),
      bytes: found.bytes,
      open: (opening) => bucket.open(found, opening),
      settle: () => bucket.takeAway(found),
    };
  }

  return {
    kind: 's3',

    async look(place, feed, signal) {
      const settings = feed.s3;
      if (settings === null) return failed('conflict', 'The feed has no setting s3.', { field: 's3' });
      const secret = await sync.feedSecret(feedContext(place), place.feed, 's3', 'secretAccessKey');
      if (!secret.ok) return secret;
      if (secret.value === undefined) {
        return failed('conflict', 'The secret access key is missing; set s3.secretAccessKey.', { field: 's3' });
      }
      // The SDK is large; a gateway without such a feed does without it.
      const { makeBucket } = await import('./bucket.ts');
      const bucket = makeBucket(outbound, settings, secret.value, limits);
      const found = await bucket.find(signal);
      if (!found.ok) return found;
      const files: Arrival[] = [];
      for (const object of found.value) files.push(await arrivalOf(bucket, place, object, signal));
      return ok(files);
    },
  };
}

/** Says what an object holds: the same stamp, the same bytes. */
function stampOf({ etag, bytes }: FoundObject): string {
  return stampFrom(`${etag.replaceAll('"', '')}:${bytes}`);
}

/** The SHA-256 of what was opened; undefined where it could not be read to its end. */
async function hashOf(opened: Result<AsyncIterable<Uint8Array>>): Promise<string | undefined> {
  if (!opened.ok) return undefined;
  const hash = createHash('sha256');
  try {
    for await (const piece of opened.value) hash.update(piece);
  } catch (error) {
    if (error instanceof ArrivalBroken) return undefined;
    throw error;
  }
  return hash.digest('hex');
}
