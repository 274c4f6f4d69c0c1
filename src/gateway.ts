import { join } from 'node:path';
import { makeAdmin, makeUploads } from './admin/index.ts';
import type { AppDeps, Mount } from './app.ts';
import { makeApp } from './app.ts';
import { checkPort, makeHttpServer } from './app-server.ts';
import { type Clock, systemClock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import type { Result } from './base/result.ts';
import { ok } from './base/result.ts';
import { writeCommandLineKey } from './command-line-key.ts';
import type { Config, Environment } from './config.ts';
import { makeNoticePages } from './notify/index.ts';
import { makeEmailPreferences } from './protocols/email-preferences/index.ts';
import { makeImsEs } from './protocols/ims-es/index.ts';
import { makeMetricsDoor } from './protocols/metrics/index.ts';
import { makeOneRoster } from './protocols/oneroster-rest/index.ts';
import { makeSnapshotPush } from './protocols/srs-snapshot/index.ts';
import { openServices, wsdlDir } from './services.ts';
import type { Database } from './store/mongod/index.ts';
import { openDatabase } from './store/mongod/index.ts';
import { makeHttpPut } from './transports/index.ts';
import { version } from './version.ts';
import { welcome } from './welcome.ts';
import type { Rate } from './wire/index.ts';

/** What a gateway is started with. */
export interface GatewayDeps {
  /** The environment, only for finding the embedded MongoDB's program. */
  readonly env: Environment;
  readonly log: Log;
  /** Tells a person at the terminal something; the only way by which first secrets are shown. */
  readonly say: (line: string) => void;
  /** Called once when the database is gone for good: the process should stop. */
  readonly onLost: (reason: string) => void;
  /** The time by which everything is scheduled, ages and expires; the machine's unless told. */
  readonly clock?: Clock;
}

/** A gateway that answers. */
export interface Gateway {
  /** Address by which clients on this machine reach it. */
  readonly address: string;
  /** Answers what was accepted, stops the work and the database, in this order. */
  close(): Promise<void>;
}

/** What the rooms give to the HTTP shell. */
interface Parts {
  readonly mounts: readonly Mount[];
  readonly addressRate: Rate;
  /** Counts answers, where there are metrics. */
  readonly answered: AppDeps['answered'];
  /** Whether all migrations are done. */
  isMigrated(): boolean;
  /** Stops running work at its next safe point and closes connections to the database. */
  close(): Promise<void>;
}

// ---- WIRING: store → roster → sync and jobs → protocols; the one place where rooms meet -------------------------

async function wireParts(config: Config, database: Database, deps: GatewayDeps): Promise<Result<Parts>> {
  const { log, say } = deps;
  const services = await openServices(config, database, log, deps.clock);
  if (!services.ok) return services;
  const {
    roster,
    trash,
    records,
    subjects,
    preferences,
    access,
    credentials,
    tenants,
    tenancy,
    sessions,
    secrets,
    providers,
    sync,
    jobs,
    transports,
    sftpDrop,
    notify,
    downstreams,
    exports,
    audit,
    metrics,
    first,
    close,
  } = services.value;
  const key = await writeCommandLineKey(config.dataDir);
  await tenants.operatorKey('command-line', key);
  if (config.operatorKey === undefined) await tenants.dropOperatorKey();
  else await tenants.operatorKey('operator', config.operatorKey);
  if (first !== undefined) say(welcome(first));
  const publicUrl = config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl };
  const uploads = makeUploads({
    sync,
    clock: deps.clock ?? systemClock,
    folder: join(config.dataDir, 'uploads'),
    maxFileBytes: config.maxImportBytes,
  });
  await uploads.sweep();
  const mounts: Mount[] = [
    {
      path: '/soap',
      router: makeImsEs({
        roster,
        access,
        audit,
        settings: (tenant) => tenants.settings(tenant),
        log,
        ...publicUrl,
        maxBodyBytes: config.maxBodyBytes,
        plainHttp: config.soapPlainHttp,
        wsdlDir,
      }),
    },
    {
      path: '/api/v1',
      router: makeAdmin({
        sync,
        downstreams,
        exports,
        roster,
        trash,
        records,
        subjects,
        preferences,
        uploads,
        access,
        credentials,
        tenants,
        tenancy,
        sessions,
        secrets,
        providers,
        jobs,
        transports,
        sftpDrop,
        notify,
        audit,
        log,
        version,
        plainHttp: config.soapPlainHttp,
        ...publicUrl,
      }),
    },
    {
      path: '/drop',
      router: makeHttpPut({ access, sync, intake: transports.intake, log, plainHttp: config.soapPlainHttp }),
    },
    {
      path: '/v1/sync',
      router: makeSnapshotPush({ access, sync, log, plainHttp: config.soapPlainHttp }),
    },
    ...(metrics === undefined || config.metricsKey === undefined
      ? []
      : [{ path: '/metrics', router: makeMetricsDoor({ metrics, key: config.metricsKey }) }]),
    { path: '/preferences', router: makeEmailPreferences({ preferences, log }) },
    { path: '/notices', router: makeNoticePages({ links: notify.subscribers, log }) },
    {
      path: '/',
      router: makeOneRoster({
        roster,
        access,
        audit,
        log,
        version,
        plainHttp: config.soapPlainHttp,
        ...publicUrl,
      }),
    },
  ];
  await sync.start();
  await downstreams.start();
  await transports.slots.start();
  await jobs.start();
  notify.start();
  if (config.sftpPort !== undefined) {
    const listening = await sftpDrop.start(config.sftpPort, config.sftpHost);
    if (!listening.ok) {
      await close();
      return listening;
    }
    for (const { type, fingerprint } of listening.value.hostKeys) log.info({ type, fingerprint }, 'SFTP host key');
  }
  return ok({
    mounts,
    addressRate: services.value.addressRate,
    answered: metrics?.answered,
    isMigrated: () => true,
    close,
  });
}

