import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordType } from '../../src/model/index.ts';
import type { ListQuery } from '../../src/roster/index.ts';
import {
  admin,
  done,
  ends,
  feed,
  g,
  group,
  member,
  openRoster,
  p,
  person,
  remove,
  sis,
  type TestRoster,
} from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
  await room.addTenant('other');
  await done(room.roster, { ...sis, tenant: 'other' }, person('elsewhere'), group('far'), member('far', 'elsewhere'));
});
afterAll(() => room.close());

let tenants = 0;
async function fresh() {
  tenants += 1;
  const tenant = `list${tenants}`;
  await room.addTenant(tenant);
  const as = { sis: { ...sis, tenant }, admin: { ...admin, tenant }, feed: { ...feed('a'), tenant } };
  const ids = async (type: RecordType, query: Partial<ListQuery> = {}) => {
    const { items, total } = await room.roster.list(as.sis, type, { limit: 1000, offset: 0, ...query });
    return { ids: items.map((record) => record.imsId).sort(), total };
  };
  return { as, ids };
}

describe('A list', () => {
  test('has persons and groups that have arrived, of every kind, and neither trash, nor expected, nor the gateway’s own', async () => {
    const { as, ids } = await fresh();
    await done(room.roster, as.sis, person('p1'), person('p2'), person('gone'));
    await done(room.roster, as.sis, group('c1'), group('o1', 'org'), group('k1', 'course'), group('x1', 'other'));
    await done(
      room.roster,
      as.sis,
      member('not-here', 'nobody'),
      remove('person', p('gone')),
      remove('group', g('k1')),
    );
    expect(await ids('person')).toEqual({ ids: ['p1', 'p2'], total: 2 });
    expect(await ids('group')).toEqual({ ids: ['c1', 'k1', 'o1', 'x1'], total: 4 });
    await done(room.roster, as.sis, person('nobody'), { op: 'upsert', type: 'person', key: p('gone'), data: {} });
    expect(await ids('person')).toEqual({ ids: ['gone', 'nobody', 'p1', 'p2'], total: 4 });
  });

  test('has memberships that wait for nothing, those of persons, of groups and of archived courses', async () => {
    const { as, ids } = await fresh();
    await done(room.roster, as.sis, person('p1'), group('c1'), group('o1', 'org'), group('k1', 'course'));
    await done(
      room.roster,
      as.sis,
      member('c1', 'p1', ['Learner'], 'm1'),
      member('o1', 'p1', ['Member'], 'm2'),
      member('k1', 'p1', ['Learner'], 'm3'),
      member('c1', 'late', ['Learner'], 'm4'),
      {
        op: 'upsert',
        type: 'membership',
        key: 'membership:default:m5',
        data: { group: g('o1'), member: g('c1'), memberType: 'group', roles: [{ type: 'Member' }] },
      },
    );
    await done(room.roster, as.sis, remove('group', g('k1')));
    expect(await ids('membership')).toEqual({ ids: ['m1', 'm2', 'm3', 'm5'], total: 4 });
    await done(room.roster, as.sis, person('late'), remove('membership', ends('c1', 'p1')));
    expect(await ids('membership')).toEqual({ ids: ['m2', 'm3', 'm4', 'm5'], total: 4 });
  });

  test('may be asked for what was made since a time, and for what was made by hand', async () => {
    const { as, ids } = await fresh();
    await done(room.roster, as.feed, person('listed'));
    await done(room.roster, as.admin, person('by-hand'), person('adopted'), group('class'), member('class', 'by-hand'));
    await done(room.roster, as.feed, person('adopted'));
    room.clock.forward(60_000);
    const since = room.clock.now();
    await done(room.roster, as.sis, person('later'), group('later'));
    await done(room.roster, as.admin, person('by-hand-later'));
    expect(await ids('person', { manual: true })).toEqual({ ids: ['by-hand', 'by-hand-later'], total: 2 });
    expect(await ids('person', { createdFrom: since })).toEqual({ ids: ['by-hand-later', 'later'], total: 2 });
    expect(await ids('person', { createdFrom: since, manual: true })).toEqual({ ids: ['by-hand-later'], total: 1 });
    expect(await ids('group', { createdFrom: since })).toEqual({ ids: ['later'], total: 1 });
    expect((await ids('membership', { manual: true })).total).toBe(1);
    expect((await ids('membership', { createdFrom: since })).total).toBe(0);
  });

  test.each(['person', 'group', 'membership'] as const)(
    'of type %s shows each record once to a reader of pages while the records change',
    async (type) => {
      const { as } = await fresh();
      const names = Array.from({ length: 23 }, (_, at) => `n${at}`);
      const changes = (version: string) =>
        names.flatMap((name) => [
          person(name, { comments: { text: version } }),
          group(name, 'class', [], { comments: { text: version } }),
          {
            ...member(name, 'n0', ['Learner'], `${name}-a`),
            data: { ...member(name, 'n0').data, comments: { text: version } },
          },
          {
            ...member('n1', name, ['Instructor'], `${name}-b`),
            data: { ...member('n1', name).data, comments: { text: version } },
          },
        ]);
      await done(room.roster, as.sis, ...changes('first'));
      const { total } = await room.roster.list(as.sis, type, { limit: 1, offset: 0 });
      const seen: string[] = [];
      for (let offset = 0; offset < total; offset += 5) {
        const page = await room.roster.list(as.sis, type, { limit: 5, offset });
        expect(page.total).toBe(total);
        seen.push(...page.items.map(({ guid }) => guid));
        await done(room.roster, as.sis, ...changes(`at ${offset}`));
      }
      // The membership of n0 in n1 is written under two ids and is one.
      expect(total).toBe(type === 'membership' ? 45 : 23);
      expect(seen).toHaveLength(total);
      expect(new Set(seen).size).toBe(total);
    },
  );

  test('is read by an index of the tenant, in its order', async () => {
    const { as } = await fresh();
    await done(room.roster, as.sis, person('p1'), group('c1'), member('c1', 'p1'));
    const db = room.store.connection.db;
    await db?.command({ profile: 2 });
    for (const type of ['person', 'membership'] as const)
      await room.roster.list(as.sis, type, { limit: 10, offset: 0 });
    await db?.command({ profile: 0 });
    const plans = await db?.collection('system.profile').find({ op: 'query', 'command.limit': 10 }).toArray();
    expect(plans?.map((plan) => [plan['planSummary'], plan['hasSortStage'] ?? false])).toEqual([
      ['IXSCAN { tenant: 1, views: 1, _id: 1 }', false],
      ['IXSCAN { tenant: 1, data.group: 1 }', false],
    ]);
  });
});
