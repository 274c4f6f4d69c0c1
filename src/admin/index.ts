import type { Router } from 'express';
import { makeRouter, type RouterDeps } from './router.ts';
import { routes } from './routes/index.ts';

export type { RouterDeps as AdminDeps } from './router.ts';
export { routes as adminRoutes } from './routes/index.ts';
export { statusWords } from './status.ts';
export { makeUploads } from './uploads/uploads.ts';

/**
 * Makes the admin API. The router belongs at `/api/v1`: imports, runs and their lists, feeds, trash, what waits, and its own OpenAPI 3.1
 * document at `/openapi.json`; all but the last behind HTTP Basic or a Bearer key. Every error is an RFC 9457 problem
 * document with the gateway's closed code.
 */
export function makeAdmin(deps: RouterDeps): Router {
  return makeRouter(routes, deps);
}
