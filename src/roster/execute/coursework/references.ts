import { type Failed, failed } from '../../../base/result.ts';
import {
  type CourseworkType,
  isCourseworkType,
  isKey,
  keyParts,
  type RecordType,
  type ReferenceField,
  referenceFields,
} from '../../../model/index.ts';
import type { WriteChange } from '../../change.ts';
import { servedSpace } from '../acts/identity.ts';
import { entryOf } from '../acts/look-up.ts';
import { isThere } from '../derive/school.ts';
import type { Entry, Unit } from '../unit.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A change of one of OneRoster's own nouns. */
export type CourseworkChange = WriteChange<CourseworkType>;

/** Whether a change is of one of OneRoster's own nouns. */
export function isCoursework(change: WriteChange): change is CourseworkChange {
  return isCourseworkType(change.type);
}

/** The fields of a change's data that name other records, with what they name. */
export function namedIn(change: CourseworkChange): { readonly of: ReferenceField; readonly reference: string }[] {
  const data = change.data as Fields;
  return referenceFields[change.type].flatMap((of) => {
    const reference = data[of.field];
    return typeof reference === 'string' && reference !== '' ? [{ of, reference }] : [];
  });
}

/**
 * What is wrong with the references of a change: one that must be there is missing (`missing-data`), or means nothing that
 * is there, nothing of its type, or the record itself (`invalid-data`); undefined where all are right. What the record
 * names already may be in the trash.
 */
export async function refusedReference(
  unit: Unit,
  change: CourseworkChange,
  there: Entry | undefined,
): Promise<Failed | undefined> {
  const now = (there?.record.data ?? {}) as Fields;
  const data = change.data as Fields;
  for (const { field, required } of referenceFields[change.type]) {
    const kept = change.op === 'upsert' && data[field] === undefined && now[field] !== undefined;
    if (required !== true || kept || (typeof data[field] === 'string' && data[field] !== '')) continue;
    const id = idIn(change.key ?? '');
    return failed('missing-data', `The ${change.type} ${id} does not name its ${field}.`, { id, field });
  }
  for (const { of, reference } of namedIn(change)) {
    const refused = refusal(unit, of, reference, now[of.field]);
    if (refused !== undefined) return refused;
  }
  return change.type === 'assessmentLineItem' ? refusedParent(unit, change, there) : undefined;
}

function refusal(unit: Unit, { field, type, space }: ReferenceField, reference: string, now: unknown) {
  const found = entryOf(unit, type, reference) as Entry | undefined;
  if (found !== undefined && found.record.guid === now) return undefined;
  if (found !== undefined && isThere(found) && servedSpace(found) === space) return undefined;
  const id = idIn(reference);
  return failed('invalid-data', `The ${space} ${id} that ${field} names does not exist.`, { id, field });
}

/** Refuses a parent that is the assessment line item itself, or a part of it. */
async function refusedParent(
  unit: Unit,
  change: CourseworkChange,
  there: Entry | undefined,
): Promise<Failed | undefined> {
  const type = 'assessmentLineItem';
  const field = 'parentAssessmentLineItem';
  const reference = (change.data as Fields)[field];
  if (typeof reference !== 'string' || there === undefined) return undefined;
  const seen = new Set<string>();
  for (let above = entryOf(unit, type, reference); above !== undefined && !seen.has(above.record.guid); ) {
    const { guid, data } = above.record;
    if (guid === there.record.guid) {
      const id = idIn(reference);
      return failed('invalid-data', `The ${type} ${id} that ${field} names is the record itself or a part of it.`, {
        id,
        field,
      });
    }
    seen.add(guid);
    const next = data.parentAssessmentLineItem;
    if (next === undefined) return undefined;
    await unit.loadGuids(type, [next]);
    above = unit.get(type, next);
  }
  return undefined;
}

/** The data of a change with guids for all references; they must have been looked at by {@link refusedReference}. */
export function withGuids(unit: Unit, change: CourseworkChange): Record<string, unknown> {
  const data: Record<string, unknown> = { ...(change.data as Fields) };
  for (const { of, reference } of namedIn(change)) {
    const found = entryOf<RecordType>(unit, of.type, reference);
    if (found !== undefined) data[of.field] = found.record.guid;
  }
  return data;
}

const idIn = (reference: string) => (isKey(reference) ? keyParts(reference).id : reference);
