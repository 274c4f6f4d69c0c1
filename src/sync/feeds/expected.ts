import { Cron } from 'croner';
import type { Feed } from '../types.ts';
import { windowsAt } from './windows.ts';

/** Milliseconds after a time of the schedule until its file counts as late. */
export const lateAfterMs = 3_600_000;
/** Times of a schedule that lie in pauses one after the other which are looked through. */
const mostPaused = 100;

/**
 * The newest time by which a file of the feed should have come: the last time of its schedule that is an hour ago and lies in no
 * pause. Undefined: it has no schedule, or has not had such a time for long.
 */
export function expectedBy(feed: Feed, timeZone: string, now: Date): Date | undefined {
  if (feed.schedule === null) return undefined;
  const cron = new Cron(feed.schedule, { mode: '5-part', paused: true, timezone: timeZone });
  let before = new Date(now.getTime() - lateAfterMs);
  for (let looked = 0; looked < mostPaused; looked += 1) {
    const [at] = cron.previousRuns(1, before);
    if (at === undefined) return undefined;
    if (windowsAt(feed, timeZone, at).paused === undefined) return at;
    before = new Date(at.getTime() - 1000);
  }
  return undefined;
}

/**
 * The time of the schedule for which nothing has come, where the newest file came at `came`; undefined: all is well. A file that comes
 * a little early (an hour, or half of the time between two times of the schedule) is that of the time to come.
 */
export function missedTime(feed: Feed, timeZone: string, now: Date, came: Date): Date | undefined {
  const slot = expectedBy(feed, timeZone, now);
  if (slot === undefined) return undefined;
  const before = expectedBy(feed, timeZone, new Date(slot.getTime() + lateAfterMs - 1000));
  const early = before === undefined ? lateAfterMs : Math.min(lateAfterMs, (slot.getTime() - before.getTime()) / 2);
  return came.getTime() < slot.getTime() - early ? slot : undefined;
}
