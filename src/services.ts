import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import { failed, ok, type Result } from './base/result.ts';
import { fixedKeys } from './base/secrets-keys.ts';
import type { Config } from './config.ts';
import { type Jobs, makeJobs, makeWorker } from './jobs/index.ts';
import { makeNotify, type Notify } from './notify/index.ts';
import { makeImsEnterpriseXmlExporter, makeImsEnterpriseXmlReader } from './protocols/ims-enterprise-xml/index.ts';
import { makeImsEsDeliverer } from './protocols/ims-es/index.ts';
import { makeListCsvReader } from './protocols/list-csv/index.ts';
import { type Metrics, makeMetrics } from './protocols/metrics/index.ts';
import { makeOneRosterCsvExporter, makeOneRosterCsvReader } from './protocols/oneroster-csv/index.ts';
import { makeOneRosterPuller } from './protocols/oneroster-pull/index.ts';
import { makeRestPuller } from './protocols/rest-pull/index.ts';
import { makeSnapshotReader } from './protocols/srs-snapshot/index.ts';
import { everyTenant, type FirstTenant, makeRoster, type RosterRooms, type SecretsRoom } from './roster/index.ts';
import { makeSealedSecrets } from './sealed-secrets.ts';
import { openKeyFiles } from './secrets-key.ts';
import { dropOutdated, migrate, openStore, queueFacts, type Store } from './store/index.ts';
import { type Downstreams, type Exports, makeDownstreams, makeExports, makeSync, type Sync } from './sync/index.ts';
import { makeSftpDrop, makeTransports, type SftpDrop, type Transports } from './transports/index.ts';
import { makeOutbound } from './wire/index.ts';

/** Milliseconds between looks at what is too old: entries of the audit log, deleted tenants. */
const hourMs = 3_600_000;

/** Folder of the WSDL and XSD texts. */
export const wsdlDir = fileURLToPath(new URL('../wsdl', import.meta.url));

/** What the gateway and the command line work with: the rooms over one open database. */
export interface Services extends RosterRooms {
  readonly sync: Sync;
  readonly jobs: Jobs;
  /** How files come by themselves. */
  readonly transports: Transports;
  /** The SFTP server; it listens once it is started. */
  readonly sftpDrop: SftpDrop;
  /** Who is told how runs went. */
  readonly notify: Notify;
  readonly downstreams: Downstreams;
  readonly exports: Exports;
  /** The key of stored secrets and what it protects. */
  readonly secrets: SecretsRoom;
  /** Numbers for Prometheus; undefined where METRICS_KEY is not set. */
  readonly metrics: Metrics | undefined;
  /** The first tenant, when this start has made it: its secrets are shown once. */
  readonly first: FirstTenant | undefined;
  /** Stops runs at their next safe point and closes the connection. */
  close(): Promise<void>;
}

