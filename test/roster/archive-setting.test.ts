import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Change, Context } from '../../src/roster/index.ts';
import { faultsOf } from './invariants.ts';
import {
  admin,
  all,
  done,
  feed,
  g,
  group,
  m,
  member,
  one,
  openRoster,
  outcome,
  p,
  person,
  remove,
  type TestRoster,
} from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
});
afterAll(() => room.close());

let tenants = 0;
async function fresh(settings: object = {}) {
  tenants += 1;
  const tenant = `a${tenants}`;
  await room.addTenant(tenant);
  const by = (context: Context): Context => ({ ...context, tenant });
  const [sis, anna, a] = [by(feed('sis')), by(admin), by(feed('a'))];
  const put = await room.tenants.putSettings(anna, settings);
  expect(put.ok).toBe(true);
  const state = async (id: string) => (await room.roster.find(anna, 'group', [g(id)], { trashed: true }))[0]?.state;
  return { tenant, sis, anna, a, state, by };
}

/** A faculty over a course with a class and a member, and a class of its own. */
const tree = [
  group('f', 'org'),
  group('k', 'course', ['f']),
  group('kc', 'class', ['k']),
  group('fc', 'class', ['f']),
  person('p'),
  member('k', 'p', ['Learner'], 'k-p'),
  member('kc', 'p', ['Learner'], 'kc-p'),
  member('fc', 'p', ['Learner'], 'fc-p'),
] as const;

const release = (id: string, as: 'trash' | 'archive'): Change => ({ op: 'release', type: 'group', key: g(id), as });

describe('2.3 With courses.archive off', () => {
  test('a course that is removed goes to the trash with what is below it, by a delete and by a feed', async () => {
    for (const [writer, change] of [
      ['anna', remove('group', g('k'))],
      ['sis', release('k', 'trash')],
    ] as const) {
      const as = await fresh({ courses: { archive: false } });
      await done(room.roster, as.sis, ...tree);
      expect(await outcome(room.roster, as[writer], change)).toBe('trashed');
      expect([await as.state('k'), await as.state('kc'), await as.state('fc')]).toEqual([
        'trashed',
        'trashed',
        'active',
      ]);
      expect((await one(room.roster, 'membership', m('k-p'), as.anna)).state).toBe('trashed');
      await done(room.roster, as.anna, { op: 'restore', type: 'group', key: g('k') });
      expect([await as.state('k'), await as.state('kc')]).toEqual(['active', 'active']);
      expect(await faultsOf(room.store, as.tenant)).toEqual([]);
    }
  });

  test('a course below a removed group loses that parent and lives on', async () => {
    const as = await fresh({ courses: { archive: false } });
    await done(room.roster, as.sis, ...tree, group('g', 'org'), group('k', 'course', ['g']));
    const [result] = await done(room.roster, as.anna, remove('group', g('f')));
    expect(result?.took?.map((one) => one.split(':')[0])).toEqual(['group', 'membership']);
    expect([await as.state('k'), await as.state('kc'), await as.state('fc')]).toEqual(['active', 'active', 'trashed']);
    const { data } = await one(room.roster, 'group', g('k'), as.anna);
    expect(data.relationships).toEqual([
      { relation: 'parent', target: (await one(room.roster, 'group', g('g'), as.anna)).guid },
    ]);
    expect(await faultsOf(room.store, as.tenant)).toEqual([]);
  });

  test('a feed whose setting says archive archives it all the same', async () => {
    const as = await fresh({ courses: { archive: false } });
    await done(room.roster, as.sis, ...tree);
    expect(await outcome(room.roster, as.sis, release('f', 'archive'))).toBe('trashed');
    expect([await as.state('k'), await as.state('kc'), await as.state('fc')]).toEqual([
      'archived',
      'trashed',
      'trashed',
    ]);
  });
});

