import { randomId } from '../base/ids.ts';
import { type Failed, failed, ok, type Result } from '../base/result.ts';
import type { Context, Roster } from '../roster/index.ts';
import { makeOriginals, makeRunStore, type RunRow, type Store, TooLarge } from '../store/index.ts';
import { defaultFeed, isFeedName, makeFeedCheck } from './feed-settings.ts';
import type { FeedReader, Mode } from './reader.ts';
import type { Run } from './run.ts';
import { clearSpools } from './spool.ts';
import { zeroAll } from './tally.ts';
import type { Feed, Sync } from './types.ts';
import { Interrupted, workOn } from './work.ts';

/** What the engine needs. */
export interface SyncDeps {
  readonly store: Store;
  readonly roster: Roster;
  readonly readers: readonly FeedReader[];
  /** Folder for plans between reading and applying. */
  readonly workFolder: string;
  readonly maxFileBytes: number;
  /** Whether no other process works on this database: what was running when this one starts is free at once. */
  readonly exclusive: boolean;
  guidKey(tenant: string): Promise<Uint8Array>;
  /** Makes the worker that calls back with leased runs; from `jobs/`. */
  worker(kind: RunKind): { start(): void; wake(): void; stop(): Promise<void> };
}

/** How a worker of `jobs/` gets and works on runs. */
export interface RunKind {
  claim(owner: string, leaseMs: number): Promise<(RunRow & { id: string; fence: number }) | undefined>;
  beat(item: RunRow & { id: string; fence: number }, leaseMs: number): Promise<boolean>;
  work(item: RunRow & { id: string; fence: number }, guard: () => void): Promise<void>;
  interrupted(): Error;
  tidy(): Promise<void>;
}

type StoredFeed = Feed & { lastSha256?: string };

const modes: readonly Mode[] = ['changes', 'groups-complete', 'full'];

