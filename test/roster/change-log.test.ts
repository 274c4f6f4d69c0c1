import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Context } from '../../src/roster/index.ts';
import { done, feed, g, group, m, member, openRoster, p, person, remove, sis, type TestRoster } from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
});
afterAll(() => room.close());

let tenants = 0;
async function fresh() {
  tenants += 1;
  const tenant = `log${tenants}`;
  await room.addTenant(tenant);
  const as: Context = { ...sis, tenant };
  let at = 0;
  /** What changed since the last time it was asked, by id. */
  const news = async () => {
    const { items, until, more } = await room.roster.changesAfter(as, at, 1000);
    expect(more).toBe(false);
    at = until;
    const names: string[] = [];
    for (const { type, guid, formerIds } of items) {
      const [record] = await room.roster.find(as, type, [guid], { trashed: true });
      const name = record === undefined ? 'purged' : record.imsId === guid ? type : record.imsId;
      names.push([name, ...formerIds].join('<'));
    }
    return names;
  };
  return { as, news };
}

test('What was made, changed, removed, brought back and purged is told; what only follows from it is not', async () => {
  const { as, news } = await fresh();
  expect(await news()).toEqual([]);
  await done(room.roster, as, person('p1'), group('c1'));
  expect(await news()).toEqual(['p1', 'c1']);
  // The person becomes a teacher by it, which is derived.
  await done(room.roster, as, member('c1', 'p1', ['Instructor'], 'm1'));
  expect(await news()).toEqual(['m1']);
  // A second feed's claim is nobody else's business.
  await done(room.roster, { ...feed('a'), tenant: as.tenant }, person('p1'));
  await done(room.roster, { ...feed('b'), tenant: as.tenant }, person('p1'));
  expect(await news()).toEqual([]);
  await done(room.roster, as, person('p1', { email: 'a@example.org' }));
  expect(await news()).toEqual(['p1']);
  await done(room.roster, as, remove('person', p('p1')));
  expect(await news()).toEqual(['p1', 'm1']);
  await done(room.roster, as, { op: 'restore', type: 'person', key: p('p1') });
  expect(await news()).toEqual(['p1', 'm1']);
  await done(room.roster, as, remove('person', p('p1')), { op: 'purge', type: 'person', key: p('p1'), force: true });
  expect(await news()).toEqual(['purged', 'purged']);
});

test('What has only been named is not told; a membership that waited is told again when it is complete', async () => {
  const { as, news } = await fresh();
  await done(room.roster, as, group('c1'), member('c1', 'late', ['Learner'], 'm1'));
  expect(await news()).toEqual(['c1', 'm1']);
  await done(room.roster, as, person('late'));
  expect(await news()).toEqual(['late', 'm1']);
});

test('A record that is expected again after its purge is told as gone', async () => {
  const { as, news } = await fresh();
  await done(room.roster, as, group('c1'), group('below', 'class', ['c1']));
  await done(room.roster, as, remove('group', g('below')), remove('group', g('c1')));
  await news();
  await done(room.roster, as, { op: 'purge', type: 'group', key: g('c1'), force: true });
  expect(await news()).toEqual(['purged']);
});

test('A rename tells the ids that the record had, the oldest first, also those that were made here', async () => {
  const { as, news } = await fresh();
  await done(room.roster, as, person('p1'), group('c1'), member('c1', 'p1'));
  await news();
  const rename = (from: string, to: string) => ({ op: 'rename', type: 'person', key: p(from), newKey: p(to) }) as const;
  await done(room.roster, as, rename('p1', 'p2'));
  await done(room.roster, as, rename('p2', 'p3'));
  expect(await news()).toEqual(['p3<p1<p2']);
  const [only] = (await room.roster.list(as, 'membership', { limit: 1, offset: 0 })).items;
  await done(room.roster, as, { op: 'rename', type: 'membership', key: only?.guid ?? '', newKey: m('own') });
  expect(await news()).toEqual([`own<${only?.guid}`]);
});

test('A record is told once for a stretch, where it changed last; a transaction is never cut', async () => {
  const { as } = await fresh();
  await done(room.roster, as, person('a'), person('b'), person('c'));
  await done(room.roster, as, person('d'));
  await done(room.roster, as, person('a', { email: 'a@example.org' }));
  const first = await room.roster.changesAfter(as, 0, 1);
  expect([first.items.length, first.more]).toEqual([3, true]);
  const second = await room.roster.changesAfter(as, first.until, 1);
  expect([second.items.length, second.more]).toEqual([1, true]);
  const third = await room.roster.changesAfter(as, second.until, 1);
  expect([third.items.length, third.more]).toEqual([1, false]);
  expect(third.items[0]?.guid).toBe(first.items[0]?.guid);
  const whole = await room.roster.changesAfter(as, 0, 1000);
  expect(whole.items.map(({ guid }) => guid)).toEqual(
    [first.items[1], first.items[2], second.items[0], third.items[0]].map((item) => item?.guid),
  );
  expect(whole.until).toBe(third.until);
  expect(await room.roster.changesAfter(as, whole.until, 1)).toEqual({ items: [], until: whole.until, more: false });
});

test('Changes of several writers in one transaction come together', async () => {
  const { as } = await fresh();
  await Promise.all([
    room.roster.execute(as, [person('a')]),
    room.roster.execute({ ...as, writer: 'credential:other' }, [person('b')]),
  ]);
  const stretch = await room.roster.changesAfter(as, 0, 1);
  expect([stretch.items.length, stretch.more]).toEqual([2, false]);
});
