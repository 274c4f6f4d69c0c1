import { Cron } from 'croner';
import type { Feed } from '../types.ts';
import { windowsAt } from './windows.ts';

/** What is wrong with a cron text, for people; undefined when it names times to come. */
export function scheduleFault(cron: string): string | undefined {
  try {
    const next = new Cron(cron, { mode: '5-part', paused: true }).nextRun();
    return next === null ? 'names no time to come' : undefined;
  } catch {
    return 'must be a cron text of five fields (minute, hour, day of month, month, day of week), as 0 2 * * *';
  }
}

/**
 * The next time of a cron text after an instant; undefined where there is none. A time of day that a change of the clocks
 * leaves out is the first moment after it, and one that comes twice is the first of the two, where the text names it once a day.
 */
export function nextTime(cron: string, timeZone: string, after: Date): Date | undefined {
  return new Cron(cron, { mode: '5-part', paused: true, timezone: timeZone }).nextRun(after) ?? undefined;
}

/** Pauses, one after the other, that a look for the next time goes through. */
const mostPauses = 100;

/** When a feed is to be fetched next after an instant: by its schedule, else every `lookEvery` seconds, never in a pause. */
export function nextSlot(feed: Feed, timeZone: string, after: Date): Date | undefined {
  const { schedule, lookEvery } = feed;
  const pausedUntil = (at: Date) => windowsAt(feed, timeZone, at).paused?.ends;
  if (schedule === null) {
    const at = new Date(after.getTime() + lookEvery * 1000);
    return pausedUntil(at) ?? at;
  }
  let next = nextTime(schedule, timeZone, after);
  for (let pauses = 0; next !== undefined && pauses < mostPauses; pauses += 1) {
    const ends = pausedUntil(next);
    if (ends === undefined) return next;
    next = nextTime(schedule, timeZone, new Date(ends.getTime() - 1000));
  }
  return next;
}
