import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Change } from '../../src/roster/index.ts';
import {
  admin,
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
  stateOf,
  type TestRoster,
} from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster({ trashDays: 30, tombstoneDays: 90 });
  // Later than any machine's clock, so that MongoDB does not end the tombstones meanwhile.
  room.clock.set('2100-01-01T00:00:00.000Z');
});
afterAll(() => room.close());

const day = 86_400_000;
const restore = (type: 'person' | 'group' | 'membership', key: string): Change => ({ op: 'restore', type, key });
const states = async (...keys: ['person' | 'group' | 'membership', string][]) =>
  Promise.all(keys.map(([type, key]) => stateOf(room.roster, type, key)));

describe('2.3 Removing a person trashes their memberships', () => {
  test('which show when, by whom and by which run, and are counted once', async () => {
    const { roster } = room;
    await done(
      roster,
      sis,
      group('c1'),
      group('c2'),
      person('a'),
      member('c1', 'a', ['Learner'], 'a1'),
      member('c2', 'a', ['Learner'], 'a2'),
    );
    const [result] = await done(roster, { ...sis, run: 'r1' }, remove('person', p('a')));
    expect(result).toMatchObject({ outcome: 'trashed', cascade: { person: 0, group: 0, membership: 2 } });
    expect(result?.took).toHaveLength(2);
    const gone = await one(roster, 'membership', m('a1'));
    expect(gone).toMatchObject({ state: 'trashed', trash: { by: 'credential:sis', run: 'r1', from: 'active' } });
    expect(gone.trash?.at).toEqual(gone.updatedAt);
    expect(await outcome(roster, sis, remove('person', p('a')))).toBe('already-trashed');
    expect(await outcome(roster, sis, remove('membership', m('a1')))).toBe('already-trashed');
    expect((await roster.counts(sis))('active.membership')).toBe(0);
  });

  test('Restoring brings them back', async () => {
    const { roster } = room;
    const [result] = await done(roster, admin, restore('person', p('a')));
    expect(result).toMatchObject({ outcome: 'restored', cascade: { membership: 2 }, notRestored: [] });
    expect(await states(['membership', m('a1')], ['membership', m('a2')])).toEqual(['active', 'active']);
  });

  test('and reports what it could not: a membership whose group is still in the trash', async () => {
    const { roster } = room;
    await done(roster, sis, remove('person', p('a')), remove('group', g('c1')));
    const [result] = await done(roster, admin, restore('person', p('a')));
    expect(result).toMatchObject({
      cascade: { membership: 1 },
      notRestored: [{ code: 'parent-in-trash', place: { id: 'a1' } }],
    });
    expect(await states(['membership', m('a1')], ['membership', m('a2')])).toEqual(['trashed', 'active']);
    expect(await outcome(roster, admin, restore('membership', m('a1')))).toBe('parent-in-trash');
    const [group1] = await done(roster, admin, restore('group', g('c1')));
    expect(group1).toMatchObject({ cascade: { membership: 1 }, notRestored: [] });
    expect(await states(['membership', m('a1')])).toEqual(['active']);
  });

  test('What went before is not brought back with the person', async () => {
    const { roster } = room;
    await done(roster, sis, remove('membership', m('a1')));
    await done(roster, sis, remove('person', p('a')));
    await done(roster, admin, restore('person', p('a')));
    expect(await states(['membership', m('a1')], ['membership', m('a2')])).toEqual(['trashed', 'active']);
  });

  test('A membership that a feed lists comes back alone: it does not bring the person that took it along', async () => {
    const { roster } = room;
    await done(
      roster,
      sis,
      person('b'),
      member('c1', 'b', ['Learner'], 'b1'),
      member('c2', 'b', ['Learner'], 'b2'),
      remove('person', p('b')),
    );
    await done(roster, feed('f'), member('c1', 'b', ['Learner'], 'b1'));
    expect(await states(['person', p('b')], ['membership', m('b1')], ['membership', m('b2')])).toEqual([
      'trashed',
      'active',
      'trashed',
    ]);
    expect((await one(roster, 'membership', m('b1'))).waitsFor).toHaveLength(1);
  });

  test('A SOAP create and a file bring a person back with what went along', async () => {
    const { roster } = room;
    const [back] = await done(roster, feed('f'), person('b'));
    expect(back).toMatchObject({ outcome: 'restored', cascade: { membership: 1 } });
    expect(await states(['membership', m('b1')], ['membership', m('b2')])).toEqual(['active', 'active']);
  });
});

