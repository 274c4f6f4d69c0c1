import type { RecordType, StoredRecord } from '../record.ts';
import { shownCoursework } from './coursework.ts';
import { shownGroup } from './group.ts';
import { shownPerson } from './person.ts';

/**
 * What OneRoster shows of a record and may be asked for: texts in lower case, numbers, lists, by the names of OneRoster's
 * fields; days and date-times as they are written; of a list of objects the values of each field. Only what follows
 * from the record's own data, and what is there; `…1p1` is what only 1.1 puts into the place of what is missing.
 */
export type Shown = Readonly<Record<string, unknown>>;

function isType<T extends RecordType>(record: StoredRecord, type: T): record is StoredRecord<T> {
  return record.type === type;
}

/** The {@link Shown} fields of a record, to be stored with it, so that filters and orders can go by indexes. */
export function shownOf(record: StoredRecord): Shown | undefined {
  const fields = isType(record, 'person')
    ? shownPerson(record)
    : isType(record, 'group')
      ? shownGroup(record)
      : shownCoursework(record);
  const there = Object.entries(fields).flatMap(([name, value]) => {
    const shown = lowered(value);
    return shown === undefined ? [] : [[name, shown] as const];
  });
  return there.length === 0 ? undefined : Object.fromEntries(there);
}

/** Texts in lower case; undefined for what is empty. */
function lowered(value: unknown): unknown {
  if (typeof value === 'string') return value === '' ? undefined : value.toLowerCase();
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(lowered);
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const parts = Object.entries(value).flatMap(([name, part]) => {
    const shown = lowered(part);
    return shown === undefined ? [] : [[name, shown] as const];
  });
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
}