/** Makes the sync engine: files in, runs out. */
export function makeSync(deps: SyncDeps): Sync {
  const runs = makeRunStore(deps.store);
  const originals = makeOriginals(deps.store);
  const check = makeFeedCheck();
  const readers = new Map(deps.readers.map((reader) => [reader.protocol, reader]));

  async function feedOf(tenant: string, name: string): Promise<StoredFeed | undefined> {
    const settings = await runs.feed(tenant, name);
    return settings === undefined ? undefined : { ...defaultFeed(name), ...(settings as Partial<StoredFeed>) };
  }

  const worker = deps.worker({
    async claim(owner, leaseMs) {
      const row = await runs.claim(owner, new Date(), leaseMs);
      return row === undefined ? undefined : { ...row, id: row._id, fence: row.lease?.fence ?? 0 };
    },
    beat: (item, leaseMs) => runs.beat(item._id, item.tenant, item.fence, new Date(Date.now() + leaseMs)),
    work: async (item, guard) => {
      await workOn(
        {
          roster: deps.roster,
          runs,
          originals,
          readers,
          workFolder: deps.workFolder,
          feed: async (tenant, name) => (await feedOf(tenant, name)) ?? defaultFeed(name),
          guidKey: deps.guidKey,
        },
        item,
        guard,
      );
      // A run that was only interrupted is free for whoever looks next.
      await runs.change(item.tenant, item._id, ['running'], { 'lease.until': new Date(0) }, item.fence);
    },
    interrupted: () => new Interrupted(),
    async tidy() {
      for (const row of await runs.expired(new Date())) {
        const report = { ...row.report, state: 'expired', endedAt: new Date().toISOString() };
        if ((await runs.change(row.tenant, row._id, ['held'], { state: 'expired', report, work: {} })) !== undefined) {
          await originals.remove(row.tenant, row._id);
        }
      }
    },
  });

  async function decide(context: Context, id: string, approved: boolean): Promise<Result<Run>> {
    const row = await runs.get(context.tenant, id);
    if (row === undefined) return failed('unknown-object', `There is no run ${id}.`, { id });
    if (row.state !== 'held') return failed('conflict', `The run ${id} is ${row.state}, not held.`, { id });
    const report = row.report as unknown as Run;
    const decision = { by: context.writer, at: new Date().toISOString(), approved };
    const next: Run = approved
      ? { ...report, state: 'queued', decision }
      : { ...report, state: 'rejected', decision, endedAt: decision.at };
    const set = approved
      ? { state: 'queued', report: next, 'work.approved': approvedChanges(report), 'lease.until': new Date(0) }
      : { state: 'rejected', report: next, work: {} };
    const changed = await runs.change(context.tenant, id, ['held'], set);
    if (changed === undefined)
      return failed('conflict', `Somebody else has decided on the run ${id} just now.`, { id });
    if (approved) worker.wake();
    else await originals.remove(context.tenant, id);
    return ok(next);
  }

  return {
    async submit(context, request, bytes) {
      const refused = await refuse(context, request);
      if (refused !== undefined) return refused;
      const feed = (await feedOf(context.tenant, request.feed)) ?? defaultFeed(request.feed);
      const id = randomId();
      let file: { bytes: number; sha256: string };
      try {
        file = await originals.put(context.tenant, id, bytes, deps.maxFileBytes);
      } catch (error) {
        if (error instanceof TooLarge) {
          return failed('too-large', `The file is larger than ${deps.maxFileBytes} bytes (setting MAX_IMPORT_BYTES).`);
        }
        const code = (error as { code?: unknown }).code;
        if (code === 'ENOSPC' || code === 14031)
          return failed('storage-full', 'There is no room left to store the file; nothing was kept of it.');
        throw error;
      }
      if (file.bytes === 0) {
        await originals.remove(context.tenant, id);
        return failed('unreadable-input', 'The file is empty; nothing was changed.');
      }
      // Only a run that may change something makes a feed.
      if (!request.dryRun && (await feedOf(context.tenant, request.feed)) === undefined) {
        await runs.putFeed(context.tenant, request.feed, { ...feed });
      }
      const run: Run = {
        id,
        feed: request.feed,
        protocol: feed.protocol,
        mode: request.mode ?? feed.mode,
        state: 'queued',
        dryRun: request.dryRun,
        startedAt: null,
        endedAt: null,
        file: { name: request.fileName, ...file },
        counts: zeroAll(),
        filters: [],
        problems: [],
      };
      const now = new Date();
      await runs.insert({
        _id: id,
        tenant: context.tenant,
        feed: request.feed,
        state: 'queued',
        order: now.getTime() * 1000 + Math.floor(Math.random() * 1000),
        queuedAt: now,
        writer: context.writer,
        source: context.source,
        report: run as unknown as RunRow['report'],
        work: {},
      });
      worker.wake();
      return ok(run);
    },

    async run(context, id) {
      return (await runs.get(context.tenant, id))?.report as unknown as Run | undefined;
    },

    async runs(context, { feed, state, limit, cursor }) {
      const filter: Record<string, unknown> = {};
      if (feed !== undefined) filter['feed'] = feed;
      if (state !== undefined) filter['state'] = state;
      if (cursor !== undefined) {
        if (!/^\d{1,17}$/.test(cursor))
          return failed('invalid-request', 'The cursor is not one that this list gave.', { field: 'cursor' });
        filter['order'] = { $lt: Number(cursor) };
      }
      const { rows, total } = await runs.list(context.tenant, filter, limit + 1);
      const page = rows.slice(0, limit);
      const next = rows.length > limit ? String(page.at(-1)?.order ?? '') : null;
      return ok({ items: page.map(({ report }) => report as unknown as Run), total, next });
    },

    approve: (context, id) => decide(context, id, true),
    reject: (context, id) => decide(context, id, false),

    async wait(context, id, onProgress) {
      for (;;) {
        const run = (await runs.get(context.tenant, id))?.report as unknown as Run | undefined;
        if (run === undefined || (run.state !== 'queued' && run.state !== 'running')) return run;
        onProgress?.(run);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },

    async feed(context, name) {
      const feed = await feedOf(context.tenant, name);
      return feed === undefined ? undefined : shown(feed);
    },

    async feeds(context) {
      const items = (await runs.feeds(context.tenant)).map((settings) =>
        shown({ ...defaultFeed(String(settings['name'])), ...(settings as Partial<StoredFeed>) }),
      );
      return { items, total: items.length, next: null };
    },

    async putFeed(context, name, settings) {
      if (!isFeedName(name)) return badName(name);
      const there = await feedOf(context.tenant, name);
      const checked = check(there ?? defaultFeed(name), settings);
      if (!checked.ok) return checked;
      await runs.putFeed(context.tenant, name, { ...there, ...checked.value });
      return ok(shown(checked.value));
    },

    async start() {
      await clearSpools(deps.workFolder);
      if (deps.exclusive) await runs.freeLeases();
      worker.start();
    },
    stop: () => worker.stop(),
  };

  async function refuse(
    context: Context,
    request: { feed: string; mode?: Mode; dryRun: boolean },
  ): Promise<Failed | undefined> {
    if (!isFeedName(request.feed)) return badName(request.feed);
    if (request.mode !== undefined && !modes.includes(request.mode)) {
      return failed('invalid-request', `The mode must be one of ${modes.join(', ')}.`, { field: 'mode' });
    }
    if (request.dryRun) return undefined;
    const { rows } = await runs.list(context.tenant, { feed: request.feed, state: 'held' }, 1);
    const held = rows[0];
    if (held === undefined) return undefined;
    return failed('conflict', `The run ${held._id} of the feed ${request.feed} is held; approve or reject it first.`, {
      id: held._id,
    });
  }
}

function badName(name: string): Failed {
  return failed(
    'invalid-request',
    `A feed's name has 1 to 64 letters, digits, - and _; "${name.slice(0, 80)}" is not one.`,
    { field: 'feed' },
  );
}

/** A feed without what the engine remembers for itself. */
function shown(feed: StoredFeed): Feed {
  const { lastSha256: _sha256, ...rest } = feed;
  return rest;
}

/** What a person allows when approving: as many changes of each filter as the held plan shows. */
function approvedChanges(run: Run): Record<string, number> {
  return Object.fromEntries(
    run.filters.filter(({ exceeded }) => exceeded).map(({ filter, changes }) => [filter, changes]),
  );
}
