import type { Clock } from '../../base/clock.ts';
import type { Problem } from '../../base/problem.ts';
import { type Failed, failed } from '../../base/result.ts';
import type { Job, JobEnd, JobFound, Jobs, Retry } from '../../jobs/index.ts';
import type { Context } from '../../roster/index.ts';
import { type Feed, nextSlot, nextTime, type Sync, windowsAt } from '../../sync/index.ts';
import type { FeedPlace, Intake, Looker } from '../types.ts';

/** What the slots need. */
export interface SlotsDeps {
  readonly jobs: Jobs;
  readonly sync: Pick<Sync, 'feed' | 'feeds' | 'pullNow'>;
  readonly intake: Intake;
  readonly lookers: readonly Looker[];
  readonly clock: Clock;
  /** The tenant's time zone. */
  timeZone(tenant: string): Promise<string>;
  /** Ids of all tenants. */
  tenants(): Promise<readonly string[]>;
}

/** The last look at a feed's place. */
export interface LastLook {
  readonly at: string;
  /** What was in the way; null: nothing. */
  readonly problem: Pick<Problem, 'code' | 'text'> | null;
}

/** When a feed is fetched next, and how the last look went; see {@link Slots}. */
export interface FeedSlot {
  readonly next: Date | null;
  readonly last: LastLook | undefined;
}

/** The times at which feeds are fetched: one durable job a feed, so that of several gateways one looks. */
export interface Slots {
  /** Sees to it that each feed that is fetched has its job. */
  start(): Promise<void>;
  /** A feed was made, changed or removed. */
  feedChanged(tenant: string, feed: string): Promise<void>;
  /** When a feed is fetched next, or what was brought is worked on next; null: when somebody brings or asks. */
  next(tenant: string, feed: string): Promise<Date | null>;
  /** Undefined: nobody has looked yet. */
  last(tenant: string, feed: string): Promise<LastLook | undefined>;
  /** Both of many feeds of a tenant, by their names. */
  all(tenant: string, feeds: readonly Feed[]): Promise<ReadonlyMap<string, FeedSlot>>;
}

const kind = 'slot';
/** A gateway that begins so long after a slot, in milliseconds, has missed it. */
const missedMs = 15 * 60_000;
/** A place that cannot be reached is looked at again after 1, 2, 4, 8 and then every 15 minutes, until it can. */
const retry: Retry = { attempts: Number.POSITIVE_INFINITY, firstMs: 60_000, mostMs: 15 * 60_000 };
/** Files of a look that may fail by a fault of the gateway before it is given up until the next. */
const mostFaults = 3;
/** Feeds that one gateway fetches at once. */
const parallel = 4;

