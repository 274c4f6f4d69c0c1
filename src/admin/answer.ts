import type { Response } from 'express';
import type { Problem } from '../base/problem.ts';
import type { Failed, Result } from '../base/result.ts';
import { statusWords } from './status.ts';

/** An answer that is ready to be written; without a body it is empty. */
export interface Answer {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A 200 with a body. */
export function answered(body: object): Answer {
  return { status: 200, body };
}

/** A 200 with a result's value, or the problem. */
export function answerOf(result: Result<object>): Answer | Failed {
  return result.ok ? answered(result.value) : result;
}

/** Writes an answer. */
export function sendAnswer(response: Response, { status, body, headers = {} }: Answer): void {
  response.status(status).set(headers);
  if (body === undefined) response.end();
  else response.json(body);
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
  const retry = status === 503 ? { 'Retry-After': '5' } : {};
  response.status(status).set({ ...retry, ...headers });
  response.type('application/problem+json').send(JSON.stringify(problemDocument(problem)));
}
