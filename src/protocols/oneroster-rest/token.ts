import express, { type ErrorRequestHandler, type Response, Router } from 'express';
import { callerOf, mayBringSecrets } from '../../wire/index.ts';
import { realm } from './bearer.ts';
import type { OneRosterDeps } from './deps.ts';
import { grant, refuse, type TokenAnswer } from './grant.ts';

/** The fields of a form as texts, or the name of one that is repeated. */
function formFields(body: unknown): { fields: Map<string, string>; repeated?: string } {
  const fields = new Map<string, string>();
  if (typeof body !== 'object' || body === null) return { fields };
  for (const [name, value] of Object.entries(body)) {
    if (typeof value !== 'string') return { fields, repeated: name };
    fields.set(name, value);
  }
  return { fields };
}

function send(response: Response, { status, body, retryAfter = 5 }: TokenAnswer): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Pragma', 'no-cache');
  if (status === 401) response.setHeader('WWW-Authenticate', `Basic realm="${realm}"`);
  if (status === 429) response.setHeader('Retry-After', String(retryAfter));
  response.end(JSON.stringify(body));
}

/** Makes the token endpoint `POST /oauth/token` (RFC 6749, sections 3.2 and 4.4; OneRoster 1.2 security). */
export function makeTokenEndpoint({
  access,
  log,
  plainHttp = 'loopback',
}: Pick<OneRosterDeps, 'access' | 'log' | 'plainHttp'>): Router {
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: '8kb', parameterLimit: 32 });
  router.all('/oauth/token', (request, response, next) => {
    if (request.method === 'POST') {
      next();
      return;
    }
    response.setHeader('Allow', 'POST');
    send(response, refuse(405, 'invalid_request', 'A token is asked for with POST'));
  });
  router.post('/oauth/token', (request, response, next) => {
    if (mayBringSecrets(request, plainHttp)) next();
    else send(response, refuse(400, 'invalid_request', 'Secrets are taken only over TLS or from the same machine'));
  });
  router.post('/oauth/token', form, async (request, response) => {
    const { fields, repeated } = formFields(request.body);
    if (repeated !== undefined) {
      send(response, refuse(400, 'invalid_request', 'A parameter is given more than once'));
      return;
    }
    const query = new URL(request.originalUrl, 'http://localhost').searchParams;
    if (['client_id', 'client_secret', 'access_token'].some((name) => query.has(name)) || fields.has('access_token')) {
      send(response, refuse(400, 'invalid_request', 'Credentials belong in the Authorization header or the form'));
      return;
    }
    send(response, await grant(access, request, fields, callerOf(request, response)));
  });
  const onError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const status = error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500;
    if (status >= 400 && status < 500) {
      send(response, refuse(status, 'invalid_request', 'The form cannot be read'));
      return;
    }
    log.error({ error: error instanceof Error ? error.name : 'unknown' }, 'token endpoint failed');
    send(response, refuse(500, 'server_error', 'The token could not be issued'));
  };
  router.use('/oauth/token', onError);
  return router;
}
