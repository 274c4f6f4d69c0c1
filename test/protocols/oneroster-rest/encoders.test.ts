import { describe, expect, test } from '@jest/globals';
import {
  enrollmentSourcedId,
  type Person,
  type StoredRecord,
  schoolYearOf,
  sessionDays,
  userNames,
} from '../../../src/model/index.ts';
import type { Version } from '../../../src/protocols/oneroster-rest/index.ts';
import { encodeItems } from '../../../src/protocols/oneroster-rest/nouns/encode.ts';
import type { Context, View } from '../../../src/roster/index.ts';
import { type Calls, makeListRoster } from './gateway.ts';
import { changed, group, membership, person, smallSchool } from './records.ts';

const context: Context = { tenant: 't', writer: 'credential:x', namespace: 'default', source: 'rest' };
const origin = 'https://x.org';
const base = `${origin}/ims/oneroster/rostering/v1p2`;
const base1p1 = `${origin}/ims/oneroster/v1p1`;

async function encode(
  view: View,
  record: StoredRecord,
  {
    version = '1.2' as Version,
    role = 0,
    records = smallSchool(),
    calls = { page: 0, served: 0, names: 0, find: 0 },
  } = {},
): Promise<Record<string, unknown> | undefined> {
  const items = [record.type === 'membership' ? { record, role } : { record }];
  const { objects } = await encodeItems(makeListRoster(records, calls), context, { version, view, origin, items });
  return objects[0] === undefined ? undefined : JSON.parse(JSON.stringify(objects[0]));
}

function known(guid: string): StoredRecord {
  const found = smallSchool().find((record) => record.guid === guid);
  if (found === undefined) throw new Error(guid);
  return found;
}

const org = (sourcedId: string, address = base) => ({
  href: `${address}/orgs/${encodeURIComponent(sourcedId)}`,
  sourcedId,
  type: 'org',
});

describe('every object', () => {
  test('has sourcedId, status and dateLastModified in UTC with milliseconds', async () => {
    expect(await encode('org', known('g-root'))).toEqual({
      sourcedId: 'g-root',
      status: 'active',
      dateLastModified: '2026-10-05T08:09:10.011Z',
      name: 'Springfield District',
      type: 'district',
      identifier: 'g-root',
      children: [org('school/1')],
    });
  });

  test('is tobedeleted when it is trashed or archived, archived ones with metadata.archived', async () => {
    const data = { kind: 'course', description: { short: 'X' } } as const;
    expect(await encode('course', group('c', data, { state: 'trashed' }))).toMatchObject({ status: 'tobedeleted' });
    expect(await encode('course', group('c', data, { state: 'archived' }))).toMatchObject({
      status: 'tobedeleted',
      metadata: { archived: 'true' },
    });
    expect(await encode('course', group('c', data, { state: 'disabled' }))).toMatchObject({ status: 'active' });
  });

  test("keeps OneRoster's own metadata and no other extension", async () => {
    const extension = { oneRoster: { metadata: { colour: 'red' }, secret: 1 }, imsXml: { a: 1 } };
    const shown = await encode('course', group('c', { kind: 'course', extension }));
    expect(shown).toMatchObject({ metadata: { colour: 'red' } });
    expect(JSON.stringify(shown)).not.toContain('secret');
  });
});

