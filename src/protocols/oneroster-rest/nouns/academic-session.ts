import { dayBefore, type Group, groupTitle, sessionTypeOf } from '../../../model/index.ts';
import { day, metadataOf, modified, statusOf, vocabularyWord } from './base.ts';
import { type Encoder, isOf, optionalReference } from './scene.ts';

const sessionTypes = ['gradingPeriod', 'semester', 'schoolYear', 'term'];

/** The month in which a school year begins where nothing says so: August. */
const firstMonth = 8;

/** The year of the last 1 August on or before a day. */
function schoolYearBegin(text: string): number {
  const year = Number(text.slice(0, 4));
  return Number(text.slice(5, 7)) >= firstMonth ? year : year - 1;
}

/** A year with four digits and 1 August. */
function firstOfAugust(year: number): string {
  return `${String(Math.max(year, 0)).padStart(4, '0')}-08-01`;
}

/**
 * The days of a session: first day and first day after (`endDate` is exclusive). What is missing is taken from the
 * school year, 1 August to 31 July, of the day that is known, else of the record's last change.
 */
export function sessionDays(group: Group, changed: Date): { startDate: string; endDate: string } {
  const start = day(group.timeFrame?.start);
  const end = day(group.timeFrame?.end);
  if (start !== undefined && end !== undefined) return { startDate: start, endDate: end };
  const known = start ?? (end === undefined ? changed.toISOString().slice(0, 10) : dayBefore(end));
  const begin = schoolYearBegin(known);
  return { startDate: start ?? firstOfAugust(begin), endDate: end ?? firstOfAugust(begin + 1) };
}

/** The school year of a session, the year in which it ends: the sender's, else that of the session's last day. */
export function schoolYearOf(group: Group, endDate: string): string {
  const years = group.schoolYear?.match(/\d{4}/g);
  return years?.at(-1) ?? dayBefore(endDate).slice(0, 4);
}

/** The academicSession of a OneRoster answer (OneRoster 1.2, `AcademicSession`). */
export const academicSessionEncoder: Encoder = {
  wants: ({ record }, wanted) => {
    const parent = record.derived?.parent;
    if (parent !== undefined) wanted.groups.add(parent);
  },
  encode: ({ record }, scene) => {
    if (!isOf(record, 'group')) return undefined;
    const { data, derived } = record;
    const { startDate, endDate } = sessionDays(data, record.updatedAt);
    return {
      sourcedId: record.sourcedId,
      status: statusOf(record),
      dateLastModified: modified(record),
      metadata: metadataOf(record, data.extension),
      title: groupTitle(data) || record.sourcedId,
      startDate,
      endDate,
      type: vocabularyWord(sessionTypes, sessionTypeOf(data)),
      parent: optionalReference(scene, 'academicSession', derived?.parent),
      schoolYear: schoolYearOf(data, endDate),
    };
  },
};
