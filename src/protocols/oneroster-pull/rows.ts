import { createHash } from 'node:crypto';
import type { PullTarget } from '../../sync/index.ts';
import type { ShelvedRow } from '../../wire/index.ts';
import { cell, itemsIn, listCell, metadataCells, refCell, refsCell } from './cells.ts';
import type { Item } from './collection.ts';

/** Writes a member of a record, named as its column unless told, as a cell. */
type Write = (item: Item, column: string) => string | undefined;

const own: Write = (item, column) => cell(item[column]);
const list: Write = (item, column) => listCell(item[column]);
const ref =
  (member: string): Write =>
  (item) =>
    refCell(item[member]);
const refs =
  (member: string): Write =>
  (item) =>
    refsCell(item[member]);
/** Passwords are never read from another server. */
const none: Write = () => undefined;

/** Columns in the order of the CSV binding, each with what is written into it. */
type Columns = Readonly<Record<string, Write>>;

const words = (names: string): Columns => Object.fromEntries(names.split(' ').map((name) => [name, own]));
/** Blank in bulk files (OneRoster CSV 1.2, section "Bulk"); in delta files a {@link Stamp} fills them. */
const head: Columns = { sourcedId: own, status: none, dateLastModified: none };
const names: Columns = words('givenName familyName middleName identifier email sms phone');
const userIds: Write = ({ userIds: ids }) =>
  listCell(itemsIn(ids).map(({ type, identifier }) => `{${cell(type) ?? ''}:${cell(identifier) ?? ''}}`));

const shared: Readonly<Record<string, Columns>> = {
  orgs: { ...head, ...words('name type identifier'), parentSourcedId: ref('parent') },
  academicSessions: {
    ...head,
    ...words('title type startDate endDate'),
    parentSourcedId: ref('parent'),
    schoolYear: own,
  },
  courses: {
    ...head,
    schoolYearSourcedId: ref('schoolYear'),
    ...words('title courseCode'),
    grades: list,
    orgSourcedId: ref('org'),
    subjects: list,
    subjectCodes: list,
  },
  classes: {
    ...head,
    title: own,
    grades: list,
    courseSourcedId: ref('course'),
    ...words('classCode classType location'),
    schoolSourcedId: ref('school'),
    termSourcedIds: refs('terms'),
    subjects: list,
    subjectCodes: list,
    periods: list,
  },
  demographics: {
    ...head,
    ...words(
      'birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity countryOfBirthCode stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus',
    ),
  },
  enrollments: {
    ...head,
    classSourcedId: ref('class'),
    schoolSourcedId: ref('school'),
    userSourcedId: ref('user'),
    ...words('role primary beginDate endDate'),
  },
};

const users1p1: Columns = {
  ...head,
  enabledUser: own,
  orgSourcedIds: refs('orgs'),
  ...words('role username'),
  userIds,
  ...names,
  agentSourcedIds: refs('agents'),
  grades: list,
  password: none,
};

const columns1p2: Readonly<Record<string, Columns>> = {
  users: {
    ...head,
    ...words('enabledUser username'),
    userIds,
    ...names,
    agentSourcedIds: refs('agents'),
    grades: list,
    password: none,
    ...words('userMasterIdentifier preferredGivenName preferredMiddleName preferredFamilyName'),
    primaryOrgSourcedId: ref('primaryOrg'),
    pronouns: own,
  },
  roles: {
    ...head,
    userSourcedId: own,
    ...words('roleType role beginDate endDate'),
    orgSourcedId: ref('org'),
    userProfileSourcedId: (item) => cell(item['userProfile']),
  },
  userProfiles: {
    ...head,
    userSourcedId: own,
    ...words('profileType vendorId applicationId description credentialType username'),
    password: none,
  },
};

function columnsOf(file: string, version: PullTarget['version']): Columns {
  return shared[file] ?? (version === 'v1p1' ? users1p1 : (columns1p2[file] ?? {}));
}

/** Names of a file's columns; `metadata.*` come behind them. */
export function columnNames(file: string, version: PullTarget['version']): string[] {
  return Object.keys(columnsOf(file, version));
}

/** What rows of delta files say of the state of their record. */
export interface Stamp {
  readonly status: 'active' | 'tobedeleted';
  readonly dateLastModified: string;
}

/** The row by which a record goes. */
export function goneRow(collection: string, item: Item, dateLastModified: string): ShelvedRow {
  return { file: collection, cells: { sourcedId: cell(item['sourcedId']), status: 'tobedeleted', dateLastModified } };
}

/** The rows that a record of a collection makes: users of 1.2 have their roles and profiles in files of their own. */
export function rowsOf(collection: string, version: PullTarget['version'], item: Item, stamp?: Stamp): ShelvedRow[] {
  const row = (file: string, of: Item): ShelvedRow => {
    const written = Object.entries(columnsOf(file, version)).map(([column, write]) => [column, write(of, column)]);
    return { file, cells: { ...metadataCells(of['metadata']), ...Object.fromEntries(written), ...stamp } };
  };
  const rows = [row(collection, item)];
  if (collection !== 'users' || version === 'v1p1') return rows;
  const userSourcedId = item['sourcedId'];
  for (const role of itemsIn(item['roles'])) {
    const parts = [userSourcedId, role['roleType'], role['role'], refCell(role['org']), role['beginDate']];
    rows.push(row('roles', { ...role, userSourcedId, sourcedId: madeId(parts) }));
  }
  for (const profile of itemsIn(item['userProfiles'])) {
    const credentials = itemsIn(profile['credentials']);
    for (const [at, one] of (credentials.length === 0 ? [{}] : (credentials as Item[])).entries()) {
      const id = cell(profile['profileId']) ?? madeId([userSourcedId, JSON.stringify(profile)]);
      rows.push(
        row('userProfiles', {
          ...profile,
          userSourcedId,
          sourcedId: at === 0 ? id : `${id}#${at + 1}`,
          credentialType: one['type'] ?? 'unspecified',
          username: one['username'] ?? item['username'],
        }),
      );
    }
  }
  return rows;
}

/** An id for what has none in REST: the same whenever it says the same. */
function madeId(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
