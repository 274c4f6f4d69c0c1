import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type Problem, problem } from '../../base/problem.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import { lettingGo } from '../let-go.ts';
import { ArrivalBroken } from '../types.ts';
import { type FoundObject, headOf } from './objects.ts';
import { s3Problem } from './problems.ts';

/**
 * Opens an object that is still the one that was found (`If-Match`). What is cut off or has been overwritten while it was read
 * throws {@link ArrivalBroken}.
 */
export async function openObject(
  client: S3Client,
  bucket: string,
  found: FoundObject,
  signal: AbortSignal,
): Promise<Result<AsyncIterable<Uint8Array>>> {
  const { key, etag, bytes } = found;
  try {
    const got = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag }), {
      abortSignal: signal,
    });
    const body = got.Body as (AsyncIterable<Uint8Array> & { destroy?(): void }) | undefined;
    // A server that does not know If-Match gives what is there now.
    if (body === undefined || got.ETag !== etag || (got.ContentLength ?? bytes) !== bytes) {
      body?.destroy?.();
      return failed('busy', changed);
    }
    return ok(lettingGo(piecesOf(client, bucket, found, body, signal), () => body.destroy?.()));
  } catch (error) {
    return { ok: false, problem: passing(s3Problem(error)) };
  }
}

async function* piecesOf(
  client: S3Client,
  bucket: string,
  { key, etag, bytes }: FoundObject,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  const pieces = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const piece = await step(() => pieces.next());
      if (piece.done === true) break;
      read += piece.value.length;
      yield piece.value;
    }
  } finally {
    await pieces.return?.();
  }
  const now = await step(() => headOf(client, bucket, key, signal));
  if (read !== bytes || now?.etag !== etag) throw new ArrivalBroken(problem('busy', changed));
}

/** What fails on the way to the bucket is a file that has not come whole. */
async function step<T>(go: () => Promise<T>): Promise<T> {
  try {
    return await go();
  } catch (error) {
    throw new ArrivalBroken(passing(s3Problem(error)));
  }
}

/** An object is not refused for good for what its server said: rights and addresses are set right again. */
function passing(told: Problem): Problem {
  return told.code === 'busy' ? told : { ...told, code: 'conflict' };
}

const changed = 'The object was changed while it was read; it is looked at again.';
