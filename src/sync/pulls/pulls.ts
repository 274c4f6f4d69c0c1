import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import type { Vault } from '../../roster/index.ts';
import type { RunStore } from '../../store/index.ts';
import { type Feeds, noFeed } from '../feeds/feeds.ts';
import type { StoredFeed } from '../feeds/settings.ts';
import type { Submits } from '../requests/submit.ts';
import type { Sync } from '../types.ts';
import { findBase, sourceOf } from './bases.ts';
import type { Pull, Puller, PullTarget } from './types.ts';

/** What pulls need. */
export interface PullsDeps {
  readonly feeds: Feeds;
  readonly runs: RunStore;
  readonly puller: Puller;
  readonly vault: Pick<Vault, 'open'>;
  readonly submit: Submits['submit'];
  readonly workFolder: string;
  readonly maxFileBytes: number;
}

/** Reading other servers into feeds. */
export interface Pulls extends Pick<Sync, 'pull' | 'pulled' | 'checkPull'> {
  /** Ends what is being read; nothing of it is submitted. */
  stop(): Promise<void>;
}

/** A feed, and the server that it is read from. */
interface Aim {
  readonly feed: StoredFeed;
  readonly target: PullTarget;
}

/** Whose secret a sealed text is. */
export const pullPurpose = (tenant: string, feed: string) => `pull:${tenant}/${feed}`;

/** Makes {@link Pulls}. What is being read is known to this process alone; what comes of it is a run like others. */
export function makePulls({ feeds, runs, puller, vault, submit, workFolder, maxFileBytes }: PullsDeps): Pulls {
  const last = new Map<string, Pull>();
  const working = new Set<Promise<void>>();
  const stopped = new AbortController();

  async function targetOf(tenant: string, name: string): Promise<Result<Aim>> {
    const feed = await feeds.stored(tenant, name);
    if (feed === undefined) return noFeed(name);
    if (feed.pull === null) {
      return failed('invalid-request', `The feed ${name} has no settings to pull from another server.`, {
        field: 'pull',
      });
    }
    const secret = vault.open(feed.pullSecret ?? '', pullPurpose(tenant, name));
    if (secret === undefined) {
      return failed('invalid-request', 'The secret cannot be opened with this secrets key; set it again.', {
        field: 'pull.secret',
      });
    }
    return ok({ feed, target: { ...feed.pull, secret } });
  }

  async function work(context: Parameters<Sync['pull']>[0], aim: Aim, full: boolean, pull: Pull): Promise<void> {
    await mkdir(workFolder, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(join(workFolder, `pull-${process.pid}-`));
    try {
      const { feed, target } = aim;
      const source = sourceOf(target, feed.namespace);
      const base = await findBase(runs, context.tenant, feed, source);
      const isDue = isOlder(base.pull?.fullAt, target.fullEvery);
      const read = await puller.pull(target, {
        folder,
        since: base.pull,
        full: full || isDue || !target.delta,
        maxBytes: maxFileBytes,
        signal: stopped.signal,
        onProgress: (records) => {
          pull.records = records;
        },
      });
      if (!read.ok) return end(pull, read);
      const { bytes, facts } = read.value;
      const isDelta = facts.kind === 'delta';
      pull.kind = facts.kind;
      pull.note = target.delta && !full ? (facts.note ?? base.note) : null;
      const pulled = {
        ...facts,
        note: pull.note,
        startedAt: pull.startedAt,
        base: isDelta ? (base.run ?? null) : null,
        fullAt: isDelta ? (base.pull?.fullAt ?? pull.startedAt) : pull.startedAt,
        source,
      };
      const fileName = `${feed.name}-pull.zip`;
      const run = await submit(context, { feed: feed.name, dryRun: pull.dryRun, fileName, pull: pulled }, bytes);
      if (!run.ok) return end(pull, run);
      pull.run = run.value.id;
      pull.state = 'submitted';
    } catch (error) {
      const isFull = (error as { code?: unknown }).code === 'ENOSPC';
      end(
        pull,
        isFull
          ? failed('storage-full', 'There is no room left for what is read; nothing was kept of it.')
          : failed('internal', 'The pull ended by a fault of the gateway.'),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  return {
    async pull(context, { feed, dryRun, full = false }) {
      const aim = await targetOf(context.tenant, feed);
      if (!aim.ok) return aim;
      const key = `${context.tenant}/${feed}`;
      if (last.get(key)?.state === 'reading') {
        return failed('conflict', `The feed ${feed} is being pulled already.`, { id: feed });
      }
      if (stopped.signal.aborted) return failed('busy', 'The gateway is stopping.');
      const startedAt = new Date().toISOString();
      const begun = { state: 'reading', records: 0, kind: null, note: null, run: null, problem: null } as const;
      const pull: Pull = { feed, dryRun, startedAt, ...begun };
      last.set(key, pull);
      const done = work(context, aim.value, full, pull).finally(() => working.delete(done));
      working.add(done);
      return ok({ ...pull });
    },

    async pulled({ tenant }, feed) {
      const pull = last.get(`${tenant}/${feed}`);
      return pull === undefined ? undefined : { ...pull };
    },

    async checkPull({ tenant }, feed) {
      const aim = await targetOf(tenant, feed);
      return aim.ok ? puller.check(aim.value.target, stopped.signal) : aim;
    },

    async stop() {
      stopped.abort();
      await Promise.all(working);
    },
  };
}

const DAY = 86_400_000;

/** Whether a full pull that began then is older than so many days. */
function isOlder(fullAt: string | undefined, days: number): boolean {
  return fullAt !== undefined && Date.now() - Date.parse(fullAt) >= days * DAY;
}

function end(pull: Pull, { problem: why }: Failed): void {
  pull.problem = why;
  pull.state = 'failed';
}
