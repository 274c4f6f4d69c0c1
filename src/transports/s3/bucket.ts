import { S3Client } from '@aws-sdk/client-s3';
import type { Result } from '../../base/result.ts';
import type { S3Settings } from '../../sync/index.ts';
import type { Outbound, StreamLimits } from '../../wire/index.ts';
import { makeGuardedHandler } from './handler.ts';
import { type FoundObject, findObjects } from './objects.ts';
import { openObject } from './read.ts';
import { takeAway } from './take-away.ts';

/** A feed's bucket. */
export interface Bucket {
  /** The feed's objects that lie there, the oldest first. */
  find(signal: AbortSignal): Promise<Result<readonly FoundObject[]>>;
  /** Opens an object that is still the one that was found; reading may throw `ArrivalBroken`. */
  open(found: FoundObject, signal: AbortSignal): Promise<Result<AsyncIterable<Uint8Array>>>;
  /** Deletes or moves an object, as the feed says. */
  takeAway(found: FoundObject): Promise<void>;
}

/** How long answers are waited for that are no objects. */
const shortLimits: StreamLimits = { maxBytes: 10 * 1024 * 1024, idleMs: 30_000, wholeMs: 60_000 };

/**
 * Makes {@link Bucket}. All that the SDK could read from the environment or from files in the home folder is said here: a
 * feed's credentials and nobody else's.
 */
export function makeBucket(
  outbound: Outbound,
  settings: S3Settings,
  secretAccessKey: string,
  limits: StreamLimits,
): Bucket {
  const { endpoint, region, accessKeyId, pathStyle } = settings;
  const clientOf = (by: StreamLimits) =>
    new S3Client({
      endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
      forcePathStyle: pathStyle,
      requestHandler: makeGuardedHandler(outbound, by),
      // Servers that are not AWS know nothing of the checksums that the SDK adds by itself.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 3,
      retryMode: 'standard',
      defaultsMode: 'standard',
      followRegionRedirects: false,
      useFipsEndpoint: false,
      useDualstackEndpoint: false,
      useAccelerateEndpoint: false,
      useArnRegion: false,
      disableMultiregionAccessPoints: true,
      disableS3ExpressSessionAuth: true,
      authSchemePreference: [],
      sigv4aSigningRegionSet: [region],
      userAgentAppId: 'rostergate',
      ignoreConfiguredEndpointUrls: true,
    });
  const short = clientOf(shortLimits);
  const long = clientOf(limits);
  return {
    find: (signal) => findObjects(short, settings, signal),
    open: (found, signal) => openObject(long, settings.bucket, found, signal),
    takeAway: (found) => takeAway(short, settings, found),
  };
}
