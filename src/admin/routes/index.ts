import { accountRoutes } from '../accounts/routes.ts';
import { arrivalRoutes } from '../arrivals/routes.ts';
import { auditRoutes } from '../audit/routes.ts';
import { feedCheckRoutes } from '../feed-check/routes.ts';
import { feedReviewRoutes } from '../feeds/routes.ts';
import { jobRoutes } from '../jobs/routes.ts';
import { providerRoutes } from '../oidc/routes.ts';
import { preferenceRoutes } from '../preferences/routes.ts';
import type { Route } from '../route.ts';
import { secretsRoutes } from '../secrets/routes.ts';
import { sessionRoutes } from '../session/routes.ts';
import { sftpRoutes } from '../sftp/routes.ts';
import { snapshotRoutes } from '../snapshots/routes.ts';
import { subjectRoutes } from '../subject/routes.ts';
import { subscriberRoutes } from '../subscribers/routes.ts';
import { unmappedRoutes } from '../unmapped/routes.ts';
import { uploadRoutes } from '../uploads/routes.ts';
import { webhookRoutes } from '../webhooks/routes.ts';
import { credentialRoutes } from './credentials.ts';
import { downstreamRoutes } from './downstream.ts';
import { exportRoutes } from './exports.ts';
import { feedRoutes } from './feeds.ts';
import { importRoutes } from './imports.ts';
import { pullRoutes } from './pulls.ts';
import { recordRoutes } from './records.ts';
import { reportRoutes } from './reports.ts';
import { runRoutes } from './runs.ts';
import { settingsRoutes } from './settings.ts';
import { sharingRoutes } from './sharing.ts';
import { tenantRoutes } from './tenants.ts';
import { trashRoutes } from './trash.ts';
import { waitingRoutes } from './waiting.ts';

/** Every route behind the credentials; the router and the OpenAPI document are made from this table. */
export const routes: readonly Route[] = [
  importRoutes,
  runRoutes,
  reportRoutes,
  feedRoutes,
  feedReviewRoutes,
  unmappedRoutes,
  snapshotRoutes,
  subscriberRoutes,
  webhookRoutes,
  uploadRoutes,
  arrivalRoutes,
  feedCheckRoutes,
  sftpRoutes,
  jobRoutes,
  pullRoutes,
  trashRoutes,
  recordRoutes,
  subjectRoutes,
  accountRoutes,
  preferenceRoutes,
  exportRoutes,
  waitingRoutes,
  settingsRoutes,
  providerRoutes,
  credentialRoutes,
  sharingRoutes,
  downstreamRoutes,
  auditRoutes,
  tenantRoutes,
  sessionRoutes,
  secretsRoutes,
].flat();
