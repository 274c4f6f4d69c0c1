import { instantOf } from '../../base/instant.ts';
import { calendarDay } from '../oneroster.ts';
import type { StoredRecord } from '../record.ts';

/** A date-time as OneRoster writes it, in UTC; a day is its beginning. Undefined for a text that is neither. */
export function momentOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const instant = instantOf(calendarDay(text) === undefined ? text : `${text}T00:00:00Z`);
  return instant === undefined ? undefined : new Date(instant).toISOString();
}

/** The day of a score, which OneRoster requires: the sender's, else that on which the record was made. */
export function scoreDay(text: string | undefined, { createdAt }: StoredRecord): string {
  return calendarDay(text?.slice(0, 10)) ?? createdAt.toISOString().slice(0, 10);
}
