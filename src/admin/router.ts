import { type ErrorRequestHandler, type Request, type RequestHandler, type Response, Router } from 'express';
import type { Log } from '../base/log.ts';
import { problem } from '../base/problem.ts';
import { framesOf } from '../base/stack.ts';
import type { Context } from '../roster/index.ts';
import { callerOf } from '../wire/index.ts';
import { sendAnswer, sendProblem } from './answer.ts';
import { authenticate, challenges, isClient } from './authenticate.ts';
import { type BodyCheck, bodyProblem, isJson, makeBodyCheck, readJson } from './json-body.ts';
import { openApiDocument } from './open-api.ts';
import { readParameters } from './parameters.ts';
import type { Rooms, Route } from './route.ts';

/** What {@link makeRouter} needs. */
export interface RouterDeps extends Rooms {
  readonly log: Log;
  readonly version: string;
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
  router.use(refuseForeignSites, admit(deps.access));
  for (const route of routes) {
    const check = route.body === undefined || route.body === 'file' ? undefined : makeBodyCheck(route.body);
    const steps = check === undefined ? [] : [expectJson, readJson];
    router[route.method](
      route.path,
      ...(route.clients === true ? [] : [refuseClients]),
      ...steps,
      serve(route, deps, check),
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

/** A page of another site must not act with the credentials that a browser keeps for this one. */
const refuseForeignSites: RequestHandler = (request, response, next) => {
  const site = request.get('sec-fetch-site') ?? 'none';
  if (site === 'none' || site === 'same-origin') next();
  else sendProblem(response, problem('forbidden', 'Pages of other sites may not use the admin API.'));
};

function admit(access: Rooms['access']): RequestHandler {
  return async (request, response, next) => {
    const context = await authenticate(access, request.get('authorization'), callerOf(request, response));
    if (context.ok) {
      response.locals['context'] = context.value;
      next();
    } else {
      const is401 = context.problem.code === 'unauthenticated';
      sendProblem(response, context.problem, is401 ? { 'WWW-Authenticate': challenges } : {});
    }
  };
}

const refuseClients: RequestHandler = (_request, response, next) => {
  if (!isClient(response.locals['context'] as Context)) next();
  else sendProblem(response, problem('forbidden', 'OneRoster clients may only send files and read their runs.'));
};

const expectJson: RequestHandler = (request, response, next) => {
  if (isJson(request.get('content-type'))) next();
  else sendProblem(response, problem('unsupported-media-type', 'Send the body with Content-Type: application/json.'));
};

function serve(route: Route, rooms: Rooms, check: BodyCheck | undefined): RequestHandler {
  return async (request, response) => {
    response.locals['route'] = request.baseUrl + route.path;
    const query = readParameters(queryOf(request), route.query);
    if (!query.ok) return sendProblem(response, query.problem);
    const body = check?.(request.body);
    if (body !== undefined && !body.ok) return sendProblem(response, body.problem);
    const answer = await route.handle(rooms, {
      context: response.locals['context'] as Context,
      id: idOf(request),
      query: query.value,
      body: body?.value,
      request,
    });
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
    if (request.destroyed && !request.complete) {
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
