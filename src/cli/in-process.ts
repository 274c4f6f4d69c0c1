import { makeLog } from '../app-log.ts';
import { failed, ok, type Result } from '../base/result.ts';
import type { Config, Environment } from '../config.ts';
import type { Context } from '../roster/index.ts';
import { openServices } from '../services.ts';
import { openDatabase } from '../store/mongod/index.ts';
import { certificationCsv, certificationLog, changesCsv, endedRun, noDownstream, problemsCsv } from '../sync/index.ts';
import { welcome } from '../welcome.ts';
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
  const { sync, trash, records, credentials, tenants, downstreams, exports, first, close } = services.value;
  if (first !== undefined) note(welcome(first));
  const [tenant = ''] = await tenants.all();
  const context: Context = { tenant, writer: 'admin:command-line', namespace: 'default', source: 'cli' };
  let started: Promise<void> | undefined;
  // Before the first run is queued: a start frees what dead processes held, and must not free a run of this one.
  const working = () => {
    started ??= sync.start();
    return started;
  };
  const noRun = (id: string) => failed('unknown-object', `There is no run ${id}.`, { id });

  return ok({
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
    async feed(name) {
      const feed = await sync.feed(context, name);
      return feed === undefined
        ? failed('unknown-object', `There is no feed ${name}; its first import makes it.`)
        : ok(feed);
    },
    feeds: async () => ok(await sync.feeds(context)),
    putFeed: (name, settings) => sync.putFeed(context, name, settings),
    removeFeed: (name) => sync.deleteFeed(context, name),
    async pull(feed, dryRun) {
      await working();
      return sync.pull(context, { feed, dryRun });
    },
    async pulled(feed) {
      const pull = await sync.pulled(context, feed);
      return pull === undefined ? failed('unknown-object', `The feed ${feed} has not been pulled.`) : ok(pull);
    },
    checkPull: (feed) => sync.checkPull(context, feed),
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
    settings: async () => ok(await tenants.settings(tenant)),
    putSettings: (settings) => tenants.putSettings(context, settings),
    credentials: async () => ok(await credentials.list(context)),
    allowDigest: (name, password) => credentials.allowDigest(context, name, password),
    denyDigest: (name) => credentials.denyDigest(context, name),
    createCredential: (credential) => credentials.create(context, credential),
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
    async close() {
      await close();
      await database.value.close();
    },
  });
}

async function* only(text: string): AsyncGenerator<string> {
  yield text;
}
