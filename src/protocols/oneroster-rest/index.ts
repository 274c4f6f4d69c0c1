import { Router } from 'express';
import type { OneRosterDeps } from './deps.ts';
import { documentationPage, pagePolicy } from './discovery/page.ts';
import { makeServe, originOf } from './serve.ts';
import { makeTokenEndpoint } from './token.ts';

export type { OneRosterDeps } from './deps.ts';
export { type Operation, type Service, services, type Version } from './operations/index.ts';
export { statusWords } from './status.ts';

/**
 * Makes OneRoster's REST services (1.1, and the rostering, gradebook and resources services of 1.2) and the OAuth 2
 * token endpoint. The router belongs at `/`: it serves `/oauth/token` and everything under `/ims/oneroster`, and
 * passes all else on.
 */
export function makeOneRoster(deps: OneRosterDeps): Router {
  const router = Router();
  router.get('/docs', (request, response) => {
    const origin = originOf(request, deps.publicUrl);
    response.setHeader('Content-Security-Policy', pagePolicy);
    response.type('html').send(documentationPage(origin ?? ''));
  });
  router.use(makeTokenEndpoint(deps));
  router.use(makeServe(deps));
  return router;
}
