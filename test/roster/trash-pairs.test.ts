import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Change } from '../../src/roster/index.ts';
import {
  admin,
  done,
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

const restore = (type: 'person' | 'group' | 'membership', key: string): Change => ({ op: 'restore', type, key });
const states = async (...keys: ['person' | 'group' | 'membership', string][]) =>
  Promise.all(keys.map(([type, key]) => stateOf(room.roster, type, key)));

describe('2.3 A membership whose ends were both removed comes back with the second of them', () => {
  const run = { ...sis, run: 'both' };
  const guids = (...keys: ['person' | 'group' | 'membership', string][]) =>
    Promise.all(keys.map(async ([type, key]) => (await one(room.roster, type, key)).guid));
  const back = async () => (await states(['membership', m('bm')]))[0];
  const removeBoth = async (...order: ('person' | 'group')[]) => {
    const { roster } = room;
    await done(roster, sis, group('bqg'), person('bq'), member('bqg', 'bq', ['Learner'], 'bm'));
    await done(roster, run, ...order.map((type) => remove(type, type === 'person' ? p('bq') : g('bqg'))));
    expect(await back()).toBe('trashed');
    const [person1 = '', group1 = ''] = await guids(['person', p('bq')], ['group', g('bqg')]);
    return { person: person1, group: group1 };
  };

  test.each([
    ['person', 'group'],
    ['group', 'person'],
  ] as const)(
    'by run and by ids; it is reported with the one that took it along: %s, then %s',
    async (first, second) => {
      const { trash, roster } = room;
      let ids = await removeBoth(first, second);
      const along = (id: string) => ({
        id,
        restored: true,
        with: { person: 0, group: 0, membership: id === ids[first] ? 1 : 0 },
      });
      expect(await trash.restore(admin, { run: 'both' })).toEqual([along(ids.group), along(ids.person)]);
      expect(await one(roster, 'membership', m('bm'))).toMatchObject({
        state: 'active',
        owner: 'admin:anna',
        claims: [],
      });
      expect((await one(roster, 'membership', m('bm'))).waitsFor).toBeUndefined();
      expect(await trash.restore(admin, { run: 'both' })).toEqual([]);
      for (const order of [
        ['person', 'group'],
        ['group', 'person'],
      ] as const) {
        ids = await removeBoth(first, second);
        expect(await trash.restore(admin, { ids: order.map((type) => ids[type]) })).toEqual(
          order.map((type) => along(ids[type])),
        );
        expect(await back()).toBe('active');
      }
    },
  );

  test.each([
    ['person', 'group'],
    ['group', 'person'],
  ] as const)('in a later call as well: %s, then %s', async (first, second) => {
    const { trash } = room;
    const ids = await removeBoth(first, second);
    const [one1] = await trash.restore(admin, { ids: [ids[first]] });
    expect(one1).toMatchObject({ restored: true, notRestored: [{ code: 'parent-in-trash', place: { id: 'bm' } }] });
    const [two] = await trash.restore(admin, { ids: [ids[second]] });
    expect(two).toEqual({ id: ids[second], restored: true, with: { person: 0, group: 0, membership: 1 } });
    expect(await back()).toBe('active');
  });

  test('not one that was removed by itself', async () => {
    const { roster, trash } = room;
    await removeBoth('person', 'group');
    await trash.restore(admin, { run: 'both' });
    await done(roster, sis, remove('membership', m('bm')), remove('group', g('bqg')), remove('person', p('bq')));
    await done(roster, admin, restore('group', g('bqg')), restore('person', p('bq')));
    expect(await back()).toBe('trashed');
    await done(roster, admin, restore('membership', m('bm')));
  });

  test('below a removed group too', async () => {
    const { roster, trash } = room;
    await done(
      roster,
      sis,
      group('bt', 'org'),
      group('bl', 'class', ['bt']),
      person('bx'),
      member('bl', 'bx', ['Learner'], 'blm'),
    );
    await done(roster, { ...sis, run: 'below' }, remove('group', g('bt')), remove('person', p('bx')));
    const results = await trash.restore(admin, { run: 'below' });
    expect(results.map((result) => result.with)).toEqual([
      { person: 0, group: 1, membership: 1 },
      { person: 0, group: 0, membership: 0 },
    ]);
    expect(results.every(({ notRestored }) => notRestored === undefined)).toBe(true);
    expect(await states(['membership', m('blm')])).toEqual(['active']);
  });

  test('By run, what went along with a record that is back already is reached', async () => {
    const { trash, store } = room;
    const ids = await removeBoth('person', 'group');
    await trash.restore(admin, { ids: [ids.person] });
    // As an earlier version left it: both ends back, the membership not.
    const { tenant } = admin;
    await store
      .records('group')
      .updateOne({ tenant, _id: ids.group } as object, { $set: { state: 'active' }, $unset: { trash: 1 } });
    const [membership] = await guids(['membership', m('bm')]);
    expect(await trash.restore(admin, { run: 'both' })).toMatchObject([{ id: membership, restored: true }]);
    expect(await back()).toBe('active');
  });

  test('An id that came along has its counts as well; an unknown one is of no type', async () => {
    const ids = await removeBoth('person', 'group');
    const [membership = ''] = await guids(['membership', m('bm')]);
    const unknown = 'e'.repeat(32);
    const results = await room.trash.restore(admin, { ids: [membership, ids.person, ids.group, unknown] });
    expect(results[0]).toEqual({ id: membership, restored: true, with: { person: 0, group: 0, membership: 0 } });
    expect(results[3]).toEqual({
      id: unknown,
      restored: false,
      problem: {
        code: 'unknown-object',
        text: `There is nothing in the trash with the id ${unknown}.`,
        place: { id: unknown },
      },
    });
    expect(results.slice(1, 3).map((result) => result.with?.membership)).toEqual([1, 0]);
  });
});
