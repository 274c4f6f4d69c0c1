import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openServed, type Served } from '../oneroster-csv/served.ts';
import { header, row } from './lists.ts';

let served: Served;
beforeAll(async () => {
  served = await openServed();
});
afterAll(() => served.end());

test('OneRoster shows the persons of a list with role, user ids and metadata, and communities as orgs and classes', async () => {
  const { sync, context, take } = served.feeds;
  const column = { group: 'Program', kind: 'class', communities: ['Economics'], values: [], anyValue: false };
  const house = { column: 'House', group: 'House', kind: 'org', communities: ['Red'], values: [], anyValue: false };
  const list = { reviewFirst: false, communities: [{ ...column, column: 'PROGRAM' }, house] };
  expect(await sync.putFeed(context, 'alumni', { protocol: 'list-csv', list })).toMatchObject({ ok: true });
  const columns = `${header},USER_LOGIN,EMAIL_OPT_OUT,PROGRAM,House,AFFINITY\n`;
  const text = `${columns}${row('u1', { year: '2027-09-15', type: 'Faculty' })},ann,yes,Economics,Red,Chess\n`;
  expect(await take(text, { feed: 'alumni', name: 'list.csv' })).toMatchObject({ state: 'done', problems: [{}] });
  const user = (await served.collection('users')).get('u1');
  expect(user).toMatchObject({
    givenName: 'Ann',
    familyName: 'Ek',
    email: 'u1@x.example',
    username: 'ann',
    identifier: 'u1',
    roles: [{ role: 'teacher' }],
    userIds: [
      { type: 'userLogin', identifier: 'ann' },
      { type: 'userId', identifier: 'u1' },
    ],
    metadata: {
      classYear: '2028',
      graduation: '2027-09-15',
      program: 'Economics',
      affinity: 'Chess',
      userType: 'Faculty',
      emailOptOut: 'true',
    },
  });
  const classes = [...(await served.collection('classes')).values()];
  expect(classes).toMatchObject([{ title: 'Economics', sourcedId: 'community/program/economics' }]);
  expect([...(await served.collection('enrollments')).values()]).toMatchObject([
    { user: 'u1', class: 'community/program/economics', role: 'teacher' },
  ]);
  const orgs = (await served.collection('orgs')).get('community/house/red');
  expect(orgs).toMatchObject({ name: 'Red', parent: 'community/house', type: 'department' });
});
