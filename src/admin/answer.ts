import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { Problem } from '../base/problem.ts';
import type { Failed, Result } from '../base/result.ts';
import { statusWords } from './status.ts';

/** An answer that is ready to be written; without a body it is empty. */
export interface Answer {
  readonly status: number;
  readonly body?: object;
  /** In place of `body`: what is written as it comes; `Content-Type` is among the headers then. */
  readonly stream?: AsyncIterable<Uint8Array | string>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The guid of the record that a streamed answer shows, for the audit log. */
  readonly about?: string;
}

/** A 200 with a body. */
export function answered(body: object): Answer {
  return { status: 200, body };
}

/** A 200 with a result's value, or the problem. */
export function answerOf(result: Result<object>): Answer | Failed {
  return result.ok ? answered(result.value) : result;
}

/** A 200 that is written as it comes, with a file's name where it is a download. */
export function streamed(stream: AsyncIterable<Uint8Array | string>, type: string, fileName?: string): Answer {
  const disposition =
    fileName === undefined
      ? {}
      : { 'Content-Disposition': `attachment; filename="${fileName.replace(/[^\w.-]/g, '-')}"` };
  return { status: 200, stream, headers: { 'Content-Type': type, ...disposition } };
}

/** Writes an answer; a streamed one no faster than the client reads, and no longer than it listens. */
export async function sendAnswer(response: Response, { status, body, stream, headers = {} }: Answer): Promise<void> {
  response.status(status).set(headers);
  if (stream !== undefined) await sendStream(response, stream);
  else if (body === undefined) response.end();
  else response.json(body);
}

async function sendStream(response: Response, stream: AsyncIterable<Uint8Array | string>): Promise<void> {
  response.flushHeaders();
  if (response.req.method === 'HEAD') {
    await stream[Symbol.asyncIterator]().return?.();
    response.end();
    return;
  }
  try {
    await pipeline(Readable.from(stream, { objectMode: false }), response);
  } catch (error) {
    // A client that has gone ends the stream, and that is all that is to be done.
    if (!isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'EPIPE';
}

/** A problem as an RFC 9457 document, with the closed code and the place beside the members of the standard. */
export function problemDocument({ code, text, place }: Problem): object {
  const { status, title } = statusWords[code];
  const type = `urn:rostergate:problem:${code}`;
  return { type, title, status, detail: text, code, ...(place === undefined ? {} : { place }) };
}

/** Refuses a request with a problem document. */
export function sendProblem(
  response: Response,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): void {
  const { status } = statusWords[problem.code];
  response.locals['problem'] = problem.code;
  const retry = status === 503 || status === 429 ? { 'Retry-After': String(problem.retryAfter ?? 5) } : {};
  response.status(status).set({ ...retry, ...headers });
  response.type('application/problem+json').send(JSON.stringify(problemDocument(problem)));
}
