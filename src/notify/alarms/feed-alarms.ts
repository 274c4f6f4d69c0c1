import { countedTypes, missedTime, type NoticeSettings, noticeDefaults, windowsAt } from '../../sync/index.ts';
import type { NewNotice } from '../types.ts';
import type { WatchedFeed } from './types.ts';

/** The work that looks at a feed's place, as it stands. */
export interface PlaceLooks {
  /** Looks in a row that have failed. */
  readonly attempts: number;
  readonly failedAt: string | null;
  readonly problem: { readonly code: string; readonly text: string } | null;
}

/** What alarms about a feed are worked out from. */
export interface FeedFacts {
  readonly tenant: string;
  readonly feed: WatchedFeed;
  /** The feed's zone. */
  readonly zone: string;
  readonly now: Date;
  readonly looks: PlaceLooks | undefined;
  /** Since when the feed is known to this gateway; a time of its schedule before that is not asked for. */
  readonly knownSince: Date;
}

/** A feed whose last good run is older shrinks no more. */
const freshMs = 7 * 86_400_000;
/** Looks in a row that fail before a place counts as unreachable: about three quarters of an hour. */
const mostFailed = 6;

const about = ({ tenant, feed }: FeedFacts) => ({ tenant, feed: feed.name, run: null });

/** The time of the schedule for which nothing has come; undefined: all is well, or nothing is to come. */
export function missedSlot({ feed, zone, now, knownSince }: FeedFacts): Date | undefined {
  if (feed.health.state === 'held' || windowsAt(feed, zone, now).paused !== undefined) return undefined;
  const { lastRun } = feed.health;
  return missedTime(feed, zone, now, lastRun === null ? knownSince : new Date(lastRun.at));
}

/** Tells that a feed should have come by now and has not; once for each time of its schedule. */
export function missingNotice(facts: FeedFacts): NewNotice | undefined {
  const slot = missedSlot(facts);
  if (slot === undefined) return undefined;
  const time = slot.toISOString();
  return {
    ...about(facts),
    kind: 'feed.missing',
    key: `missing:${facts.feed.name}:${time}`,
    at: facts.now.toISOString(),
    reason: `Nothing has come for the scheduled time ${time}. What the feed had before stays as it was.`,
    next: 'See that its sender has written the file and can reach the gateway, or the gateway the place; the arrivals of the feed show what came. A feed that is to rest gets a pause window.',
  };
}

/** Tells that the feed's place cannot be looked at; once a day. */
export function unreachableNotice(facts: FeedFacts): NewNotice | undefined {
  const { feed, looks, now } = facts;
  if (looks?.problem == null || looks.problem.code === 'conflict' || looks.attempts < mostFailed) return undefined;
  return {
    ...about(facts),
    kind: 'feed.unreachable',
    key: `unreachable:${feed.name}:${now.toISOString().slice(0, 10)}`,
    at: now.toISOString(),
    reason: `The place that its files come from could not be looked at ${looks.attempts} times in a row (${looks.problem.code}).`,
    next: `Look at what is in the way with "rostergate feed-check ${feed.name}": the server, its address and key, the password. It is tried again every quarter of an hour.`,
  };
}

/** Tells that a feed shrinks run by run though no single run was held. `type` names the kind of records. */
export function shrinkingNotice(facts: FeedFacts): NewNotice | undefined {
  const { feed, now } = facts;
  const { shrinkingRuns, shrinkingPercent }: NoticeSettings = feed.notices ?? noticeDefaults;
  if (shrinkingRuns === null) return undefined;
  const points = feed.health.trend.slice(0, shrinkingRuns + 1);
  const [newest] = points;
  if (newest === undefined || points.length <= shrinkingRuns) return undefined;
  // What happened long ago was told of then.
  if (now.getTime() - Date.parse(newest.at) > freshMs) return undefined;
  for (const type of countedTypes) {
    const totals = points.map((point) => point.totals[type]);
    const [last = 0] = totals;
    const first = totals.at(-1) ?? 0;
    const falls = totals.every((total, at) => at === 0 || total > (totals[at - 1] ?? 0));
    const percent = first === 0 ? 0 : (100 * (first - last)) / first;
    if (!falls || percent < shrinkingPercent) continue;
    return {
      ...about(facts),
      kind: 'feed.shrinking',
      key: `shrinking:${feed.name}:${type}:${now.toISOString().slice(0, 10)}`,
      at: now.toISOString(),
      reason: `In ${shrinkingRuns} runs in a row its records of the type ${type} became fewer: from ${first} to ${last} (${Math.round(percent)} %). No single run was above the limits.`,
      next: 'Compare the last file with the school. Where it is right, nothing is to be done; else pause the feed, and undo the runs or restore from the trash.',
    };
  }
  return undefined;
}
