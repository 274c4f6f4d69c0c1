import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Change } from '../../src/roster/index.ts';
import {
  admin,
  done,
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
  school,
  sis,
  type TestRoster,
} from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
  await done(
    room.roster,
    sis,
    school('s'),
    group('c', 'class', ['s']),
    person('ada', { name: { given: 'Ada', family: 'Lovelace' }, userIds: [{ value: 'ada', password: 'secret' }] }),
    person('gone', { name: { formatted: 'Gone' } }),
    member('c', 'ada', ['Learner'], 'c-ada'),
    remove('person', p('gone')),
  );
});
afterAll(() => room.close());

const shown = async (...changes: Change[]) => {
  const { results, effects } = await room.roster.preview(sis, changes);
  expect(results).toEqual(await room.roster.rehearse(sis, changes));
  return effects.map(({ guid, ...effect }) => ({ ...effect, known: guid.length === 32 }));
};
const known = true;

test('A preview shows every record that would become another, cascades included, and writes nothing', async () => {
  const before = JSON.stringify(await room.store.rows('clock').find({}).toArray());
  expect(await shown(person('new', { email: 'n@x' }), remove('person', p('ada')))).toEqual([
    { type: 'person', id: 'new', outcome: 'created', before: null, after: { email: 'n@x' }, cause: 0, known },
    {
      type: 'person',
      id: 'ada',
      name: 'Ada Lovelace',
      outcome: 'trashed',
      before: { name: { given: 'Ada', family: 'Lovelace' }, userIds: [{ value: 'ada', password: '***' }] },
      after: null,
      cause: 1,
      known,
    },
    {
      type: 'membership',
      id: 'c-ada',
      name: 'ada in c',
      outcome: 'trashed',
      before: expect.objectContaining({ roles: [{ type: 'Learner' }] }),
      after: null,
      cause: 1,
      known,
    },
  ]);
  expect(JSON.stringify(await room.store.rows('clock').find({}).toArray())).toBe(before);
});

test('Of an update it shows the fields that differ, passwords never; of a restore all data', async () => {
  const password: Change = person('ada', { userIds: [{ value: 'ada', password: 'other' }], email: 'a@x' });
  expect(await shown(password, person('gone', { email: 'g@x' }))).toEqual([
    {
      type: 'person',
      id: 'ada',
      name: 'Ada Lovelace',
      outcome: 'updated',
      before: { userIds: [{ value: 'ada', password: '***' }], email: null },
      after: { userIds: [{ value: 'ada', password: '***' }], email: 'a@x' },
      cause: 0,
      known,
    },
    {
      type: 'person',
      id: 'gone',
      name: 'Gone',
      outcome: 'restored',
      before: { email: null },
      after: { name: { formatted: 'Gone' }, email: 'g@x' },
      cause: 1,
      known,
    },
  ]);
});

test('A rename, an archived course are told, and the new owner of an adopted record with what else differs', async () => {
  await done(room.roster, admin, person('manual'));
  await done(room.roster, sis, group('k', 'course'));
  expect(
    await shown({ op: 'rename', type: 'person', key: p('ada'), newKey: p('ada-2') }, remove('group', g('k'))),
  ).toEqual([
    {
      type: 'person',
      id: 'ada',
      name: 'Ada Lovelace',
      outcome: 'renamed',
      before: { imsId: 'ada' },
      after: { imsId: 'ada-2' },
      cause: 0,
      known,
    },
    {
      type: 'group',
      kind: 'course',
      id: 'k',
      name: 'k',
      outcome: 'archived',
      before: { state: 'active' },
      after: { state: 'archived' },
      cause: 1,
      known,
    },
  ]);
  expect((await room.roster.preview(feed('a'), [person('manual')])).effects).toEqual([]);
  const { effects } = await room.roster.preview(feed('a'), [person('manual', { url: 'https://m' })]);
  expect(effects).toMatchObject([
    { outcome: 'updated', before: { owner: 'admin:anna' }, after: { owner: 'feed:a' }, cause: 0 },
  ]);
});

test('What is only named, what is made for OneRoster and what only follows from others is not shown', async () => {
  // The person gains a role, the named person is expected, the class has a made course and term.
  expect(await shown(member('c', 'ada', ['Instructor'], 'c-ada'))).toMatchObject([{ type: 'membership', id: 'c-ada' }]);
  expect(await shown(member('c', 'nobody', ['Learner'], 'c-nobody'))).toMatchObject([
    { outcome: 'created', id: 'c-nobody' },
  ]);
  expect(await shown(group('made'))).toMatchObject([{ type: 'group', id: 'made', outcome: 'created' }]);
  expect(await shown(person('ada'))).toEqual([]);
  await done(room.roster, sis, member('c', 'awaited', ['Learner'], 'c-awaited'));
  expect(await shown(person('awaited'))).toMatchObject([{ type: 'person', id: 'awaited', outcome: 'created' }]);
  expect((await one(room.roster, 'membership', m('c-awaited'))).waitsFor).toHaveLength(1);
});
