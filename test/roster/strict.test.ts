import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Problem } from '../../src/base/problem.ts';
import { type GroupKind, key, type RecordType } from '../../src/model/index.ts';
import type { Change, Context, WriteChange } from '../../src/roster/index.ts';
import {
  admin,
  done,
  ends,
  feed,
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
  type TestRoster,
} from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
});
afterAll(() => room.close());

let tenants = 0;
async function fresh(): Promise<Context> {
  tenants += 1;
  const tenant = `strict${tenants}`;
  await room.addTenant(tenant);
  return { ...sis, tenant };
}

const strict = (change: WriteChange<'membership'> | WriteChange<'group'> | WriteChange<'person'>): Change => ({
  ...(change as WriteChange),
  strict: true,
});
const creates = (change: WriteChange<'membership'> | WriteChange<'group'> | WriteChange<'person'>): Change => ({
  ...(strict(change) as WriteChange),
  must: 'not-exist',
});
const updates = (change: WriteChange<'membership'> | WriteChange<'group'> | WriteChange<'person'>): Change => ({
  ...(strict(change) as WriteChange),
  must: 'exist',
});

async function problemOf(as: Context, change: Change): Promise<Problem> {
  const [result] = await room.roster.execute(as, [change]);
  if (result === undefined || result.ok) throw new Error(`no problem: ${String(result?.outcome)}`);
  return result.problem;
}

const outcomesOf = async (as: Context, ...changes: Change[]) =>
  (await room.roster.execute(as, changes)).map((result) => (result.ok ? result.outcome : result.problem.code));

/** Everything of a tenant that a change could have touched. */
async function contents(as: Context) {
  const rows = await Promise.all(
    (['person', 'group', 'membership'] as const).map((type) =>
      room.store.records(type).find({ tenant: as.tenant }).sort({ _id: 1 }).toArray(),
    ),
  );
  return JSON.stringify(rows);
}