// ---- END OF WIRING ----------------------------------------------------------------------------------------------

/** Starts everything in order: database, parts, HTTP. What was started is stopped again when a later step fails. */
export async function startGateway(config: Config, deps: GatewayDeps): Promise<Result<Gateway>> {
  const { env, log, say, onLost } = deps;
  const port = await checkPort(config.port, config.host);
  if (!port.ok) return port;
  const place = { dataDir: config.dataDir, cacheGb: config.mongodCacheGb };
  const uri = config.mongodbUri === undefined ? {} : { uri: config.mongodbUri };
  const database = await openDatabase({ ...place, ...uri, env, log, progress: say, onLost });
  if (!database.ok) return database;
  const parts = await wireParts(config, database.value, deps);
  if (!parts.ok) {
    await database.value.close();
    return parts;
  }
  let isStopping = false;
  const { mounts, addressRate, answered, isMigrated } = parts.value;
  const readiness = { ping: database.value.ping, isMigrated, isStopping: () => isStopping };
  const server = makeHttpServer(
    makeApp({
      log,
      trustProxy: config.trustProxy,
      rate: { of: addressRate, perSecond: config.addressRequestsPerSecond },
      mounts,
      readiness,
      answered,
    }),
  );
  const closeAll = async () => {
    isStopping = true;
    const cutOff = await server.drain(config.shutdownSeconds);
    if (cutOff > 0) log.warn({ requests: cutOff }, 'requests were cut off, SHUTDOWN_SECONDS is over');
    await parts.value.close();
    await database.value.close();
  };
  const address = await server.listen(config.port, config.host);
  if (!address.ok) {
    await parts.value.close();
    await database.value.close();
    return address;
  }
  return ok({ address: address.value, close: closeAll });
}

/** The addresses that a person looks for first, one line each. */
export function addressLines(base: string): string[] {
  return [
    `  SOAP (WSDL)  ${base}/soap/PersonManagementServiceSync?wsdl`,
    `  OneRoster    ${base}/ims/oneroster/rostering/v1p2`,
    `  Admin API    ${base}/api/v1`,
    `  Health       ${base}/health/ready`,
  ];
}
