import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeUploads } from '../../src/admin/index.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { fixedKeys, type SecretsKeys } from '../../src/base/secrets-keys.ts';
import { type Jobs, makeJobs, makeWorker } from '../../src/jobs/index.ts';
import { makeNotify, type Notify, type NotifyDeps } from '../../src/notify/index.ts';
import {
  makeImsEnterpriseXmlExporter,
  makeImsEnterpriseXmlReader,
} from '../../src/protocols/ims-enterprise-xml/index.ts';
import { makeOneRosterCsvExporter } from '../../src/protocols/oneroster-csv/index.ts';
import { makeOneRosterPuller } from '../../src/protocols/oneroster-pull/index.ts';
import { makeRestPuller } from '../../src/protocols/rest-pull/index.ts';
import {
  type Context,
  makeRoster,
  type RosterRooms,
  type RosterSettings,
  type SecretsRoom,
} from '../../src/roster/index.ts';
import { makeSealedSecrets } from '../../src/sealed-secrets.ts';
import { migrate, openStore, type Store } from '../../src/store/index.ts';
import {
  type Downstreams,
  type Exports,
  type FeedReader,
  makeDownstreams,
  makeExports,
  makeSync,
  type Run,
  type RunRequest,
  type Sync,
} from '../../src/sync/index.ts';
import { makeSftpDrop, makeTransports, type SftpDrop, type Transports } from '../../src/transports/index.ts';
import { makeOutbound } from '../../src/wire/index.ts';
import { testDatabase } from './database.ts';
import { watchedLog } from './watched-log.ts';

/** The first tenant of {@link testServices}: its password is admin password, admin key and OneRoster secret too. */
export const demo = { tenant: 'demo', user: 'sis', password: 'password-of-sis' } as const;

/** The rooms below the edge, on a database of their own. */
export interface TestServices extends RosterRooms {
  readonly store: Store;
  readonly sync: Sync;
  readonly jobs: Jobs;
  readonly transports: Transports;
  /** Not started. */
  readonly sftpDrop: SftpDrop;
  readonly uploads: ReturnType<typeof makeUploads>;
  /** Not started: tests tell of what has ended with `notify.sweep()`. */
  readonly notify: Notify;
  /** Not started: what is to be delivered waits. */
  readonly downstreams: Downstreams;
  readonly exports: Exports;
  readonly secrets: SecretsRoom;
  /** An admin of the tenant `demo`. */
  readonly context: Context;
  /** Imports a text to the end of its run; the run as it is then. */
  import(text: string, request?: Partial<RunRequest>): Promise<Run>;
  close(): Promise<void>;
}

/** Settings of {@link testServices}. */
export interface TestSettings extends Omit<RosterSettings, 'secretsKey'> {
  readonly secretsKey?: SecretsKeys;
  readonly readers?: readonly FeedReader[];
  readonly maxFileBytes?: number;
  /** Whether queued runs are worked on; yes unless told. */
  readonly start?: boolean;
  /** The time of records, tokens, runs and schedules; the system's unless told. */
  readonly clock?: Clock;
  /** Folders that feeds of the transport `folder` may look into. */
  readonly dropFolders?: readonly string[];
  /** Where mails go, and the address in their links; none unless told. */
  readonly mails?: Pick<NotifyDeps, 'smtp' | 'publicUrl'>;
}

