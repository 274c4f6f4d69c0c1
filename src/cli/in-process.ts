import { makeLog } from '../app-log.ts';
import { failed, ok, type Result } from '../base/result.ts';
import type { Config, Environment } from '../config.ts';
import { auditLines, type Context, everyTenant, readAuditQuery, type Tenants } from '../roster/index.ts';
import { openServices } from '../services.ts';
import { openDatabase } from '../store/mongod/index.ts';
import {
  certificationCsv,
  certificationLog,
  changesCsv,
  endedRun,
  noDownstream,
  problemsCsv,
  snapshotReport,
  snapshotReportCsv,
  unmappedCsv,
} from '../sync/index.ts';
import { welcome } from '../welcome.ts';
import { recorded } from './audit/on-record.ts';
import type { Operations } from './operations.ts';

/** What {@link openInProcess} needs. */
export interface InProcessDeps {
  readonly config: Config;
  /** Only for finding the embedded MongoDB's program. */
  readonly env: Environment;
  /** Tells a person something. */
  readonly note: (line: string) => void;
}

/** {@link Operations} of this process: opens the database and the rooms over it, and works on runs itself. */
export async function openInProcess({ config, env, note }: InProcessDeps): Promise<Result<Operations>> {
  // Lines of a server's log are not for a terminal; what a person must know, commands say.
  const log = makeLog(config.logLevel === 'silent' ? 'silent' : 'error');
  const database = await openDatabase({
    dataDir: config.dataDir,
    cacheGb: config.mongodCacheGb,
    env,
    log,
    progress: note,
    holder: 'command',
    ...(config.mongodbUri === undefined ? {} : { uri: config.mongodbUri }),
  });
  if (!database.ok) return database;
  const services = await openServices(config, database.value, log);
  if (!services.ok) {
    await database.value.close();
    return services;
  }
  const {
    roster,
    sync,
    jobs,
    transports,
    sftpDrop,
    notify,
    trash,
    records,
    subjects,
    preferences,
    credentials,
    tenants,
    tenancy,
    sessions,
    secrets,
    downstreams,
    exports,
    audit,
    first,
    close,
  } = services.value;
  if (first !== undefined) note(welcome(first));
  const tenant = await tenantOf(tenants, env['ROSTERGATE_TENANT']);
  const context: Context = {
    tenant: tenant ?? everyTenant,
    writer: 'admin:command-line',
    namespace: 'default',
    source: 'cli',
    gateway: true,
    role: 'admin',
  };
  let started: Promise<void> | undefined;
  // Before the first run is queued: a start frees what dead processes held, and must not free a run of this one.
  const working = () => {
    started ??= sync.start();
    return started;
  };
  const noRun = (id: string) => failed('unknown-object', `There is no run ${id}.`, { id });

  const operations: Operations = {
    afterwards: 'goes on when a gateway is started on this database',
    async submit(request, bytes) {
      await working();
      return sync.submit(context, request, bytes);
    },
    async wait(id, onProgress) {
      const run = await sync.wait(context, id, onProgress);
      return run === undefined ? noRun(id) : ok(run);
    },
    async run(id) {
      const run = await sync.run(context, id);
      return run === undefined ? noRun(id) : ok(run);
    },
    runs: (query) => sync.runs(context, query),
    async approve(id) {
      await working();
      return sync.approve(context, id);
    },
    reject: (id) => sync.reject(context, id),
    async undo(id, dryRun) {
      await working();
      return sync.undo(context, id, { dryRun });
    },
    async again(id, dryRun) {
      await working();
      return sync.again(context, id, { dryRun });
    },
    arrivals: (feed, query) => transports.arrivals(context, feed, query),
    checkFeed: (feed) => transports.check(context, feed),
    sftpServer: () => sftpDrop.info(),
    unmapped: (feed, query) => sync.unmapped(context, feed, query),
    unmappedCsv: (feed) => unmappedCsv(sync, context, feed),
    snapshotReport: (feed, query) => snapshotReport({ sync, roster }, context, feed, query),
    snapshotReportCsv: (feed, query) => snapshotReportCsv({ sync, roster }, context, feed, query),
    webhooks: async () => ok(await notify.webhooks.list(context)),
    addWebhook: (wanted) => notify.webhooks.add(context, wanted),
    changeWebhook: (id, change) => notify.webhooks.change(context, id, change),
    removeWebhook: (id) => notify.webhooks.remove(context, id),
    rotateWebhook: (id) => notify.webhooks.rotate(context, id),
    testWebhook: (id) => notify.webhooks.test(context, id),
    webhookDeliveries: (id, query) => notify.webhooks.deliveries(context, id, query),
    replayWebhook: (id, what) => notify.webhooks.replay(context, id, what),
    subscribers: (feed) => notify.subscribers.list(context, feed),
    addSubscriber: (feed, wanted) => notify.subscribers.add(context, feed, wanted),
    removeSubscriber: (feed, id) => notify.subscribers.remove(context, feed, id),
    async rollover(request) {
      await working();
      return sync.rollover(context, request);
    },
    async crosswalk(request, bytes) {
      await working();
      return sync.crosswalk(context, request, bytes);
    },
    changes: (id, query) => sync.changes(context, id, query),
    problems: (id, query) => sync.problems(context, id, query),
    pairs: (id, query) => sync.pairs(context, id, query),
    merge: (id, what) => sync.merge(context, id, what),
    log: (id) => certificationLog(sync, context, id),
    async table(id, table) {
      if (table.of === 'changes') return changesCsv(sync, context, id, table.filter);
      if (table.of === 'problems') return problemsCsv(sync, context, id, table.filter);
      const log = await certificationLog(sync, context, id);
      return log.ok ? ok(only(certificationCsv(log.value))) : log;
    },
    feed: (name) => transports.feedWithHealth(context, name),
    async feeds() {
      const items = [...(await transports.feedsWithHealth(context))];
      return ok({ items, total: items.length, next: null });
    },
    handEdits: (feed, query) => sync.handEdits(context, feed, query),
    checklist: (feed) => sync.checklist(context, feed),
    async putFeed(name, settings) {
      const put = await sync.putFeed(context, name, settings);
      return put.ok ? transports.feedWithHealth(context, name) : put;
    },
    removeFeed: (name) => sync.deleteFeed(context, name),
    async pull(request) {
      await working();
      return sync.pull(context, request);
    },
    async pulled(feed) {
      const pull = await sync.pulled(context, feed);
      return pull === undefined ? failed('unknown-object', `The feed ${feed} has not been pulled.`) : ok(pull);
    },
    checkPull: (feed) => sync.checkPull(context, feed),
    previewPull: (feed) => sync.previewPull(context, feed),
    trash: (query) => trash.list(context, query),
    async restore(what) {
      const named = 'run' in what ? what.run : 'search' in what ? what.search.run : undefined;
      const run = named === undefined ? undefined : await endedRun(sync, context, named);
      return run?.ok === false ? run : ok(await trash.restore(context, what));
    },
    archived: (query) => trash.archived(context, query),
    lock: (id, fields, type) => records.lock(context, id, fields, type),
    purge: (id, force) => trash.purge(context, id, force),
    export: (query) => exports.open(context, query),
    exportPerson: (id) => subjects.export(context, id),
    identifyPerson: async (asked) => ok({ items: await roster.byIdentifier(context, { ...asked, nationalIds: true }) }),
    mailWishes: (id) => preferences.get(context, id),
    putMailWishes: (id, wishes) => preferences.put(context, id, wishes),
    linkMailWishes: (id, days) => preferences.link(context, id, days),
    revokeMailWishesLinks: (id) => preferences.revoke(context, id),
    accountStatus: async (name) => ok({ items: await roster.accountStatus(context, [name]) }),
    accountChanges: (query) => roster.accountsChanged(context, query),
    settings: async () => ok(await tenants.settings(context.tenant)),
    putSettings: (settings) => tenants.putSettings(context, settings),
    credentials: async () => ok(await credentials.list(context)),
    allowDigest: (name, password) => credentials.allowDigest(context, name, password),
    denyDigest: (name) => credentials.denyDigest(context, name),
    createCredential: (credential) => credentials.create(context, credential),
    changeCredential: (name, change) => credentials.change(context, name, change),
    renewCredential: (name) => credentials.renew(context, name),
    removeCredential: (name) => credentials.remove(context, name),
    putScopes: (name, scopes) => credentials.putScopes(context, name, scopes),
    allowOauth1: (name, secret, sha1) => credentials.allowOauth1(context, name, secret, sha1),
    denyOauth1: (name) => credentials.denyOauth1(context, name),
    sharing: (name) => credentials.sharing(context, name),
    putSharing: (name, sharing) => credentials.putSharing(context, name, sharing),
    previewSharing: (name) => credentials.previewSharing(context, name),
    async downstream(resend) {
      if (resend) return downstreams.resend(context);
      const report = await downstreams.report(context);
      return report === undefined ? noDownstream() : ok(report);
    },
    putDownstream: (settings) => downstreams.put(context, settings),
    removeDownstream: () => downstreams.remove(context),
    deadLetters: async (query) => ok(await downstreams.deadLetters(context, query)),
    retryDeadLetters: (id) => downstreams.retry(context, id),
    dropDeadLetter: (id) => downstreams.drop(context, id),
    jobs: (query) => jobs.list(context, query),
    retryJob: (id) => jobs.retry(context, id),
    dropJob: (id) => jobs.drop(context, id),
    async audit({ limit, cursor, ...query }) {
      const filter = readAuditQuery(query);
      return filter.ok
        ? audit.list(context, { ...filter.value, limit, ...(cursor === undefined ? {} : { cursor }) })
        : filter;
    },
    async auditLines(query) {
      const filter = readAuditQuery(query);
      return filter.ok ? ok(auditLines(audit, context, filter.value)) : filter;
    },
    verifyAudit: async (expect) => ok(await audit.verify(context, expect)),
    secrets: { status: async () => ok(await secrets.status()), rotate: () => secrets.rotate() },
    sessions: async () => ok(await sessions.list(context)),
    endSession: (id) => sessions.endById(context, id),
    tenants: { ...tenancy, list: async () => ok(await tenancy.list()) },
    async close() {
      await close();
      await database.value.close();
    },
  };
  const own = recorded(operations, audit, context, env['ROSTERGATE_WHY']);
  return ok(tenant === undefined ? forTenantsOnly(own, env['ROSTERGATE_TENANT']) : own);
}

/** The tenant that a person names, or the only one there is; undefined where it is none that is served. */
async function tenantOf(tenants: Pick<Tenants, 'served'>, named: string | undefined): Promise<string | undefined> {
  const served = await tenants.served();
  if (named !== undefined && named !== '') return served.includes(named) ? named : undefined;
  return served.length === 1 ? served[0] : undefined;
}

/** The same operations, where those on the data of a tenant say that it must be named. */
function forTenantsOnly(operations: Operations, named: string | undefined): Operations {
  const text =
    named === undefined || named === ''
      ? 'There is more than one tenant, or none that is served: name one with --tenant.'
      : `There is no tenant ${named} that is served; rostergate tenants lists them.`;
  const { afterwards, close, tenants, secrets, audit, auditLines, verifyAudit } = operations;
  const refused = Object.keys(operations).map((name) => [name, async () => failed('invalid-request', text)] as const);
  const own = named === everyTenant ? { audit, auditLines, verifyAudit } : {};
  return { ...(Object.fromEntries(refused) as unknown as Operations), afterwards, close, tenants, secrets, ...own };
}

async function* only(text: string): AsyncGenerator<string> {
  yield text;
}
