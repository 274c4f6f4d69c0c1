import { join } from 'node:path';
import { systemClock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import { ok, type Result } from './base/result.ts';
import type { Config } from './config.ts';
import { makeWorker } from './jobs/index.ts';
import { makeImsEnterpriseXmlReader } from './protocols/ims-enterprise-xml/index.ts';
import { type FirstTenant, makeRoster, type RosterRooms } from './roster/index.ts';
import { migrate, openStore } from './store/index.ts';
import { makeSync, type Sync } from './sync/index.ts';

/** What the gateway and the command line work with: the rooms over one open database. */
export interface Services extends RosterRooms {
  readonly sync: Sync;
  /** The first tenant, when this start has made it: its secrets are shown once. */
  readonly first: FirstTenant | undefined;
  /** Stops runs at their next safe point and closes the connection. */
  close(): Promise<void>;
}

/** Opens the rooms over a database: collections and indexes, the first tenant, roster and sync. Runs wait for `sync.start()`. */
export async function openServices(
  config: Config,
  database: { readonly uri: string; readonly name: string; readonly kind?: 'embedded' | 'external' },
  log: Log,
): Promise<Result<Services>> {
  const store = await openStore(database.uri, database.name);
  try {
    await migrate(store);
    const rooms = makeRoster(store, systemClock, {
      trashDays: config.trashDays,
      tombstoneDays: config.tombstoneDays,
      brakePercent: config.brakePercent,
      tokenSeconds: config.tokenSeconds,
    });
    const first = await rooms.tenants.bootstrap({
      tenant: config.bootstrapTenant,
      user: config.bootstrapUser,
      password: config.bootstrapPassword,
    });
    if (first === undefined && config.bootstrapPassword !== undefined) {
      log.warn({}, 'a tenant exists already: BOOTSTRAP_TENANT, BOOTSTRAP_USER and BOOTSTRAP_PASSWORD are ignored');
    }
    const sync = makeSync({
      store,
      roster: rooms.roster,
      readers: [makeImsEnterpriseXmlReader()],
      workFolder: join(config.dataDir, 'work'),
      exclusive: database.kind === 'embedded',
      maxFileBytes: config.maxImportBytes,
      guidKey: async (tenant) => (await rooms.tenants.info(tenant)).guidKey,
      worker: (kind) => makeWorker(kind, log),
    });
    const close = async () => {
      await sync.stop();
      await store.close();
    };
    return ok({ ...rooms, sync, first, close });
  } catch (error) {
    await store.close();
    throw error;
  }
}
