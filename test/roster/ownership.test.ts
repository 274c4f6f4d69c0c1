import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Change } from '../../src/roster/index.ts';
import {
  admin,
  done,
  ends,
  feed,
  g,
  group,
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
  room = await openRoster();
});
afterAll(() => room.close());

const a = feed('a');
const b = feed('b');
const personOf = (id: string) => one(room.roster, 'person', p(id));
const claimsOf = async (id: string) => (await personOf(id)).claims.map((claim) => claim.feed);
const release = (id: string, as: 'trash' | 'disable' | 'archive' | 'report' = 'trash'): Change => ({
  op: 'release',
  type: 'person',
  key: p(id),
  as,
});

describe('2.1 A record has one owner and a list of claims', () => {
  test('The feed that makes a record owns and claims it', async () => {
    await done(room.roster, a, person('own', { email: 'a@a' }));
    expect(await personOf('own')).toMatchObject({ owner: 'feed:a', claims: [{ feed: 'a' }] });
    expect((await room.roster.counts(a))('feed.a.person')).toBe(1);
  });

  test('Another feed that lists the record adds a claim and fills empty fields only; the owner’s values win', async () => {
    expect(await outcome(room.roster, b, person('own', { email: 'b@b', url: 'https://b' }))).toBe('updated');
    expect(await personOf('own')).toMatchObject({
      owner: 'feed:a',
      data: { email: 'a@a', url: 'https://b' },
      filled: { url: 'feed:b' },
    });
    expect(await claimsOf('own')).toEqual(['a', 'b']);
    expect(await outcome(room.roster, b, person('own', { email: 'b@b', url: 'https://b' }))).toBe('unchanged');
  });

  test('Who filled a field may correct it; a replace by the owner that does not speak of it leaves it; the owner’s own value takes it', async () => {
    await done(room.roster, b, person('own', { url: 'https://b2' }));
    expect((await personOf('own')).data.url).toBe('https://b2');
    await done(room.roster, a, { ...person('own', { email: 'a2@a' }), op: 'replace' });
    expect((await personOf('own')).data).toEqual({ email: 'a2@a', url: 'https://b2' });
    await done(room.roster, a, person('own', { url: 'https://a' }));
    await done(room.roster, b, person('own', { url: 'https://b3' }));
    const after = await personOf('own');
    expect([after.data.url, after.filled]).toEqual(['https://a', undefined]);
  });

  test('When the owner’s claim ends, the oldest claim inherits, and its values win from then on', async () => {
    const c = feed('c');
    await done(room.roster, a, person('heir', { email: 'a@a' }));
    await done(room.roster, b, person('heir', { url: 'https://b' }));
    await done(room.roster, c, person('heir'));
    expect(await outcome(room.roster, a, release('heir'))).toBe('released');
    expect(await personOf('heir')).toMatchObject({
      owner: 'feed:b',
      state: 'active',
      data: { email: 'a@a', url: 'https://b' },
    });
    expect((await personOf('heir')).filled).toBeUndefined();
    await done(room.roster, b, { ...person('heir', { email: 'b@b' }), op: 'replace' });
    expect((await personOf('heir')).data).toEqual({ email: 'b@b' });
  });

  test('A claim that is not the owner’s ends by itself', async () => {
    await done(room.roster, a, person('two'));
    await done(room.roster, b, person('two'));
    expect(await outcome(room.roster, b, release('two'))).toBe('released');
    expect(await personOf('two')).toMatchObject({ owner: 'feed:a', state: 'active' });
    expect(await claimsOf('two')).toEqual(['a']);
    expect(await outcome(room.roster, b, release('two'))).toBe('unchanged');
  });

  test.each([
    ['trash', 'trashed', 'trashed'],
    ['disable', 'disabled', 'disabled'],
    ['report', 'unchanged', 'active'],
  ] as const)(
    'When the last claim ends, the record is removed as the feed’s setting says: %s',
    async (as, result, state) => {
      const id = `last-${as}`;
      await done(room.roster, a, person(id));
      expect(await outcome(room.roster, a, release(id, as))).toBe(result);
      expect(await stateOf(room.roster, 'person', p(id))).toBe(state);
      expect(await claimsOf(id)).toEqual(as === 'report' ? ['a'] : []);
    },
  );

  test('A group that is archived by setting is a course; another goes to the trash', async () => {
    await done(room.roster, a, group('arch', 'course'), group('arch-class'));
    const releaseGroup = (id: string): Change => ({ op: 'release', type: 'group', key: g(id), as: 'archive' });
    expect(await outcome(room.roster, a, releaseGroup('arch'))).toBe('archived');
    expect(await outcome(room.roster, a, releaseGroup('arch-class'))).toBe('trashed');
  });

  test('A disabled person that a feed lists again is enabled', async () => {
    expect(await outcome(room.roster, a, person('last-disable'))).toBe('updated');
    expect(await personOf('last-disable')).toMatchObject({ state: 'active', claims: [{ feed: 'a' }] });
  });

  test('Records made by hand are adopted by a feed that lists them', async () => {
    await done(room.roster, admin, person('hand', { email: 'hand@x' }));
    expect(await outcome(room.roster, a, person('hand', { email: 'a@a' }))).toBe('updated');
    expect(await personOf('hand')).toMatchObject({ owner: 'feed:a', data: { email: 'a@a' }, claims: [{ feed: 'a' }] });
  });

  test('A feed does not let go of what it does not list, unless it says so in words and nobody else lists it', async () => {
    await done(room.roster, sis, person('manual'));
    expect(await outcome(room.roster, a, release('manual'))).toBe('unchanged');
    await done(room.roster, b, person('others'));
    expect(await outcome(room.roster, a, { ...release('others'), explicit: true } as Change)).toBe('unchanged');
    expect(await outcome(room.roster, a, { ...release('manual'), explicit: true } as Change)).toBe('trashed');
    expect(await outcome(room.roster, sis, release('others'))).toBe('invalid-request');
  });
});

