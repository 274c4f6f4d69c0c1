import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { faultsOf } from './invariants.ts';
import {
  all,
  done,
  ends,
  g,
  group,
  member,
  one,
  openRoster,
  p,
  person,
  remove,
  school,
  sis,
  type TestRoster,
} from './roster.ts';

let room: TestRoster;
let tenant = 0;
let context = sis;
beforeAll(async () => {
  room = await openRoster();
});
afterAll(() => room.close());
afterEach(async () => {
  expect(await faultsOf(room.store, context.tenant)).toEqual([]);
});

async function fresh(...changes: Parameters<typeof done>[2][]): Promise<void> {
  tenant += 1;
  context = { ...sis, tenant: `d${tenant}` };
  await room.addTenant(context.tenant);
  if (changes.length > 0) await done(room.roster, context, ...changes);
}
const groupOf = (id: string) => one(room.roster, 'group', g(id), context);
const personOf = (id: string) => one(room.roster, 'person', p(id), context);
const guidOf = async (id: string) => (await groupOf(id)).guid;
const run = (...changes: Parameters<typeof done>[2][]) => done(room.roster, context, ...changes);
async function made(kind: 'org' | 'course' | 'academicSession') {
  const { items } = await all(room.roster, kind, {}, context);
  return items.map(({ record }) => record).filter((record) => record.made === true);
}
const liveMade = async (kind: 'org' | 'course' | 'academicSession') =>
  (await made(kind)).filter(({ state }) => state === 'active');

describe('1.8 Missing parents are stored as derived records with guids computed from what they derive from', () => {
  test('A tenant’s root org, a course for a class without one and the school year are made for a bare class', async () => {
    await fresh(group('c'));
    const [root] = await liveMade('org');
    const [course] = await liveMade('course');
    const [session] = await liveMade('academicSession');
    expect((await groupOf('c')).derived).toEqual({ school: root?.guid, course: course?.guid, terms: [session?.guid] });
    expect(root?.data).toMatchObject({ orgType: 'district', description: { short: context.tenant } });
    expect(course).toMatchObject({ data: { description: { short: 'c' } }, derived: { school: root?.guid } });
    expect(session?.data).toMatchObject({
      sessionType: 'schoolYear',
      schoolYear: '2026',
      timeFrame: { start: '2025-08-01', end: '2026-08-01' },
    });
  });

  test('They are marked and left out of feed counts and filter percentages', async () => {
    await fresh(group('c'));
    const count = await room.roster.counts(context);
    expect([count('active.group'), count('view.course'), count('view.org')]).toEqual([1, 1, 1]);
    for (const kind of ['org', 'course', 'academicSession'] as const) expect(await liveMade(kind)).toHaveLength(1);
  });

  test('They go when unused and come back, with the same guid, when they are needed again', async () => {
    await fresh(group('c'));
    const before = (await groupOf('c')).derived;
    await run(remove('group', g('c')));
    for (const kind of ['org', 'course', 'academicSession'] as const) expect(await liveMade(kind)).toEqual([]);
    expect((await made('course')).map(({ state }) => state)).toEqual(['trashed']);
    await run({ op: 'restore', type: 'group', key: g('c') });
    expect((await groupOf('c')).derived).toEqual(before);
    for (const kind of ['org', 'course', 'academicSession'] as const) expect(await liveMade(kind)).toHaveLength(1);
  });

  test('The class’s own course, school and session take their place', async () => {
    await fresh(group('c'));
    await run(school('s'), group('k', 'course', ['s']), group('t', 'session'), group('c', 'class', ['k', 't', 's']));
    expect((await groupOf('c')).derived).toEqual({
      course: await guidOf('k'),
      school: await guidOf('s'),
      terms: [await guidOf('t')],
    });
    for (const kind of ['org', 'course', 'academicSession'] as const) expect(await liveMade(kind)).toEqual([]);
  });

  test('A made course follows its class: title and school', async () => {
    await fresh(group('c'));
    await run(school('s'), group('c', 'class', ['s'], { description: { short: 'Maths' } }));
    const [course] = await liveMade('course');
    expect(course).toMatchObject({ data: { description: { short: 'Maths' } }, derived: { school: await guidOf('s') } });
  });

  test('A made course goes when its class becomes something else', async () => {
    await fresh(group('c'));
    await run(group('c', 'org'));
    expect(await liveMade('course')).toEqual([]);
    expect(await liveMade('academicSession')).toEqual([]);
  });

  test.each([
    [
      'its administrative period',
      { adminPeriod: '2025 autumn', start: '2025-08-18', end: '2025-12-21' },
      ['2025 autumn', 'term', '2025-08-18', '2025-12-21', '2026'],
    ],
    [
      'its time frame',
      { start: '2025-08-18', end: '2025-12-21' },
      ['2025-08-18 – 2025-12-21', 'term', '2025-08-18', '2025-12-21', '2026'],
    ],
    [
      'its start and the end of that school year',
      { start: '2024-02-29' },
      ['2024-02-29 – 2024-08-01', 'term', '2024-02-29', '2024-08-01', '2024'],
    ],
    [
      'its end and the start of that school year',
      { end: '2020-08-01' },
      ['2019-08-01 – 2020-08-01', 'term', '2019-08-01', '2020-08-01', '2020'],
    ],
    ['else the school year', {}, ['2025/2026', 'schoolYear', '2025-08-01', '2026-08-01', '2026']],
  ])('A class’s session is made from %s', async (_what, timeFrame, expected) => {
    await fresh(group('c', 'class', [], { timeFrame }));
    const [session] = (await liveMade('academicSession')).map(({ data }) => data as Record<string, never>);
    const {
      description,
      sessionType,
      timeFrame: span,
      schoolYear,
    } = session as never as {
      description: { short: string };
      sessionType: string;
      timeFrame: { start: string; end: string };
      schoolYear: string;
    };
    expect([description.short, sessionType, span.start, span.end, schoolYear]).toEqual(expected);
  });

  test('Classes of one period share its session; it goes with the last of them', async () => {
    const timeFrame = { adminPeriod: 'P1' };
    await fresh(group('a', 'class', [], { timeFrame }), group('b', 'class', [], { timeFrame }));
    expect(await liveMade('academicSession')).toHaveLength(1);
    await run(remove('group', g('a')));
    expect(await liveMade('academicSession')).toHaveLength(1);
    await run(group('b', 'class', [], { timeFrame: { adminPeriod: 'P2' } }));
    expect(
      (await liveMade('academicSession')).map(({ data }) => (data as { description: object }).description),
    ).toEqual([{ short: 'P2' }]);
  });
});