describe('orgs and courses', () => {
  test('refer to their parents by absolute hrefs of the base class, the id percent-encoded', async () => {
    expect(await encode('school', known('g-school'))).toMatchObject({ identifier: 'NCES-1', parent: org('g-root') });
    expect(await encode('course', known('g-course'))).toMatchObject({ org: org('school/1') });
    expect(org('school/1').href).toBe('https://x.org/ims/oneroster/rostering/v1p2/orgs/school%2F1');
  });

  test('take their sourcedId for a title, course code or identifier that nobody gave', async () => {
    expect(await encode('course', group('c', { kind: 'course' }))).toMatchObject({ title: 'c', courseCode: 'c' });
    expect(await encode('org', group('o', { kind: 'org' }))).toMatchObject({ name: 'o', identifier: 'o' });
  });

  test('write words outside the vocabulary as ext: tokens', async () => {
    expect(await encode('org', group('o', { kind: 'org', orgType: 'night school!' }))).toMatchObject({
      type: 'ext:night_school_',
    });
    expect(await encode('org', group('o', { kind: 'org', orgType: 'School' }))).toMatchObject({ type: 'school' });
    expect(await encode('org', group('o', { kind: 'org', orgType: 'ext:club' }))).toMatchObject({ type: 'ext:club' });
  });

  test('leave out a parent that has not arrived', async () => {
    const records = [group('later', { kind: 'org' }, { state: 'expected' })];
    const shown = await encode('org', group('o', { kind: 'org' }, { derived: { parent: 'later' } }), { records });
    expect(shown).not.toHaveProperty('parent');
  });
});

describe('classes', () => {
  test('have course, school, terms and a class type', async () => {
    expect(await encode('class', known('g-class'))).toEqual({
      sourcedId: 'class-1',
      status: 'active',
      dateLastModified: changed.toISOString(),
      title: 'Biology 1',
      classCode: 'BIO-1',
      classType: 'scheduled',
      grades: ['09'],
      subjects: ['Science'],
      course: { href: `${base}/courses/g-course`, sourcedId: 'g-course', type: 'course' },
      school: org('school/1'),
      terms: [{ href: `${base}/academicSessions/term-1`, sourcedId: 'term-1', type: 'academicSession' }],
      periods: ['1', '2'],
    });
  });

  test('without a course, school or term cannot be shown', async () => {
    expect(await encode('class', group('c', { kind: 'class' }))).toBeUndefined();
  });
});

describe('academic sessions', () => {
  test('have days, the end exclusive, and the school year in which they end', async () => {
    expect(await encode('term', known('g-term'))).toMatchObject({
      title: 'Autumn 2026',
      type: 'term',
      startDate: '2026-08-24',
      endDate: '2026-12-19',
      schoolYear: '2026',
    });
    expect(await encode('gradingPeriod', known('g-period'))).toMatchObject({
      type: 'gradingPeriod',
      parent: { sourcedId: 'term-1', type: 'academicSession' },
    });
  });

  test.each([
    [{}, '2026-08-01', '2027-08-01'],
    [{ start: '2026-03-01' }, '2026-03-01', '2026-08-01'],
    [{ end: '2026-08-01' }, '2025-08-01', '2026-08-01'],
    [{ end: '2026-08-02' }, '2026-08-01', '2026-08-02'],
    [{ start: '2026-02-30', end: 'soon' }, '2026-08-01', '2027-08-01'],
  ])('%j is filled up from the school year, 1 August to 31 July', (timeFrame, startDate, endDate) => {
    expect(sessionDays({ kind: 'session', timeFrame }, changed)).toEqual({ startDate, endDate });
  });

  test("take the school year from the sender, else from the session's last day", () => {
    expect(schoolYearOf({ kind: 'session', schoolYear: '2025-2026' }, '2030-01-01')).toBe('2026');
    expect(schoolYearOf({ kind: 'session' }, '2027-01-01')).toBe('2026');
    expect(schoolYearOf({ kind: 'session', schoolYear: 'x' }, '2027-01-02')).toBe('2027');
  });
});

