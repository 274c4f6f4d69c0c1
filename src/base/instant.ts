/** Whether a text is a day `YYYY-MM-DD` that exists, as xs:date has it (XML Schema part 2, 3.2.9). */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

const shape =
  /^(\d{4}-\d\d-\d\d)T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)(Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?$/;

/**
 * The time that an xs:dateTime (XML Schema part 2, 3.2.7) names, in milliseconds since 1970; without a zone it is taken
 * as UTC. Undefined for other texts, and for days and times that do not exist. A year has exactly four digits, so that
 * two texts where one ends the other never both name a time.
 */
export function instantOf(text: string): number | undefined {
  const [, day = '', time = '', zone = 'Z'] = shape.exec(text) ?? [];
  if (!isDay(day)) return undefined;
  const instant = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(instant) ? undefined : instant;
}
