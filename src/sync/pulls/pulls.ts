import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import type { Vault } from '../../roster/index.ts';
import { type Feeds, noFeed } from '../feeds/feeds.ts';
import type { Sync } from '../types.ts';
import type { Pull, Puller, PullTarget } from './types.ts';

/** What pulls need. */
export interface PullsDeps {
  readonly feeds: Feeds;
  readonly puller: Puller;
  readonly vault: Vault;
  readonly submit: Sync['submit'];
  readonly workFolder: string;
  readonly maxFileBytes: number;
}

/** Reading other servers into feeds. */
export interface Pulls extends Pick<Sync, 'pull' | 'pulled' | 'checkPull'> {
  /** Ends what is being read; nothing of it is submitted. */
  stop(): Promise<void>;
}

/** Whose secret a sealed text is. */
export const pullPurpose = (tenant: string, feed: string) => `pull:${tenant}/${feed}`;

/** Makes {@link Pulls}. What is being read is known to this process alone; what comes of it is a run like others. */
export function makePulls({ feeds, puller, vault, submit, workFolder, maxFileBytes }: PullsDeps): Pulls {
  const last = new Map<string, Pull>();
  const working = new Set<Promise<void>>();
  const stopped = new AbortController();

  async function targetOf(tenant: string, name: string): Promise<Result<PullTarget>> {
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
    return ok({ ...feed.pull, secret });
  }

  async function work(context: Parameters<Sync['pull']>[0], target: PullTarget, pull: Pull): Promise<void> {
    await mkdir(workFolder, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(join(workFolder, `pull-${process.pid}-`));
    try {
      const bytes = await puller.pull(target, {
        folder,
        maxBytes: maxFileBytes,
        signal: stopped.signal,
        onProgress: (records) => {
          pull.records = records;
        },
      });
      if (!bytes.ok) return end(pull, bytes);
      const fileName = `${pull.feed}-pull.zip`;
      const run = await submit(context, { feed: pull.feed, dryRun: pull.dryRun, fileName }, bytes.value);
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
    async pull(context, { feed, dryRun }) {
      const target = await targetOf(context.tenant, feed);
      if (!target.ok) return target;
      const key = `${context.tenant}/${feed}`;
      if (last.get(key)?.state === 'reading') {
        return failed('conflict', `The feed ${feed} is being pulled already.`, { id: feed });
      }
      if (stopped.signal.aborted) return failed('busy', 'The gateway is stopping.');
      const startedAt = new Date().toISOString();
      const pull: Pull = { feed, dryRun, state: 'reading', startedAt, records: 0, run: null, problem: null };
      last.set(key, pull);
      const done = work(context, target.value, pull).finally(() => working.delete(done));
      working.add(done);
      return ok({ ...pull });
    },

    async pulled({ tenant }, feed) {
      const pull = last.get(`${tenant}/${feed}`);
      return pull === undefined ? undefined : { ...pull };
    },

    async checkPull({ tenant }, feed) {
      const target = await targetOf(tenant, feed);
      return target.ok ? puller.check(target.value, stopped.signal) : target;
    },

    async stop() {
      stopped.abort();
      await Promise.all(working);
    },
  };
}

function end(pull: Pull, { problem: why }: Failed): void {
  pull.problem = why;
  pull.state = 'failed';
}
