/** Years that a graduation may be in. */
const years = { first: 1800, last: 2199 };

/**
 * The class year that GRADUATION means (`feeds.md` 3.7): a year as it is; of a day the year in which it lies, and the next one
 * behind the last day of a class year (`MM-DD`, inclusive). Undefined: it is neither a year nor a day.
 */
export function classYearOf(graduation: string, lastDay: string): number | undefined {
  const found = /^(\d{4})(?:-(\d{2}-\d{2}))?$/.exec(graduation);
  if (found === null) return undefined;
  const [, year = '', day] = found;
  const number = Number(year);
  if (number < years.first || number > years.last) return undefined;
  if (day === undefined) return number;
  const time = new Date(`${year}-${day}T00:00:00Z`);
  // A day that no month has is moved to the next one.
  if (Number.isNaN(time.getTime()) || time.toISOString().slice(5, 10) !== day) return undefined;
  return day > lastDay ? number + 1 : number;
}

/** Whether EMAIL_OPT_OUT or DELETE means yes: 1, YES or TRUE in any case (`feeds.md` 3.8). */
export function isYes(value: string): boolean {
  return /^(?:1|yes|true)$/i.test(value);
}