describe('1.8 A user’s role is the institution role, else the strongest membership role, else student', () => {
  const roles = async (id: string) => (await personOf(id)).derived?.roles;
  const views = async () => ({
    students: (await all(room.roster, 'student', {}, context)).ids,
    teachers: (await all(room.roster, 'teacher', {}, context)).ids,
  });

  test('Else student', async () => {
    await fresh(person('a'));
    expect(await roles('a')).toEqual(['student']);
    expect(await views()).toEqual({ students: ['a'], teachers: [] });
  });

  test('The strongest membership role, as memberships come and go', async () => {
    await fresh(person('a'), group('c1'), group('c2'), member('c1', 'a'));
    await run(member('c2', 'a', ['TeachingAssistant', 'Instructor']));
    expect(await roles('a')).toEqual(['teacher']);
    expect(await views()).toEqual({ students: [], teachers: ['a'] });
    await run(member('c2', 'a', ['TeachingAssistant']));
    expect(await roles('a')).toEqual(['aide']);
    await run(remove('membership', ends('c2', 'a')));
    expect(await roles('a')).toEqual(['student']);
    expect(await views()).toEqual({ students: ['a'], teachers: [] });
  });

  test('A role that is inactive says nothing', async () => {
    await fresh(person('a'), group('c'));
    await run({
      op: 'upsert',
      type: 'membership',
      data: { group: g('c'), member: p('a'), roles: [{ type: 'Instructor', status: false }, { type: 'Mentor' }] },
    });
    expect(await roles('a')).toEqual(['guardian']);
  });

  test('The institution role, the primary first, before any membership', async () => {
    await fresh(group('c'), member('c', 'a', ['Instructor']));
    await run(
      person('a', {
        institutionRoles: [
          { type: 'Student', primary: false },
          { type: 'Administrator', primary: true },
        ],
      }),
    );
    expect(await roles('a')).toEqual(['siteAdministrator', 'student']);
    await run(person('a', { institutionRoles: null }));
    expect(await roles('a')).toEqual(['teacher']);
  });
});

