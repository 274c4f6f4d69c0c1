import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isGuid } from '../../src/base/ids.ts';
import { key, roleSuffixes } from '../../src/model/index.ts';
import type { Change } from '../../src/roster/index.ts';
import {
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
  sis,
  type TestRoster,
} from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
  await room.addTenant('other');
});
afterAll(() => room.close());

describe('1.1 Every record has an immutable guid, keyed per tenant, of the first key it came with', () => {
  test('The same key gives the same guid again, and another one in another tenant', async () => {
    const { roster } = room;
    const other = { ...sis, tenant: 'other' };
    const [here] = await done(roster, sis, person('guid-1'));
    const [there] = await done(roster, other, person('guid-1', { email: 'there@example.org' }));
    expect(isGuid(here?.guid ?? '')).toBe(true);
    expect(there?.guid).not.toBe(here?.guid);
    expect(await roster.guidsOf(sis, [person('guid-1')])).toEqual([here?.guid]);
    expect(await roster.guidsOf(other, [person('guid-1')])).toEqual([there?.guid]);
    const [again] = await done(roster, sis, person('guid-1', { email: 'a@example.org' }));
    expect(again?.guid).toBe(here?.guid);
    expect((await one(roster, 'person', p('guid-1'))).data.email).toBe('a@example.org');
    expect((await one(roster, 'person', p('guid-1'), other)).data.email).toBe('there@example.org');
  });

  test('References between records are by guid only', async () => {
    const { roster } = room;
    const [org, lesson, pupil] = await done(
      roster,
      sis,
      group('ref-o', 'org'),
      group('ref-c', 'class', ['ref-o']),
      person('ref-p'),
    );
    await done(roster, sis, member('ref-c', 'ref-p', ['Learner'], 'ref-m'));
    const membership = await one(roster, 'membership', m('ref-m'));
    expect([membership.data.group, membership.data.member]).toEqual([lesson?.guid, pupil?.guid]);
    expect((await one(roster, 'group', g('ref-c'))).data.relationships?.[0]?.target).toBe(org?.guid);
    expect(membership.guid).toBe((await roster.guidsOf(sis, [member('ref-c', 'ref-p')]))[0]);
  });

  test('The guid stays when the key is renamed', async () => {
    const { roster } = room;
    const [made] = await done(roster, sis, person('stay-1'));
    await done(roster, sis, { op: 'rename', type: 'person', key: p('stay-1'), newKey: p('stay-2') });
    expect((await one(roster, 'person', p('stay-2'))).guid).toBe(made?.guid);
  });
});

describe('1.3 A record is found by its keys, in a list on the record with one unique index {tenant, keys}', () => {
  test('The index is unique and begins with tenant, for each type', async () => {
    for (const type of ['person', 'group', 'membership'] as const) {
      const indexes = await room.store.records(type).indexes();
      const keys = indexes.find((index) => JSON.stringify(index.key) === '{"tenant":1,"keys":1}');
      expect(keys?.unique).toBe(true);
      for (const index of indexes) if (index['unique'] === true) expect(Object.keys(index.key)[0]).toBe('tenant');
    }
  });

  test('Trashed records are included, so that a trashed id cannot exist twice', async () => {
    const { roster } = room;
    const [made] = await done(roster, sis, person('twice'));
    await done(roster, sis, remove('person', p('twice')));
    expect(await outcome(roster, sis, { ...person('twice'), must: 'not-exist' })).toBe('already-exists');
    const [back] = await done(roster, sis, person('twice'));
    expect(back).toMatchObject({ outcome: 'restored', guid: made?.guid });
  });

  test('A key that follows from the record (its guid, a membership’s two ends) is not stored', async () => {
    const { roster, store } = room;
    const [, , made] = await done(
      roster,
      sis,
      group('derived-c'),
      person('derived-p'),
      member('derived-c', 'derived-p'),
    );
    const guid = made?.guid ?? '';
    const byEnds = `ends:person|${g('derived-c')}|${p('derived-p')}`;
    for (const reference of [byEnds, m(guid), guid]) {
      const change: Change = { ...member('derived-c', 'derived-p', ['Instructor']), key: reference };
      expect((await done(roster, sis, change))[0]?.guid).toBe(guid);
    }
    const row = await store.records('membership').findOne({ _id: guid, tenant: 'school' });
    expect(row?.['keys']).toBeUndefined();
    expect(row?.['imsId']).toBeUndefined();
    expect((await one(roster, 'membership', m(guid))).imsId).toBe(guid);
    expect((await done(roster, sis, remove('membership', byEnds)))[0]?.guid).toBe(guid);
  });

  test('A membership that is written by its ends for the first time has no key of its own', async () => {
    const { roster, store } = room;
    const byEnds = `ends:person|${g('derived-c')}|${p('ends-new')}`;
    const [made] = await done(roster, sis, { ...member('derived-c', 'ends-new'), key: byEnds });
    const row = await store.records('membership').findOne({ _id: made?.guid ?? '', tenant: 'school' });
    expect([row?.['keys'], row?.['imsId'], row?.['sourcedId']]).toEqual([undefined, undefined, undefined]);
  });
});

