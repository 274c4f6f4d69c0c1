import type { Route } from '../route.ts';
import { credentialRoutes } from './credentials.ts';
import { downstreamRoutes } from './downstream.ts';
import { feedRoutes } from './feeds.ts';
import { importRoutes } from './imports.ts';
import { runRoutes } from './runs.ts';
import { settingsRoutes } from './settings.ts';
import { trashRoutes } from './trash.ts';
import { waitingRoutes } from './waiting.ts';

/** Every route behind the credentials; the router and the OpenAPI document are made from this table. */
export const routes: readonly Route[] = [
  importRoutes,
  runRoutes,
  feedRoutes,
  trashRoutes,
  waitingRoutes,
  settingsRoutes,
  credentialRoutes,
  downstreamRoutes,
].flat();
