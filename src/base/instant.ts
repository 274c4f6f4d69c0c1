/**
 * The time that an xs:dateTime (XML Schema part 2, 3.2.7) names, in milliseconds since 1970; without a zone it is taken
 * as UTC. Undefined for other texts. A year has exactly four digits, so that two texts where one ends the other never
 * both name a time.
 */
export function instantOf(text: string): number | undefined {
  const [, time, zone] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const instant = time === undefined ? Number.NaN : Date.parse(time + (zone ?? 'Z'));
  return Number.isNaN(instant) ? undefined : instant;
}
