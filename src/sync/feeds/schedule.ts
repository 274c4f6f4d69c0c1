import { Cron } from 'croner';

/** What is wrong with a cron text, for people; undefined when it names times to come. */
export function scheduleFault(cron: string): string | undefined {
  try {
    const next = new Cron(cron, { mode: '5-part', paused: true }).nextRun();
    return next === null ? 'names no time to come' : undefined;
  } catch {
    return 'must be a cron text of five fields (minute, hour, day of month, month, day of week), as 0 2 * * *';
  }
}

/** The next time of a cron text after an instant; undefined where there is none. */
export function nextTime(cron: string, timeZone: string, after: Date): Date | undefined {
  return new Cron(cron, { mode: '5-part', paused: true, timezone: timeZone }).nextRun(after) ?? undefined;
}
