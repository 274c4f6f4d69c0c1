import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fillMixedTenant } from '../protocols/oneroster-rest/mixed-tenant.ts';
import { type Doors, startDoors } from '../setup/doors.ts';

let doors: Doors;

beforeAll(async () => {
  doors = await startDoors();
  await fillMixedTenant(doors.roster, { ...doors.context, writer: 'credential:sis', source: 'soap' });
});
afterAll(() => doors.close());

const users = '/ims/oneroster/rostering/v1p2/users';
const operators = [
  { $ne: null },
  { $gt: '' },
  { $where: 'sleep(5000)' },
  { $expr: { $eq: [1, 1] } },
  { $regex: '^(a+)+$' },
  { $in: ['ann'] },
  [],
  ['ann'],
  {},
] as const;

describe('operators of the database where a text is due', () => {
  test('are refused in the bodies of the admin API', async () => {
    for (const value of operators) {
      const asked = { as: doors.admin, data: { name: value, kinds: ['soap'] } };
      const answer = await doors.ask('POST', '/api/v1/credentials', asked);
      expect([value, answer.status]).toEqual([value, 400]);
    }
    for (const value of [{ $ne: '' }, ['a'], { $gt: '' }]) {
      const answer = await doors.ask('PUT', '/api/v1/feeds/default', { as: doors.admin, data: { mode: value } });
      expect([value, answer.status]).toEqual([value, 400]);
    }
  });

  test('are refused in the bodies of OneRoster, and nothing is written', async () => {
    for (const value of operators) {
      const data = {
        category: { sourcedId: 'new', status: 'active', dateLastModified: '2026-01-01T00:00:00Z', title: value },
      };
      const answer = await doors.ask('PUT', '/ims/oneroster/gradebook/v1p2/categories/new', { data });
      expect([value, answer.status]).toEqual([value, 422]);
    }
    expect((await doors.ask('GET', '/ims/oneroster/gradebook/v1p2/categories/new')).status).toBe(404);
  });

  test('are names like any other in the query of the admin API, and none that it knows', async () => {
    for (const query of [
      'limit[$gt]=0',
      'cursor[$ne]=a',
      '$where=1',
      'feed[]=a',
      '__proto__[a]=1',
      'limit=1&limit=2',
    ]) {
      const answer = await doors.ask('GET', `/api/v1/runs?${query}`, { as: doors.admin });
      expect([query, answer.status, answer.json.code]).toEqual([query, 400, 'invalid-request']);
    }
  });

  test('are refused or without meaning in the query of OneRoster: nobody is shown who is not asked for', async () => {
    const all = (await doors.ask('GET', `${users}?limit=100`)).json.users.length;
    expect(all).toBeGreaterThan(3);
    for (const query of ['filter[$ne]=a', '$where=1', 'filter[]=a', 'filter[username][$gt]=', '__proto__[filter]=a']) {
      const answer = await doors.ask('GET', `${users}?limit=100&${encodeURI(query)}`);
      // A parameter that OneRoster does not define is passed over.
      expect([query, answer.status, answer.json.users?.length]).toEqual([query, 200, all]);
    }
    for (const filter of [
      "$where='1'",
      "username[$ne]='a'",
      "__proto__='a'",
      "constructor.name='Object'",
      '{"$ne":""}',
    ]) {
      const answer = await doors.ask('GET', `${users}?filter=${encodeURIComponent(filter)}`);
      expect([filter, answer.status]).toEqual([filter, 400]);
    }
    for (const value of ['{"$gt":""}', '$ne', '^.*$', '.*', '(a+)+$']) {
      const filter = encodeURIComponent(`givenName='${value}'`);
      expect((await doors.ask('GET', `${users}?filter=${filter}`)).json).toMatchObject({ users: [] });
    }
  });

  test('are ids like any other in a path', async () => {
    for (const id of ['$ne', '[$ne]', '{"$gt":""}', '__proto__', 'constructor', '.*']) {
      const path = encodeURIComponent(id);
      expect((await doors.ask('GET', `${users}/${path}`)).status).toBe(404);
      expect((await doors.ask('GET', `/api/v1/runs/${path}`, { as: doors.admin })).status).toBe(404);
    }
  });

  test('open no door as name, password or token', async () => {
    for (const text of ['{"$ne":null}', '[$ne]', '$gt', '__proto__', 'constructor']) {
      const basic = `Basic ${Buffer.from(`${text}:${text}`).toString('base64')}`;
      expect((await doors.ask('GET', '/api/v1/runs', { as: basic })).status).toBe(401);
      const form = 'grant_type=client_credentials&client_id[$ne]=a&client_secret[$ne]=a';
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const granted = await doors.ask('POST', '/oauth/token', { as: null, headers, body: form });
      expect(granted.status).toBeGreaterThanOrEqual(400);
      expect(granted.status).toBeLessThan(500);
    }
  });
});

describe('JSON that is more than anybody needs', () => {
  const category = '/ims/oneroster/gradebook/v1p2/categories/deep';
  const send = (body: string) => doors.ask('PUT', category, { headers: { 'content-type': 'application/json' }, body });

  test('is refused before it is parsed: ten megabytes of brackets', async () => {
    const { status, text } = await send('['.repeat(10_000_000));
    expect([status, text.includes('inside each other')]).toEqual([413, true]);
  });

  test('is refused before it is parsed: a million members', async () => {
    const { status, text } = await send(`{${'"a":1,'.repeat(1_000_000)}"b":1}`);
    expect([status, text.includes('members and items')]).toEqual([413, true]);
  });

  test('is refused before it is parsed: beyond ten megabytes', async () => {
    expect((await send(`"${'a'.repeat(10_500_000)}"`)).status).toBe(413);
  });

  test('is refused by the admin API too', async () => {
    const asked = { as: doors.admin, headers: { 'content-type': 'application/json' }, body: '['.repeat(50_000) };
    const answer = await doors.ask('POST', '/api/v1/credentials', asked);
    expect([answer.status, answer.json.code]).toEqual([413, 'too-large']);
    expect(answer.json.detail).toContain('inside each other');
  });

  test('does not count what stands in texts', async () => {
    const title = `${'[{,'.repeat(20_000)}\\"`;
    const { status } = await send(JSON.stringify({ category: { sourcedId: 'deep', title } }));
    expect([200, 201]).toContain(status);
  });
});
