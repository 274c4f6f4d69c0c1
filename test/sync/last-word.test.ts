import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endsKey, key } from '../../src/model/index.ts';
import type { Mode } from '../../src/sync/index.ts';
import { type Feeds, file, group, ids, membership, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

const stored = async (type: 'person' | 'group', id: string) =>
  (await feeds.roster.find(feeds.context, type, [key(type, 'default', id)], { trashed: true }))[0];
const rolesOf = async (id: string) => {
  const found = await feeds.roster.membershipsOf(feeds.context, { person: (await stored('person', id))?.guid ?? '' });
  return found[0]?.data.roles.map(({ type }) => type);
};
/** A membership of one member; roles as `01` or, with a recstatus, `01/3`. */
const member = (groupId: string, id: string, ...roles: string[]) =>
  membership(groupId, [id]).replace(
    /<role .*<\/role>/,
    roles
      .map((text) => {
        const [type, recstatus] = text.split('/');
        return `<role roletype="${type}"${recstatus === undefined ? '' : ` recstatus="${recstatus}"`}><status>1</status></role>`;
      })
      .join(''),
  );
const removed = (element: string) => element.replace(/^<(person|group)>/, '<$1 recstatus="3">');
/** More persons than a batch holds, so that what stands around them is planned apart. */
const many = (prefix: string) => ids(prefix, 1100).map((id) => person(id));

describe('recstatus of a role (IMS Enterprise 1.1, role)', () => {
  test.each<Mode>(['changes', 'groups-complete', 'full'])(
    'in mode %s it takes away that role; the membership goes with its last role',
    async (mode) => {
      const p = `r-${mode}`;
      const base = [person(p), group(`${p}-g`)];
      await feeds.take(file(...base, member(`${p}-g`, p, '01', '02')), { feed: p, mode });
      const one = await feeds.take(file(...base, member(`${p}-g`, p, '02/3')), { feed: p, mode });
      expect(one.counts.membership).toMatchObject({ inFile: 1, updated: 1, trashed: 0, totalAfter: 1 });
      expect(await rolesOf(p)).toEqual(['Learner']);
      const again = await feeds.take(file(...base, member(`${p}-g`, p, '01', '02')), { feed: p, mode });
      expect(again.counts.membership).toMatchObject({ updated: 1 });
      expect(await rolesOf(p)).toEqual(['Learner', 'Instructor']);
      const all = await feeds.take(file(...base, member(`${p}-g`, p, '01/3', '02/3')), { feed: p, mode });
      expect(all.counts.membership).toMatchObject({ inFile: 1, trashed: 1, totalAfter: 0 });
    },
  );

  test('a role change as Banner sends it, in one element, in two, in either order, and twice', async () => {
    const list = ids('b', 4);
    await feeds.take(file(...list.map((id) => person(id)), group('bg'), membership('bg', list)), { feed: 'banner' });
    const change = file(
      member('bg', 'b0', '01/3') + member('bg', 'b0', '02/1'),
      member('bg', 'b1', '02/1') + member('bg', 'b1', '01/3'),
      member('bg', 'b2', '01/3', '02/1'),
      member('bg', 'b3', '02/1'),
    );
    const run = await feeds.take(change, { feed: 'banner' });
    expect(run.counts.membership).toMatchObject({ inFile: 6, trashed: 0, totalAfter: 4 });
    for (const id of ['b0', 'b1', 'b2']) expect(await rolesOf(id)).toEqual(['Instructor']);
    expect(await rolesOf('b3')).toEqual(['Learner', 'Instructor']);
    await feeds.take(change, { feed: 'banner' });
    for (const id of ['b0', 'b1', 'b2']) expect(await rolesOf(id)).toEqual(['Instructor']);
  });

  test('without recstatus the roles are taken as a whole; a role that is removed and sent again stays', async () => {
    await feeds.take(file(person('w'), group('wg'), member('wg', 'w', '01', '02')), { feed: 'whole' });
    await feeds.take(file(member('wg', 'w', '02')), { feed: 'whole' });
    expect(await rolesOf('w')).toEqual(['Instructor']);
    await feeds.take(file(member('wg', 'w', '02/3'), member('wg', 'w', '02')), { feed: 'whole' });
    expect(await rolesOf('w')).toEqual(['Instructor']);
  });

  test('a change takes roles away, and the membership with the last', async () => {
    await feeds.take(file(person('k'), group('kg'), member('kg', 'k', '01', '02')), { feed: 'take' });
    const ends = endsKey(key('group', 'default', 'kg'), key('person', 'default', 'k'), 'person');
    const remove = (role: string) =>
      feeds.roster.execute(feeds.context, [{ op: 'remove', type: 'membership', key: ends, roles: [role] }]);
    expect(await remove('Learner')).toMatchObject([{ ok: true, outcome: 'updated' }]);
    expect(await remove('Learner')).toMatchObject([{ ok: true, outcome: 'unchanged' }]);
    expect(await remove('Instructor')).toMatchObject([{ ok: true, outcome: 'trashed' }]);
  });
});

describe('The last mention of a record in a file wins', () => {
  test.each([
    ['within a batch', () => []],
    ['over batches', many],
  ])('%s', async (name, between) => {
    const p = name.replaceAll(' ', '-');
    const [back, gone, group1, group2, m] = [`${p}-b`, `${p}-x`, `${p}-g1`, `${p}-g2`, `${p}-m`];
    await feeds.sync.putFeed(feeds.context, p, { limits: { person: { insert: { percent: null } } } });
    const known = [person(back), person(gone), person(m), group(group1), group(group2)];
    await feeds.take(file(...known, membership(group1, [m, back]), membership(group2, [m])), { feed: p });
    const run = await feeds.take(
      file(
        removed(person(back)),
        person(gone, 'Berg'),
        removed(group(group1)),
        group(group2),
        member(group1, m, '01/3'),
        ...between(`${p}-n`),
        person(back, 'Berg'),
        removed(person(gone)),
        group(group1),
        removed(group(group2)),
        membership(group1, [m]),
      ),
      { feed: p },
    );
    expect(await stored('person', back)).toMatchObject({ state: 'active', data: { name: { family: 'Berg' } } });
    expect(await stored('person', gone)).toMatchObject({ state: 'trashed' });
    expect(await stored('group', group1)).toMatchObject({ state: 'active' });
    expect(await stored('group', group2)).toMatchObject({ state: 'trashed' });
    expect(await rolesOf(m)).toEqual(['Learner']);
    const { person: persons, group: groups, membership: memberships } = run.counts;
    const created = between('').length;
    expect(persons).toMatchObject({ inFile: 4 + created, created, updated: 2, unchanged: 1, trashed: 1 });
    expect(groups).toMatchObject({ inFile: 4, unchanged: 3, trashed: 1 });
    expect(memberships).toMatchObject({ inFile: 2, unchanged: 2, trashed: 1, totalAfter: 2 });
  });

  test('a new record that is removed further down ends in the trash, also in a first import', async () => {
    const own = await openFeeds();
    try {
      const run = await own.take(file(person('n1'), person('n2'), ...many('n-'), removed(person('n1'))));
      expect(run.counts.person).toMatchObject({ inFile: 1103, created: 1102, trashed: 1, totalAfter: 1101 });
      const next = await own.take(file(person('n3'), ...many('o-'), removed(person('n3'))), { dryRun: true });
      expect(next.counts.person).toMatchObject({ created: 1101, trashed: 1 });
    } finally {
      await own.end();
    }
  });
});
