import { type Problem, problem } from '../../../base/problem.ts';
import type { StoredRecord } from '../../../model/index.ts';
import type { Parent, View } from '../../../roster/index.ts';
import type { Fields } from '../body/fields.ts';
import type { Readable } from '../push/ask.ts';
import type { Records } from '../push/look-up.ts';

/** The fields of a posted object that name the records of the path. */
const fieldOf: Readonly<Partial<Record<View, string>>> = { class: 'class', school: 'school', lineItem: 'lineItem' };

/** An object with the references that the path settles, where it does not have them itself. */
export function filledBy(parents: readonly Parent[], object: Fields): Fields {
  const filled: Record<string, unknown> = { ...object };
  for (const { view, record } of parents) {
    const field = fieldOf[view];
    if (field !== undefined) filled[field] ||= { sourcedId: record.sourcedId };
  }
  return filled;
}

/** The record that a reference of an object names. */
export function namedBy({ named }: Readable, field: string, records: Records): StoredRecord | undefined {
  const reference = named.find((one) => one.field === field);
  return reference && records.there(reference.view, reference.key);
}

/** What of an object does not agree with the path: its references, and the class and session of a result's line item. */
export function disagreement(
  parents: readonly Parent[],
  ask: Readable,
  records: Records,
  sessionsAbove: (guid: string) => ReadonlySet<string>,
): Problem | undefined {
  const lineItem = namedBy(ask, 'lineItem', records) as StoredRecord<'lineItem'> | undefined;
  for (const { view, guid } of parents) {
    const field = fieldOf[view];
    if (field !== undefined && namedBy(ask, field, records)?.guid !== guid)
      return other(field, `is not that of the path`);
    if (lineItem === undefined) continue;
    if (view === 'class' && lineItem.data.class !== guid) return other('lineItem', 'is of another class than the path');
    const { gradingPeriod, academicSession } = lineItem.data;
    const sessions = [gradingPeriod, academicSession].filter((session) => session !== undefined);
    if (view !== 'academicSession' || sessions.length === 0) continue;
    if (sessions.every((session) => session !== guid && !sessionsAbove(session).has(guid))) {
      return other('lineItem', 'is of another academic session than the path');
    }
  }
  return undefined;
}

const other = (field: string, text: string) => problem('invalid-data', `${field} ${text}`, { field });