describe('1.4 Ids are compared with outer white space trimmed, inner kept, case kept', () => {
  test('Outer white space is not part of the id', async () => {
    const { roster } = room;
    const [a] = await done(roster, sis, person('trim me'));
    const [b] = await done(roster, sis, person('  trim me\n'));
    expect(b?.guid).toBe(a?.guid);
    expect((await one(roster, 'person', p('trim me'))).imsId).toBe('trim me');
  });

  test.each([
    ['inner white space', 'a b', 'a  b'],
    ['case', 'Case', 'case'],
  ])('Ids that differ in %s are different', async (_what, first, second) => {
    const results = await done(room.roster, sis, person(first), person(second));
    expect(results[0]?.guid).not.toBe(results[1]?.guid);
  });

  test('The namespace is part of the key', async () => {
    const { roster } = room;
    const [a, b] = await done(roster, sis, person('ns'), { ...person('ns'), key: key('person', 'second', 'ns') });
    expect(b?.guid).not.toBe(a?.guid);
  });
});

describe('1.5 A record’s OneRoster sourcedId is chosen when it is made', () => {
  test('It is the sender’s id if that is legal there', async () => {
    await done(room.roster, sis, person('legal.id_1'));
    expect((await one(room.roster, 'person', p('legal.id_1'))).sourcedId).toBe('legal.id_1');
    expect((await room.roster.served(sis, 'user', 'legal.id_1'))?.record.imsId).toBe('legal.id_1');
  });

  test.each(['with space', 'ø', 'x'.repeat(256), 'a&b'])('Else the guid: %s', async (id) => {
    const [made] = await done(room.roster, sis, person(id));
    const found = await one(room.roster, 'person', p(id));
    expect([found.sourcedId, found.imsId]).toEqual([made?.guid, id]);
    expect((await room.roster.served(sis, 'user', made?.guid ?? ''))?.record.guid).toBe(made?.guid);
  });

  test('A second record whose id is taken in that type gets its guid', async () => {
    const { roster } = room;
    const second = { ...person('taken'), key: key('person', 'second', 'taken') };
    const [a, b] = await done(roster, sis, person('taken'), second);
    expect((await one(roster, 'person', p('taken'))).sourcedId).toBe('taken');
    expect((await one(roster, 'person', second.key)).sourcedId).toBe(b?.guid);
    expect((await roster.served(sis, 'user', 'taken'))?.record.guid).toBe(a?.guid);
  });

  test('An id that is the guid of another record is taken too', async () => {
    const { roster } = room;
    const [hidden] = await done(roster, sis, person('hidden one'));
    const guid = hidden?.guid ?? '';
    const [thief] = await done(roster, sis, { ...person(guid), key: key('person', 'second', guid) });
    expect(thief?.guid).not.toBe(guid);
    expect((await roster.served(sis, 'user', guid))?.record.imsId).toBe('hidden one');
  });

  test('Two groups of different kinds may share an id', async () => {
    const { roster } = room;
    const course = { ...group('shared', 'course'), key: key('course', 'default', 'shared') };
    const term = { ...group('shared', 'session'), key: key('academicSession', 'default', 'shared') };
    const [a, b, c] = await done(roster, sis, group('shared'), course, term);
    expect((await roster.served(sis, 'class', 'shared'))?.record.guid).toBe(a?.guid);
    expect((await roster.served(sis, 'course', 'shared'))?.record.guid).toBe(b?.guid);
    expect((await roster.served(sis, 'academicSession', 'shared'))?.record.guid).toBe(c?.guid);
  });

  test('A group that becomes another kind keeps its id if it is free in the new type, else it gets its guid', async () => {
    const { roster } = room;
    const course = { ...group('moving', 'course'), key: key('course', 'default', 'moving') };
    const [moving] = await done(roster, sis, group('moving'), course, group('free-to-move'));
    await done(roster, sis, group('moving', 'course'), group('free-to-move', 'course'));
    expect((await one(roster, 'group', g('moving'))).sourcedId).toBe(moving?.guid);
    expect((await roster.served(sis, 'course', 'free-to-move'))?.record.imsId).toBe('free-to-move');
    expect(await roster.served(sis, 'class', 'free-to-move')).toBeUndefined();
  });

  test('Only a rename changes either; the old id stays as an alias that finds the record, by every door', async () => {
    const { roster } = room;
    const [made] = await done(roster, sis, person('before-1'));
    expect(await outcome(roster, sis, { op: 'rename', type: 'person', key: p('before-1'), newKey: p('after-1') })).toBe(
      'renamed',
    );
    for (const reference of [p('before-1'), p('after-1'), made?.guid ?? '']) {
      expect(await one(roster, 'person', reference)).toMatchObject({
        guid: made?.guid,
        imsId: 'after-1',
        sourcedId: 'after-1',
      });
    }
    for (const id of ['before-1', 'after-1', made?.guid ?? '']) {
      expect((await roster.served(sis, 'user', id))?.record.guid).toBe(made?.guid);
    }
    const filtered = await all(roster, 'user', {
      where: { join: 'and', clauses: [{ field: 'sourcedId', operator: '=', value: 'after-1' }] },
    });
    expect([filtered.ids, filtered.total]).toEqual([['after-1'], 1]);
    const [written] = await done(roster, sis, person('before-1', { email: 'same@example.org' }));
    expect(written).toMatchObject({ guid: made?.guid, outcome: 'updated' });
    expect((await one(roster, 'person', p('after-1'))).imsId).toBe('after-1');
  });

  test('A rename to a key in use is refused, aliases and trashed records included', async () => {
    const { roster } = room;
    await done(roster, sis, person('use-1'), person('use-2'), person('use-3'));
    await done(roster, sis, { op: 'rename', type: 'person', key: p('use-2'), newKey: p('use-2b') });
    await done(roster, sis, remove('person', p('use-3')));
    for (const newKey of [p('use-2'), p('use-2b'), p('use-3')]) {
      expect(await outcome(roster, sis, { op: 'rename', type: 'person', key: p('use-1'), newKey })).toBe('key-in-use');
    }
    expect(await outcome(roster, sis, { op: 'rename', type: 'person', key: p('use-2'), newKey: p('use-2b') })).toBe(
      'unchanged',
    );
    expect(await outcome(roster, sis, { op: 'rename', type: 'person', key: p('nobody'), newKey: p('x') })).toBe(
      'unknown-object',
    );
    expect(await outcome(roster, sis, { op: 'rename', type: 'person', key: p('use-1'), newKey: p(' ') })).toBe(
      'missing-data',
    );
  });
});

