import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Log } from '../../base/log.ts';
import { type Problem, type ProblemCode, problem } from '../../base/problem.ts';
import { framesOf } from '../../base/stack.ts';
import { mayBringSecrets, type PlainHttp } from './plain-http.ts';

/** How a problem is said to who sends a file: the HTTP status. */
export const fileStatusOf: Readonly<Record<ProblemCode, number>> = {
  'unknown-object': 404,
  'already-exists': 409,
  'key-in-use': 409,
  'already-trashed': 409,
  'not-in-trash': 409,
  'parent-in-trash': 409,
  'in-quarantine': 409,
  'delete-refused': 403,
  'missing-data': 422,
  'invalid-data': 422,
  'too-long': 422,
  'unreadable-input': 400,
  'forbidden-input': 400,
  'too-large': 413,
  'unsupported-media-type': 415,
  'unsupported-operation': 405,
  'invalid-request': 400,
  'invalid-filter-field': 400,
  'invalid-selection-field': 400,
  unauthenticated: 401,
  'confirmation-needed': 403,
  forbidden: 403,
  conflict: 409,
  'storage-full': 507,
  busy: 503,
  'too-many-requests': 429,
  internal: 500,
};

/** How a door of files answers what it does not take: RFC 9457 problem documents. */
export interface ProblemDoor {
  /** What is left of the body is read and dropped: a client that still sends would not see the answer otherwise. */
  refuse(request: Request<object>, response: Response, problem: Problem): void;
  /** Refuses keys over plain HTTP. */
  plainHttp(setting: PlainHttp): RequestHandler<object>;
  /** Answers methods that are not known; `text` says what to do. */
  method(allowed: string, text: string): RequestHandler<object>;
  /** Answers addresses that cannot be read, and defects, which go to the log. */
  errors(log: Log): ErrorRequestHandler;
}

/** Makes a {@link ProblemDoor}; `challenge` is the header `WWW-Authenticate` of 401. */
export function makeProblemDoor(challenge: string): ProblemDoor {
  function refuse(request: Request<object>, response: Response, { code, text, place, retryAfter }: Problem): void {
    request.resume();
    const status = fileStatusOf[code];
    response.locals['problem'] = code;
    if (status === 401) response.set('WWW-Authenticate', challenge);
    if (status === 503 || status === 429) response.set('Retry-After', String(retryAfter ?? 60));
    const title = STATUS_CODES[status] ?? 'Error';
    const shown = { type: `urn:rostergate:problem:${code}`, title, status, detail: text, code };
    response.status(status).type('application/problem+json');
    response.send(JSON.stringify(place === undefined ? shown : { ...shown, place }));
  }

  return {
    refuse,
    plainHttp(setting) {
      const text =
        'Keys are taken only over TLS or from the same machine; use https:// (behind a proxy with TRUST_PROXY), or set SOAP_PLAIN_HTTP=allow.';
      return (request, response, next) => {
        if (mayBringSecrets(request, setting)) next();
        else refuse(request, response, problem('forbidden', text));
      };
    },
    method: (allowed, text) => (request, response) => {
      response.set('Allow', allowed);
      refuse(request, response, problem('unsupported-operation', text));
    },
    errors: (log) => (error: unknown, request, response, next) => {
      if ((error as { status?: unknown }).status === 400) {
        return refuse(request, response, problem('invalid-request', 'The address is malformed.'));
      }
      const id = String(response.locals['requestId'] ?? '');
      const at = error instanceof Error ? framesOf(error, 6).join(' < ') : typeof error;
      log.error({ request: id, error: error instanceof Error ? error.name : 'unknown', at }, 'defect in a request');
      if (response.headersSent) next(error);
      else refuse(request, response, problem('internal', `A defect of the gateway; its log names request ${id}.`));
    },
  };
}