describe('users', () => {
  test('of 1.2 have roles in orgs, one primary role for each org, and never a password', async () => {
    const shown = await encode('user', known('p-ann'));
    expect(shown).toEqual({
      sourcedId: 'ann',
      status: 'active',
      dateLastModified: changed.toISOString(),
      username: 'ann',
      userIds: [
        { type: 'login', identifier: 'ann' },
        { type: 'userId', identifier: '4711' },
      ],
      enabledUser: 'true',
      givenName: 'Ann',
      familyName: 'Lee',
      middleName: 'Mary Jo',
      preferredFirstName: 'Annie',
      email: 'ann@example.org',
      sms: '+1 2',
      phone: '+1 1',
      agents: [{ href: `${base}/users/mum`, sourcedId: 'mum', type: 'user' }],
      roles: [
        { roleType: 'primary', role: 'student', org: org('school/1') },
        { roleType: 'primary', role: 'student', org: org('g-root') },
      ],
      userProfiles: [
        {
          profileId: 'https://example.org/profile',
          profileType: 'sso',
          vendorId: 'v1',
          credentials: [{ type: 'oauth', username: 'ann' }],
        },
      ],
    });
    expect(JSON.stringify(shown)).not.toContain('CANARY');
  });

  test('of 1.1 have one role and orgs, and nothing that came with 1.2', async () => {
    const shown = await encode('user', known('p-tom'), { version: '1.1' });
    expect(shown).toEqual({
      sourcedId: 'tom',
      status: 'active',
      dateLastModified: changed.toISOString(),
      username: 'tom',
      enabledUser: 'true',
      givenName: 'Tom',
      familyName: 'Cat',
      role: 'teacher',
      orgs: [org('school/1', base1p1)],
    });
    expect(JSON.stringify(await encode('user', known('p-ann'), { version: '1.1' }))).not.toContain('CANARY');
  });

  test('with several roles have one primary and the others secondary', async () => {
    expect(await encode('user', known('p-tom'))).toMatchObject({
      roles: [
        { roleType: 'primary', role: 'teacher' },
        { roleType: 'secondary', role: 'student' },
      ],
    });
  });

  test('keep the roles that OneRoster sent, made to have exactly one primary for each org', async () => {
    const roles: Person['roles'] = [
      { role: 'teacher', roleType: 'primary', org: 'g-school', beginDate: '2026-08-01', endDate: 'never' },
      { role: 'aide', roleType: 'primary', org: 'g-school' },
      { role: 'Zookeeper', roleType: 'secondary', org: 'g-root' },
      { role: 'student', roleType: 'primary', org: 'g-gone' },
    ];
    const record = person('p', { roles }, { derived: { roles: ['teacher'], orgs: ['g-school'] } });
    expect(await encode('user', record)).toMatchObject({
      roles: [
        { roleType: 'primary', role: 'teacher', org: org('school/1'), beginDate: '2026-08-01' },
        { roleType: 'secondary', role: 'aide', org: org('school/1') },
        { roleType: 'primary', role: 'ext:Zookeeper', org: org('g-root') },
      ],
    });
    expect(await encode('user', record, { version: '1.1' })).toMatchObject({
      role: 'teacher',
      orgs: [org('school/1', base1p1), org('g-root', base1p1)],
    });
  });

  test('have their home organisation for primary org, and first of their orgs, unless OneRoster sent one', async () => {
    const own = { derived: { roles: ['student'], orgs: ['g-root', 'g-school'], home: 'g-school' } };
    expect(await encode('user', person('p', {}, own))).toMatchObject({
      primaryOrg: org('school/1'),
      roles: [{ org: org('school/1') }, { org: org('g-root') }],
    });
    expect(await encode('user', person('p', {}, own), { version: '1.1' })).toMatchObject({
      orgs: [org('school/1', base1p1), org('g-root', base1p1)],
    });
    expect(await encode('user', person('p', { primaryOrg: 'g-root' }, own))).toMatchObject({
      primaryOrg: org('g-root'),
    });
  });

  test('with a role that 1.1 does not know are aides: a role is a student’s only where it says so', async () => {
    const record = person('p', {}, { derived: { roles: ['ext:visitor'], orgs: ['g-root'] } });
    expect(await encode('user', record, { version: '1.1' })).toMatchObject({ role: 'aide' });
  });

  test('are disabled when they are disabled or trashed', async () => {
    const own = { derived: { orgs: ['g-root'] } };
    expect(await encode('user', person('p', {}, { ...own, state: 'disabled' }))).toMatchObject({
      enabledUser: 'false',
      status: 'active',
    });
    expect(await encode('user', person('p', {}, { ...own, state: 'trashed' }))).toMatchObject({
      enabledUser: 'false',
      status: 'tobedeleted',
    });
  });

  test('without any org cannot be shown', async () => {
    expect(await encode('user', person('p', {}))).toBeUndefined();
    expect(await encode('user', person('p', {}), { version: '1.1' })).toBeUndefined();
  });

  test.each([
    [{ formatted: 'Lee, Ann Mary' }, 'Ann Mary', 'Lee'],
    [{ formatted: 'Ann  Mary Lee' }, 'Ann Mary', 'Lee'],
    [{ formatted: 'Madonna' }, 'login', 'Madonna'],
    [{ formatted: 'Madonna', nickname: 'Maddy' }, 'Maddy', 'Madonna'],
    [{ given: 'Ann', formatted: 'Ann Lee' }, 'Ann', 'Lee'],
    [{ given: 'Ann' }, 'Ann', 'login'],
    [{ formatted: ' , ' }, 'login', 'login'],
    [{}, 'login', 'login'],
  ])('named %j are shown as %s / %s', (name, givenName, familyName) => {
    expect(userNames({ name }, 'login', 'id')).toEqual({ givenName, familyName });
  });

  test('without name and user name are named by their sourcedId', () => {
    expect(userNames({}, undefined, 'id')).toEqual({ givenName: 'id', familyName: 'id' });
  });
});

