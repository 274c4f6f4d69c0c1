import { orgLabel } from '../../../model/index.ts';
import { type Data, metadataOf, parentsOf, type Reading } from './noun.ts';

/** A row of `courses.csv` (OneRoster CSV 1.2, courses) as a group under its org and its school year. */
export function readCourse(reading: Reading): Data {
  const { cells } = reading;
  return {
    kind: 'course',
    description: { short: cells.need('title') },
    courseCode: cells.text('courseCode'),
    grades: cells.list('grades'),
    subjects: cells.list('subjects'),
    subjectCodes: cells.list('subjectCodes'),
    relationships: parentsOf(
      reading,
      [
        ['org', cells.wanted('orgSourcedId')],
        ['academicSession', cells.text('schoolYearSourcedId')],
      ],
      orgLabel,
    ),
    extension: metadataOf(reading),
  };
}
