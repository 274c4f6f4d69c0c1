import { type Request, type RequestHandler, type Response, Router } from 'express';
import { problem } from '../../base/problem.ts';
import type { Failed } from '../../base/result.ts';
import type { Caller, ProviderRoom, SignedIn } from '../../roster/index.ts';
import { callerOf } from '../../wire/index.ts';
import { sendProblem } from '../answer.ts';
import { readParameters } from '../parameters.ts';

/** What {@link makeProviderDoor} needs. */
export interface ProviderDoorDeps {
  readonly providers: Pick<ProviderRoom, 'begin' | 'finish'>;
  /** Address that browsers reach the gateway by, without a slash at its end; without it that of each request. */
  readonly publicUrl?: string | undefined;
  /** Starts the person's session and sets its cookie. */
  startSession(request: Request, response: Response, signedIn: SignedIn): Promise<Failed | undefined>;
}

/** The cookie that ties the answer of the provider to the browser that asked for it. */
const cookieName = '__Host-rostergate-oidc';
const cookie = { secure: true, httpOnly: true, sameSite: 'lax', path: '/' } as const;
const cookieMs = 600_000;
/** Where people go when they are in: a fixed path, so that no link can send them elsewhere. */
const afterwards = '/admin';

const beginQuery = {
  tenant: { kind: 'text', max: 256, required: true, doc: 'The tenant whose provider is asked.' },
  again: { kind: 'flag', doc: 'Ask the person anew who it is, as acts that destroy something need it.' },
} as const;

/**
 * The two addresses of a sign-in by OpenID Connect, open to everybody: `/` sends the browser to the provider of a tenant,
 * `/callback` takes what it brings back, starts a session and sends it on.
 */
export function makeProviderDoor({ providers, publicUrl, startSession }: ProviderDoorDeps): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const callbackOf = (request: Request) =>
    `${publicUrl?.replace(/\/+$/, '') ?? `${request.protocol}://${request.get('host') ?? ''}`}${request.baseUrl}/callback`;

  router.use(onlyGet);
  router.get('/', async (request, response) => {
    const query = readParameters(queryOf(request), beginQuery);
    if (!query.ok) return sendProblem(response, query.problem);
    const { tenant, again } = query.value as { tenant: string; again: boolean };
    const begun = await providers.begin(tenant, callbackOf(request), again);
    if (!begun.ok) return refuse(response, begun);
    response.cookie(cookieName, begun.value.ticket, { ...cookie, maxAge: cookieMs });
    response.redirect(303, begun.value.location);
  });
  router.get('/callback', async (request, response) => {
    const ticket = cookieOf(request);
    response.clearCookie(cookieName, cookie);
    const caller: Caller = callerOf(request, response);
    const signedIn = await providers.finish(ticket, queryOf(request), caller);
    if (!signedIn.ok) return refuse(response, signedIn);
    const refused = await startSession(request, response, signedIn.value);
    if (refused === undefined) response.redirect(303, afterwards);
    else refuse(response, refused);
  });
  return router;
}

/** Links are looked at ahead by HEAD; a sign-in must not be used up by that. */
const onlyGet: RequestHandler = (request, response, next) => {
  if (request.method === 'GET') next();
  else sendProblem(response, problem('unsupported-operation', 'Only GET is possible here.'), { Allow: 'GET' });
};

/** A browser is shown no question for a password that would not help here. */
function refuse(response: Response, { problem }: Failed): void {
  const headers = problem.code === 'unauthenticated' ? { 'WWW-Authenticate': 'Bearer realm="rostergate"' } : {};
  sendProblem(response, problem, headers);
}

function queryOf(request: Request): string {
  const mark = request.originalUrl.indexOf('?');
  return mark < 0 ? '' : request.originalUrl.slice(mark + 1);
}

/** The ticket that the browser carries; empty where it has none. */
function cookieOf(request: Request): string {
  const pairs = (request.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1) ?? '';
}
