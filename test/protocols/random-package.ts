import type { Chance } from '../differential/random-roster.ts';
import { manifest, zipOf } from './oneroster-csv/packages.ts';

/** Cells of a row by column; what is not there is empty. */
type Row = Readonly<Record<string, string>>;

/** A user with the rows of the files that are joined to it. */
interface User {
  readonly own: Row;
  readonly roles: readonly Row[];
  readonly profile: Row | undefined;
  readonly demographics: Row | undefined;
}

/** A random roster in OneRoster's nouns, by sourcedId. */
export interface RandomPackage {
  readonly orgs: ReadonlyMap<string, Row>;
  readonly academicSessions: ReadonlyMap<string, Row>;
  readonly courses: ReadonlyMap<string, Row>;
  readonly classes: ReadonlyMap<string, Row>;
  readonly users: ReadonlyMap<string, User>;
  readonly enrollments: ReadonlyMap<string, Row>;
}

const texts = ['Åse', 'Bo "B"', 'Çelik, D.', 'Dag & Dina', 'Eva <E>', "O'Hara", '李 四', '=1+1', 'ext;a'];
const orgTypes = ['school', 'department', 'local', 'national', 'state', 'ext:club'];
const userRoles = [
  'student',
  'student',
  'teacher',
  'aide',
  'counselor',
  'proctor',
  'principal',
  'siteAdministrator',
  'districtAdministrator',
  'systemAdministrator',
  'guardian',
  'parent',
  'relative',
  'ext:Nurse',
];
const enrollmentRoles = ['student', 'student', 'student', 'teacher', 'administrator', 'proctor', 'ext:Mentor'];
const sexes = ['female', 'male', 'other', 'unspecified'];

const below = (chance: Chance, limit: number) => Math.floor(chance() * limit);
const oneOf = <T>(chance: Chance, all: readonly T[]): T => all[below(chance, all.length)] as T;
const maybe = (chance: Chance, text: () => string) => (chance() < 0.5 ? text() : '');
const numbered = <T>(letter: string, count: number, make: (id: string, at: number) => T) =>
  new Map(Array.from({ length: count }, (_, at) => [`${letter}${at}`, make(`${letter}${at}`, at)] as const));

function user(chance: Chance, id: string, orgs: readonly string[], agents: readonly string[]): User {
  const profile =
    chance() < 0.5 ? { sourcedId: `pr.${id}`, userSourcedId: id, profileType: 'SSO', vendorId: 'v' } : undefined;
  const places = orgs.filter((_, at) => at === 1 || chance() < 0.3);
  return {
    own: {
      enabledUser: 'true',
      username: `${id}.login`,
      userIds: maybe(chance, () => `{LDAP:${id}},{Fed:a:${id}}`),
      givenName: oneOf(chance, texts),
      familyName: `${oneOf(chance, texts)} ${id}`,
      middleName: maybe(chance, () => oneOf(chance, texts)),
      email: maybe(chance, () => `${id}@example.org`),
      sms: maybe(chance, () => '+47 1'),
      phone: maybe(chance, () => '+47 2'),
      agentSourcedIds: maybe(chance, () => agents.slice(0, 2).join(',')),
      grades: maybe(chance, () => '09,10'),
      pronouns: maybe(chance, () => 'they'),
      'metadata.town': maybe(chance, () => oneOf(chance, texts)),
    },
    roles: places.flatMap((org, at) => [
      {
        sourcedId: `r.${id}.${org}`,
        roleType: 'primary',
        role: oneOf(chance, userRoles),
        beginDate: maybe(chance, () => '2026-08-01'),
        orgSourcedId: org,
        userProfileSourcedId: profile === undefined || at > 0 ? '' : profile.sourcedId,
      },
      ...(chance() < 0.3
        ? [{ sourcedId: `s.${id}.${org}`, roleType: 'secondary', role: 'ext:Coach', orgSourcedId: org }]
        : []),
    ]),
    profile: profile && { ...profile, credentialType: 'LDAP', username: id },
    demographics:
      chance() < 0.5
        ? { birthDate: maybe(chance, () => '2010-02-03'), sex: oneOf(chance, sexes), asian: 'true' }
        : undefined,
  };
}

/** A random roster with every kind of group, users with roles in several orgs, and several enrollments of one user in one class. */
export function randomPackage(chance: Chance): RandomPackage {
  const orgs = numbered('o', 4, (_, at) => ({
    name: `${oneOf(chance, texts)} ${at}`,
    type: at === 0 ? 'district' : at === 1 ? 'school' : oneOf(chance, orgTypes),
    identifier: maybe(chance, () => `i${at}`),
    parentSourcedId: at === 0 ? '' : `o${below(chance, at)}`,
    'metadata.town': maybe(chance, () => oneOf(chance, texts)),
  }));
  const academicSessions = numbered('t', 4, (_, at) => ({
    title: `${oneOf(chance, texts)} ${at}`,
    type: at === 0 ? 'schoolYear' : oneOf(chance, ['term', 'semester', 'gradingPeriod', 'ext:trimester']),
    startDate: at < 2 ? '2026-08-01' : '2027-01-01',
    endDate: at === 1 ? '2027-01-01' : '2027-08-01',
    parentSourcedId: at === 0 ? '' : 't0',
    schoolYear: '2027',
  }));
  const courses = numbered('c', 3, (_, at) => ({
    schoolYearSourcedId: at === 0 ? '' : 't0',
    title: `${oneOf(chance, texts)} ${at}`,
    courseCode: maybe(chance, () => `C-${at}`),
    grades: maybe(chance, () => '09'),
    orgSourcedId: oneOf(chance, [...orgs.keys()]),
    subjects: 'A,B',
    subjectCodes: '1,2',
  }));
  const classes = numbered('k', 5, (_, at) => classRow(chance, at));
  const ids = Array.from({ length: 12 }, (_, at) => `u${at}`);
  const users = new Map(ids.map((id, at) => [id, user(chance, id, [...orgs.keys()], ids.slice(0, at))] as const));
  const enrollments = numbered('e', 30, () => ({
    classSourcedId: `k${below(chance, 5)}`,
    schoolSourcedId: 'o1',
    userSourcedId: oneOf(chance, ids),
    role: oneOf(chance, enrollmentRoles),
    primary: 'false',
    beginDate: maybe(chance, () => '2026-08-15'),
    endDate: maybe(chance, () => '2027-06-15'),
  }));
  return { orgs, academicSessions, courses, classes, users, enrollments };
}

