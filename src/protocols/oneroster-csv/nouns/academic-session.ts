import { oneRosterWords } from '../../../model/index.ts';
import { type Data, metadataOf, parentsOf, type Reading } from './noun.ts';

/** A row of `academicSessions.csv` (OneRoster CSV 1.2, academicSessions) as a group; `endDate` is the first day after. */
export function readAcademicSession(reading: Reading): Data {
  const { cells } = reading;
  for (const column of ['type', 'startDate', 'endDate']) cells.need(column);
  return {
    kind: 'session',
    description: { short: cells.need('title') },
    sessionType: cells.word('type', oneRosterWords.sessionType),
    timeFrame: { start: cells.day('startDate'), end: cells.day('endDate') },
    schoolYear: reading.version === '1.0' ? cells.text('schoolYear') : cells.wanted('schoolYear'),
    relationships: parentsOf(reading, [['academicSession', cells.text('parentSourcedId')]]),
    extension: metadataOf(reading),
  };
}
