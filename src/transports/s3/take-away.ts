import { CopyObjectCommand, DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { S3Settings } from '../../sync/index.ts';
import { type FoundObject, headOf } from './objects.ts';
import { s3Problem, statusOf } from './problems.ts';

/**
 * Takes an object out of the way, as the feed says. One that has been overwritten meanwhile stays, and so does one that the
 * credentials may not take away: the ledger knows it.
 */
export async function takeAway(
  client: S3Client,
  { bucket, after, moveTo }: S3Settings,
  { key, etag, changedAt }: FoundObject,
): Promise<void> {
  if (after === 'keep') return;
  const signal = AbortSignal.timeout(300_000);
  try {
    const now = await headOf(client, bucket, key, signal);
    if (now?.etag !== etag) return;
    if (after === 'move') {
      const name = key.slice(key.lastIndexOf('/') + 1);
      const stamp = changedAt.toISOString().replace(/[-:]/g, '');
      await client.send(
        new CopyObjectCommand({
          Bucket: bucket,
          Key: `${moveTo ?? ''}${stamp}-${name}`,
          CopySource: `${bucket}/${encodeURIComponent(key)}`,
          CopySourceIfMatch: etag,
        }),
        { abortSignal: signal },
      );
    }
    await remove(client, bucket, key, etag, signal);
  } catch (error) {
    // Throws what is no failure of a call.
    s3Problem(error);
  }
}

/** Deletes an object that is still the same; servers that know no conditions for that are asked without. */
async function remove(client: S3Client, bucket: string, key: string, etag: string, signal: AbortSignal): Promise<void> {
  const object = { Bucket: bucket, Key: key };
  try {
    await client.send(new DeleteObjectCommand({ ...object, IfMatch: etag }), { abortSignal: signal });
  } catch (error) {
    if (statusOf(error) !== 501) throw error;
    await client.send(new DeleteObjectCommand(object), { abortSignal: signal });
  }
}
