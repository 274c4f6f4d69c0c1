import { sha256 } from '../../../base/ids.ts';
import type { SharedCounter } from '../../../store/index.ts';
import { makeRate, type Rate, rateSeconds } from '../../../wire/index.ts';
import { makeKept } from './kept.ts';

/** Milliseconds after which what was counted here is added to what all instances have counted. */
const shareMs = 250;
/** The part of a limit that a key must have used up here before it is worth telling the others: most never have. */
const worthTelling = 0.05;
/** The most keys that are counted at once. */
const mostKeys = 10_000;

/** What {@link makeSharedRate} needs. */
export interface SharedRateDeps {
  /** Counts over {@link rateSeconds}. */
  readonly counter: SharedCounter;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Requests of a key. */
interface Count {
  /** When its time is over. */
  readonly until: number;
  seen: number;
  /** Those that the others do not know of yet. */
  untold: number;
}

/**
 * Makes a {@link Rate} of so many requests a second over all instances; 0: any number. Each instance counts for itself, and
 * four times a second tells the database what keys that ask much have asked, so that no request waits for a write. While the
 * database does not answer, each counts alone.
 */
export function makeSharedRate(perSecond: number, { counter, now }: SharedRateDeps): Rate {
  if (perSecond <= 0) return async () => 0;
  const limit = perSecond * rateSeconds;
  const own = makeRate(perSecond);
  const counts = new Map<string, Count>();
  const blocked = makeKept(now);
  let isDue = false;

  async function tell(key: string, count: Count): Promise<void> {
    const { untold } = count;
    count.untold = 0;
    const all = await counter.add(sha256(key), untold);
    if (all.count >= limit) blocked.keep(key, all.seconds * 1_000);
  }

  async function share(): Promise<void> {
    isDue = false;
    const due = [...counts].filter(([, { seen, untold }]) => untold > 0 && seen >= limit * worthTelling);
    await Promise.allSettled(due.map(([key, count]) => tell(key, count)));
    for (const [key, { until }] of counts) if (until <= now()) counts.delete(key);
  }

  return async (key) => {
    const left = blocked.left(key);
    const wait = left > 0 ? Math.ceil(left / 1_000) : await own(key);
    if (wait > 0) return wait;
    if (counts.size >= mostKeys) counts.clear();
    const there = counts.get(key);
    const count =
      there !== undefined && there.until > now() ? there : { until: now() + rateSeconds * 1_000, seen: 0, untold: 0 };
    counts.set(key, count);
    count.seen += 1;
    count.untold += 1;
    if (!isDue && count.seen >= limit * worthTelling) {
      isDue = true;
      setTimeout(() => void share(), shareMs).unref();
    }
    return 0;
  };
}