describe('A strict change', () => {
  test('refuses references to what is unknown, expected or in the trash, names id and field, and does nothing', async () => {
    const as = await fresh();
    await done(room.roster, as, group('c1'), person('p1'), group('gone'), person('gone'));
    await done(room.roster, as, member('named', 'named'), group('child', 'class', ['expected-parent']));
    await done(room.roster, as, remove('group', g('gone')), remove('person', p('gone')));
    const before = await contents(as);
    const cases: [WriteChange<'membership'> | WriteChange<'group'> | WriteChange<'person'>, string, string][] = [
      [member('nowhere', 'p1', ['Learner'], 'm1'), 'nowhere', 'groupSourcedId'],
      [member('named', 'p1', ['Learner'], 'm1'), 'named', 'groupSourcedId'],
      [member('gone', 'p1', ['Learner'], 'm1'), 'gone', 'groupSourcedId'],
      [member('c1', 'nobody', ['Learner'], 'm1'), 'nobody', 'memberSourcedId'],
      [member('c1', 'named'), 'named', 'memberSourcedId'],
      [member('c1', 'gone'), 'gone', 'memberSourcedId'],
      [group('new', 'class', ['c1', 'nowhere']), 'nowhere', 'relationship'],
      [group('new', 'class', ['expected-parent']), 'expected-parent', 'relationship'],
      [group('c1', 'class', ['gone']), 'gone', 'relationship'],
      [person('p1', { relationships: [{ relation: 'parent', target: p('nobody') }] }), 'nobody', 'relationship'],
      [person('p1', { agents: [p('gone')] }), 'gone', 'agents'],
      [person('p1', { primaryOrg: g('nowhere') }), 'nowhere', 'primaryOrg'],
      [person('p1', { roles: [{ role: 'student', roleType: 'primary', org: g('gone') }] }), 'gone', 'roles'],
    ];
    for (const [change, id, field] of cases) {
      const problem = await problemOf(as, strict(change));
      expect([problem.code, problem.place]).toEqual(['unknown-object', { id, field }]);
      expect(problem.text).toContain(id);
    }
    expect(await contents(as)).toBe(before);
  });

  test('takes references to what is there, disabled and archived too, and to what came before it in the same call', async () => {
    const as = await fresh();
    await done(room.roster, { ...feed('a'), tenant: as.tenant }, person('off'));
    await done(
      room.roster,
      { ...feed('a'), tenant: as.tenant },
      { op: 'release', type: 'person', key: p('off'), as: 'disable' },
    );
    await done(room.roster, as, group('k1', 'course'), remove('group', g('k1')));
    expect(
      await outcomesOf(
        as,
        creates(group('top', 'org')),
        creates(group('c1', 'class', ['top', 'k1'])),
        creates(person('p1')),
        creates(member('c1', 'p1', ['Learner'], 'm1')),
        creates(member('c1', 'off', ['Learner'], 'm2')),
      ),
    ).toEqual(['created', 'created', 'created', 'created', 'created']);
  });

  test('refuses to move a known membership to other ends', async () => {
    const as = await fresh();
    await done(room.roster, as, group('c1'), group('c2'), person('p1'), person('p2'));
    await done(room.roster, as, member('c1', 'p1', ['Learner'], 'm1'));
    const toGroup: WriteChange<'membership'> = {
      ...member('c1', 'p1', ['Learner'], 'm1'),
      data: { group: g('c1'), member: g('c2'), memberType: 'group', roles: [{ type: 'Member' }] },
    };
    const before = await contents(as);
    for (const [change, field] of [
      [member('c2', 'p1', ['Learner'], 'm1'), 'groupSourcedId'],
      [member('c1', 'p2', ['Learner'], 'm1'), 'memberSourcedId'],
      [toGroup, 'memberSourcedId'],
    ] as const) {
      const problem = await problemOf(as, updates(change));
      expect([problem.code, problem.place]).toEqual(['invalid-data', { id: 'm1', field }]);
    }
    expect(await contents(as)).toBe(before);
    expect(await outcomesOf(as, updates(member('c1', 'p1', ['Instructor'], 'm1')))).toEqual(['updated']);
  });

  test('refuses a parent that is the group itself or below it', async () => {
    const as = await fresh();
    await done(room.roster, as, group('a', 'org'), group('b', 'org', ['a']), group('c', 'org', ['b']));
    const before = await contents(as);
    for (const [child, parent] of [
      ['a', 'a'],
      ['a', 'b'],
      ['a', 'c'],
      ['new', 'new'],
    ] as const) {
      const problem = await problemOf(as, strict(group(child, 'org', [parent])));
      expect([problem.code, problem.place]).toEqual(['invalid-data', { id: parent, field: 'relationship' }]);
    }
    expect(await contents(as)).toBe(before);
    expect(await outcomesOf(as, strict(group('c', 'org', ['a'])))).toEqual(['updated']);
    // A cycle that a lenient writer made does not keep the search from ending.
    await done(room.roster, as, group('x', 'org', ['y']), group('y', 'org', ['x']));
    expect(await outcomesOf(as, strict(group('c', 'org', ['x'])))).toEqual(['updated']);
  });

  test('leaves its neighbours alone', async () => {
    const as = await fresh();
    expect(
      await outcomesOf(
        as,
        creates(person('p1')),
        creates(member('nowhere', 'p1')),
        creates(group('c1')),
        creates(member('c1', 'p1')),
      ),
    ).toEqual(['created', 'unknown-object', 'created', 'created']);
  });
});

describe('A precondition', () => {
  const types = [
    ['person', p('x'), person('x')],
    ['group', g('x'), group('x')],
    ['membership', m('x'), member('c', 'p', ['Learner'], 'x')],
  ] as const;

  test.each(types)(
    'that the %s must not exist is broken by one in the trash; that it must, too',
    async (type, id, change) => {
      const as = await fresh();
      await done(room.roster, as, group('c'), person('p'));
      expect(await outcomesOf(as, updates(change), creates(change), creates(change), updates(change))).toEqual([
        'unknown-object',
        'created',
        'already-exists',
        'unchanged',
      ]);
      expect(await outcomesOf(as, remove(type as RecordType, id), creates(change), updates(change))).toEqual([
        'trashed',
        'already-exists',
        'unknown-object',
      ]);
      expect(await outcomesOf(as, strict(change))).toEqual(['restored']);
    },
  );

  test('that a membership must not exist is broken by another id of the same ends, in the trash too', async () => {
    const as = await fresh();
    await done(room.roster, as, group('c'), person('p'), member('c', 'p', ['Learner'], 'first'));
    const problem = await problemOf(as, creates(member('c', 'p', ['Instructor'], 'second')));
    expect([problem.code, problem.place]).toEqual(['already-exists', { id: 'second' }]);
    expect(await outcomesOf(as, updates(member('c', 'p', ['Instructor'], 'second')))).toEqual(['unknown-object']);
    expect(
      await outcomesOf(as, remove('membership', m('first')), creates(member('c', 'p', ['Learner'], 'second'))),
    ).toEqual(['trashed', 'already-exists']);
    expect(await room.roster.find(as, 'membership', [m('second')], { trashed: true })).toEqual([undefined]);
  });
});

