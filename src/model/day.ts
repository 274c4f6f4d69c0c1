const millisecondsOfDay = 86_400_000;

/** The last day that can be written; in the field it means no end, and it stays as it is. */
const lastDay = '9999-12-31';

/**
 * The day after, as `YYYY-MM-DD`: IMS's `end` is the last day and the canonical `end` the first day after
 * (decisions 1.9). What is no day stays as it is.
 */
export function dayAfter(day: string): string {
  return shifted(day, millisecondsOfDay);
}

/** The day before; see {@link dayAfter}. */
export function dayBefore(day: string): string {
  return shifted(day, -millisecondsOfDay);
}

function shifted(day: string, by: number): string {
  if (day === lastDay) return day;
  const time = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(time) ? day : new Date(time + by).toISOString().slice(0, 10);
}