describe('enrollments', () => {
  test('refer to user, class and the school of the class', async () => {
    expect(await encode('enrollment', known('m-ann'))).toEqual({
      sourcedId: 'enr-1',
      status: 'active',
      dateLastModified: changed.toISOString(),
      user: { href: `${base}/users/ann`, sourcedId: 'ann', type: 'user' },
      class: { href: `${base}/classes/class-1`, sourcedId: 'class-1', type: 'class' },
      school: org('school/1'),
      role: 'student',
      beginDate: '2026-09-01',
    });
  });

  test('are one for each role: the first keeps the id, the others append the role type', async () => {
    expect(await encode('enrollment', known('m-tom'))).toMatchObject({ sourcedId: 'enr-2', primary: 'true' });
    expect(await encode('enrollment', known('m-tom'), { role: 1 })).toMatchObject({
      sourcedId: 'enr-2.06',
      role: 'ext:Mentor',
      status: 'tobedeleted',
    });
    expect(await encode('enrollment', known('m-tom'), { role: 1, version: '1.1' })).toMatchObject({ role: 'proctor' });
    const own = membership('m', { group: 'g', member: 'p', roles: [{ type: 'Learner' }, { type: 'proctor' }] });
    expect(enrollmentSourcedId(own, 1)).toBe('m.proctor');
  });

  test('of a trashed class still name it; one that went with its archived course says so', async () => {
    const records = smallSchool().map((one) => (one.guid === 'g-class' ? { ...one, state: 'trashed' as const } : one));
    expect(await encode('enrollment', known('m-ann'), { records })).toMatchObject({ class: { sourcedId: 'class-1' } });
    const trashed = records.find(({ guid }) => guid === 'g-class');
    const archived = records.map((one) => (one.guid === 'g-course' ? { ...one, state: 'archived' as const } : one));
    if (trashed === undefined) throw new Error('no class');
    expect(await encode('class', trashed, { records })).not.toHaveProperty('metadata.archived');
    expect(await encode('class', trashed, { records: archived })).toMatchObject({
      status: 'tobedeleted',
      metadata: { archived: 'true' },
    });
  });
});

test('a page asks for names once for each type and for classes once, however many items it has', async () => {
  const calls: Calls = { page: 0, served: 0, names: 0, find: 0 };
  const items = Array.from({ length: 50 }, () => ({ record: known('m-ann'), role: 0 }));
  await encodeItems(makeListRoster(smallSchool(), calls), context, {
    version: '1.2',
    view: 'enrollment',
    origin,
    items,
  });
  expect(calls).toEqual({ page: 0, served: 0, names: 2, find: 1 });
});
