import {
  oneRosterWords,
  orgTypeOf,
  type StoredRecord,
  schoolYearOf,
  sessionDays,
  sessionTypeOf,
  shownTitle,
  vocabularyWord,
} from '../../../model/index.ts';
import { listCell, metadataCells, stateCells, subjectCells, type Values, type Writing } from './cells.ts';

type Group = StoredRecord<'group'>;

const idCells = (writing: Writing, record: Group): Values => ({
  sourcedId: record.sourcedId,
  ...stateCells(writing, record),
  ...metadataCells(record.data.extension),
});

/** The guids that a group's row refers to. */
export function referredBy({ derived }: Group): string[] {
  const { parent, school, course, terms = [] } = derived ?? {};
  return [parent, school, course, ...terms].filter((guid) => guid !== undefined);
}

/** A row of `orgs.csv` (OneRoster CSV 1.2, orgs). */
export function orgRow(writing: Writing, record: Group): Values {
  const { data, derived } = record;
  return {
    ...idCells(writing, record),
    name: shownTitle(record),
    type: vocabularyWord(oneRosterWords.orgType, orgTypeOf(data)),
    identifier: data.identifier,
    parentSourcedId: writing.references.refer('group', derived?.parent),
  };
}

/** A row of `academicSessions.csv` (OneRoster CSV 1.2, academicSessions); `endDate` is the first day after. */
export function academicSessionRow(writing: Writing, record: Group): Values {
  const { data, derived } = record;
  const { startDate, endDate } = sessionDays(data, record.updatedAt);
  return {
    ...idCells(writing, record),
    title: shownTitle(record),
    type: vocabularyWord(oneRosterWords.sessionType, sessionTypeOf(data)),
    startDate,
    endDate,
    parentSourcedId: writing.references.refer('group', derived?.parent),
    schoolYear: schoolYearOf(data, endDate),
  };
}

/** A row of `courses.csv` (OneRoster CSV 1.2, courses); undefined for a record that has no place yet. */
export function courseRow(writing: Writing, record: Group): Values | undefined {
  const { data, derived } = record;
  if (derived?.school === undefined) return undefined;
  return {
    ...idCells(writing, record),
    schoolYearSourcedId: writing.references.refer('group', derived.terms?.[0]),
    title: shownTitle(record),
    courseCode: data.courseCode,
    grades: listCell(data.grades),
    orgSourcedId: writing.references.must('group', derived.school),
    ...subjectCells(data),
  };
}

/** A row of `classes.csv` (OneRoster CSV 1.2, classes); undefined for a record that has no place yet. */
export function classRow(writing: Writing, record: Group): Values | undefined {
  const { data, derived } = record;
  const { course, school, terms } = derived ?? {};
  const [firstTerm] = terms ?? [];
  if (course === undefined || school === undefined || firstTerm === undefined) return undefined;
  const { references } = writing;
  const shown = (terms ?? []).map((term) => references.refer('group', term)).filter((id) => id !== undefined);
  return {
    ...idCells(writing, record),
    title: shownTitle(record),
    grades: listCell(data.grades),
    courseSourcedId: references.must('group', course),
    classCode: data.classCode,
    classType: vocabularyWord(oneRosterWords.classType, data.classType || 'scheduled'),
    location: data.location,
    schoolSourcedId: references.must('group', school),
    termSourcedIds: shown.length > 0 ? shown.join(',') : references.must('group', firstTerm),
    ...subjectCells(data),
    periods: listCell(data.periods),
  };
}