/** Composes store, roster, sync and worker on a fresh database with the first tenant {@link demo}. */
export async function testServices(settings: TestSettings = {}): Promise<TestServices> {
  const {
    readers = [makeImsEnterpriseXmlReader()],
    maxFileBytes = 50_000_000,
    start = true,
    clock = systemClock,
    dropFolders = [],
    mails = {},
    ...rest
  } = settings;
  const database = await testDatabase();
  const store = await openStore(database.uri, database.name);
  await migrate(store);
  const outbound = makeOutbound({ hosts: ['127.0.0.1'] });
  const secretsKey = rest.secretsKey ?? fixedKeys(randomBytes(32));
  const rooms = makeRoster(store, clock, { outbound, ...rest, secretsKey });
  await rooms.tenants.bootstrap(demo);
  const folder = await mkdtemp(join(tmpdir(), 'rostergate-test-'));
  const jobs = makeJobs({ store, clock, log: watchedLog, exclusive: false, random: () => 0, worker: { pollMs: 200 } });
  const sync = makeSync({
    store,
    clock,
    roster: rooms.roster,
    audit: rooms.audit,
    readers,
    workFolder: folder,
    exclusive: false,
    maxFileBytes,
    originalsDays: 30,
    reportDays: 400,
    changeLogDays: 400,
    pulls: {
      puller: makeOneRosterPuller({ outbound, firstDelayMs: 1 }),
      restPuller: makeRestPuller({ outbound, firstDelayMs: 1 }),
      vault: rooms.vault,
    },
    ...(settings.mails === undefined ? {} : { mails: mails.smtp !== undefined }),
    archivesCourses: async (tenant) => (await rooms.tenants.settings(tenant)).courses.archive,
    async feedChanged(tenant, feed) {
      await transports.slots.feedChanged(tenant, feed);
      await notify.feedChanged(tenant, feed);
    },
    timeZone: (tenant) => rooms.tenants.timeZone(tenant),
    guidKey: async (tenant) => (await rooms.tenants.info(tenant)).guidKey,
    worker: (work) => makeWorker(work, watchedLog, { pollMs: 200 }),
  });
  const transports: Transports = makeTransports({
    store,
    sync,
    outbound,
    jobs,
    timeZone: (tenant) => rooms.tenants.timeZone(tenant),
    tenants: async () => (await rooms.tenancy.list()).items.map(({ id }) => id),
    clock,
    maxFileBytes,
    originalsDays: 30,
    dropFolders,
  });
  const sftpDrop = makeSftpDrop({
    access: rooms.access,
    sync,
    intake: transports.intake,
    clock,
    log: watchedLog,
    dataDir: folder,
    maxFileBytes,
  });
  const notify: Notify = makeNotify({
    store,
    sync,
    jobs,
    vault: rooms.vault,
    audit: rooms.audit,
    outbound,
    clock,
    log: watchedLog,
    watched: {
      tenants: async () =>
        (await rooms.tenancy.list()).items.filter(({ state }) => state === 'active').map(({ id }) => id),
      feeds: (tenant) =>
        transports.feedsWithHealth({ tenant, writer: 'gateway', namespace: 'default', source: 'file' }),
    },
    timeZone: (tenant) => rooms.tenants.timeZone(tenant),
    ...mails,
  });
  const uploads = makeUploads({ sync, clock, folder: join(folder, 'uploads'), maxFileBytes });
  const downstreams = makeDownstreams({
    store,
    roster: rooms.roster,
    deliverers: [],
    vault: rooms.vault,
    log: watchedLog,
    exclusive: false,
    check: (url) => outbound.check(url),
    worker: (kind) => makeWorker(kind, watchedLog),
  });
  const exports = makeExports({
    roster: rooms.roster,
    sync,
    exporters: [makeOneRosterCsvExporter('1.2.1', clock), makeImsEnterpriseXmlExporter(clock)],
    clock,
  });
  if (start) await sync.start();
  if (start) await transports.slots.start();
  if (start) await jobs.start();
  const context: Context = { tenant: demo.tenant, writer: 'admin:sis', namespace: 'default', source: 'admin' };
  return {
    ...rooms,
    store,
    sync,
    jobs,
    transports,
    sftpDrop,
    uploads,
    notify,
    downstreams,
    exports,
    secrets: makeSealedSecrets({ store, vault: rooms.vault, keys: secretsKey }),
    context,
    async import(text, request = {}) {
      const asked = { feed: 'default', dryRun: false, fileName: 'test.xml', ...request };
      const submitted = await sync.submit(context, asked, bytesOf(text));
      if (!submitted.ok) throw new Error(submitted.problem.text);
      const run = await sync.wait(context, submitted.value.id);
      if (run === undefined) throw new Error('the run is gone');
      return run;
    },
    async close() {
      await jobs.stop();
      await sync.stop();
      await rooms.audit.flush();
      await store.close();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
