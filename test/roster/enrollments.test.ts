import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { enrollmentSourcedId, type StoredRecord } from '../../src/model/index.ts';
import type { Clause, ViewItem } from '../../src/roster/index.ts';
import { all, done, group, m, member, openRoster, person, remove, sis, type TestRoster } from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
});
afterAll(() => room.close());

const idOf = ({ record, role = 0 }: ViewItem) => enrollmentSourcedId(record as StoredRecord<'membership'>, role);
const where = (...clauses: Clause[]) => ({ where: { join: 'and' as const, clauses } });
const either = (...clauses: Clause[]) => ({ where: { join: 'or' as const, clauses } });
async function ids(query: Parameters<typeof all>[2] = {}): Promise<{ ids: string[]; total: number }> {
  const { items, total } = await all(room.roster, 'enrollment', query);
  return { ids: items.map(idOf).sort(), total };
}

const gone: Clause = { field: 'status', operator: '=', value: 'tobedeleted' };
const active: Clause = { field: 'status', operator: '=', value: 'active' };
const named = (value: string): Clause => ({ field: 'sourcedId', operator: '=', value });

describe('While every membership has one role', () => {
  test('Each is one enrollment', async () => {
    await done(room.roster, sis, group('c'), ...[0, 1, 2, 3, 4].map((at) => person(`p${at}`)));
    await done(room.roster, sis, ...[0, 1, 2, 3, 4].map((at) => member('c', `p${at}`, ['Learner'], `e${at}`)));
    expect(await ids()).toEqual({ ids: ['e0', 'e1', 'e2', 'e3', 'e4'], total: 5 });
    expect(await ids(where(named('e1')))).toEqual({ ids: ['e1'], total: 1 });
    expect(await ids(where(named('e1.02')))).toEqual({ ids: [], total: 0 });
  });

  test('An enrollment whose role is inactive is tobedeleted, as OneRoster shows it', async () => {
    await done(room.roster, sis, {
      op: 'upsert',
      type: 'membership',
      key: m('e4'),
      data: { roles: [{ type: 'Learner', status: false }] },
    });
    await done(room.roster, sis, remove('membership', m('e3')));
    expect(await ids(where(gone))).toEqual({ ids: ['e3', 'e4'], total: 2 });
    expect(await ids(where(active))).toEqual({ ids: ['e0', 'e1', 'e2'], total: 3 });
    expect(await ids(where({ ...gone, operator: '!=' }))).toEqual({ ids: ['e0', 'e1', 'e2'], total: 3 });
  });
});