describe('2.2 An explicit delete ends all claims at once', () => {
  test('A file that lists the record later restores it', async () => {
    await done(room.roster, a, person('del'));
    await done(room.roster, b, person('del'));
    expect(await outcome(room.roster, sis, remove('person', p('del')))).toBe('trashed');
    expect(await personOf('del')).toMatchObject({ state: 'trashed', claims: [], trash: { by: 'credential:sis' } });
    expect(await outcome(room.roster, b, person('del'))).toBe('restored');
    expect(await personOf('del')).toMatchObject({ state: 'active', owner: 'feed:b', claims: [{ feed: 'b' }] });
    expect((await personOf('del')).trash).toBeUndefined();
  });

  test('An admin’s restore of a record that no feed lists makes it manual; the next full file does not take it away again', async () => {
    await done(room.roster, a, person('back'));
    await done(room.roster, a, release('back'));
    expect(await outcome(room.roster, admin, { op: 'restore', type: 'person', key: p('back') })).toBe('restored');
    expect(await personOf('back')).toMatchObject({ state: 'active', owner: 'admin:anna', claims: [] });
    expect(await outcome(room.roster, a, release('back'))).toBe('unchanged');
    expect(await stateOf(room.roster, 'person', p('back'))).toBe('active');
  });

  test('Feeds that listed a record look at it again after somebody else has changed it', async () => {
    const { store } = room;
    const blocks = () => store.rows('block').countDocuments({ tenant: 'school', feed: 'touch' });
    await done(room.roster, feed('touch'), { ...person('touched'), hash: '0123456789abcdef' } as Change);
    expect(await blocks()).toBe(1);
    await done(room.roster, sis, person('touched', { email: 'x@x' }));
    expect(await blocks()).toBe(2);
    await done(room.roster, sis, person('touched', { email: 'x@x' }));
    expect(await blocks()).toBe(2);
    await done(room.roster, sis, remove('person', p('touched')));
    expect(await blocks()).toBe(3);
  });
});

describe('2.4 Archived courses', () => {
  const course = (id: string, parents: string[] = []) =>
    group(id, 'class', parents, { types: [{ values: [{ type: 'Course' }] }] });

  test('keep their members as manual members, and lose their child groups', async () => {
    const { roster } = room;
    await done(
      roster,
      a,
      course('k'),
      group('k-child', 'class', ['k']),
      person('km'),
      member('k', 'km'),
      member('k-child', 'km'),
    );
    expect(await outcome(roster, a, { op: 'release', type: 'group', key: g('k'), as: 'trash' })).toBe('archived');
    const kept = await one(
      roster,
      'membership',
      (await roster.guidsOf(sis, [remove('membership', ends('k', 'km'))]))[0] ?? '',
    );
    expect(kept).toMatchObject({ state: 'active', claims: [] });
    expect(kept.owner).not.toContain('feed:');
    expect(await stateOf(roster, 'group', g('k-child'))).toBe('trashed');
    expect((await roster.find(sis, 'group', [g('k')]))[0]?.state).toBe('archived');
  });

  test('are not brought back by a feed, nor by what it sends for their members', async () => {
    const { roster } = room;
    const results = await done(roster, a, course('k'), member('k', 'km', ['Instructor']), member('k', 'new'));
    for (const result of results) {
      expect(result.outcome).toBe('unchanged');
      expect(result.remarks?.map(({ kind }) => kind)).toContain('warning.archived-ignored');
    }
    expect(await stateOf(roster, 'group', g('k'))).toBe('archived');
    const members = await roster.membershipsOf(sis, { group: results[0]?.guid ?? '' });
    expect(members.map(({ data, claims }) => [data.roles[0]?.type, claims.length])).toEqual([['Learner', 0]]);
    expect(await room.store.records('person').findOne({ tenant: 'school', keys: p('new') })).toBeNull();
  });

  test('are tobedeleted in OneRoster, and come back with their child groups by an admin', async () => {
    const { roster } = room;
    const gone = {
      where: {
        join: 'and' as const,
        clauses: [{ field: 'status' as const, operator: '=' as const, value: 'tobedeleted' as const }],
      },
    };
    const page = await roster.page(sis, { view: 'class', limit: 100, offset: 0, ...gone });
    expect(page.items.map(({ record }) => record.sourcedId)).toEqual(expect.arrayContaining(['k', 'k-child']));
    const [back] = await done(roster, admin, { op: 'restore', type: 'group', key: g('k') });
    expect(back).toMatchObject({ outcome: 'restored', cascade: { group: 1, membership: 1 } });
    expect(await stateOf(roster, 'group', g('k-child'))).toBe('active');
  });
});