describe('1.8 The org is the nearest school above the groups, else the root', () => {
  const orgs = async (id: string) => (await personOf(id)).derived?.orgs;

  test('Persons without a group are at the root, which is made for them and goes when nobody needs it', async () => {
    await fresh(person('a'));
    const [root] = await liveMade('org');
    expect(await orgs('a')).toEqual([root?.guid]);
    await run(school('s'), group('c', 'class', ['s']), member('c', 'a'));
    expect(await orgs('a')).toEqual([await guidOf('s')]);
    expect(await liveMade('org')).toEqual([]);
    await run(remove('membership', ends('c', 'a')));
    expect(await orgs('a')).toEqual([root?.guid]);
    await run(remove('person', p('a')));
    expect(await liveMade('org')).toEqual([]);
  });

  test('A removed person needs no root org, and what they were stays to be seen', async () => {
    await fresh(school('s'), group('c', 'class', ['s']), person('a'), member('c', 'a', ['Instructor']));
    await run(remove('person', p('a')));
    expect(await made('org').then((list) => list.filter(({ state }) => state === 'active'))).toEqual([]);
    expect((await personOf('a')).derived).toMatchObject({ roles: ['teacher'], orgs: [await guidOf('s')] });
  });

  test('The nearest school wins over one further up', async () => {
    await fresh(
      school('upper'),
      school('lower', ['upper']),
      group('dep', 'org', ['lower']),
      group('c', 'class', ['dep']),
      person('a'),
      member('c', 'a'),
    );
    expect((await groupOf('c')).derived?.school).toBe(await guidOf('lower'));
    expect(await orgs('a')).toEqual([await guidOf('lower')]);
  });

  test('A class that moves to another school takes its members along', async () => {
    await fresh(school('s1'), school('s2'), group('c', 'class', ['s1']), person('a'), member('c', 'a'));
    await run({ ...group('c', 'class', ['s2']), op: 'replace' });
    expect((await groupOf('c')).derived?.school).toBe(await guidOf('s2'));
    expect(await orgs('a')).toEqual([await guidOf('s2')]);
  });

  test('So does a department two levels above', async () => {
    await fresh(
      school('s1'),
      school('s2'),
      group('d1', 'org', ['s1']),
      group('d2', 'org', ['d1']),
      group('c', 'class', ['d2']),
      person('a'),
      member('c', 'a'),
    );
    await run({ ...group('d1', 'org', ['s2']), op: 'replace' });
    expect((await groupOf('c')).derived?.school).toBe(await guidOf('s2'));
    expect(await orgs('a')).toEqual([await guidOf('s2')]);
  });

  test('An org that becomes a school, and a school that is none any more, move what is below', async () => {
    await fresh(group('o', 'org'), group('d', 'org', ['o']), group('c', 'class', ['d']), person('a'), member('c', 'a'));
    await run(school('o'));
    expect(await orgs('a')).toEqual([await guidOf('o')]);
    await run(group('o', 'org', [], { orgType: 'department' }));
    expect(await orgs('a')).toEqual([(await liveMade('org'))[0]?.guid]);
  });

  test('A person in groups of two schools is at both; when one membership goes, at the other', async () => {
    await fresh(school('s1'), school('s2'), group('c1', 'class', ['s1']), group('c2', 'class', ['s2']), person('a'));
    await run(member('c1', 'a'), member('c2', 'a'));
    expect(await orgs('a')).toEqual([await guidOf('s1'), await guidOf('s2')].sort());
    await run(remove('membership', ends('c1', 'a')));
    expect(await orgs('a')).toEqual([await guidOf('s2')]);
  });

  test('Cycles of parents end', async () => {
    await fresh(
      group('a', 'org', ['b']),
      group('b', 'org', ['c']),
      group('c', 'org', ['a']),
      group('x', 'class', ['a']),
    );
    expect((await groupOf('x')).derived?.school).toBe((await liveMade('org'))[0]?.guid);
    await run(school('c', ['a']));
    expect((await groupOf('x')).derived?.school).toBe(await guidOf('c'));
    await run(remove('group', g('b')));
    for (const id of ['a', 'b', 'c', 'x']) expect((await groupOf(id)).state).toBe('trashed');
  });

  test('A parent link to oneself is dropped as a repair', async () => {
    await fresh();
    const [result] = await run(group('self', 'org', ['self']));
    expect(result?.remarks?.map(({ kind }) => kind)).toEqual(['repair.self-parent']);
    expect((await groupOf('self')).data.relationships).toBeUndefined();
  });
});
