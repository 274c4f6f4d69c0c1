import type { Clock } from '../../base/clock.ts';
import { failed, ok } from '../../base/result.ts';
import { type FeedRunRow, type FeedRuns, feedRuns, type Store } from '../../store/index.ts';
import { type CountedType, countedTypes, type Feed, missedTime, type Sync, windowsAt } from '../../sync/index.ts';
import type { FeedSlot, Slots } from '../slots/slots.ts';
import type { FeedHealth, FeedsHealth, FeedWithHealth, HealthState } from './types.ts';

/** What the health of feeds needs. */
export interface FeedsHealthDeps {
  readonly store: Store;
  readonly sync: Pick<Sync, 'feed' | 'feeds'>;
  readonly slots: Pick<Slots, 'all'>;
  readonly clock: Clock;
  /** The tenant's time zone. */
  timeZone(tenant: string): Promise<string>;
}

/** Runs whose totals are shown. */
const mostPoints = 10;

/** Makes {@link FeedsHealth}. */
export function makeFeedsHealth({ store, sync, slots, clock, timeZone }: FeedsHealthDeps): FeedsHealth {
  async function withHealth(tenant: string, feeds: readonly Feed[], isOne: boolean): Promise<FeedWithHealth[]> {
    const named = isOne ? { feeds: feeds.map(({ name }) => name) } : {};
    const [zone, slotOf, runs] = await Promise.all([
      timeZone(tenant),
      slots.all(tenant, feeds),
      feedRuns(store, tenant, { ...named, done: mostPoints, types: countedTypes }),
    ]);
    const runsOf = new Map(runs.map((one) => [one.feed, one]));
    const now = clock.now();
    return feeds.map((feed) => {
      const seen = { feed, zone: feed.timeZone ?? zone, now, runs: runsOf.get(feed.name), slot: slotOf.get(feed.name) };
      return { ...feed, health: healthOf(seen) };
    });
  }

  return {
    async feedsWithHealth(context) {
      return withHealth(context.tenant, (await sync.feeds(context)).items, false);
    },

    async feedWithHealth(context, name) {
      const feed = await sync.feed(context, name);
      const [found] = feed === undefined ? [] : await withHealth(context.tenant, [feed], true);
      if (found !== undefined) return ok(found);
      const shown = name.slice(0, 64);
      const text = `There is no feed ${shown}; its first import or a PUT makes it.`;
      return failed('unknown-object', text, { id: shown });
    },
  };
}

interface Seen {
  readonly feed: Feed;
  readonly zone: string;
  readonly now: Date;
  readonly runs: FeedRuns | undefined;
  readonly slot: FeedSlot | undefined;
}

function healthOf(seen: Seen): FeedHealth {
  const { runs, slot } = seen;
  const [state, reason] = stateOf(seen);
  const last = runs?.last;
  const [good] = runs?.done ?? [];
  return {
    state,
    reason,
    lastRun: last === undefined ? null : { id: last._id, state: last.state, at: timeOf(last) },
    lastGoodRun: good === undefined ? null : { id: good._id, at: timeOf(good) },
    nextRun: slot?.next?.toISOString() ?? null,
    lastLook: slot?.last ?? null,
    waitingFiles: (runs?.queued ?? 0) + (runs?.waiting ?? 0),
    trend: (runs?.done ?? []).map((run) => ({
      run: run._id,
      at: timeOf(run),
      totals: run.totals as Readonly<Record<CountedType, number>>,
    })),
  };
}

/** When a run came to its state. */
function timeOf({ endedAt, startedAt, queuedAt }: FeedRunRow): string {
  return endedAt ?? startedAt ?? queuedAt.toISOString();
}

function stateOf({ feed, zone, now, runs, slot }: Seen): readonly [HealthState, string | null] {
  const { last, held } = runs ?? {};
  if (held !== undefined) return ['held', `The run ${held} is held: approve or reject it.`];
  const { paused } = windowsAt(feed, zone, now);
  if (paused !== undefined) return ['paused', `It is paused until ${paused.until} (window ${paused.name}).`];
  if (last?.state === 'failed') return ['failing', `The run ${last._id} failed; its report says why.`];
  if (last?.state === 'expired')
    return ['failing', `The hold of the run ${last._id} has expired; nothing was changed.`];
  const inTheWay = slot?.last?.problem;
  // Behind a held run or another pull it waits, which is no failure.
  if (inTheWay != null && inTheWay.code !== 'conflict') return ['failing', inTheWay.text];
  if (last === undefined) return ['never-ran', 'No file of this feed has come yet.'];
  const came = Math.max(last.queuedAt.getTime(), Date.parse(last.startedAt ?? '') || 0);
  const missed = missedTime(feed, zone, now, new Date(came));
  if (missed !== undefined) {
    return ['late', `Nothing has come for the scheduled time ${missed.toISOString()}.`];
  }
  return ['ok', null];
}