/** Opens the rooms over a database: collections and indexes, the first tenant, roster and sync. Runs wait for `sync.start()`, deliveries for `downstreams.start()`, jobs for `jobs.start()`. */
export async function openServices(
  config: Config,
  database: { readonly uri: string; readonly name: string; readonly kind?: 'embedded' | 'external' },
  log: Log,
  clock: Clock = systemClock,
): Promise<Result<Services>> {
  const { smtpUrl, mailFrom, publicUrl } = config;
  if (smtpUrl !== undefined && mailFrom === undefined) {
    return failed('invalid-request', 'SMTP_URL is set and MAIL_FROM is not: name the sender of mails.');
  }
  const keys =
    config.secretsKey === undefined
      ? await openKeyFiles(config.dataDir, config.secretsKeysOld)
      : ok(fixedKeys(config.secretsKey, config.secretsKeysOld));
  if (!keys.ok) return keys;
  const store = await openStore(database.uri, database.name);
  try {
    await migrate(store);
    const hosts = config.outboundHosts?.split(',') ?? [];
    const outbound = makeOutbound({ hosts });
    const rooms = makeRoster(store, clock, {
      trashDays: config.trashDays,
      tombstoneDays: config.tombstoneDays,
      brakePercent: config.brakePercent,
      tokenSeconds: config.tokenSeconds,
      secretsKey: keys.value,
      outbound: makeOutbound({ hosts, timeoutMs: 10_000, maxAnswerBytes: 1_000_000 }),
      auditDays: config.auditDays,
      sessionIdleMinutes: config.sessionIdleMinutes,
      sessionHours: config.sessionHours,
      failedLogins: config.failedLogins,
      requestRates: {
        perCredential: config.requestsPerSecond,
        perTenant: config.tenantRequestsPerSecond,
        perAddress: config.addressRequestsPerSecond,
      },
      tenantQuarantineDays: config.tenantQuarantineDays,
    });
    const first = await rooms.tenants.bootstrap({
      tenant: config.bootstrapTenant,
      user: config.bootstrapUser,
      password: config.bootstrapPassword,
    });
    if (first === undefined && config.bootstrapPassword !== undefined) {
      log.warn({}, 'a tenant exists already: BOOTSTRAP_TENANT, BOOTSTRAP_USER and BOOTSTRAP_PASSWORD are ignored');
    }
    const exclusive = database.kind === 'embedded';
    const jobs = makeJobs({ store, clock, log, exclusive });
    const sync = makeSync({
      store,
      clock,
      roster: rooms.roster,
      audit: rooms.audit,
      readers: [makeImsEnterpriseXmlReader(), makeOneRosterCsvReader(), makeListCsvReader(), makeSnapshotReader()],
      workFolder: join(config.dataDir, 'work'),
      exclusive,
      maxFileBytes: config.maxImportBytes,
      originalsDays: config.originalsDays,
      reportDays: config.reportDays,
      changeLogDays: config.changeLogDays,
      pulls: {
        puller: makeOneRosterPuller({ outbound }),
        restPuller: makeRestPuller({ outbound }),
        vault: rooms.vault,
      },
      mails: smtpUrl !== undefined,
      archivesCourses: async (tenant) => (await rooms.tenants.settings(tenant)).courses.archive,
      async feedChanged(tenant, feed) {
        await transports.slots.feedChanged(tenant, feed);
        await notify.feedChanged(tenant, feed);
      },
      timeZone: (tenant) => rooms.tenants.timeZone(tenant),
      guidKey: async (tenant) => (await rooms.tenants.info(tenant)).guidKey,
      runsAtOnce: config.runsAtOnce,
      worker: (work) => makeWorker(work, log, { parallel: config.runsAtOnce }),
    });
    const transports: Transports = makeTransports({
      store,
      sync,
      outbound,
      jobs,
      timeZone: (tenant) => rooms.tenants.timeZone(tenant),
      tenants: async () => (await rooms.tenancy.list()).items.map(({ id }) => id),
      clock,
      maxFileBytes: config.maxImportBytes,
      originalsDays: config.originalsDays,
      dropFolders: config.dropFolders ?? [],
    });
    const sftpDrop = makeSftpDrop({
      access: rooms.access,
      sync,
      intake: transports.intake,
      clock,
      log,
      dataDir: config.dataDir,
      maxFileBytes: config.maxImportBytes,
    });
    const metrics =
      config.metricsKey === undefined ? undefined : makeMetrics({ clock, waiting: () => queueFacts(store) });
    const notify: Notify = makeNotify({
      store,
      sync,
      jobs,
      vault: rooms.vault,
      audit: rooms.audit,
      outbound,
      clock,
      log,
      watched: {
        tenants: async () =>
          (await rooms.tenancy.list()).items.filter(({ state }) => state === 'active').map(({ id }) => id),
        feeds: (tenant) => transports.feedsWithHealth({ ...looking, tenant }),
      },
      timeZone: (tenant) => rooms.tenants.timeZone(tenant),
      channels:
        metrics === undefined ? [] : [{ name: 'metrics', tell: async ({ kind, run }) => metrics.told(kind, run) }],
      ...(smtpUrl === undefined || mailFrom === undefined ? {} : { smtp: { url: smtpUrl, from: mailFrom } }),
      ...(publicUrl === undefined ? {} : { publicUrl }),
    });
    const downstreams = makeDownstreams({
      store,
      roster: rooms.roster,
      deliverers: [makeImsEsDeliverer({ outbound, wsdlDir })],
      vault: rooms.vault,
      log,
      exclusive,
      check: (url) => outbound.check(url),
      worker: (kind) => makeWorker(kind, log, { parallel: 8 }),
    });
    const exports = makeExports({
      roster: rooms.roster,
      sync,
      exporters: [
        makeOneRosterCsvExporter('1.2.1', clock),
        makeOneRosterCsvExporter('1.1', clock),
        makeImsEnterpriseXmlExporter(clock),
      ],
      clock,
    });
    const tidying = setInterval(() => {
      tidy(rooms, store, clock, config).catch((error: unknown) => {
        const name = error instanceof Error ? error.name : 'unknown';
        log.error({ error: name }, 'what is over could not be removed; it is tried again in an hour');
      });
    }, hourMs).unref();
    rooms.revocations.start();
    const close = async () => {
      await rooms.revocations.stop();
      clearInterval(tidying);
      await sftpDrop.stop();
      await notify.stop();
      // Jobs ask the others for things.
      await jobs.stop();
      await Promise.all([sync.stop(), downstreams.stop()]);
      const unwritten = await rooms.audit.flush();
      if (unwritten > 0) log.error({ entries: unwritten }, 'entries of the audit log could not be written');
      await store.close();
    };
    const secrets = makeSealedSecrets({ store, vault: rooms.vault, keys: keys.value });
    return ok({
      ...rooms,
      secrets,
      metrics,
      sync,
      jobs,
      transports,
      sftpDrop,
      notify,
      downstreams,
      exports,
      first,
      close,
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Who looks at feeds for alarms. */
const looking = { writer: 'gateway', namespace: 'default', source: 'file' } as const;

const gateway = { tenant: everyTenant, writer: 'gateway', namespace: 'default', source: 'cli', gateway: true } as const;

/**
 * Removes what is over: tenants at the end of their quarantine, which is on record, old entries of the record and of the
 * change log, and what other servers refused long ago.
 */
async function tidy(
  { tenancy, audit }: Pick<RosterRooms, 'tenancy' | 'audit'>,
  store: Store,
  clock: Clock,
  days: Pick<Config, 'changeLogDays' | 'reportDays'>,
): Promise<void> {
  for (const id of await tenancy.eraseDue()) {
    await audit.record(gateway, { action: 'tenants.delete', subject: { type: 'tenant', id }, outcome: 'done' });
  }
  await audit.trim();
  await dropOutdated(store, { now: clock.now(), ...days });
}
