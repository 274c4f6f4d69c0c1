import {
  calendarDay,
  enrollmentRole,
  enrollmentRole1p1,
  enrollmentSourcedId,
  oneRosterWords,
  type StoredRecord,
  vocabularyWord,
} from '../../../model/index.ts';
import { flagCell, metadataCells, stateCells, type Values, type Writing } from './cells.ts';

/**
 * The rows of a membership in `enrollments.csv` (OneRoster CSV 1.2, enrollments), one for each role. What is not active,
 * or of a class that is not, has no row in a bulk file and is `tobedeleted` in a delta.
 */
export function enrollmentRows(writing: Writing, record: StoredRecord<'membership'>): Values[] {
  const { references, version, delta } = writing;
  const { data } = record;
  const known = references.classOf(data.group);
  if (known?.school === undefined) return [];
  const there = known.state === 'active' && references.canRefer('person', data.member);
  if (!delta && !there) return [];
  const ends = {
    classSourcedId: known.sourcedId,
    schoolSourcedId: references.must('group', known.school),
    userSourcedId: references.must('person', data.member),
  };
  return data.roles.flatMap((role, index) => {
    if (!delta && role.status === false) return [];
    return {
      sourcedId: enrollmentSourcedId(record, index),
      ...stateCells(writing, record, !there || role.status === false),
      ...metadataCells(role.extension ?? data.extension),
      ...ends,
      role:
        version === '1.1'
          ? enrollmentRole1p1(role)
          : vocabularyWord(oneRosterWords.enrollmentRole, enrollmentRole(role)),
      primary: flagCell(role.primary),
      beginDate: calendarDay(role.timeFrame?.start),
      endDate: calendarDay(role.timeFrame?.end),
    };
  });
}