describe('2.4 An archived course', () => {
  test('is brought back by an administrator with its child groups; its members stay manual', async () => {
    const as = await fresh();
    await done(room.roster, as.sis, ...tree);
    expect(await outcome(room.roster, as.sis, release('k', 'trash'))).toBe('archived');
    const [sent, membership] = await done(room.roster, as.sis, group('k', 'course'), member('k', 'p', ['Instructor']));
    for (const result of [sent, membership]) {
      expect(result).toMatchObject({ outcome: 'unchanged', remarks: [{ kind: 'warning.archived-ignored' }] });
    }
    const listed = await all(
      room.roster,
      'course',
      { where: { join: 'and', clauses: [{ field: 'status', operator: '=', value: 'tobedeleted' }] } },
      as.anna,
    );
    expect(listed.ids).toEqual(['k']);
    // A class that its sender types as a course is archived with the course that was made for it.
    await done(room.roster, as.sis, group('typed', 'class', [], { types: [{ values: [{ type: 'Course' }] }] }));
    const madeOf = async () => {
      const { derived } = await one(room.roster, 'group', g('typed'), as.anna);
      return (await one(room.roster, 'group', derived?.course ?? '', as.anna)).state;
    };
    expect(await outcome(room.roster, as.anna, remove('group', g('typed')))).toBe('archived');
    expect(await madeOf()).toBe('archived');
    await done(room.roster, as.anna, { op: 'restore', type: 'group', key: g('typed') });
    expect(await madeOf()).toBe('active');
    const [back] = await done(room.roster, as.anna, { op: 'restore', type: 'group', key: g('k') });
    expect(back).toMatchObject({ outcome: 'restored', cascade: { group: 1, membership: 1 } });
    expect([await as.state('k'), await as.state('kc')]).toEqual(['active', 'active']);
    expect(await one(room.roster, 'membership', m('k-p'), as.anna)).toMatchObject({
      state: 'active',
      claims: [],
      owner: 'admin:archive',
      data: { roles: [{ type: 'Learner' }] },
    });
    expect(await faultsOf(room.store, as.tenant)).toEqual([]);
  });
});

describe('2.1 What was made by hand', () => {
  const emails = (email: string, url?: string) => person('h', url === undefined ? { email } : { email, url });

  test('is the feed’s that lists it, by default', async () => {
    const as = await fresh();
    await done(room.roster, as.anna, emails('h@hand'));
    await done(room.roster, as.sis, emails('h@feed'));
    expect(await one(room.roster, 'person', p('h'), as.anna)).toMatchObject({
      owner: 'feed:sis',
      claims: [{ feed: 'sis' }],
      data: { email: 'h@feed' },
    });
  });

  test('stays by setting: a feed adds a claim and fills what is empty, and lets go without removing it', async () => {
    const as = await fresh({ adoptManual: false });
    await done(room.roster, as.anna, emails('h@hand'), group('c'), member('c', 'h', ['Learner'], 'c-h'));
    const letGo: Change = { op: 'release', type: 'person', key: p('h'), as: 'trash', explicit: true };
    expect(await outcome(room.roster, as.sis, letGo)).toBe('unchanged');
    expect(await outcome(room.roster, as.sis, { ...emails('h@feed', 'https://h'), op: 'replace' })).toBe('updated');
    expect(await one(room.roster, 'person', p('h'), as.anna)).toMatchObject({
      state: 'active',
      owner: 'admin:anna',
      claims: [{ feed: 'sis' }],
      data: { email: 'h@hand', url: 'https://h' },
      filled: { url: 'feed:sis' },
    });
    await done(room.roster, as.sis, member('c', 'h', ['Instructor']));
    expect((await one(room.roster, 'membership', m('c-h'), as.anna)).data.roles).toEqual([{ type: 'Learner' }]);
    expect(await outcome(room.roster, as.sis, letGo)).toBe('released');
    expect(await one(room.roster, 'person', p('h'), as.anna)).toMatchObject({ state: 'active', claims: [] });
    // A credential's own records are no manual ones.
    await done(room.roster, { ...as.anna, writer: 'credential:sis' }, person('s', { email: 's@1' }));
    await done(room.roster, as.sis, person('s', { email: 's@2' }));
    expect((await one(room.roster, 'person', p('s'), as.anna)).owner).toBe('feed:sis');
    expect(await faultsOf(room.store, as.tenant)).toEqual([]);
  });
});
