import { type ErrorRequestHandler, type Request, type RequestHandler, type Response, Router } from 'express';
import type { Log } from '../base/log.ts';
import { problem } from '../base/problem.ts';
import { framesOf } from '../base/stack.ts';
import { type Context, isGatewayAction } from '../roster/index.ts';
import { callerOf, mayBringSecrets, type PlainHttp } from '../wire/index.ts';
import { refusalOf } from './access/allowed.ts';
import { authenticate, challenges } from './access/authenticate.ts';
import { sendAnswer, sendProblem } from './answer.ts';
import { makeOnRecord, type OnRecord } from './audit/on-record.ts';
import { queryOfRoute } from './audit/reason.ts';
import { type BodyCheck, bodyProblem, isJson, makeBodyCheck, readJson } from './json-body.ts';
import { makeProviderDoor } from './oidc/door.ts';
import { openApiDocument } from './open-api.ts';
import { readParameters } from './parameters.ts';
import type { Rooms, Route } from './route.ts';
import { contextBySession, makeSessionDoor, startSessionBy } from './session/door.ts';
import { tellOfUploads } from './uploads/routes.ts';

/** What {@link makeRouter} needs. */
export interface RouterDeps extends Rooms {
  readonly log: Log;
  readonly version: string;
  /** Address that browsers reach the gateway by; unset: taken from each request. */
  readonly publicUrl?: string;
  /** Where passwords and keys may come over plain HTTP; unset: from this machine only. */
  readonly plainHttp?: PlainHttp;
}

const documentPath = '/openapi.json';

/** The router of a table of routes: credentials, query and body are checked here, before a handler sees them. */
export function makeRouter(routes: readonly Route[], deps: RouterDeps): Router {
  const router = Router({ caseSensitive: true });
  const document = openApiDocument(routes, deps.version);
  router.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  router.get(documentPath, (request, response) => {
    response.json({ ...document, servers: [{ url: request.baseUrl }] });
  });
  router.options('/uploads', tellOfUploads);
  const { providers, sessions, publicUrl } = deps;
  router.use(refusePlainHttp(deps.plainHttp ?? 'loopback'));
  router.use('/session/oidc', makeProviderDoor({ providers, publicUrl, startSession: startSessionBy(sessions) }));
  router.use(refuseForeignSites(publicUrl));
  router.use('/session', makeSessionDoor(sessions));
  router.use(admit(deps));
  const onRecord = makeOnRecord(deps.audit);
  for (const route of routes) {
    const check = route.body === undefined || route.body === 'file' ? undefined : makeBodyCheck(route.body);
    const steps = check === undefined ? [] : [expectJson, readJson];
    router[route.method](
      route.path,
      onRecord.begin(route),
      refuseOthers(route, deps.access),
      ...steps,
      serve(route, deps, onRecord, check),
    );
  }
  for (const path of new Set([documentPath, ...routes.map((route) => route.path)])) {
    router.all(path, refuseMethod(methodsOf(routes, path)));
  }
  router.use((_request, response) => {
    sendProblem(response, problem('unknown-object', 'The admin API has nothing at this address.'));
  });
  router.use(answerError(deps.log));
  return router;
}

/** Nearly every request brings a password, a key or a session, and nobody is asked for one on a line that others read. */
function refusePlainHttp(plainHttp: PlainHttp): RequestHandler {
  const text =
    'The admin API takes passwords and keys only over TLS or from the same machine; use https:// (behind a proxy with TRUST_PROXY), or set SOAP_PLAIN_HTTP=allow.';
  return (request, response, next) => {
    if (mayBringSecrets(request, plainHttp)) next();
    else sendProblem(response, problem('forbidden', text));
  };
}

/**
 * A page of another site must not act with the credentials that a browser keeps for this one: browsers say where a page is
 * from (Fetch Metadata), older ones only its origin.
 */
function refuseForeignSites(publicUrl: string | undefined): RequestHandler {
  return (request, response, next) => {
    const site = request.get('sec-fetch-site') ?? 'none';
    const origin = request.get('origin');
    const own =
      publicUrl === undefined ? `${request.protocol}://${request.get('host') ?? ''}` : new URL(publicUrl).origin;
    const isOwn = (site === 'none' || site === 'same-origin') && (origin === undefined || origin === own);
    if (isOwn) next();
    else sendProblem(response, problem('forbidden', 'Pages of other sites may not use the admin API.'));
  };
}

