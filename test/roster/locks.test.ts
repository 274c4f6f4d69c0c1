import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Change, Context } from '../../src/roster/index.ts';
import {
  admin,
  done,
  feed,
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
const a = feed('a');
beforeAll(async () => {
  room = await openRoster();
  await done(
    room.roster,
    a,
    group('c'),
    { ...person('ada', { email: 'a@1', url: 'https://1' }), hash: '1111111111111111' },
    member('c', 'ada', ['Learner'], 'c-ada'),
  );
});
afterAll(() => room.close());

const lock = (type: 'person' | 'membership', key: string, ...fields: string[]): Change => ({
  op: 'lock',
  type,
  key,
  fields,
});
const write = async (context: Context, change: Change) => {
  const [result] = await done(room.roster, context, change);
  return { outcome: result?.outcome, remarks: result?.remarks?.map(({ kind, text }) => `${kind}: ${text}`) };
};
const dataOf = async (id: string) => (await one(room.roster, 'person', p(id))).data;

describe('feeds.md 0.6 A field that an admin has locked', () => {
  test('is locked by an administrator only, by a name that there is', async () => {
    const { roster } = room;
    expect(await outcome(roster, sis, lock('person', p('ada'), 'email'))).toBe('forbidden');
    expect(await outcome(roster, a, lock('person', p('ada'), 'email'))).toBe('forbidden');
    expect(await outcome(roster, admin, lock('person', p('nobody'), 'email'))).toBe('unknown-object');
    expect(await outcome(roster, admin, lock('person', p('ada'), 'mail'))).toBe('invalid-data');
    expect(await outcome(roster, admin, lock('membership', m('c-ada'), 'group'))).toBe('invalid-data');
    expect(await outcome(roster, admin, lock('person', p('ada'), 'email', 'username', 'email'))).toBe('updated');
    expect(await outcome(roster, admin, lock('person', p('ada'), 'username', 'email'))).toBe('unchanged');
    expect((await one(roster, 'person', p('ada'))).locks).toEqual(['email', 'username']);
  });

  test('is not changed by feeds, which is said; other fields are', async () => {
    const text =
      'warning.locked-field: Locked by an administrator and left as it is: email, username of the person ada.';
    expect(await write(a, person('ada', { email: 'a@2', username: 'ada', url: 'https://2' }))).toEqual({
      outcome: 'updated',
      remarks: [text],
    });
    expect(await dataOf('ada')).toEqual({ email: 'a@1', url: 'https://2' });
    const replace: Change = { ...person('ada', { url: 'https://2' }), op: 'replace' };
    expect(await write(a, replace)).toEqual({ outcome: 'unchanged', remarks: [text.replace(', username', '')] });
    expect(await dataOf('ada')).toEqual({ email: 'a@1', url: 'https://2' });
    // What says the same as is there needs no remark.
    expect(await write(a, person('ada', { email: 'a@1' }))).toEqual({ outcome: 'unchanged', remarks: undefined });
  });

  test('is not filled by another feed', async () => {
    expect(await write(feed('b'), person('ada', { username: 'b', pronouns: 'she' }))).toMatchObject({
      outcome: 'updated',
      remarks: ['warning.locked-field: Locked by an administrator and left as it is: username of the person ada.'],
    });
    expect((await one(room.roster, 'person', p('ada'))).filled).toEqual({ pronouns: 'feed:b' });
  });

  test('may be the roles of a membership', async () => {
    const { roster } = room;
    await done(roster, admin, lock('membership', m('c-ada'), 'roles'));
    expect((await write(a, member('c', 'ada', ['Instructor']))).outcome).toBe('unchanged');
    await done(roster, sis, member('c', 'ada', ['Instructor', 'Learner']));
    const partial: Change = {
      op: 'release',
      type: 'membership',
      key: m('c-ada'),
      as: 'trash',
      roles: ['Learner'],
    };
    expect(await write(a, partial)).toMatchObject({
      outcome: 'unchanged',
      remarks: [expect.stringContaining('roles')],
    });
    const { data } = await one(roster, 'membership', m('c-ada'));
    expect(data.roles.map(({ type }) => type)).toEqual(['Instructor', 'Learner']);
  });

  test('does not bind administrators and credentials', async () => {
    expect(await write(sis, person('ada', { email: 'a@sis' }))).toEqual({ outcome: 'updated', remarks: undefined });
    expect(await write(admin, person('ada', { username: 'by-hand' }))).toEqual({
      outcome: 'updated',
      remarks: undefined,
    });
  });

  test('stays locked in the trash, and one change releases it: the feeds look at the record again', async () => {
    const { roster } = room;
    await done(roster, sis, remove('person', p('ada')));
    expect(await write(a, person('ada', { email: 'a@3' }))).toMatchObject({ outcome: 'restored' });
    expect((await dataOf('ada')).email).toBe('a@sis');
    expect(await outcome(roster, admin, lock('person', p('ada')))).toBe('updated');
    const { guid, locks } = await one(roster, 'person', p('ada'));
    expect(locks).toBeUndefined();
    const block = await room.store.rows('block').findOne({ tenant: 'school', feed: 'a' }, { sort: { sequence: -1 } });
    const entry = Buffer.from((block as unknown as { entries: { buffer: Uint8Array } }).entries.buffer).toString('hex');
    expect(entry).toBe(`00${'0'.repeat(16)}${guid}`);
    expect(await write(a, person('ada', { email: 'a@3' }))).toEqual({ outcome: 'updated', remarks: undefined });
  });
});
