import { type RequestHandler, Router } from 'express';
import { problem } from '../../base/problem.ts';
import type { Result } from '../../base/result.ts';
import { isSameSecret } from '../../base/same-secret.ts';
import type { Context, SessionsRoom } from '../../roster/index.ts';
import { callerOf } from '../../wire/index.ts';
import { sendAnswer, sendProblem } from '../answer.ts';
import { isJson, makeBodyCheck, readJson } from '../json-body.ts';
import type { ProviderDoorDeps } from '../oidc/door.ts';
import { keepCookie, tokenIn } from './cookie.ts';
import { startedAnswer } from './started.ts';

/** Signing in by name and password: `POST /`, open to everybody. All else of sessions is behind the credentials. */
export function makeSessionDoor(sessions: Pick<SessionsRoom, 'signIn' | 'find' | 'end'>): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const check = makeBodyCheck('SignIn');
  const expectJson: RequestHandler = (request, response, next) => {
    if (isJson(request.get('content-type'))) next();
    else sendProblem(response, problem('unsupported-media-type', 'Send the body with Content-Type: application/json.'));
  };
  router.post('/', expectJson, readJson, async (request, response) => {
    const body = check(request.body);
    if (!body.ok) return sendProblem(response, body.problem);
    const { name, password, code } = body.value as { name: string; password: string; code?: string };
    const started = await sessions.signIn(name, { password, code }, callerOf(request, response));
    if (!started.ok) {
      // A question for a password by the browser would not help here.
      return sendProblem(response, started.problem, { 'WWW-Authenticate': 'Bearer realm="rostergate"' });
    }
    await endFormer(sessions, request);
    return sendAnswer(response, startedAnswer(started.value, 201));
  });
  return router;
}

/** Starts the session of somebody whom a provider has vouched for. */
export function startSessionBy(
  sessions: Pick<SessionsRoom, 'start' | 'find' | 'end'>,
): ProviderDoorDeps['startSession'] {
  return async (request, response, signedIn) => {
    const { token } = await sessions.start(signedIn);
    await endFormer(sessions, request);
    response.append('Set-Cookie', keepCookie(token));
    return undefined;
  };
}

/** Ends the session that a browser had before it got a new one: nobody could sign out of it any more. */
async function endFormer(
  sessions: Pick<SessionsRoom, 'find' | 'end'>,
  request: Parameters<typeof tokenIn>[0],
): Promise<void> {
  const token = tokenIn(request);
  const found = token === undefined ? undefined : await sessions.find(token);
  if (found?.ok === true) await sessions.end(found.value.context);
}

/** Methods that change nothing (RFC 9110, section 9.2.1), for which no token against forged requests is asked. */
const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The context of a request by its cookie; undefined where it has none. What changes something carries the session's token
 * against forged requests in `X-CSRF-Token`, and comes from no page of another site.
 */
export async function contextBySession(
  sessions: Pick<SessionsRoom, 'find'>,
  request: Parameters<typeof tokenIn>[0],
  caller: Parameters<SessionsRoom['find']>[1],
): Promise<Result<Context> | undefined> {
  const token = tokenIn(request);
  if (token === undefined) return undefined;
  const found = await sessions.find(token, caller);
  if (!found.ok) return found;
  const { context, csrfToken } = found.value;
  if (safe.has(request.method)) return { ok: true, value: context };
  const given = Buffer.from(request.get('x-csrf-token') ?? '');
  if (!isSameSecret(given, Buffer.from(csrfToken))) {
    const text = 'X-CSRF-Token is not that of the session: send the csrfToken that GET /api/v1/session tells.';
    return { ok: false, problem: problem('forbidden', text) };
  }
  return { ok: true, value: context };
}
