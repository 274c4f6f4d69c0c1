import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response, Router } from 'express';
import express from 'express';
import helmet from 'helmet';
import { defectFields } from './app-log.ts';
import { randomId } from './base/ids.ts';
import type { Log } from './base/log.ts';
import type { Config } from './config.ts';
import { networksOf, type Rate } from './wire/index.ts';

/** A protocol's router and where it hangs. */
export interface Mount {
  readonly path: string;
  readonly router: Router;
}

/** What `/health/ready` asks. */
export interface Readiness {
  /** Rejects when the database gives no answer. */
  readonly ping: () => Promise<unknown>;
  /** Whether all migrations are done. */
  readonly isMigrated: () => boolean;
  /** Whether the gateway was asked to stop. */
  readonly isStopping: () => boolean;
}

/** What {@link makeApp} is composed of. */
export interface AppDeps {
  readonly log: Log;
  readonly trustProxy: Config['trustProxy'];
  /** Requests a second that one sender gets answered, and what counts them; absent: any number. */
  readonly rate?: { readonly perSecond: number; readonly of: Rate };
  readonly mounts: readonly Mount[];
  readonly readiness: Readiness;
  /** Told of each answer: method, pattern of the address, status, seconds. */
  readonly answered?: ((method: string, route: string, status: number, seconds: number) => void) | undefined;
}

const PING_MS = 1_000;

/**
 * The HTTP shell around the protocols: safe headers, request ids (`x-request-id`, also in `res.locals.requestId`), one
 * log line a request without names, bodies or query strings, health, and RFC 9457 answers where no protocol has one.
 */
export function makeApp({ log, trustProxy, rate, mounts, readiness, answered }: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustProxy);
  // Pages of ours are also read over plain HTTP on this machine: browsers must not turn their links into https.
  const directives = { upgradeInsecureRequests: null, styleSrc: ["'self'"], fontSrc: ["'self'"] };
  app.use(helmet({ contentSecurityPolicy: { directives } }));
  app.use(withRequestId, withRequestLog(log, answered));
  app.get('/health/live', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'live' });
  });
  app.get('/health/ready', readyHandler(readiness));
  if (rate !== undefined) app.use(withRate(rate));
  for (const { path, router } of mounts) app.use(path, router);
  app.use((_request, response) => {
    sendProblem(response, 404, 'Nothing is at this address.');
  });
  app.use(errorHandler(log));
  return app;
}

const withRequestId: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id') ?? '';
  const id = /^[\w.-]{1,64}$/.test(given) ? given : randomId();
  response.locals['requestId'] = id;
  response.set('x-request-id', id);
  next();
};

/** Refuses what one sender asks too often, whoever it says it is: before any door looks at it. */
function withRate({ perSecond, of }: NonNullable<AppDeps['rate']>): RequestHandler {
  return async (request, response, next) => {
    const wait = await of(networksOf(request.ip ?? '').sender);
    if (wait === 0) return next();
    response.set('Retry-After', String(wait));
    sendProblem(response, 429, `${perSecond} requests a second are answered for one address; wait ${wait} s.`);
  };
}

function withRequestLog(log: Log, answered: AppDeps['answered']): RequestHandler {
  return (request, response, next) => {
    const began = performance.now();
    response.once('close', () => {
      const route = routeOf(request, response);
      answered?.(request.method, route, response.statusCode, (performance.now() - began) / 1000);
      if (route.startsWith('/health/') && response.statusCode === 200) return;
      log.info(
        {
          method: request.method,
          route,
          status: response.statusCode,
          ms: Math.round(performance.now() - began),
          request: requestIdOf(response),
          ...(response.writableFinished ? {} : { aborted: true }),
        },
        'request',
      );
    });
    next();
  };
}

/** The pattern that answered, such as `/api/v1/runs/:id` (`locals.route` where a router has its own): paths may hold people's ids. */
function routeOf(request: Request, response: Response): string {
  const named: unknown = response.locals['route'];
  if (typeof named === 'string') return named;
  const path: unknown = (request.route as { path?: unknown } | undefined)?.path;
  return typeof path === 'string' ? `${request.baseUrl}${path}` : `${request.baseUrl}/*`;
}

function requestIdOf(response: Response): string {
  return String(response.locals['requestId']);
}

function readyHandler({ ping, isMigrated, isStopping }: Readiness): RequestHandler {
  return async (_request, response) => {
    response.set('Cache-Control', 'no-store');
    if (isStopping()) sendProblem(response, 503, 'The gateway is stopping.');
    else if (!isMigrated()) sendProblem(response, 503, 'The database is being prepared.');
    else if (!(await answersInTime(ping))) sendProblem(response, 503, 'The database does not answer.');
    else response.json({ status: 'ready' });
  };
}

function answersInTime(ping: () => Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), PING_MS);
    ping()
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(() => clearTimeout(timer));
  });
}

function errorHandler(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const { status, expose, message } = error as { status?: unknown; expose?: unknown; message?: unknown };
    const isExpected = typeof status === 'number' && status >= 400 && status < 500;
    if (!isExpected) log.error({ request: requestIdOf(response), ...defectFields(error) }, 'defect in a request');
    if (response.headersSent) next(error);
    else if (isExpected) sendProblem(response, status, expose === true ? String(message) : undefined);
    else sendProblem(response, 500, `A defect of the gateway; its log names request ${requestIdOf(response)}.`);
  };
}

function sendProblem(response: Response, status: number, detail: string | undefined): void {
  const title = STATUS_CODES[status] ?? 'Error';
  const body = { type: 'about:blank', title, status, ...(detail === undefined ? {} : { detail }) };
  response.status(status).type('application/problem+json').send(JSON.stringify(body));
}