describe('2.3 Removing a group trashes its descendants and all their memberships, except courses, which are archived', () => {
  const course = { types: [{ values: [{ type: 'Course' }] }] };

  test('Each once, under its own type, and cascades are safe against cycles', async () => {
    const { roster } = room;
    await done(
      roster,
      sis,
      group('top', 'org', ['low']),
      group('mid', 'org', ['top']),
      group('low', 'org', ['mid', 'top']),
      group('lesson', 'class', ['low', 'mid']),
      group('kept', 'class', ['low'], course),
      group('kept-child', 'class', ['kept']),
      person('x'),
      member('lesson', 'x'),
      member('kept', 'x'),
      member('kept-child', 'x'),
      member('low', 'x'),
    );
    const [result] = await done(roster, sis, remove('group', g('top')));
    expect(result?.cascade).toEqual({ person: 0, group: 5, membership: 3 });
    expect(new Set(result?.took).size).toBe(8);
    expect(
      await states(
        ['group', g('mid')],
        ['group', g('low')],
        ['group', g('lesson')],
        ['group', g('kept')],
        ['group', g('kept-child')],
      ),
    ).toEqual(['trashed', 'trashed', 'trashed', 'archived', 'trashed']);
    const left = await roster.membershipsOf(sis, { person: (await one(roster, 'person', p('x'))).guid });
    expect(left.map(({ data }) => data.group)).toEqual([(await one(roster, 'group', g('kept'))).guid]);
  });

  test('A feed that lists the group again brings back what went along, but no archived course', async () => {
    const { roster } = room;
    const [back] = await done(roster, feed('f'), { ...group('top', 'org'), op: 'replace' });
    expect(back).toMatchObject({ outcome: 'restored', cascade: { group: 3 } });
    expect(await states(['group', g('low')], ['group', g('kept')], ['group', g('kept-child')])).toEqual([
      'active',
      'archived',
      'trashed',
    ]);
  });

  test('An admin restores the archived course, with its child groups', async () => {
    const { roster } = room;
    const [back] = await done(roster, admin, restore('group', g('kept')));
    expect(back).toMatchObject({ outcome: 'restored', cascade: { group: 1, membership: 1 } });
    expect(await states(['group', g('kept')], ['group', g('kept-child')])).toEqual(['active', 'active']);
  });

  test('A group is not restored under a parent that is in the trash', async () => {
    const { roster } = room;
    await done(roster, sis, group('up', 'org'), group('down', 'org', ['up']));
    await done(roster, sis, remove('group', g('down')));
    await done(roster, sis, remove('group', g('up')));
    expect(await outcome(roster, admin, restore('group', g('down')))).toBe('parent-in-trash');
    const ids = await Promise.all(['down', 'up'].map(async (id) => (await one(roster, 'group', g(id))).guid));
    const results = await room.trash.restore(admin, { ids });
    expect(results.map(({ restored }) => restored)).toEqual([true, true]);
    expect(await outcome(roster, admin, restore('group', g('down')))).toBe('not-in-trash');
  });
});

