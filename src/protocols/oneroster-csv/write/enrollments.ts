import {
  calendarDay,
  enrollmentRole,
  enrollmentRole1p1,
  enrollmentsOf,
  oneRosterWords,
  type StoredRecord,
  vocabularyWord,
} from '../../../model/index.ts';
import { flagCell, metadataCells, stateCells, type Values, type Writing } from './cells.ts';

/**
 * The rows of a membership in `enrollments.csv` (OneRoster CSV 1.2, enrollments), one for each role. What is not active,
 * or of a class that is not, has no row in a bulk file and is `tobedeleted` in a delta, as is a role that it has lost since.
 */
export function enrollmentRows(writing: Writing, record: StoredRecord<'membership'>): Values[] {
  const { references, version, since } = writing;
  const { data } = record;
  const known = references.classOf(data.group);
  if (data.memberType !== 'person' || known?.school === undefined) return [];
  const there = known.state === 'active' && references.canRefer('person', data.member);
  if (since === undefined && !there) return [];
  const ends = {
    classSourcedId: known.sourcedId,
    schoolSourcedId: references.must('group', known.school),
    userSourcedId: references.must('person', data.member),
  };
  return enrollmentsOf(record).flatMap(({ sourcedId, role, dropped }) => {
    const gone = !there || role.status === false || dropped !== undefined;
    if (since === undefined ? gone : dropped !== undefined && dropped <= since) return [];
    return {
      sourcedId,
      ...stateCells(writing, record, gone),
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
