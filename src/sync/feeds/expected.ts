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
