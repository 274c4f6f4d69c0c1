import { oneRosterWords } from '../../../model/index.ts';
import type { Data, Reading } from './noun.ts';
import { profileAddress } from './user-profile.ts';

/** A role as the roster keeps it: 1.1's `administrator` is that of a site. */
export function roleKept({ cells }: Reading): string {
  const role = cells.word('role', [...oneRosterWords.userRole, 'administrator']) ?? '';
  return role === 'administrator' ? 'siteAdministrator' : role;
}

/** A row of `roles.csv` (OneRoster CSV 1.2, roles) as a role of its user. */
export function readRole(reading: Reading): Data {
  const { cells, keyOf } = reading;
  cells.need('role');
  const type = cells.wanted('roleType');
  const [beginDate, endDate] = [cells.day('beginDate'), cells.day('endDate')];
  const profile = cells.text('userProfileSourcedId');
  return {
    sourcedId: cells.need('sourcedId'),
    role: roleKept(reading),
    roleType:
      type === null || type === undefined || cells.word('roleType', ['primary', 'secondary']) === 'primary'
        ? 'primary'
        : 'secondary',
    org: keyOf('org', cells.need('orgSourcedId')),
    ...(typeof beginDate === 'string' && { beginDate }),
    ...(typeof endDate === 'string' && { endDate }),
    ...(typeof profile === 'string' && { userProfile: profileAddress(profile) }),
  };
}