function classRow(chance: Chance, at: number): Row {
  return {
    title: `${oneOf(chance, texts)} ${at}`,
    grades: maybe(chance, () => '10'),
    courseSourcedId: `c${at % 3}`,
    classCode: maybe(chance, () => `K-${at}`),
    classType: oneOf(chance, ['scheduled', 'homeroom', 'ext:club']),
    location: maybe(chance, () => oneOf(chance, texts)),
    schoolSourcedId: 'o1',
    termSourcedIds: oneOf(chance, ['t1', 't2', 't1,t3']),
    subjects: '',
    subjectCodes: '',
    periods: maybe(chance, () => '1,2'),
  };
}

/** A roster that follows another: a course went with its classes, users and enrollments went, others changed or are new. */
export function changedPackage(chance: Chance, before: RandomPackage): RandomPackage {
  const change = <T>(all: ReadonlyMap<string, T>, made: (id: string) => T) =>
    new Map([...all].map(([id, row]) => [id, chance() < 0.3 ? made(id) : row] as const));
  const fresh = randomPackage(chance);
  const course = `c${below(chance, 3)}`;
  const users = change(before.users, (id) => fresh.users.get(id) as User);
  users.delete(`u${below(chance, 12)}`);
  users.set('u12', user(chance, 'u12', [...before.orgs.keys()], []));
  const there = new Set(users.keys());
  for (const [id, one] of users) {
    const agents = (one.own['agentSourcedIds'] ?? '').split(',').filter((agent) => there.has(agent));
    users.set(id, { ...one, own: { ...one.own, agentSourcedIds: agents.join(',') } });
  }
  const classes = change(before.classes, (id) => classRow(chance, Number(id.slice(1))));
  for (const [id, row] of classes) if (row['courseSourcedId'] === course) classes.delete(id);
  const enrollments = new Map<string, Row>();
  for (const [id, row] of [
    ...before.enrollments,
    ...numbered('f', 6, (f) => fresh.enrollments.get(`e${f.slice(1)}`) as Row),
  ]) {
    const stays = classes.has(row['classSourcedId'] ?? '') && there.has(row['userSourcedId'] ?? '');
    if (stays && chance() < 0.8) enrollments.set(id, row);
  }
  return {
    orgs: change(before.orgs, (id) => ({ ...before.orgs.get(id), name: `${oneOf(chance, texts)} anew` })),
    academicSessions: before.academicSessions,
    courses: new Map([...before.courses].filter(([id]) => id !== course)),
    classes,
    users,
    enrollments,
  };
}

const state = { status: '', dateLastModified: '' };

/** Rows as CSV; columns are those of all rows. */
function csv(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((one) => Object.keys(one)))];
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
  const lines = [columns, ...rows.map((one) => columns.map((name) => one[name] ?? ''))];
  return `${lines.map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** A roster as a bulk package of OneRoster CSV 1.2.1. */
export function packageOf(roster: RandomPackage): Promise<Uint8Array> {
  const rowsOf = (all: ReadonlyMap<string, Row>) =>
    [...all].map(([sourcedId, row]): Row => ({ sourcedId, ...state, ...row }));
  const users = [...roster.users];
  const files: Record<string, readonly Row[]> = {
    orgs: rowsOf(roster.orgs),
    academicSessions: rowsOf(roster.academicSessions),
    courses: rowsOf(roster.courses),
    classes: rowsOf(roster.classes),
    users: users.map(([sourcedId, { own }]) => ({ sourcedId, ...state, identifier: '', password: '', ...own })),
    roles: users.flatMap(([id, { roles }]) =>
      roles.map(({ sourcedId = '', ...rest }) => ({
        sourcedId,
        ...state,
        userSourcedId: id,
        beginDate: '',
        endDate: '',
        userProfileSourcedId: '',
        ...rest,
      })),
    ),
    userProfiles: users.flatMap(([, { profile }]) =>
      profile === undefined ? [] : [{ ...state, applicationId: '', description: '', password: '', ...profile }],
    ),
    demographics: users.flatMap(([sourcedId, { demographics }]) =>
      demographics === undefined ? [] : [{ sourcedId, ...state, ...demographics }],
    ),
    enrollments: rowsOf(roster.enrollments),
  };
  const filled = Object.entries(files).filter(([, rows]) => rows.length > 0);
  return zipOf({
    'manifest.csv': manifest(Object.fromEntries(filled.map(([name]) => [name, 'bulk']))),
    ...Object.fromEntries(filled.map(([name, rows]) => [`${name}.csv`, csv(rows)])),
  });
}
