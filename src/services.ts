import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import { ok, type Result } from './base/result.ts';
import type { Config } from './config.ts';
import { makeWorker } from './jobs/index.ts';
import { makeImsEnterpriseXmlExporter, makeImsEnterpriseXmlReader } from './protocols/ims-enterprise-xml/index.ts';
import { makeImsEsDeliverer } from './protocols/ims-es/index.ts';
import { makeOneRosterCsvExporter, makeOneRosterCsvReader } from './protocols/oneroster-csv/index.ts';
import { makeOneRosterPuller } from './protocols/oneroster-pull/index.ts';
import { type FirstTenant, makeRoster, type RosterRooms } from './roster/index.ts';
import { readSecretsKey } from './secrets-key.ts';
import { migrate, openStore } from './store/index.ts';
import { type Downstreams, type Exports, makeDownstreams, makeExports, makeSync, type Sync } from './sync/index.ts';
import { makeOutbound } from './wire/index.ts';

/** Folder of the WSDL and XSD texts. */
export const wsdlDir = fileURLToPath(new URL('../wsdl', import.meta.url));

/** What the gateway and the command line work with: the rooms over one open database. */
export interface Services extends RosterRooms {
  readonly sync: Sync;
  readonly downstreams: Downstreams;
  readonly exports: Exports;
  /** The first tenant, when this start has made it: its secrets are shown once. */
  readonly first: FirstTenant | undefined;
  /** Stops runs at their next safe point and closes the connection. */
  close(): Promise<void>;
}

/** Opens the rooms over a database: collections and indexes, the first tenant, roster and sync. Runs wait for `sync.start()`, deliveries for `downstreams.start()`. */
export async function openServices(
  config: Config,
  database: { readonly uri: string; readonly name: string; readonly kind?: 'embedded' | 'external' },
  log: Log,
): Promise<Result<Services>> {
  const secretsKey = config.secretsKey === undefined ? await readSecretsKey(config.dataDir) : ok(config.secretsKey);
  if (!secretsKey.ok) return secretsKey;
  const store = await openStore(database.uri, database.name);
  try {
    await migrate(store);
    const rooms = makeRoster(store, systemClock, {
      trashDays: config.trashDays,
      tombstoneDays: config.tombstoneDays,
      brakePercent: config.brakePercent,
      tokenSeconds: config.tokenSeconds,
      secretsKey: secretsKey.value,
    });
    const first = await rooms.tenants.bootstrap({
      tenant: config.bootstrapTenant,
      user: config.bootstrapUser,
      password: config.bootstrapPassword,
    });
    if (first === undefined && config.bootstrapPassword !== undefined) {
      log.warn({}, 'a tenant exists already: BOOTSTRAP_TENANT, BOOTSTRAP_USER and BOOTSTRAP_PASSWORD are ignored');
    }
    const outbound = makeOutbound({ hosts: config.outboundHosts?.split(',') ?? [] });
    const sync = makeSync({
      store,
      roster: rooms.roster,
      readers: [makeImsEnterpriseXmlReader(), makeOneRosterCsvReader()],
      workFolder: join(config.dataDir, 'work'),
      exclusive: database.kind === 'embedded',
      maxFileBytes: config.maxImportBytes,
      originalsDays: config.originalsDays,
      reportDays: config.reportDays,
      pulls: { puller: makeOneRosterPuller({ outbound }), vault: rooms.vault },
      timeZone: (tenant) => rooms.tenants.timeZone(tenant),
      guidKey: async (tenant) => (await rooms.tenants.info(tenant)).guidKey,
      worker: (work) => makeWorker(work, log),
    });
    const downstreams = makeDownstreams({
      store,
      roster: rooms.roster,
      deliverers: [makeImsEsDeliverer({ outbound, wsdlDir })],
      vault: rooms.vault,
      log,
      exclusive: database.kind === 'embedded',
      check: (url) => outbound.check(url),
      worker: (kind) => makeWorker(kind, log, { parallel: 8 }),
    });
    const exports = makeExports({
      roster: rooms.roster,
      sync,
      exporters: [
        makeOneRosterCsvExporter('1.2.1', systemClock),
        makeOneRosterCsvExporter('1.1', systemClock),
        makeImsEnterpriseXmlExporter(systemClock),
      ],
      clock: systemClock,
    });
    const close = async () => {
      await Promise.all([sync.stop(), downstreams.stop()]);
      await store.close();
    };
    return ok({ ...rooms, sync, downstreams, exports, first, close });
  } catch (error) {
    await store.close();
    throw error;
  }
}
