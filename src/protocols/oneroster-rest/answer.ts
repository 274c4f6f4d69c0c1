import type { Request, Response } from 'express';
import type { Problem, ProblemCode } from '../../base/problem.ts';
import type { Version } from './operations/index.ts';
import { statusBody, statusWords } from './status.ts';

/** An answer that is ready to be written. */
export interface Answer {
  readonly status: number;
  /** Absent: the answer has no body. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the answer shows, for the record: how many objects, and of a single one its guid. */
  readonly seen?: { readonly count: number; readonly guid?: string };
  /** Why the request, or a part of it, is refused. */
  readonly problem?: ProblemCode;
}

/** The answer to a request that is refused, with the words of the version. */
export function refusal(version: Version, refused: Problem, headers: Readonly<Record<string, string>> = {}): Answer {
  const status = statusWords[refused.code].http;
  const retry = status === 429 || status === 503 ? { 'Retry-After': String(refused.retryAfter ?? 5) } : {};
  return { status, body: statusBody(version, refused), headers: { ...retry, ...headers }, problem: refused.code };
}

/** Writes an answer; no ETag is worked out, and nothing may keep personal data. */
export function write(request: Request, response: Response, { status, body, headers = {} }: Answer): void {
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  response.statusCode = status;
  if (bytes !== undefined) response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-store');
  // A 204 has no length (RFC 9110, 8.6).
  if (status !== 204) response.setHeader('Content-Length', bytes?.length ?? 0);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