describe('Parents that move', () => {
  const parentsOf = async (as: Context, id: string) => {
    const { data } = await one(room.roster, 'group', g(id), as);
    const guids = (data.relationships ?? [])
      .filter(({ relation }) => relation === 'parent')
      .map(({ target }) => target);
    const names = await room.roster.names(as, 'group', guids);
    return guids.map((guid) => names.get(guid)?.imsId);
  };
  const moves = (id: string, kind: GroupKind, parents: readonly string[]): WriteChange<'group'> => ({
    ...group(id, kind, parents),
    moveParents: true,
  });

  test('take the place of those that are there, in their order; other relationships stay', async () => {
    const as = await fresh();
    await done(room.roster, as, ...['a', 'b', 'd', 'friend'].map((id) => group(id, 'org')));
    const knownAs = { relation: 'knownAs' as const, target: g('friend') };
    await done(
      room.roster,
      as,
      group('c', 'class', [], {
        relationships: [knownAs, ...['a', 'b'].map((id) => ({ relation: 'parent' as const, target: g(id) }))],
      }),
    );
    await done(room.roster, as, group('c', 'class', ['d']));
    expect(await parentsOf(as, 'c')).toEqual(['a', 'b', 'd']);
    await done(room.roster, as, moves('c', 'class', ['d', 'a']));
    expect(await parentsOf(as, 'c')).toEqual(['d', 'a']);
    expect((await one(room.roster, 'group', g('c'), as)).data.relationships).toHaveLength(3);
    expect(await outcomesOf(as, moves('c', 'class', ['d', 'a']))).toEqual(['unchanged']);
    await done(room.roster, as, moves('c', 'class', ['b']));
    expect(await parentsOf(as, 'c')).toEqual(['b']);
    await done(room.roster, as, moves('c', 'class', []));
    expect(await parentsOf(as, 'c')).toEqual(['b']);
  });

  test('bring the group to another school', async () => {
    const as = await fresh();
    await done(room.roster, as, ...['s1', 's2'].map((id) => group(id, 'org', [], { orgType: 'school' })));
    await done(room.roster, as, group('c', 'class', ['s1']), moves('c', 'class', ['s2']));
    const schools = await Promise.all(['s1', 's2'].map((id) => one(room.roster, 'group', g(id), as)));
    expect((await one(room.roster, 'group', g('c'), as)).derived?.school).toBe(schools[1]?.guid);
  });
});

describe('Adoption', () => {
  test('makes records that no feed lists the writer’s own, and leaves those of feeds', async () => {
    const as = await fresh();
    const hand = { ...admin, tenant: as.tenant };
    await done(room.roster, hand, person('p1'), group('c1'), member('c1', 'p1'));
    await done(room.roster, { ...feed('a'), tenant: as.tenant }, person('listed'));
    const adopts = (type: RecordType, id: string): Change => ({ op: 'upsert', type, key: id, data: {}, adopt: true });
    expect(
      await outcomesOf(
        as,
        adopts('person', p('p1')),
        adopts('person', p('p1')),
        adopts('person', p('listed')),
        adopts('group', g('c1')),
        adopts('membership', ends('c1', 'p1')),
      ),
    ).toEqual(['unchanged', 'unchanged', 'unchanged', 'unchanged', 'unchanged']);
    const owners = await Promise.all([
      one(room.roster, 'person', p('p1'), as),
      one(room.roster, 'person', p('listed'), as),
      one(room.roster, 'group', g('c1'), as),
    ]);
    expect(owners.map(({ owner }) => owner)).toEqual(['credential:sis', 'feed:a', 'credential:sis']);
    expect((await room.roster.list(as, 'person', { limit: 10, offset: 0, manual: true })).total).toBe(0);
    expect((await room.roster.list(as, 'membership', { limit: 10, offset: 0, manual: true })).total).toBe(0);
  });
});

