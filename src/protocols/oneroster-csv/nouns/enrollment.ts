import { oneRosterWords } from '../../../model/index.ts';
import type { Data, Reading } from './noun.ts';

/** The role of an enrollment as memberships keep it: without `ext:`, which is put before every word that is none of the four. */
function readEnrollmentRole({ cells }: Reading): string | undefined {
  const role = cells.word('role', oneRosterWords.enrollmentRole);
  return typeof role === 'string' ? role.replace(/^ext:/i, '') : undefined;
}

/** A row of `enrollments.csv` (OneRoster CSV 1.2, enrollments) as a membership with one role; `endDate` is the first day after. */
export function readEnrollment(reading: Reading): Data {
  const { cells, keyOf } = reading;
  const group = cells.need('classSourcedId');
  const member = cells.need('userSourcedId');
  cells.need('role');
  const [start, end] = [cells.day('beginDate'), cells.day('endDate')];
  const primary = cells.flag('primary');
  const metadata = cells.metadata();
  return {
    group: keyOf('class', group),
    member: keyOf('user', member),
    memberType: 'person',
    roles: [
      {
        type: readEnrollmentRole(reading) ?? '',
        sourcedId: cells.need('sourcedId'),
        ...(typeof primary === 'boolean' && { primary }),
        ...((typeof start === 'string' || typeof end === 'string') && {
          timeFrame: {
            ...(typeof start === 'string' && { start }),
            ...(typeof end === 'string' && { end }),
          },
        }),
        ...(metadata != null && { extension: { oneRoster: { metadata } } }),
      },
    ],
  };
}
