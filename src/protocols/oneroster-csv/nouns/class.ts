import { oneRosterWords, orgLabel } from '../../../model/index.ts';
import { type Data, metadataOf, parentsOf, type Reading } from './noun.ts';

/** A row of `classes.csv` (OneRoster CSV 1.2, classes) as a group under its school, its course and its terms. */
export function readClass(reading: Reading): Data {
  const { cells } = reading;
  const school = cells.wanted('schoolSourcedId');
  const course = cells.wanted('courseSourcedId');
  cells.wanted('termSourcedIds');
  const terms = cells.list('termSourcedIds') ?? [];
  return {
    kind: 'class',
    description: { short: cells.need('title') },
    classCode: cells.text('classCode'),
    classType: cells.word('classType', oneRosterWords.classType),
    location: cells.text('location'),
    grades: cells.list('grades'),
    subjects: cells.list('subjects'),
    subjectCodes: cells.list('subjectCodes'),
    periods: cells.list('periods'),
    relationships: parentsOf(
      reading,
      [['org', school], ['course', course], ...terms.map((term) => ['academicSession', term] as const)],
      orgLabel,
    ),
    extension: metadataOf(reading),
  };
}
