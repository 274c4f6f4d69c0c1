import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { problem } from '../../base/problem.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import { ArrivalBroken } from '../types.ts';

/** A hash that the sender has told of the file. */
export interface ToldDigest {
  readonly header: string;
  readonly algorithm: 'md5' | 'sha256' | 'sha512';
  readonly value: Buffer;
}

const algorithms: Readonly<Record<string, { readonly name: 'sha256' | 'sha512'; readonly bytes: number }>> = {
  'sha-256': { name: 'sha256', bytes: 32 },
  'sha-512': { name: 'sha512', bytes: 64 },
};

/**
 * The hashes that a request tells of its body: `Content-Digest` and `Repr-Digest` (RFC 9530), `Digest` (RFC 3230) and
 * `Content-MD5` (RFC 1864). Algorithms that are not known are passed over, as the standards ask; what is malformed is refused.
 */
export function toldDigests(headers: IncomingHttpHeaders): Result<readonly ToldDigest[]> {
  const told: ToldDigest[] = [];
  const md5 = headers['content-md5'];
  if (typeof md5 === 'string') {
    const value = Buffer.from(md5, 'base64');
    if (value.length !== 16) return malformed('Content-MD5', 'the base64 of 16 bytes');
    told.push({ header: 'Content-MD5', algorithm: 'md5', value });
  }
  for (const header of ['Content-Digest', 'Repr-Digest', 'Digest']) {
    const text = headers[header.toLowerCase()];
    for (const part of (typeof text === 'string' ? text : '').split(',')) {
      const [, name = '', base64 = ''] = /^\s*([\w-]+)\s*=\s*:?([A-Za-z0-9+/=]*):?\s*$/.exec(part) ?? [];
      const algorithm = algorithms[name.toLowerCase()];
      if (algorithm === undefined) continue;
      const value = Buffer.from(base64, 'base64');
      if (value.length !== algorithm.bytes)
        return malformed(header, `${name}=:…: with the base64 of ${algorithm.bytes} bytes`);
      told.push({ header, algorithm: algorithm.name, value });
    }
  }
  return ok(told);
}

function malformed(header: string, wanted: string) {
  return failed('invalid-request', `The header ${header} must be ${wanted}.`, { field: header });
}

/** The bytes of a body, to the end only where they are what the sender has told of them; else {@link ArrivalBroken}. */
export async function* checkedBody(
  bytes: AsyncIterable<Uint8Array>,
  told: readonly ToldDigest[],
): AsyncGenerator<Uint8Array> {
  const hashes = told.map((digest) => ({ ...digest, hash: createHash(digest.algorithm) }));
  let count = 0;
  try {
    for await (const chunk of bytes) {
      count += chunk.length;
      for (const { hash } of hashes) hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ECONNRESET') throw error;
    const text = `The upload ended after ${count} bytes, before the file was whole; nothing was kept. Send it again.`;
    throw new ArrivalBroken(problem('invalid-request', text));
  }
  const wrong = hashes.find(({ hash, value }) => !hash.digest().equals(value));
  if (wrong === undefined) return;
  const text = `The file is not what the header ${wrong.header} says: it was changed on its way. Nothing was kept; send it again.`;
  throw new ArrivalBroken(problem('invalid-request', text, { field: wrong.header }));
}
