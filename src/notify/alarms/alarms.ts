import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Jobs } from '../../jobs/index.ts';
import type { NoticeStore } from '../../store/index.ts';
import type { Run, Sync } from '../../sync/index.ts';
import { noticeContext } from '../mail/recipients.ts';
import type { NewNotice, Notifier } from '../types.ts';
import {
  type FeedFacts,
  missedSlot,
  missingNotice,
  type PlaceLooks,
  shrinkingNotice,
  unreachableNotice,
} from './feed-alarms.ts';
import type { WatchedFeed } from './types.ts';

/** What alarms need. */
export interface AlarmsDeps {
  readonly notifier: Notifier;
  readonly notices: Pick<NoticeStore, 'latest' | 'get'>;
  readonly sync: Pick<Sync, 'runs'>;
  readonly jobs: Pick<Jobs, 'ofKind' | 'dead'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Ids of the tenants that are served. */
  tenants(): Promise<readonly string[]>;
  /** A tenant's feeds with what is known of them. */
  feeds(tenant: string): Promise<readonly WatchedFeed[]>;
  timeZone(tenant: string): Promise<string>;
  /** Milliseconds between looks at the clock; 2 seconds unless told. */
  readonly pollMs?: number;
}

/** Notices what nobody would see: feeds that are silent, shrink or cannot be reached, holds without a decision, dead jobs. */
export interface Alarms {
  start(): void;
  /** Looks once, at all tenants; a tenant that cannot be looked at is left for the next time. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

/** Time between looks, by the gateway's clock. */
const everyMs = 60_000;
const dayMs = 86_400_000;
/** A feed that goes on shrinking is told of again after so long. */
const shrinkingAgainMs = 7 * dayMs;
/** Held runs and dead jobs that are looked at. */
const most = 200;

/**
 * Makes {@link Alarms}. Each alarm has a key of its own in its tenant, under which it is told once, by whichever of several
 * gateways looks first, and however often they begin anew.
 */
export function makeAlarms(deps: AlarmsDeps): Alarms {
  const { notifier, notices, sync, jobs, clock, log, pollMs = 2_000 } = deps;
  const known = new Map<string, Date>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<unknown> = Promise.resolve();
  let isStopped = true;
  let lastLook = Number.NEGATIVE_INFINITY;

  /** Tells what is not told yet. */
  async function tell(notice: NewNotice | undefined): Promise<void> {
    if (notice === undefined || (await notices.get(notice.tenant, notice.key)) !== undefined) return;
    await notifier.tell(notice);
  }

  function knownSince(tenant: string, feed: string, now: Date): Date {
    const key = `${tenant}/${feed}`;
    const since = known.get(key) ?? now;
    known.set(key, since);
    return since;
  }

  /** Tells that a feed is back of which an alarm was told before: it came, or can be reached, since. */
  async function back(facts: FeedFacts, kind: 'missing' | 'unreachable', reason: string): Promise<void> {
    const { tenant, feed, now } = facts;
    const told = await notices.latest(tenant, `${kind}:${feed.name}:`);
    if (told === undefined) return;
    await tell({
      kind: 'feed.back',
      key: `back:${told.key}`,
      tenant,
      feed: feed.name,
      at: now.toISOString(),
      run: null,
      reason,
      next: null,
    });
  }

  async function lookAtFeed(facts: FeedFacts): Promise<void> {
    const { tenant, feed, looks, now } = facts;
    await tell(missingNotice(facts));
    if (missedSlot(facts) === undefined && feed.health.lastRun !== null) {
      await back(facts, 'missing', 'A file has come since nothing had come for a time of its schedule.');
    }
    await tell(unreachableNotice(facts));
    if (looks !== undefined && looks.problem === null) {
      await back(facts, 'unreachable', 'The place that its files come from can be looked at again.');
    }
    const shrinking = shrinkingNotice(facts);
    if (shrinking === undefined) return;
    const before = await notices.latest(tenant, shrinking.key.slice(0, shrinking.key.lastIndexOf(':') + 1));
    if (before === undefined || now.getTime() - before.at.getTime() >= shrinkingAgainMs) await tell(shrinking);
  }

  async function lookAtHolds(tenant: string, now: Date): Promise<void> {
    const held = await sync.runs(noticeContext(tenant), { state: 'held', limit: most });
    for (const run of held.ok ? held.value.items : []) {
      if (!run.dryRun) await tell(reminderOf(tenant, run, now));
    }
  }

  async function lookAtJobs(tenant: string, now: Date): Promise<void> {
    const { items, total } = await jobs.dead(noticeContext(tenant), { limit: most });
    const newest = items.reduce((last, { failedAt }) => Math.max(last, Date.parse(failedAt ?? '') || 0), 0);
    if (newest === 0 || now.getTime() - newest > dayMs) return;
    const kinds = [...new Set(items.map(({ kind }) => kind))].sort().join(', ');
    await tell({
      kind: 'jobs.dead',
      key: `dead:${new Date(newest).toISOString().slice(0, 10)}`,
      tenant,
      feed: null,
      at: now.toISOString(),
      run: null,
      reason: `${total} ${total === 1 ? 'job was' : 'jobs were'} given up after all tries (${kinds}).`,
      next: 'Look at them with "rostergate jobs --state dead", put right what is in the way, and let them be worked on again with "rostergate jobs --retry ID".',
    });
  }

  async function lookAtTenant(tenant: string): Promise<void> {
    const now = clock.now();
    const [feeds, zone, slots] = await Promise.all([
      deps.feeds(tenant),
      deps.timeZone(tenant),
      jobs.ofKind(tenant, 'slot'),
    ]);
    const looksOf = new Map<string, PlaceLooks>(slots.map((slot) => [slot.key, slot]));
    for (const feed of feeds) {
      const since = knownSince(tenant, feed.name, now);
      const facts = {
        tenant,
        feed,
        zone: feed.timeZone ?? zone,
        now,
        looks: looksOf.get(feed.name),
        knownSince: since,
      };
      await lookAtFeed(facts);
    }
    await lookAtHolds(tenant, now);
    await lookAtJobs(tenant, now);
  }

  async function look(): Promise<void> {
    for (const tenant of await deps.tenants()) {
      if (isStopped && lastLook !== Number.NEGATIVE_INFINITY) return;
      try {
        await lookAtTenant(tenant);
      } catch (error) {
        const name = error instanceof Error ? error.name : 'unknown';
        log.error({ tenant, error: name }, 'what is silent could not be looked for; it is tried again');
      }
    }
  }

  function later(): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      const now = clock.now().getTime();
      const isDue = now - lastLook >= everyMs || now < lastLook;
      if (isDue) lastLook = now;
      looking = (isDue ? look() : Promise.resolve())
        .catch((error: unknown) => {
          const name = error instanceof Error ? error.name : 'unknown';
          log.error({ error: name }, 'what is silent could not be looked for; it is tried again');
        })
        .finally(later);
    }, pollMs).unref();
  }

  return {
    look,
    start() {
      isStopped = false;
      later();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

/** Reminds of a held run after a day, and on the last day before it expires. */
function reminderOf(
  tenant: string,
  { id, feed, startedAt, queuedAt, expiresAt }: Run,
  now: Date,
): NewNotice | undefined {
  const heldMs = now.getTime() - Date.parse(startedAt ?? queuedAt);
  const leftMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - now.getTime();
  const isLast = leftMs <= dayMs;
  if (leftMs <= 0 || (heldMs < dayMs && !(isLast && heldMs > dayMs / 2))) return undefined;
  return {
    kind: 'hold.reminder',
    key: `hold:${id}:${isLast ? 'last' : 'day'}:${expiresAt ?? ''}`,
    tenant,
    feed,
    at: now.toISOString(),
    run: null,
    reason: `The run ${id} has been held since ${startedAt ?? queuedAt}${isLast ? ', and expires soon' : ''}. Until somebody decides, no later file of the feed is worked on.`,
    next: `Look at its report, then "rostergate approve ${id}" or "rostergate reject ${id}"${expiresAt === null ? '' : `, before ${expiresAt}`}.`,
  };
}