/** Lets in by the `Authorization` header, else by the cookie of a session. */
function admit({ access, sessions }: Pick<Rooms, 'access' | 'sessions'>): RequestHandler {
  return async (request, response, next) => {
    const caller = callerOf(request, response);
    const authorization = request.get('authorization');
    const bySession = authorization === undefined ? await contextBySession(sessions, request, caller) : undefined;
    const context = bySession ?? (await authenticate(access, authorization, caller));
    if (context.ok) {
      response.locals['context'] = context.value;
      next();
    } else {
      const is401 = context.problem.code === 'unauthenticated';
      sendProblem(response, context.problem, is401 ? { 'WWW-Authenticate': challenges } : {});
    }
  };
}

/** Lets those pass who may do what a route does, for the tenant that they name, before a body is read. */
function refuseOthers(route: Route, access: Rooms['access']): RequestHandler {
  return async (request, response, next) => {
    const known = response.locals['context'] as Context;
    // Tenants themselves are named by the path: one that is not served cannot be acted for, but it can be resumed.
    const named = isGatewayAction(route.action) ? undefined : request.get('x-tenant');
    const context = await access.forTenant(known, named);
    if (!context.ok) {
      response.locals['recorded'] = true;
      return sendProblem(response, context.problem);
    }
    response.locals['context'] = context.value;
    const refused = refusalOf(route, context.value);
    if (refused === undefined) next();
    else sendProblem(response, refused);
  };
}

const expectJson: RequestHandler = (request, response, next) => {
  if (isJson(request.get('content-type'))) next();
  else sendProblem(response, problem('unsupported-media-type', 'Send the body with Content-Type: application/json.'));
};

function serve(route: Route, rooms: Rooms, onRecord: OnRecord, check: BodyCheck | undefined): RequestHandler {
  return async (request, response) => {
    response.locals['route'] = request.baseUrl + route.path;
    const query = readParameters(queryOf(request), queryOfRoute(route));
    if (!query.ok) return sendProblem(response, query.problem);
    const body = check?.(request.body);
    if (body !== undefined && !body.ok) return sendProblem(response, body.problem);
    const context = response.locals['context'] as Context;
    const id = idOf(request);
    const answer = await route.handle(rooms, { context, id, query: query.value, body: body?.value, request });
    const { reason } = query.value as { readonly reason?: string };
    await onRecord.end(route, { context, id, reason, response }, answer);
    if ('problem' in answer) sendProblem(response, answer.problem);
    else await sendAnswer(response, answer);
  };
}

function queryOf(request: Request): string {
  const mark = request.originalUrl.indexOf('?');
  return mark < 0 ? '' : request.originalUrl.slice(mark + 1);
}

function idOf(request: Request): string {
  const [value] = Object.values(request.params);
  return typeof value === 'string' ? value : '';
}

function methodsOf(routes: readonly Route[], path: string): string[] {
  const own = routes.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
  const all = path === documentPath ? ['GET'] : own;
  return all.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}

function refuseMethod(allowed: readonly string[]): RequestHandler {
  return (request, response) => {
    const text = `${request.method} is not possible here; possible are ${allowed.join(', ')}.`;
    sendProblem(response, problem('unsupported-operation', text), { Allow: allowed.join(', ') });
  };
}

/** Every error becomes a problem document; a defect is logged by its class and place, never by its message. */
function answerError(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response: Response, next) => {
    const isReset = (error as { code?: unknown }).code === 'ECONNRESET';
    // The sender has gone: before its body was there, or before it was read.
    if (request.destroyed && (isReset || !request.complete)) {
      log.info({ request: requestIdOf(response) }, 'a request ended before its body was there');
      response.destroy();
      return;
    }
    const known = bodyProblem(error);
    if (known === undefined) {
      log.error({ request: requestIdOf(response), ...placeOf(error) }, 'defect in a request');
    }
    const text = `A defect of the gateway, or a lost database; its log names request ${requestIdOf(response)}.`;
    if (response.headersSent) next(error);
    else sendProblem(response, known ?? problem('internal', text));
  };
}

function requestIdOf(response: Response): string {
  return String(response.locals['requestId'] ?? '');
}

function placeOf(error: unknown): { error: string; at?: string } {
  if (!(error instanceof Error)) return { error: typeof error };
  return { error: error.name, at: framesOf(error, 6).join(' < ') };
}