describe('1.6 A membership is unique by (group, member, memberType) and has roles[]', () => {
  test('Its id is the sender’s; later ids are aliases', async () => {
    const { roster } = room;
    await done(roster, sis, group('mc'), person('mp'));
    const [first] = await done(roster, sis, member('mc', 'mp', ['Learner'], 'm-first'));
    const [second] = await done(roster, sis, member('mc', 'mp', ['Instructor'], 'm-second'));
    expect(second).toMatchObject({ guid: first?.guid, outcome: 'updated' });
    for (const reference of [m('m-first'), m('m-second'), m(first?.guid ?? '')]) {
      expect(await one(roster, 'membership', reference)).toMatchObject({ imsId: 'm-first', sourcedId: 'm-first' });
    }
    expect((await one(roster, 'membership', m('m-first'))).data.roles).toEqual([{ type: 'Instructor' }]);
  });

  test('Else its id is made here and kept', async () => {
    const { roster } = room;
    const [made] = await done(roster, sis, member('mc', 'mp-2'));
    await done(roster, sis, member('mc', 'mp-2', ['Learner'], 'm-later'));
    expect(await one(roster, 'membership', m('m-later'))).toMatchObject({
      guid: made?.guid,
      imsId: made?.guid,
      sourcedId: made?.guid,
    });
  });

  test('The ends of a known id do not move', async () => {
    const { roster } = room;
    await done(roster, sis, group('mc-2'), person('mp-3'), member('mc', 'mp-3', ['Learner'], 'm-fixed'));
    const before = await one(roster, 'membership', m('m-fixed'));
    await done(roster, sis, member('mc-2', 'mp-3', ['Instructor'], 'm-fixed'));
    const after = await one(roster, 'membership', m('m-fixed'));
    expect(after.data).toMatchObject({
      group: before.data.group,
      member: before.data.member,
      roles: [{ type: 'Instructor' }],
    });
  });

  test('A group may be a member; its membership gives no enrollment', async () => {
    const { roster } = room;
    const [inner] = await done(roster, sis, group('inner'));
    const change: Change = {
      op: 'upsert',
      type: 'membership',
      key: m('gm'),
      data: { group: g('mc'), member: g('inner'), memberType: 'group', roles: [{ type: 'Member' }] },
    };
    await done(roster, sis, change);
    expect((await one(roster, 'membership', m('gm'))).data.member).toBe(inner?.guid);
    expect(await roster.served(sis, 'enrollment', 'gm')).toBeUndefined();
  });

  test('Without a role a member is a Learner; two roles of one type are two enrollments with ids of their own', async () => {
    const { roster } = room;
    await done(roster, sis, { ...member('mc', 'mp-4', [], 'm-norole') });
    expect((await one(roster, 'membership', m('m-norole'))).data.roles).toEqual([{ type: 'Learner' }]);
    const twice: Change = {
      op: 'upsert',
      type: 'membership',
      key: m('m-norole'),
      data: { roles: [{ type: 'Mentor', subRole: 'a' }, { type: 'Learner' }, { type: 'Mentor', status: false }] },
    };
    await done(roster, sis, twice);
    expect((await one(roster, 'membership', m('m-norole'))).data.roles).toEqual([
      { type: 'Mentor', subRole: 'a' },
      { type: 'Learner' },
      { type: 'Mentor', status: false },
    ]);
    await done(roster, sis, { ...member('mc', 'mp-4', ['Learner', 'Manager', 'Manager'], 'm-norole'), addRoles: true });
    const { roles } = (await one(roster, 'membership', m('m-norole'))).data;
    expect(roleSuffixes(roles)).toEqual([undefined, '01', '06', '05', '05-2']);
    expect((await one(roster, 'membership', m('m-norole'))).data.roles.map(({ type }) => type)).toEqual([
      'Mentor',
      'Learner',
      'Mentor',
      'Manager',
      'Manager',
    ]);
  });

  test('Roles that are null are as good as none', async () => {
    const { roster } = room;
    const change = {
      op: 'upsert',
      type: 'membership',
      key: m('m-null'),
      data: { group: g('mc'), member: p('mp-5'), roles: null },
    } as const;
    await done(roster, sis, change);
    await done(roster, sis, change);
    await done(roster, sis, person('null-roles', { roles: null, name: null }));
    expect((await one(roster, 'membership', m('m-null'))).data.roles).toEqual([{ type: 'Learner' }]);
  });

  test('A change that must find a membership leaves no expected objects behind when it does not', async () => {
    const { roster, store } = room;
    const change: Change = { ...member('no-such-group', 'no-such-person'), must: 'exist' };
    expect(await outcome(roster, sis, change)).toBe('unknown-object');
    expect(await store.records('group').findOne({ tenant: 'school', keys: g('no-such-group') })).toBeNull();
    expect(await store.records('person').findOne({ tenant: 'school', keys: p('no-such-person') })).toBeNull();
  });

  test('A membership that names no group or no member is refused', async () => {
    const { roster } = room;
    expect(await outcome(roster, sis, { op: 'upsert', type: 'membership', data: { member: p('x') } })).toBe(
      'missing-data',
    );
    expect(await outcome(roster, feed('f'), { op: 'upsert', type: 'membership', data: { group: g('x') } })).toBe(
      'missing-data',
    );
  });
});
