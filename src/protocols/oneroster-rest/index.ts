import { Router } from 'express';
import type { OneRosterDeps } from './deps.ts';
import { makeServe } from './serve.ts';
import { makeTokenEndpoint } from './token.ts';

export type { OneRosterDeps } from './deps.ts';
export { type Operation, rosteringScopes, type Service, services, type Version } from './operations.ts';
export { statusWords } from './status.ts';

/**
 * Makes OneRoster's REST services (1.1 and the rostering service of 1.2, read side of Rostering Core) and the OAuth 2
 * token endpoint. The router belongs at `/`: it serves `/oauth/token` and everything under `/ims/oneroster`, and
 * passes all else on.
 */
export function makeOneRoster(deps: OneRosterDeps): Router {
  const router = Router();
  router.use(makeTokenEndpoint(deps));
  router.use(makeServe(deps));
  return router;
}