/** Makes {@link Slots}. */
export function makeSlots({ jobs, sync, intake, lookers, clock, timeZone, tenants }: SlotsDeps): Slots {
  const lookerOf = new Map(lookers.map((looker) => [looker.kind, looker]));

  /** Whether a server is read for the feed; this is much work for it, so nobody does it without a schedule. */
  const isPulled = ({ transport, schedule }: Feed) =>
    (transport === 'pull' || transport === 'rest-pull') && schedule !== null;
  const isFetched = (feed: Feed) => lookerOf.has(feed.transport) || isPulled(feed);
  const zoneOf = async (tenant: string, feed: Feed) => feed.timeZone ?? (await timeZone(tenant));

  /** When a feed that was not fetched until now is looked at first. */
  function firstSlot(feed: Feed, zone: string): Date | undefined {
    const now = clock.now();
    return feed.schedule === null ? (windowsAt(feed, zone, now).paused?.ends ?? now) : nextSlot(feed, zone, now);
  }

  async function work({ tenant, key, payload, dueAt }: Job, signal: AbortSignal): Promise<JobEnd> {
    const context = contextOf(tenant, key);
    const feed = await sync.feed(context, key);
    if (feed === undefined || !isFetched(feed)) return { done: true };
    const zone = await zoneOf(tenant, feed);
    const begun = clock.now();
    const isMissed = feed.schedule !== null && begun.getTime() - dueAt.getTime() > missedMs;
    if ((isMissed && feed.missedSlots === 'skip') || windowsAt(feed, zone, begun).paused !== undefined) {
      return later(feed, zone, payload);
    }
    const seen = isPulled(feed) ? await pull(context, feed, signal) : await lookAt({ tenant, feed: key }, feed, signal);
    if ('ok' in seen) return seen;
    const now = clock.now();
    const told = { at: now.toISOString(), problem: seen.problem };
    // At a set time something may just be on its way: once, there is a second look.
    const isSecond = payload['second'] === true;
    if (feed.schedule !== null && seen.taken === 0 && !isPulled(feed) && !isSecond) {
      const next = nextSlot(feed, zone, now);
      const second = new Date(now.getTime() + feed.lookEvery * 1000);
      if (next === undefined || second < next) return { again: second, payload: { ...told, second: true } };
    }
    return later(feed, zone, told);
  }

  /** Leaves a feed until its next slot; one whose schedule names no time to come is over. */
  function later(feed: Feed, zone: string, payload: Job['payload']): JobEnd {
    const again = nextSlot(feed, zone, clock.now());
    const { second: _second, ...told } = payload;
    return again === undefined ? { done: true } : { again, payload: told };
  }

  async function pull(context: Context, { name }: Feed, signal: AbortSignal): Promise<Seen | Failed> {
    const read = await sync.pullNow(context, { feed: name }, signal);
    if (read.ok) return { taken: 1, problem: null };
    // Read again at once, a server would be read for nothing: a held run or another pull is in the way.
    return read.problem.code === 'conflict' ? { taken: 0, problem: asTold(read.problem) } : read;
  }

  /** Takes what lies there; what cannot be read now fails the look, and the others are taken all the same. */
  async function lookAt(place: FeedPlace, feed: Feed, signal: AbortSignal): Promise<Seen | Failed> {
    const looker = lookerOf.get(feed.transport);
    if (looker === undefined) return { taken: 0, problem: null };
    const found = await looker.look(place, feed, signal);
    if (!found.ok) return found;
    let taken = 0;
    let inTheWay: Problem | undefined;
    const faults: unknown[] = [];
    for (const arrival of found.value) {
      if (signal.aborted) return failed('busy', 'The gateway stops.');
      const became = await intake.take(place, looker.kind, arrival, signal).catch((error: unknown) => {
        faults.push(error);
      });
      // One file's fault must not keep the others waiting; several are no fault of the files.
      if (faults.length === mostFaults) break;
      if (became === undefined) continue;
      if (became.state === 'taken') taken += 1;
      if (became.state === 'waiting') inTheWay ??= became.problem;
    }
    if (faults.length > 0) throw faults[0];
    // Behind a held run files wait where they lie, until the next look.
    if (inTheWay !== undefined && inTheWay.code !== 'conflict') return { ok: false, problem: inTheWay };
    return { taken, problem: inTheWay === undefined ? null : asTold(inTheWay) };
  }

  function nextOf(feed: Feed, zone: string, job: JobFound | undefined): Date | null {
    if (!isFetched(feed)) {
      return feed.schedule === null ? null : (nextTime(feed.schedule, zone, clock.now()) ?? null);
    }
    if (job === undefined) return null;
    return job.state === 'waiting' ? new Date(job.dueAt) : (nextSlot(feed, zone, clock.now()) ?? null);
  }

  return {
    async start() {
      jobs.handle({ kind, parallel, retry, work });
      for (const tenant of await tenants()) {
        for (const feed of (await sync.feeds({ tenant, writer: 'gateway', namespace: 'default', source: 'file' }))
          .items) {
          if (!isFetched(feed)) continue;
          const dueAt = firstSlot(feed, await zoneOf(tenant, feed));
          if (dueAt !== undefined) await jobs.add({ tenant, kind, key: feed.name, dueAt });
        }
      }
    },

    async feedChanged(tenant, name) {
      const feed = await sync.feed(contextOf(tenant, name), name);
      if (feed === undefined || !isFetched(feed)) return jobs.remove(tenant, kind, name);
      const there = await jobs.find(tenant, kind, name);
      // What failed is tried with the new settings at once.
      const dueAt = there?.problem == null ? firstSlot(feed, await zoneOf(tenant, feed)) : clock.now();
      if (dueAt === undefined) return jobs.remove(tenant, kind, name);
      if (!(await jobs.add({ tenant, kind, key: name, dueAt }))) await jobs.retime(tenant, kind, name, dueAt);
    },

    async next(tenant, name) {
      const feed = await sync.feed(contextOf(tenant, name), name);
      if (feed === undefined) return null;
      return nextOf(feed, await zoneOf(tenant, feed), await jobs.find(tenant, kind, name));
    },

    async last(tenant, name) {
      return lastOf(await jobs.find(tenant, kind, name));
    },

    async all(tenant, feeds) {
      const zone = await timeZone(tenant);
      const found = new Map((await jobs.ofKind(tenant, kind)).map((job) => [job.key, job]));
      return new Map(
        feeds.map((feed) => {
          const job = found.get(feed.name);
          return [feed.name, { next: nextOf(feed, feed.timeZone ?? zone, job), last: lastOf(job) }] as const;
        }),
      );
    },
  };
}

function lastOf(job: JobFound | undefined): LastLook | undefined {
  if (job?.problem != null) return { at: job.failedAt ?? job.dueAt, problem: job.problem as LastLook['problem'] };
  const at = job?.payload['at'];
  if (typeof at !== 'string') return undefined;
  return { at, problem: (job?.payload['problem'] ?? null) as LastLook['problem'] };
}

/** What a look has found: how many new files, and what keeps others waiting. */
interface Seen {
  readonly taken: number;
  readonly problem: LastLook['problem'];
}

const asTold = ({ code, text }: Problem) => ({ code, text });

/** A feed that acts by itself. */
function contextOf(tenant: string, feed: string): Context {
  return { tenant, writer: `feed:${feed}`, namespace: 'default', source: 'file', feeds: [feed] };
}
