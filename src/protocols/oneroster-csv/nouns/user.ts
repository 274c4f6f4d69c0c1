import type { Cell } from '../cells.ts';
import type { Data, Reading } from './noun.ts';
import { roleKept } from './role.ts';

/** `{LDAP:12},{LTI:15}` as identifiers; 1.0's plain id and other texts are one identifier without a type. */
function readUserIds({ cells, note }: Reading): Cell<Data[]> {
  const text = cells.text('userIds');
  if (typeof text !== 'string') return text;
  const ids = [...text.matchAll(/\{([^:{}]*):([^{}]*)\}/g)].map(([, type = '', value = '']) => ({
    value: value.trim(),
    ...(type.trim() !== '' && { type: type.trim() }),
  }));
  const rest = text.replace(/\{[^:{}]*:[^{}]*\}/g, '').replace(/[\s,]/g, '');
  if (ids.length > 0 && rest === '') return ids.filter(({ value }) => value !== '');
  if (!text.includes('{') && !text.includes(',')) return [{ value: text }];
  note(
    'repair.unknown-vocabulary',
    'the identifiers are not written as {type:id}; each is kept without a type',
    'userIds',
  );
  return text.split(',').flatMap((part) => {
    const value = part.replace(/[{}]/g, '').trim();
    return value === '' ? [] : [{ value }];
  });
}

/** `sms` and `phone` as telephone numbers; a list is taken as a whole, so both columns speak together. */
function readPhones({ cells }: Reading): Cell<Data[]> {
  const [sms, phone] = [cells.text('sms'), cells.text('phone')];
  if (sms === undefined && phone === undefined) return undefined;
  return [
    ...(typeof phone === 'string' ? [{ type: 'Voice', value: phone }] : []),
    ...(typeof sms === 'string' ? [{ type: 'Mobile', value: sms }] : []),
  ];
}

/** The role of 1.1 in each of the user's orgs. */
function readRoles(reading: Reading): Data[] {
  const { cells, keyOf } = reading;
  cells.need('role');
  const role = roleKept(reading);
  cells.need('orgSourcedIds');
  return (cells.list('orgSourcedIds') ?? []).map((org) => ({ role, roleType: 'primary', org: keyOf('org', org) }));
}

/**
 * A row of `users.csv` (OneRoster CSV 1.0 to 1.2.1, users) as a person. What only OneRoster knows (enabledUser, metadata,
 * the password) is kept under `extension.oneRoster`.
 */
export function readUser(reading: Reading): Data {
  const { cells, version, keyOf } = reading;
  const middle = cells.text('middleName');
  const enabled = version === '1.0' ? (cells.flag('enabledUser') ?? true) : cells.flag('enabledUser');
  const agents = cells.list('agentSourcedIds');
  const primaryOrg = cells.text('primaryOrgSourcedId');
  const metadata = cells.metadata();
  const single = version === '1.0' || version === '1.1';
  return {
    name: {
      given: cells.need('givenName'),
      family: cells.need('familyName'),
      middle: typeof middle === 'string' ? [middle] : middle,
      preferredGiven: cells.text('preferredGivenName'),
      preferredMiddle: cells.text('preferredMiddleName'),
      preferredFamily: cells.text('preferredFamilyName'),
    },
    username: cells.wanted('username'),
    userIds: readUserIds(reading),
    userMasterIdentifier: cells.text('userMasterIdentifier'),
    identifier: cells.text('identifier'),
    email: cells.text('email'),
    phones: readPhones(reading),
    ...(single && { roles: readRoles(reading) }),
    primaryOrg: typeof primaryOrg === 'string' ? keyOf('org', primaryOrg) : primaryOrg,
    pronouns: cells.text('pronouns'),
    grades: cells.list('grades'),
    agents: Array.isArray(agents) ? agents.map((agent) => keyOf('user', agent)) : agents,
    resources: cells.list('resourceSourcedIds'),
    extension: {
      oneRoster: {
        enabledUser: enabled === false ? false : null,
        password: cells.text('password'),
        ...(metadata !== undefined && { metadata }),
      },
    },
  };
}
