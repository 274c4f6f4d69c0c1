import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isGuid } from '../../src/base/ids.ts';
import { key, type RecordType, roleSuffixes } from '../../src/model/index.ts';
import type { Change, WriteChange } from '../../src/roster/index.ts';
import {
  all,
  done,
  ends,
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

describe('1.3 An id that is a guid means the record of that guid, in each namespace', () => {
  const guidsOf = async (id: string) => {
    const made = await done(room.roster, sis, person(id), group(id), member(id, id, ['Learner'], id));
    return made.map(({ guid }) => guid) as [string, string, string];
  };
  const far = (type: RecordType, id: string) => key(type, 'far', id);

  test('A write, a rename and a removal reach it, as a read does; it gets no other id by that', async () => {
    const { roster } = room;
    const [guid] = await guidsOf('meant');
    const byGuid = (op: 'upsert' | 'replace', data: object) => ({ op, type: 'person', key: p(guid), data }) as const;
    expect(await outcome(roster, sis, byGuid('upsert', { email: 'a@example.org' }))).toBe('updated');
    expect(await outcome(roster, sis, { ...byGuid('replace', { url: 'u' }), must: 'exist', strict: true })).toBe(
      'updated',
    );
    expect(await outcome(roster, sis, { ...byGuid('upsert', {}), must: 'not-exist' })).toBe('already-exists');
    const found = await one(roster, 'person', far('person', guid));
    expect([found.imsId, found.keys.includes(p(guid)), found.data]).toEqual(['meant', false, { url: 'u' }]);
    expect(await outcome(roster, sis, remove('person', far('person', guid)))).toBe('trashed');
    expect(await outcome(roster, sis, { op: 'restore', type: 'person', key: p(guid) })).toBe('restored');
    expect(
      await outcome(roster, sis, { op: 'rename', type: 'person', key: p(guid), newKey: far('person', 'm-2') }),
    ).toBe('renamed');
    expect((await one(roster, 'person', p('meant'))).imsId).toBe('m-2');
  });

  test('Ends, relationships, agents and orgs reach it too', async () => {
    const { roster, store } = room;
    const [guid, groupGuid, membership] = await guidsOf('end');
    const [child] = await done(roster, sis, {
      ...group('child-of-guid', 'class', []),
      data: { relationships: [{ relation: 'parent', target: g(groupGuid) }] },
      strict: true,
    });
    const relatives = [{ relation: 'parent', target: p(guid) }] as const;
    await done(
      roster,
      sis,
      person('relative', { relationships: relatives, agents: [p(guid)], primaryOrg: g(groupGuid) }),
    );
    const read = await one(roster, 'person', p('relative'));
    expect(read.data).toEqual({
      relationships: [{ relation: 'parent', target: guid }],
      agents: [guid],
      primaryOrg: groupGuid,
    });
    expect((await one(roster, 'group', child?.guid ?? '')).data.relationships?.[0]?.target).toBe(groupGuid);
    for (const must of [undefined, 'exist'] as const) {
      const role = must === undefined ? 'Mentor' : 'Manager';
      const change: Change = {
        ...member('x', 'x', [role]),
        data: { group: g(groupGuid), member: far('person', guid), roles: [{ type: role }] },
        ...(must === undefined ? {} : { must, strict: true }),
      };
      expect((await done(roster, sis, change))[0]).toMatchObject({ outcome: 'updated', guid: membership });
    }
    expect((await done(roster, sis, remove('membership', ends(groupGuid, guid))))[0]?.guid).toBe(membership);
    for (const type of ['person', 'group'] as const) {
      expect(
        await store.records(type).countDocuments({ tenant: 'school', state: 'expected', imsId: /^[0-9a-f]{32}$/ }),
      ).toBe(0);
    }
  });

  test('A record is not below itself by its guid', async () => {
    const { roster } = room;
    const [, guid] = await guidsOf('own-parent');
    const own = (target: string): Change => ({
      op: 'upsert',
      type: 'group',
      key: g('own-parent'),
      data: { relationships: [{ relation: 'parent', target }] },
    });
    const [dropped] = await done(roster, sis, own(g(guid)));
    expect(dropped?.remarks?.map(({ kind }) => kind)).toEqual(['repair.self-parent']);
    expect(await outcome(roster, sis, { ...own(g(guid)), strict: true } as Change)).toBe('invalid-data');
    const [below] = await done(roster, sis, group('below-own', 'class', ['own-parent']));
    expect(await outcome(roster, sis, { ...own(g(below?.guid ?? '')), strict: true } as Change)).toBe('invalid-data');
  });

  test('A record that has the id for its own goes first; one of another type or tenant is not meant', async () => {
    const { roster } = room;
    const [later] = await roster.guidsOf(sis, [person('comes later')]);
    const [own] = await done(roster, sis, person(later ?? ''), person('comes later'));
    expect(own?.guid).not.toBe(later);
    expect(await outcome(roster, sis, remove('person', p(later ?? '')))).toBe('trashed');
    expect((await one(roster, 'person', p('comes later'))).state).toBe('active');
    const [guid] = await guidsOf('elsewhere');
    expect(await outcome(roster, sis, remove('group', g(guid)))).toBe('unknown-object');
    const other = { ...sis, tenant: 'other' };
    expect(await outcome(roster, other, remove('person', p(guid)))).toBe('unknown-object');
    expect(await outcome(roster, other, person(guid))).toBe('created');
  });

  test('What the gateway made for itself is not meant', async () => {
    const { roster } = room;
    await guidsOf('has-a-root');
    const { items } = await all(roster, 'org');
    const root = items.find(({ record }) => record.made === true)?.record.guid ?? '';
    expect(await outcome(roster, sis, remove('group', g(root)))).toBe('unknown-object');
    const [byId, byGuid] = await roster.find(sis, 'group', [g(root), root]);
    expect([byId, byGuid?.made]).toEqual([undefined, true]);
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

  test('An id has at most 1,024 characters, each counted once', async () => {
    const { roster } = room;
    expect(await outcome(roster, sis, person('🎓'.repeat(1024)))).toBe('created');
    const [result] = await roster.execute(sis, [person('🎓'.repeat(1025))]);
    expect(result).toMatchObject({
      problem: {
        code: 'too-long',
        text: 'The id has 1025 characters; 1024 are allowed.',
        place: { id: `${'🎓'.repeat(40)}…` },
      },
    });
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
    await done(roster, sis, group('below the root', 'org'));
    const { items } = await all(roster, 'org');
    const root = items.find(({ record }) => record.made === true)?.record.guid ?? '';
    const [thief] = await done(roster, sis, { ...group(root, 'org'), key: g(root) });
    expect(isGuid(root) && thief?.outcome === 'created').toBe(true);
    expect(thief?.guid).not.toBe(root);
    expect((await one(roster, 'group', g(root))).sourcedId).toBe(thief?.guid);
    expect((await roster.served(sis, 'org', root))?.record.made).toBe(true);
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

  test('The ends of a known id do not move: others are refused, and one that is not named stays', async () => {
    const { roster } = room;
    const to = (data: WriteChange<'membership'>['data'], op: 'upsert' | 'replace' = 'upsert') =>
      ({ op, type: 'membership', key: m('m-fixed'), data }) as const;
    await done(roster, sis, group('mc-2'), person('mp-3'), member('mc', 'mp-3', ['Learner'], 'm-fixed'));
    const before = await one(roster, 'membership', m('m-fixed'));
    const others = [
      [to({ group: g('mc-2'), member: p('mp-3') }), 'groupSourcedId'],
      [to({ group: g('mc'), member: p('mp-4') }), 'memberSourcedId'],
      [to({ group: g('nowhere') }, 'replace'), 'groupSourcedId'],
      [to({ group: g('mc'), member: g('mc-2'), memberType: 'group' }), 'memberSourcedId'],
    ] as const;
    for (const [change, field] of others) {
      const [result] = await roster.execute(sis, [change]);
      expect(result).toMatchObject({ ok: false, problem: { code: 'invalid-data', place: { id: 'm-fixed', field } } });
    }
    expect(await one(roster, 'membership', m('m-fixed'))).toEqual(before);
    expect(await room.store.records('group').countDocuments({ tenant: 'school', keys: g('nowhere') })).toBe(0);
    await done(roster, sis, to({ roles: [{ type: 'Manager' }] }), to({ group: g('mc'), roles: [{ type: 'Mentor' }] }));
    const after = await one(roster, 'membership', m('m-fixed'));
    expect(after.data).toEqual({ ...before.data, roles: [{ type: 'Mentor' }] });
  });

  test.each([false, true])('An id in the trash is free for other ends; in one call: %s', async (together) => {
    const { roster } = room;
    const at = together ? 't' : 'a';
    const id = `m-free-${at}`;
    const old = member(`free-${at}`, 'free-p', ['Learner'], id);
    const next = member(`free-${at}2`, 'free-p', ['Manager'], id);
    await done(roster, sis, group(`free-${at}`), group(`free-${at}2`), person('free-p'), old);
    const before = await one(roster, 'membership', m(id));
    const calls: Change[] = [remove('membership', m(id)), { ...next, must: 'exist' }, { ...next, must: 'not-exist' }];
    calls.push({ ...next, strict: true }, next, next, old);
    const results = together ? await roster.execute(sis, calls) : [];
    if (!together) for (const change of calls) results.push(...(await roster.execute(sis, [change])));
    expect(results.map((result) => (result.ok ? result.outcome : result.problem.code))).toEqual([
      'trashed',
      'unknown-object',
      'already-exists',
      'invalid-data',
      'created',
      'unchanged',
      'invalid-data',
    ]);
    const now = await one(roster, 'membership', m(id));
    expect([now.imsId, now.guid === before.guid, now.data.roles]).toEqual([id, false, [{ type: 'Manager' }]]);
    const left = await one(roster, 'membership', before.guid);
    expect([left.state, left.imsId, left.keys.includes(m(id))]).toEqual(['trashed', before.guid, false]);
    // Deltas of OneRoster go on telling of the one that is gone under the id by which it was there.
    expect((await roster.served(sis, 'enrollment', id))?.record.guid).toBe(before.guid);
    expect((await done(roster, sis, member(`free-${at}`, 'free-p', ['Learner'], `${id}-2`)))[0]?.outcome).toBe(
      'restored',
    );
    expect(await one(roster, 'membership', m(`${id}-2`))).toMatchObject({ guid: before.guid, imsId: before.guid });
  });

  test('An id that leaves the trash is an alias of a membership that the new ends have, and no id of the old one', async () => {
    const { roster } = room;
    const [first, second] = ['x1', 'x2'].map((id) => member('turn', id, ['Learner'], `m-${id}`)) as [Change, Change];
    await done(roster, sis, group('turn'), person('x1'), person('x2'), first, second);
    await done(roster, sis, member('turn', 'x2', ['Learner'], 'm-x2-b'));
    const gone = ['x1', 'x2'].map((id) => remove('membership', m(`m-${id}`)));
    const results = await roster.execute(sis, [
      ...gone,
      member('turn', 'x1', ['Manager'], 'm-x2'),
      member('turn', 'x2', ['Manager'], 'm-x1'),
    ]);
    // What is back has its own id again.
    expect(results.slice(2)).toMatchObject([{ outcome: 'restored' }, { problem: { code: 'invalid-data' } }]);
    const [x1, x2] = await Promise.all(['x1', 'x2'].map((id) => one(roster, 'person', p(id))));
    for (const id of ['m-x1', 'm-x2']) {
      expect(await one(roster, 'membership', m(id))).toMatchObject({ imsId: 'm-x1', data: { member: x1?.guid } });
    }
    expect(await one(roster, 'membership', m('m-x2-b'))).toMatchObject({
      state: 'trashed',
      imsId: 'm-x2-b',
      data: { member: x2?.guid },
    });
  });

  test('An id that a renaming has given up is free for other ends', async () => {
    const { roster } = room;
    await done(roster, sis, group('up'), person('up-1'), person('up-2'), member('up', 'up-1', ['Learner'], 'm-up'));
    await done(roster, sis, { op: 'rename', type: 'membership', key: m('m-up'), newKey: m('m-up-new') });
    expect((await done(roster, sis, member('up', 'up-2', ['Manager'], 'm-up')))[0]?.outcome).toBe('created');
    const [old, now] = await Promise.all(['m-up-new', 'm-up'].map((id) => one(roster, 'membership', m(id))));
    expect(old).toMatchObject({ imsId: 'm-up-new', data: { roles: [{ type: 'Learner' }] } });
    expect(now).toMatchObject({ imsId: 'm-up', data: { roles: [{ type: 'Manager' }] } });
  });

  test('An archived course takes no new member, and the answer does not name the course', async () => {
    const { roster } = room;
    const [course] = await done(roster, sis, group('mc-k', 'course'), person('mp-k'));
    await done(roster, sis, remove('group', g('mc-k')));
    const change = member('mc-k', 'mp-k', ['Learner'], 'm-archived');
    const [result] = await done(roster, sis, change);
    expect(result).toMatchObject({ outcome: 'unchanged', remarks: [{ kind: 'warning.archived-ignored' }] });
    expect(result?.guid).toBe((await roster.guidsOf(sis, [member('mc-k', 'mp-k')]))[0]);
    expect(result?.guid).not.toBe(course?.guid);
    expect(await roster.find(sis, 'membership', [result?.guid ?? ''], { trashed: true })).toEqual([undefined]);
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
    await done(roster, sis, member('mc', 'mp-4', ['Manager'], 'm-norole'), member('mc', 'mp-4', [], 'm-norole'));
    expect((await one(roster, 'membership', m('m-norole'))).data.roles).toEqual([{ type: 'Manager' }]);
    await done(roster, sis, { ...member('mc', 'mp-4', [], 'm-norole'), op: 'replace' });
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
    expect(roleSuffixes(roles)).toEqual(['06-0', '01', '06', '05', '05-2']);
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
