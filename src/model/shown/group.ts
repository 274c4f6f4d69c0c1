import { oneRosterTypeOf, orgTypeOf, sessionTypeOf } from '../mapping.ts';
import { oneRosterWords, schoolYearOf, sessionDays, shownTitle, vocabularyWord } from '../oneroster.ts';
import type { StoredRecord } from '../record.ts';

/** What orgs, courses, classes and academicSessions show of a group. */
export function shownGroup(record: StoredRecord<'group'>): object {
  const { data, sourcedId, updatedAt } = record;
  const title = shownTitle(record);
  const { grades, subjects, subjectCodes, periods, classCode, location } = data;
  switch (oneRosterTypeOf(data.kind)) {
    case 'org': {
      const type = vocabularyWord(oneRosterWords.orgType, orgTypeOf(data));
      return { name: title, type, identifier: data.identifier || sourcedId };
    }
    case 'course':
      return { title, courseCode: data.courseCode || sourcedId, grades, subjects, subjectCodes };
    case 'class': {
      const classType = vocabularyWord(oneRosterWords.classType, data.classType || 'scheduled');
      return { title, classCode, classType, location, grades, subjects, subjectCodes, periods };
    }
    case 'academicSession': {
      const { startDate, endDate } = sessionDays(data, updatedAt);
      const type = vocabularyWord(oneRosterWords.sessionType, sessionTypeOf(data));
      return { title, startDate, endDate, type, schoolYear: schoolYearOf(data, endDate) };
    }
    default:
      return {};
  }
}
