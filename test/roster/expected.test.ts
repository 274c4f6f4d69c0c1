import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Change } from '../../src/roster/index.ts';
import {
  all,
  done,
  ends,
  g,
  group,
  m,
  member,
  one,
  openRoster,
  p,
  person,
  remove,
  sis,
  stateOf,
  type TestRoster,
} from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
});
afterAll(() => room.close());

describe('1.7 A reference to something that has not arrived makes it expected', () => {
  test('Its guid is known, it is invisible to reads and counts, and a warning is given', async () => {
    const { roster } = room;
    const [made] = await done(roster, sis, member('late-c', 'late-p', ['Learner'], 'late-m'));
    expect(made?.outcome).toBe('created');
    expect(made?.remarks?.map(({ kind }) => kind)).toEqual([
      'warning.expected-reference',
      'warning.expected-reference',
    ]);
    const { data, waitsFor } = await one(roster, 'membership', m('late-m'));
    expect(data).toMatchObject({ member: (await roster.guidsOf(sis, [person('late-p')]))[0] });
    expect(waitsFor).toEqual([data.group, data.member]);
    expect(await stateOf(roster, 'person', p('late-p'))).toBeUndefined();
    expect(await stateOf(roster, 'person', data.member)).toBeUndefined();
    expect(await roster.served(sis, 'user', 'late-p')).toBeUndefined();
    expect(await roster.served(sis, 'enrollment', 'late-m')).toBeUndefined();
    expect((await all(roster, 'user')).total).toBe(0);
    const count = await roster.counts(sis);
    expect([
      count('active.person'),
      count('active.group'),
      count('active.membership'),
      count('view.enrollment'),
    ]).toEqual([0, 0, 1, 0]);
    expect((await roster.waiting(sis, { limit: 10 })).items.map(({ imsId }) => imsId)).toEqual(['late-m']);
    expect((await roster.names(sis, 'person', [data.member])).get(data.member)).toMatchObject({
      imsId: 'late-p',
      state: 'expected',
    });
  });

  test('It cannot be removed, restored, renamed or purged', async () => {
    const { roster } = room;
    const key = p('late-p');
    const results = await roster.execute(sis, [
      remove('person', key),
      { op: 'restore', type: 'person', key },
      { op: 'rename', type: 'person', key, newKey: p('late-q') },
      { op: 'purge', type: 'person', key, force: true },
      { ...person('late-p'), must: 'exist' },
    ]);
    expect(results.map((result) => (result.ok ? result.outcome : result.problem.code))).toEqual(
      Array(5).fill('unknown-object'),
    );
  });

  test('When the object arrives, what waits for it is completed in the same transaction, with a newer time than before', async () => {
    const { roster } = room;
    const before = await one(roster, 'membership', m('late-m'));
    expect((await done(roster, sis, { ...group('late-c'), must: 'not-exist' }))[0]?.outcome).toBe('created');
    expect((await one(roster, 'membership', m('late-m'))).waitsFor).toEqual([before.data.member]);
    const [arrived] = await done(roster, sis, person('late-p', { email: 'late@example.org' }));
    expect(arrived?.outcome).toBe('created');
    const item = await roster.served(sis, 'enrollment', 'late-m');
    const someone = await one(roster, 'person', p('late-p'));
    expect(item?.record.updatedAt.getTime()).toBeGreaterThan(before.updatedAt.getTime());
    expect([item?.record.sequence, item?.record.updatedAt]).toEqual([someone.sequence, someone.updatedAt]);
    expect(someone).toMatchObject({
      sourcedId: 'late-p',
      imsId: 'late-p',
      data: { email: 'late@example.org' },
      derived: { roles: ['student'] },
    });
    expect((await roster.waiting(sis, { limit: 10 })).items).toEqual([]);
    expect((await roster.counts(sis))('view.enrollment')).toBe(1);
  });

  test('A parent that arrives later takes its place above', async () => {
    const { roster } = room;
    await done(roster, sis, group('early-c', 'class', ['late-o']));
    const before = await one(roster, 'group', g('early-c'));
    await done(roster, sis, { ...group('late-o', 'org', [], { orgType: 'school' }) });
    const after = await one(roster, 'group', g('early-c'));
    expect(after.derived?.school).toBe((await one(roster, 'group', g('late-o'))).guid);
    expect(after.derived?.school).not.toBe(before.derived?.school);
    expect(after.updatedAt.getTime()).toBeGreaterThan(before.updatedAt.getTime());
  });

  test('A membership whose person is in the trash waits, and is completed when the person is restored', async () => {
    const { roster } = room;
    await done(roster, sis, group('wait-c'), person('wait-p'), remove('person', p('wait-p')));
    const [made] = await done(roster, sis, member('wait-c', 'wait-p', ['Learner'], 'wait-m'));
    expect(made?.outcome).toBe('created');
    expect(await roster.served(sis, 'enrollment', 'wait-m')).toBeUndefined();
    await done(roster, sis, { op: 'restore', type: 'person', key: p('wait-p') });
    expect((await roster.served(sis, 'enrollment', 'wait-m'))?.record.state).toBe('active');
  });

  test('A reference to what is in the trash is kept with the warning that says so', async () => {
    const { roster } = room;
    await done(roster, sis, group('bin-c'), person('bin-p'), person('bin-q'), group('bin-d'));
    await done(roster, sis, member('bin-c', 'bin-p', ['Learner'], 'bin-m'));
    const bin = [remove('person', p('bin-p')), remove('group', g('bin-c'))];
    await done(roster, sis, ...bin);
    const results = await done(
      roster,
      sis,
      member('bin-c', 'bin-q', ['Learner'], 'bin-n'),
      group('bin-d', 'class', ['bin-c']),
      person('bin-q', { relationships: [{ relation: 'parent', target: p('bin-p') }] }),
      member('bin-c', 'bin-p', ['Learner'], 'bin-m'),
    );
    const said = (type: 'group' | 'person', id: string) =>
      `The ${type} ${id} is in the trash; the reference is kept until it comes back.`;
    expect(results.map(({ remarks }) => remarks?.map(({ text }) => text))).toEqual([
      [said('group', 'bin-c')],
      [said('group', 'bin-c')],
      [said('person', 'bin-p')],
      [said('group', 'bin-c'), said('person', 'bin-p')],
    ]);
    expect(results.flatMap(({ remarks = [] }) => remarks.map(({ kind }) => kind))).toEqual(
      Array(5).fill('warning.expected-reference'),
    );
    for (const change of bin) await done(roster, sis, { ...change, op: 'restore' } as Change);
    expect((await one(roster, 'membership', m('bin-n'))).waitsFor).toBeUndefined();
    expect((await done(roster, sis, group('bin-d', 'class', ['bin-c'])))[0]?.remarks).toBeUndefined();
  });

  test('A trashed membership waits for nobody', async () => {
    const { roster } = room;
    await done(roster, sis, member('wait-c', 'never', ['Learner'], 'never-m'), remove('membership', m('never-m')));
    expect((await roster.waiting(sis, { limit: 10 })).items).toEqual([]);
  });

  test('Both ends and the membership in one call, in any order, are complete at once', async () => {
    const { roster } = room;
    await done(roster, sis, member('order-c', 'order-p'), person('order-p'), group('order-c'));
    const [found] = await roster.find(
      sis,
      'membership',
      await roster.guidsOf(sis, [{ op: 'remove', type: 'membership', key: ends('order-c', 'order-p') }]),
    );
    expect(found?.waitsFor).toBeUndefined();
    expect((await roster.served(sis, 'enrollment', found?.guid ?? ''))?.record.guid).toBe(found?.guid);
  });
});
