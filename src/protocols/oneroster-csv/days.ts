/** Whether numbers are a day of the calendar; the text of it. */
function dayOf(year: string, month: string, day: string): string | undefined {
  const text = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) ? text : undefined;
}

/**
 * A day as `YYYY-MM-DD` from the ways in which exporters write one: with a time behind it, `2023/05/01`, `20230501`,
 * `28.10.2023`, `15/06/2023`, `6/15/2023`. Undefined for what is none, and for `1/05/2023`, which may be either of two.
 */
export function readDay(text: string): string | undefined {
  const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[T ].*)?$/.exec(text) ?? /^(\d{4})[/.-]?(\d\d?)[/.-]?(\d\d?)$/.exec(text);
  if (iso !== null) return dayOf(iso[1] as string, iso[2] as string, iso[3] as string);
  const german = /^(\d\d?)\.(\d\d?)\.(\d{4})$/.exec(text);
  if (german !== null) return dayOf(german[3] as string, german[2] as string, german[1] as string);
  const slashed = /^(\d\d?)[/-](\d\d?)[/-](\d{4})$/.exec(text);
  if (slashed === null) return undefined;
  const [, first = '', second = '', year = ''] = slashed;
  if (first === second || Number(second) > 12) return dayOf(year, first, second);
  return Number(first) > 12 ? dayOf(year, second, first) : undefined;
}

/** Whether a text is a time as OneRoster writes it (ISO 8601 with a zone). */
export function isInstant(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));
}
