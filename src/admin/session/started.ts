import type { StartedSession } from '../../roster/index.ts';
import type { Answer } from '../answer.ts';
import { keepCookie } from './cookie.ts';

/** The answer to a sign-in or a new proof: the session, its token against forged requests, and the cookie. */
export function startedAnswer({ token, csrfToken, session }: StartedSession, status: 200 | 201): Answer {
  return { status, body: { ...session, csrfToken }, headers: { 'Set-Cookie': keepCookie(token) } };
}