describe('The trash as the admin sees it', () => {
  test('lists newest first, by type, run and beginning of a name, page by page', async () => {
    const { roster, trash } = room;
    const run = { ...sis, run: 'big' };
    await done(
      roster,
      sis,
      ...Array.from({ length: 7 }, (_, at) => person(`l${at}`, { name: { family: `Lister${at}` } })),
    );
    for (let at = 0; at < 7; at += 1) await done(roster, run, remove('person', p(`l${at}`)));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await trash.list(admin, { run: 'big', limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      if (!page.ok) throw new Error(page.problem.text);
      expect(page.value.total).toBe(7);
      seen.push(...page.value.items.map(({ sourcedId }) => sourcedId));
      cursor = page.value.next ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(['l6', 'l5', 'l4', 'l3', 'l2', 'l1', 'l0']);
    const found = await trash.list(admin, { q: 'lister3', type: 'person', limit: 10 });
    expect(found.ok && found.value.items.map(({ name, trashedBy, run: by }) => [name, trashedBy, by])).toEqual([
      ['Lister3', 'credential:sis', 'big'],
    ]);
    expect((await trash.list(admin, { limit: 1, cursor: '!' })).ok).toBe(false);
  });

  test('finds names and ids in any case, and memberships by the name shown and by either end', async () => {
    const { roster, trash } = room;
    await done(
      roster,
      sis,
      person('Sq-Per', { name: { given: 'Änne', family: 'McDonald' }, email: 'Anne@x' }),
      group('Sq-Grp', 'class', [], { description: { short: 'SQ Ölkunde' } }),
      member('Sq-Grp', 'Sq-Per', ['Learner'], 'Sq-own'),
      remove('person', p('Sq-Per')),
      remove('group', g('Sq-Grp')),
    );
    const found = async (q: string) => {
      const page = await trash.list(admin, { q, limit: 100 });
      if (!page.ok) throw new Error(page.problem.text);
      expect(page.value.total).toBe(page.value.items.length);
      return page.value.items.map(({ type }) => type).sort();
    };
    for (const q of ['mcdonald', 'MCD', 'änne', 'ÄNNE', 'änne mcd', 'ANNE@X'])
      expect([q, await found(q)]).toEqual([q, ['person']]);
    for (const q of ['sq ölkunde', 'SQ ÖL']) expect([q, await found(q)]).toEqual([q, ['group']]);
    for (const q of ['Sq-Per in Sq-Grp', 'sq-per IN sq-g', 'sq-per in', 'SQ-OWN'])
      expect([q, await found(q)]).toEqual([q, ['membership']]);
    expect(await found('sq-per')).toEqual(['membership', 'person']);
    expect(await found('sq-gr')).toEqual(['group', 'membership']);
    for (const q of ['sq-pe in sq-grp', 'sq-per in other', 'donald', '.*', '$imsId', '$toLower'])
      expect([q, await found(q)]).toEqual([q, []]);
  });

  test('restores a run, and answers one result per id', async () => {
    const results = await room.trash.restore(admin, { run: 'big' });
    expect(results.map(({ restored }) => restored)).toEqual(Array(7).fill(true));
  });

  test('An id that came along with another one of the list is restored; an unknown one is not', async () => {
    const { roster, trash } = room;
    await done(
      roster,
      sis,
      person('along'),
      member('c2', 'along', ['Learner'], 'along-m'),
      remove('person', p('along')),
    );
    const ids = [
      (await one(roster, 'membership', m('along-m'))).guid,
      (await one(roster, 'person', p('along'))).guid,
      'f'.repeat(32),
    ];
    const results = await trash.restore(admin, { ids });
    expect(results.map(({ id, restored }) => [id, restored])).toEqual([
      [ids[0], true],
      [ids[1], true],
      [ids[2], false],
    ]);
  });
});

describe('2.5 Purge', () => {
  test('Trash keeps 30 days: an earlier purge is refused unless an admin says force', async () => {
    const { roster, trash, clock } = room;
    await done(roster, sis, person('q'));
    await done(roster, sis, remove('person', p('q')));
    const { guid } = await one(roster, 'person', p('q'));
    const early = await trash.purge(admin, guid, false);
    expect(!early.ok && early.problem.code).toBe('in-quarantine');
    clock.forward(29 * day);
    expect((await trash.purge(admin, guid, false)).ok).toBe(false);
    clock.forward(1.1 * day);
    expect((await trash.purge(admin, guid, false)).ok).toBe(true);
    expect(await stateOf(roster, 'person', p('q'))).toBeUndefined();
    expect(await outcome(roster, admin, { op: 'purge', type: 'person', key: p('along'), force: true })).toBe(
      'not-in-trash',
    );
  });

  test('leaves a tombstone without personal data: guid, OneRoster id, type, time, for 90 days', async () => {
    const [row] = await room.store.rows('tombstone').find({ tenant: 'school' }).toArray();
    expect(row).toMatchObject({ sourcedId: 'q', views: expect.arrayContaining(['user']) });
    expect(Object.keys(row ?? {}).sort()).toEqual(['_id', 'at', 'expiresAt', 'sourcedId', 'tenant', 'views']);
    expect(Number(row?.['expiresAt']) - Number(row?.['at'])).toBe(90 * day);
    const gone = await room.store.rows('departure').find({ tenant: 'school', view: 'user' }).toArray();
    expect(gone).toContainEqual({
      _id: expect.any(String),
      tenant: 'school',
      view: 'user',
      sourcedId: 'q',
      at: row?.['at'],
      expiresAt: row?.['expiresAt'],
    });
  });

  test('leaves no personal value in any collection', async () => {
    const { roster, store } = room;
    const marker = 'Zyxwvut';
    const data = { name: { family: marker, given: marker }, email: `${marker}@x`, userIds: [{ value: marker }] };
    await done(roster, { ...feed('f'), run: 'run-1' }, person('secret', data), member('c2', 'secret'));
    await done(roster, sis, person('secret', { email: `${marker}2@x` }), {
      ...member('c2', 'secret'),
      data: { group: g('c2'), member: p('secret'), roles: [{ type: 'Learner', email: `${marker}3@x` }] },
    });
    await done(roster, sis, remove('person', p('secret')));
    await done(roster, feed('f'), { ...person('secret', { url: marker }) });
    await done(roster, sis, remove('person', p('secret')));
    await done(roster, admin, { op: 'purge', type: 'person', key: p('secret'), force: true });
    for (const { name } of (await store.connection.db?.listCollections().toArray()) ?? []) {
      const documents = JSON.stringify(await store.connection.db?.collection(name).find({}).toArray());
      expect([name, documents.includes(marker)]).toEqual([name, false]);
    }
    const log = await store.rows('change').find({ tenant: 'school' }).sort({ sequence: -1 }).limit(1).toArray();
    expect(JSON.stringify(log[0]?.['changed'])).toContain('"before":"purged"');
  });

  test('The id is free again: a person who comes in later is new', async () => {
    const { roster } = room;
    const [made] = await done(roster, sis, person('secret', { email: 'new@x' }));
    expect(made?.outcome).toBe('created');
    expect((await one(roster, 'person', p('secret'))).data).toEqual({ email: 'new@x' });
    expect(await roster.membershipsOf(sis, { person: made?.guid ?? '' })).toEqual([]);
  });

  test('So it is within one call: removed, purged and created again', async () => {
    const { roster } = room;
    const results = await done(
      roster,
      admin,
      remove('person', p('secret')),
      { op: 'purge', type: 'person', key: p('secret'), force: true },
      person('secret', { url: 'https://again' }),
    );
    expect(results.map((result) => result.outcome)).toEqual(['trashed', 'purged', 'created']);
    expect((await one(roster, 'person', p('secret'))).data).toEqual({ url: 'https://again' });
    expect((await all(roster, 'user')).ids.filter((id) => id === 'secret')).toHaveLength(1);
  });

  test('Who is still waited for is expected again, and completes what waits when it arrives', async () => {
    const { roster } = room;
    await done(roster, sis, person('waited', { email: 'w@x' }), remove('person', p('waited')));
    await done(roster, feed('f'), member('c2', 'waited', ['Learner'], 'waiting-m'));
    await done(roster, admin, { op: 'purge', type: 'person', key: p('waited'), force: true });
    expect(await stateOf(roster, 'person', p('waited'))).toBeUndefined();
    expect(await outcome(roster, sis, person('waited'))).toBe('created');
    expect((await one(roster, 'person', p('waited'))).data).toEqual({});
    expect((await roster.served(sis, 'enrollment', 'waiting-m'))?.record.waitsFor).toBeUndefined();
    expect(await outcome(roster, sis, remove('membership', ends('c2', 'waited')))).toBe('trashed');
  });
});