describe('A rename', () => {
  const rename = (type: RecordType, from: string, to: string): Change => ({
    op: 'rename',
    type,
    key: key(type, 'default', from),
    newKey: key(type, 'default', to),
  });

  test('of what is in the trash is unknown, to the same id nothing, to an alias of the record done', async () => {
    const as = await fresh();
    await done(room.roster, as, person('a'), person('gone'), remove('person', p('gone')), person('other'));
    expect(
      await outcomesOf(
        as,
        rename('person', 'gone', 'x'),
        rename('person', 'a', 'a'),
        rename('person', 'a', 'b'),
        rename('person', 'b', 'a'),
        rename('person', 'a', 'other'),
        rename('person', 'a', 'gone'),
        rename('person', 'nobody', 'x'),
        rename('person', 'a', ' '),
        rename('person', 'a', 'x'.repeat(1025)),
      ),
    ).toEqual([
      'unknown-object',
      'unchanged',
      'renamed',
      'renamed',
      'key-in-use',
      'key-in-use',
      'unknown-object',
      'missing-data',
      'too-long',
    ]);
    expect(await one(room.roster, 'person', p('b'), as)).toMatchObject({ imsId: 'a', sourcedId: 'a' });
  });

  test('of a membership to the id that was made for it is nothing; to another’s made id is refused', async () => {
    const as = await fresh();
    await done(room.roster, as, group('c'), person('p'), person('q'), member('c', 'p'), member('c', 'q'));
    const [first, second] = (await room.roster.list(as, 'membership', { limit: 2, offset: 0 })).items;
    const own = first?.guid ?? '';
    expect(
      await outcomesOf(
        as,
        rename('membership', own, own),
        rename('membership', own, second?.guid ?? ''),
        rename('membership', own, 'mine'),
        rename('membership', 'mine', own),
      ),
    ).toEqual(['unchanged', 'key-in-use', 'renamed', 'renamed']);
    expect(await one(room.roster, 'membership', m('mine'), as)).toMatchObject({ imsId: own, guid: own });
  });

  test('to the id of a person who was only named makes the memberships theirs, in the same transaction', async () => {
    const as = await fresh();
    const lists = { ...feed('a'), tenant: as.tenant };
    await done(room.roster, as, group('c1'), group('c2'), person('old'), member('c1', 'old'));
    await done(room.roster, lists, { ...member('c2', 'new', ['Instructor'], 'm2'), hash: '00000000000000aa' });
    await done(room.roster, as, member('nowhere', 'new'));
    await done(
      room.roster,
      as,
      person('child', { relationships: [{ relation: 'parent', target: p('new') }], agents: [p('new')] }),
    );
    expect((await room.roster.waiting(as, { limit: 10 })).total).toBe(2);
    expect(await outcomesOf(as, rename('person', 'old', 'new'))).toEqual(['renamed']);
    const renamed = await one(room.roster, 'person', p('new'), as);
    expect(renamed).toMatchObject({ imsId: 'new', derived: { roles: ['teacher'] } });
    expect((await one(room.roster, 'person', p('old'), as)).guid).toBe(renamed.guid);
    const memberships = await room.roster.membershipsOf(as, { person: renamed.guid });
    expect(memberships.map(({ waitsFor }) => waitsFor !== undefined).sort((a, b) => Number(a) - Number(b))).toEqual([
      false,
      false,
      true,
    ]);
    const moved = await one(room.roster, 'membership', m('m2'), as);
    expect(moved).toMatchObject({
      imsId: 'm2',
      owner: 'feed:a',
      claims: [{ feed: 'a' }],
      data: { member: renamed.guid, roles: [{ type: 'Instructor' }] },
    });
    const child = await one(room.roster, 'person', p('child'), as);
    expect(child.data).toMatchObject({ relationships: [{ target: renamed.guid }], agents: [renamed.guid] });
    // The same ends find the same membership, and no placeholder is left.
    expect(await outcomesOf(as, member('c2', 'new', ['Instructor'], 'm2'), member('nowhere', 'new'))).toEqual([
      'unchanged',
      'unchanged',
    ]);
    expect(await room.store.records('person').countDocuments({ tenant: as.tenant, state: 'expected' })).toBe(0);
    expect((await room.roster.list(as, 'membership', { limit: 10, offset: 0 })).total).toBe(2);
  });

  test('to the id of a group that was only named puts what hangs on it below the renamed group', async () => {
    const as = await fresh();
    await done(room.roster, as, group('s', 'org', [], { orgType: 'school' }), person('p'));
    await done(room.roster, as, group('c', 'class', ['new']), group('both', 'class', ['s', 'new']), member('new', 'p'));
    const made = (await room.store.records('membership').findOne({ tenant: as.tenant }))?._id ?? '';
    await done(
      room.roster,
      as,
      person('p', { primaryOrg: g('new'), roles: [{ role: 'aide', roleType: 'primary', org: g('new') }] }),
    );
    await done(room.roster, as, rename('group', 's', 'new'));
    const { guid } = await one(room.roster, 'group', g('new'), as);
    expect((await one(room.roster, 'group', g('c'), as)).derived?.school).toBe(guid);
    expect((await one(room.roster, 'group', g('both'), as)).data.relationships).toHaveLength(1);
    expect(await one(room.roster, 'person', p('p'), as)).toMatchObject({
      data: { primaryOrg: guid, roles: [{ org: guid }] },
      derived: { orgs: [guid] },
    });
    // The id under which it was known stays good.
    expect(await one(room.roster, 'membership', m(made), as)).toMatchObject({ imsId: made, data: { group: guid } });
    expect(await outcomesOf(as, remove('membership', m(made)))).toEqual(['trashed']);
  });

  test('to the id of a parent that was only named leaves no group its own parent', async () => {
    const as = await fresh();
    await done(room.roster, as, group('c', 'class', ['new']), rename('group', 'c', 'new'));
    expect((await one(room.roster, 'group', g('new'), as)).data.relationships).toBeUndefined();
  });

  test('to the id of a parent that was only named is refused where the group would be above itself', async () => {
    const as = await fresh();
    await done(room.roster, as, group('top', 'org', ['named', 'other']), group('mid', 'org', ['top']));
    await done(room.roster, as, group('low', 'class', ['mid', 'named']));
    const before = await contents(as);
    for (const id of ['low', 'mid']) {
      const problem = await problemOf(as, rename('group', id, 'named'));
      expect([problem.code, problem.place]).toEqual(['invalid-data', { id: 'named' }]);
    }
    expect(await contents(as)).toBe(before);
    expect(await outcomesOf(as, rename('group', 'top', 'named'))).toEqual(['renamed']);
    // A cycle that a lenient writer made does not keep the search from ending.
    await done(room.roster, as, group('x', 'org', ['y', 'z']), group('y', 'org', ['x']));
    expect(await outcomesOf(as, rename('group', 'y', 'z'), rename('group', 'x', 'z'))).toEqual([
      'invalid-data',
      'renamed',
    ]);
  });

  test('of an archived course is ignored with a remark, by an administrator and a feed too; what a feed sends under the new id is ignored as well', async () => {
    const as = await fresh();
    await done(room.roster, as, group('k', 'course'), remove('group', g('k')), member('named', 'p'));
    const before = await contents(as);
    for (const context of [as, { ...admin, tenant: as.tenant }]) {
      for (const to of ['k-2', 'named', 'k']) {
        const [result] = await done(room.roster, context, rename('group', 'k', to));
        expect(result).toMatchObject({ outcome: 'unchanged', remarks: [{ kind: 'warning.archived-ignored' }] });
      }
    }
    expect(await contents(as)).toBe(before);
    const byFeed = { ...feed('a'), tenant: as.tenant };
    const [, sent] = await done(room.roster, byFeed, rename('group', 'k', 'k-2'), group('k-2', 'course'));
    expect(sent?.guid).toBe((await one(room.roster, 'group', g('k'), as)).guid);
  });

  test('to a named id is refused while both have a membership of the same ends', async () => {
    const as = await fresh();
    await done(room.roster, as, group('c'), person('old'), member('c', 'old'), member('c', 'new'));
    expect(await outcomesOf(as, rename('person', 'old', 'new'))).toEqual(['key-in-use']);
    expect((await room.roster.waiting(as, { limit: 10 })).total).toBe(1);
    expect(await outcomesOf(as, person('new'))).toEqual(['created']);
  });
});
