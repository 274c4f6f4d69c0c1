import { HeadObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { matchesGlob } from '../../base/glob.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { S3Settings } from '../../sync/index.ts';
import { s3Problem, statusOf } from './problems.ts';

/** An object as the bucket describes it. */
export interface FoundObject {
  readonly key: string;
  /** With its quotation marks, as it is sent back. */
  readonly etag: string;
  readonly bytes: number;
  readonly changedAt: Date;
}

/** Keys that one look goes through, and objects of the feed among them. */
const mostKeys = 10_000;
const mostFiles = 1_000;
/** Pages of a list; one may hold no key at all. */
const mostPages = 1_000;

/** The objects of a feed that lie in its bucket, the oldest first. */
export async function findObjects(
  client: S3Client,
  settings: S3Settings,
  signal: AbortSignal,
): Promise<Result<readonly FoundObject[]>> {
  try {
    return settings.pattern === null
      ? await findOne(client, settings, signal)
      : await findAll(client, { ...settings, pattern: settings.pattern }, signal);
  } catch (error) {
    return { ok: false, problem: s3Problem(error) };
  }
}

async function findOne(client: S3Client, { bucket, key }: S3Settings, signal: AbortSignal) {
  try {
    const found = await headOf(client, bucket, key, signal);
    return ok(found === undefined ? [] : [found]);
  } catch (error) {
    const status = statusOf(error);
    if (status !== 403 && status !== 404) throw error;
    // The answer to HEAD has no body that says what is wrong; where even this is not allowed, the first answer holds.
    try {
      await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 }), { abortSignal: signal });
    } catch (told) {
      if (statusOf(told) !== 403 || status === 403) throw told;
    }
    if (status === 403) throw error;
    return ok([]);
  }
}

/** What the bucket says of an object now; throws what the SDK throws. */
export async function headOf(
  client: S3Client,
  bucket: string,
  key: string,
  signal: AbortSignal,
): Promise<FoundObject | undefined> {
  const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
  return asFound({ key, etag: head.ETag, bytes: head.ContentLength, changedAt: head.LastModified });
}

async function findAll(
  client: S3Client,
  { bucket, key, pattern }: S3Settings & { readonly pattern: string },
  signal: AbortSignal,
): Promise<Result<readonly FoundObject[]>> {
  const found: FoundObject[] = [];
  let seen = 0;
  let pages = 0;
  let from: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: key, Delimiter: '/', ContinuationToken: from }),
      { abortSignal: signal },
    );
    const { Contents = [] } = page;
    seen += Contents.length;
    pages += 1;
    for (const { Key = '', ETag, Size, LastModified } of Contents) {
      const object = asFound({ key: Key, etag: ETag, bytes: Size, changedAt: LastModified });
      if (object !== undefined && isWanted(Key, key, pattern)) found.push(object);
    }
    if (seen > mostKeys || found.length > mostFiles || pages > mostPages) {
      const text = `s3.key and s3.pattern name more than ${mostFiles} objects, or ${mostKeys} keys to go through; name a narrower place, or have the objects moved or deleted (s3.after).`;
      return failed('too-large', text, { field: 's3' });
    }
    from = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (from !== undefined);
  found.sort((a, b) => a.changedAt.getTime() - b.changedAt.getTime() || (a.key < b.key ? -1 : 1));
  return ok(found);
}

/** Whether a key is that of a file of the feed: what programs keep as a sign of a folder is none. */
function isWanted(key: string, prefix: string, pattern: string): boolean {
  const rest = key.slice(prefix.length);
  const name = key.slice(key.lastIndexOf('/') + 1);
  return key.startsWith(prefix) && !/^\.{0,2}$/.test(name) && matchesGlob(pattern, rest);
}

function asFound({
  key,
  etag,
  bytes,
  changedAt,
}: {
  readonly key: string;
  readonly etag: string | undefined;
  readonly bytes: number | undefined;
  readonly changedAt: Date | undefined;
}): FoundObject | undefined {
  if (etag === undefined || bytes === undefined) return undefined;
  return { key, etag, bytes, changedAt: changedAt ?? new Date(0) };
}
