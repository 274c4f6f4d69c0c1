import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { randomId } from '../../base/ids.ts';
import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import type { Context, Vault } from '../../roster/index.ts';
import type { Doc, PullStore, RunStore } from '../../store/index.ts';
import type { Feeds } from '../feeds/feeds.ts';
import type { Submits } from '../requests/submit.ts';
import type { Sync } from '../types.ts';
import { findBase } from './bases.ts';
import { makeSources, type Source } from './sources.ts';
import type { Pull, Puller, RestPuller } from './types.ts';

/** What pulls need. */
export interface PullsDeps {
  readonly feeds: Feeds;
  readonly clock: Clock;
  readonly runs: RunStore;
  readonly pulls: PullStore;
  readonly puller: Puller;
  readonly restPuller: RestPuller;
  readonly vault: Pick<Vault, 'open'>;
  readonly submit: Submits['submit'];
  readonly workFolder: string;
  readonly maxFileBytes: number;
}

/** Reading other servers into feeds. */
export interface Pulls extends Pick<Sync, 'pull' | 'pullNow' | 'pulled' | 'checkPull' | 'previewPull'> {
  /** Ends what is being read; nothing of it is submitted. */
  stop(): Promise<void>;
}

/** What is asked of one pull. */
interface Asked {
  readonly dryRun: boolean;
  readonly full?: boolean | undefined;
  /** At a time of the feed's schedule: its run does not wait for the next one. */
  readonly fetched?: true;
}

/** How long a reading process is believed to live after its last sign of life, and milliseconds between these. */
const leaseMs = 30_000;
const beatMs = 5_000;

/** Makes {@link Pulls}. Each feed's last pull is in the store, so that every gateway knows it; what comes of it is a run like others. */
export function makePulls(deps: PullsDeps): Pulls {
  const { clock, runs, pulls, submit, workFolder, maxFileBytes } = deps;
  const sourceOfFeed = makeSources(deps);
  const working = new Set<Promise<Pull>>();
  const stopped = new AbortController();

  /** Reads and submits; the pull as it is then. */
  async function read(
    context: Context,
    source: Source,
    { full = false, fetched }: Asked,
    pull: Pull,
    signal: AbortSignal,
  ): Promise<void> {
    await mkdir(workFolder, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(join(workFolder, `pull-${process.pid}-`));
    try {
      const { feed } = source;
      const base = await findBase(runs, context.tenant, feed, source.id);
      const isDue = isOlder(base.pull?.fullAt, source.fullEvery, clock.now());
      const found = await source.pull({
        folder,
        since: base.pull,
        full: full || isDue || !source.delta,
        maxBytes: maxFileBytes,
        signal,
        onProgress: (records) => {
          pull.records = records;
        },
      });
      if (!found.ok) return end(pull, found);
      const { bytes, facts } = found.value;
      const isDelta = facts.kind === 'delta';
      pull.kind = facts.kind;
      pull.note = source.delta && !full ? (facts.note ?? base.note) : source.told(facts);
      const pulled = {
        ...facts,
        note: pull.note,
        startedAt: pull.startedAt,
        base: isDelta ? (base.run ?? null) : null,
        fullAt: isDelta ? (base.pull?.fullAt ?? pull.startedAt) : pull.startedAt,
        source: source.id,
      };
      const request = { feed: feed.name, dryRun: pull.dryRun, fileName: `${feed.name}-pull.zip`, pull: pulled };
      const run = await submit(context, fetched === true ? { ...request, fetched } : request, bytes);
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

  /** Reads, and tells the store how far it is until it is over. */
  async function work(place: Place, source: Source, asked: Asked, pull: Pull, signal: AbortSignal): Promise<Pull> {
    const { context, owner } = place;
    const lost = new AbortController();
    const timer = setInterval(() => {
      pulls.beat(context.tenant, pull.feed, owner, pull.records, leaseMs).then(
        (isOurs) => {
          if (!isOurs) lost.abort();
        },
        // What cannot be prolonged may be begun anew by another gateway in the worst case.
        () => undefined,
      );
    }, beatMs).unref();
    try {
      await read(context, source, asked, pull, AbortSignal.any([signal, stopped.signal, lost.signal]));
    } finally {
      clearInterval(timer);
      await pulls.end(context.tenant, pull.feed, owner, asDoc(pull));
    }
    return pull;
  }

  /** Begins a pull: what it is at first, and what it will be. */
  async function begin(
    context: Context,
    name: string,
    asked: Asked,
    signal: AbortSignal,
  ): Promise<Result<{ begun: Pull; over: Promise<Pull> }>> {
    const source = await sourceOfFeed(context, name);
    if (!source.ok) return source;
    if (stopped.signal.aborted) return failed('busy', 'The gateway is stopping.');
    const startedAt = clock.now().toISOString();
    const begun = { state: 'reading', records: 0, kind: null, note: null, run: null, problem: null } as const;
    const pull: Pull = { feed: name, dryRun: asked.dryRun, startedAt, ...begun };
    const owner = randomId();
    if (!(await pulls.begin(context.tenant, name, owner, asDoc(pull), leaseMs))) {
      return failed('conflict', `The feed ${name} is being pulled already.`, { id: name });
    }
    const over = work({ context, owner }, source.value, asked, { ...pull }, signal);
    working.add(over);
    const done = () => working.delete(over);
    over.then(done, done);
    return ok({ begun: pull, over });
  }

  return {
    async pull(context, { feed, dryRun, full }) {
      const pull = await begin(context, feed, { dryRun, full }, stopped.signal);
      return pull.ok ? ok(pull.value.begun) : pull;
    },

    async pullNow(context, { feed, full }, signal) {
      const pull = await begin(context, feed, { dryRun: false, full, fetched: true }, signal);
      if (!pull.ok) return pull;
      const over = await pull.value.over;
      return over.problem === null ? ok(over) : { ok: false, problem: over.problem };
    },

    async pulled({ tenant }, feed) {
      const last = await pulls.last(tenant, feed);
      if (last === undefined) return undefined;
      const pull = last.report as unknown as Pull;
      if (pull.state === 'reading' && !last.alive) end(pull, cutOff);
      return pull;
    },

    async checkPull(context, feed) {
      const source = await sourceOfFeed(context, feed);
      return source.ok ? source.value.check(stopped.signal) : source;
    },

    async previewPull(context, feed) {
      const source = await sourceOfFeed(context, feed);
      if (!source.ok) return source;
      if (source.value.preview !== undefined) return source.value.preview(stopped.signal);
      return failed('invalid-request', 'Only what is read by the setting restPull is mapped and has a preview.', {
        field: 'restPull',
      });
    },

    async stop() {
      stopped.abort();
      await Promise.allSettled(working);
    },
  };
}

interface Place {
  readonly context: Context;
  readonly owner: string;
}

const cutOff = failed('busy', 'The gateway that was reading ended; nothing was kept of it. Pull again.');
const DAY = 86_400_000;

const asDoc = (pull: Pull) => ({ ...pull }) as unknown as Doc;

/** Whether a full pull that began then is older than so many days. */
function isOlder(fullAt: string | undefined, days: number, now: Date): boolean {
  return fullAt !== undefined && now.getTime() - Date.parse(fullAt) >= days * DAY;
}

function end(pull: Pull, { problem: why }: Failed): void {
  pull.problem = why;
  pull.state = 'failed';
}