describe('1.6 Each role is one OneRoster enrollment: the first keeps the membership’s id, the others append . and the role type', () => {
  test('In a page, in the total and one by one', async () => {
    await done(room.roster, sis, member('c', 'p0', ['Learner', 'Mentor', 'Team Lead.2'], 'e0'));
    await done(room.roster, sis, member('c', 'p1', ['Instructor', 'TeachingAssistant'], 'e1'));
    const expected = ['e0', 'e0.06', 'e0.Team_Lead_2', 'e1', 'e1.08', 'e2', 'e3', 'e4'];
    expect(await ids()).toEqual({ ids: expected, total: 8 });
    for (const id of expected) {
      const item = await room.roster.served(sis, 'enrollment', id);
      expect(item === undefined ? undefined : idOf(item)).toBe(id);
    }
    for (const id of ['e0.01', 'e0.', 'e0.05', '.06', 'e2.01']) {
      expect(await room.roster.served(sis, 'enrollment', id)).toBeUndefined();
    }
  });

  test.each([1, 2, 3, 5, 8])('Pages of %i over them are exact', async (limit) => {
    const seen: string[] = [];
    for (let offset = 0; ; offset += limit) {
      const page = await room.roster.page(sis, { view: 'enrollment', limit, offset });
      expect(page.total).toBe(8);
      if (page.items.length === 0) break;
      expect(page.items.length).toBe(Math.min(limit, 8 - offset));
      seen.push(...page.items.map(idOf));
    }
    expect(new Set(seen).size).toBe(8);
    expect(seen.length).toBe(8);
  });

  test('A filter by sourcedId finds the one role', async () => {
    for (const id of ['e0', 'e0.06', 'e0.Team_Lead_2', 'e1.08', 'e2']) {
      expect(await ids(where(named(id)))).toEqual({ ids: [id], total: 1 });
    }
    expect(await ids(where(named('e0.07')))).toEqual({ ids: [], total: 0 });
    expect(await ids(either(named('e0.06'), named('e2')))).toEqual({ ids: ['e0.06', 'e2'], total: 2 });
  });

  test('A filter by status and its total look at each role by itself', async () => {
    await done(room.roster, sis, {
      op: 'upsert',
      type: 'membership',
      key: m('e0'),
      data: { roles: [{ type: 'Learner' }, { type: 'Mentor', status: false }, { type: 'Team Lead.2', status: true }] },
    });
    expect(await ids(where(gone))).toEqual({ ids: ['e0.06', 'e3', 'e4'], total: 3 });
    expect(await ids(where(active))).toEqual({ ids: ['e0', 'e0.Team_Lead_2', 'e1', 'e1.08', 'e2'], total: 5 });
    expect(await ids(where(gone, named('e0')))).toEqual({ ids: [], total: 0 });
    expect(await ids(where(gone, named('e0.06')))).toEqual({ ids: ['e0.06'], total: 1 });
    expect(await ids(either(gone, named('e1.08')))).toEqual({ ids: ['e0.06', 'e1.08', 'e3', 'e4'], total: 4 });
    const page = await room.roster.page(sis, { view: 'enrollment', limit: 1, offset: 1, ...where(gone) });
    expect([page.items.length, page.total]).toEqual([1, 3]);
  });

  test('A role that goes is an enrollment to be deleted, and a membership in the trash counts all its roles', async () => {
    await done(room.roster, sis, member('c', 'p0', ['Learner'], 'e0'), remove('membership', m('e1')));
    const expected = ['e0', 'e0.06', 'e0.Team_Lead_2', 'e1', 'e1.08', 'e2', 'e3', 'e4'];
    expect(await ids()).toEqual({ ids: expected, total: 8 });
    expect((await room.roster.counts(sis))('view.enrollment')).toBe(8);
    expect(await ids(where(gone))).toEqual({ ids: ['e0.06', 'e0.Team_Lead_2', 'e1', 'e1.08', 'e3', 'e4'], total: 6 });
    expect(await ids(where(active))).toEqual({ ids: ['e0', 'e2'], total: 2 });
    for (const id of expected) {
      const item = await room.roster.served(sis, 'enrollment', id);
      expect(item === undefined ? undefined : idOf(item)).toBe(id);
    }
  });

  test('A role that comes back is no longer one', async () => {
    await done(room.roster, sis, member('c', 'p0', ['Learner', 'Mentor'], 'e0'));
    expect((await ids(where(gone))).ids).toEqual(['e0.Team_Lead_2', 'e1', 'e1.08', 'e3', 'e4']);
    expect((await room.roster.counts(sis))('view.enrollment')).toBe(8);
  });
});

describe('Pages of a view', () => {
  test('Users are sorted by sourcedId in the order of the code points, up and down, by an index', async () => {
    await done(room.roster, sis, person('Zz'), person('aa'), person('10'), person('9'), person('not legal'));
    const up = await all(room.roster, 'user', { sort: { field: 'sourcedId', direction: 'asc' } });
    expect(up.ids).toEqual([...up.ids].sort());
    const down = await all(room.roster, 'user', { sort: { field: 'sourcedId', direction: 'desc' } });
    expect(down.ids).toEqual([...up.ids].reverse());
    const plan = await room.store
      .records('person')
      .find({ tenant: 'school', views: 'user' })
      .sort({ sourcedId: 1 })
      .explain('queryPlanner');
    expect(JSON.stringify(plan['queryPlanner'].winningPlan)).toContain('tenant_1_views_1_sourcedId_1');
  });

  test('By time: the oldest change first', async () => {
    const { items } = await all(room.roster, 'user', { sort: { field: 'updatedAt', direction: 'asc' } });
    const times = items.map(({ record }) => record.updatedAt.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test('Trashed and archived records are in it as tobedeleted; the total says so', async () => {
    await done(room.roster, sis, group('k', 'course'), group('k2', 'course'), group('k3', 'course'));
    await done(room.roster, sis, { op: 'remove', type: 'group', key: 'group:default:k' });
    const courses = await all(room.roster, 'course', where(gone));
    expect([courses.ids, courses.total]).toEqual([['k'], 1]);
    expect((await all(room.roster, 'course', where(active))).ids).toEqual(expect.arrayContaining(['k2', 'k3']));
  });

  test('A page beyond the end is empty and has the total', async () => {
    const page = await room.roster.page(sis, { view: 'course', limit: 10, offset: 1000 });
    expect(page.items).toEqual([]);
    expect(page.total).toBeGreaterThan(2);
  });
});
