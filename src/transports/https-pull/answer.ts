import { type Problem, problem } from '../../base/problem.ts';
import type { OutboundStream } from '../../wire/index.ts';
import { stampFrom } from '../overwritten.ts';

/** What a stamp of an answer is made of. */
const etagMark = 'etag ';
const timeMark = 'time ';

/** What the head of an answer says of the file's content; undefined where it says nothing. */
export function stampOf({ headers }: Pick<OutboundStream, 'headers'>): string | undefined {
  const { etag, 'last-modified': time } = headers;
  if (etag !== undefined && etag !== '') return stampFrom(etagMark + etag);
  return time === undefined ? undefined : stampFrom(`${timeMark}${time} ${headers['content-length'] ?? ''}`);
}

/** Headers by which a server answers 304 where the file is still that of the stamp (RFC 9110, section 13.1). */
export function conditionOf(stamp: string): Record<string, string> {
  return stamp.startsWith(etagMark) ? { 'if-none-match': stamp.slice(etagMark.length) } : {};
}

/** What is wrong with an answer that should be a file. */
export function problemOf({ status, headers }: Pick<OutboundStream, 'status' | 'headers'>): Problem | undefined {
  if (status === 200) {
    // Without either, an end and a cut are the same thing.
    if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) return undefined;
    const text =
      'The server does not say where the file ends (neither Content-Length nor chunked), so that a file that was cut off could not be told; have it changed.';
    return problem('conflict', text);
  }
  if (status === 401 || status === 403) {
    const text = `The server does not give the file out (status ${status}); check the auth, user and secret of httpsPull.`;
    return problem('conflict', text);
  }
  if (status === 404 || status === 410)
    return problem('conflict', `There is no file at the address (status ${status}).`);
  if (status >= 300 && status < 400) {
    const text = `The server sends on to another address (status ${status}); that is not followed: set httpsPull.url to it.`;
    return problem('conflict', text);
  }
  if (status === 429 || status >= 500) return problem('busy', `The server answered with status ${status}.`);
  return problem('conflict', `The server answered with status ${status} instead of a file.`);
}
