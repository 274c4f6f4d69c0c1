import { STATUS_CODES } from 'node:http';
import express, { type ErrorRequestHandler, type RequestHandler, type Response, Router } from 'express';
import type { Log } from '../../base/log.ts';
import { type Problem, problem } from '../../base/problem.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import { framesOf } from '../../base/stack.ts';
import { mailFrequencies } from '../../model/index.ts';
import type { MailWishes, PreferencesRoom } from '../../roster/index.ts';
import { callerOf } from '../../wire/index.ts';

/** What the door needs. */
export interface EmailPreferencesDeps {
  readonly preferences: Pick<PreferencesRoom, 'read' | 'write'>;
  readonly log: Log;
}

const most = '4kb';

/**
 * Makes the address of links by which persons read and change what they want of mails (`feeds.md` 3.15); the router belongs at
 * `/preferences`. `GET /:token` and `PUT /:token` are JSON; they tell of nobody but the person whom the link was made for.
 */
export function makeEmailPreferences({ preferences, log }: EmailPreferencesDeps): Router {
  const router = Router({ caseSensitive: true });
  const noStore: RequestHandler = (request, response, next) => {
    response.locals['route'] = `${request.baseUrl}/:token`;
    response.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' });
    next();
  };
  router
    .route('/:token')
    .all(noStore)
    .get(async (request, response) => {
      answer(response, await preferences.read(request.params.token));
    })
    .put(express.json({ limit: most, type: () => true }), async (request, response) => {
      const wishes = wishesOf(request.body);
      if (!wishes.ok) return answer(response, wishes);
      answer(response, await preferences.write(request.params.token, wishes.value, callerOf(request, response)));
    })
    .all((_request, response) => {
      response.set('Allow', 'GET, PUT');
      refuse(response, 405, problem('unsupported-operation', 'This address is for GET and PUT.'));
    });
  router.use(answerError(log));
  return router;
}

function wishesOf(body: unknown): Result<Partial<MailWishes>> {
  const shape = `Send JSON: {"optOut": true or false, "frequency": ${mailFrequencies.map((one) => `"${one}"`).join(' or ')}}; either may be left out.`;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return failed('invalid-request', shape);
  const { optOut, frequency, ...rest } = body as Record<string, unknown>;
  const often = mailFrequencies.find((one) => one === frequency);
  const isWrong =
    Object.keys(rest).length > 0 ||
    (optOut === undefined && frequency === undefined) ||
    (optOut !== undefined && typeof optOut !== 'boolean') ||
    (frequency !== undefined && often === undefined);
  if (isWrong) return failed('invalid-request', shape);
  return ok({
    ...(typeof optOut === 'boolean' ? { optOut } : {}),
    ...(often === undefined ? {} : { frequency: often }),
  });
}

function answer(response: Response, result: Result<MailWishes>): void {
  if (result.ok) response.json(result.value);
  else refuse(response, result.problem.code === 'unknown-object' ? 404 : 400, result.problem);
}

function refuse(response: Response, status: number, { code, text }: Problem): void {
  response.locals['problem'] = code;
  const shown = {
    type: `urn:rostergate:problem:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: text,
  };
  response.status(status).type('application/problem+json').send(JSON.stringify(shown));
}

function answerError(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const { status } = error as { status?: unknown };
    if (status === 413) return refuse(response, 413, problem('too-large', `The body is larger than ${most}.`));
    if (typeof status === 'number' && status >= 400 && status < 500) {
      return refuse(response, 400, problem('unreadable-input', 'The address or the body is malformed; send JSON.'));
    }
    const id = String(response.locals['requestId'] ?? '');
    const at = error instanceof Error ? framesOf(error, 6).join(' < ') : typeof error;
    log.error({ request: id, error: error instanceof Error ? error.name : 'unknown', at }, 'defect in a request');
    if (response.headersSent) next(error);
    else refuse(response, 500, problem('internal', `A defect of the gateway; its log names request ${id}.`));
  };
}
