import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { demo } from '../../setup/services.ts';

const national = '01019912345';
const types = { feide: 'FEIDE', national: 'nationalIdentityNumber' } as const;
const rest = '/ims/oneroster/rostering/v1p2';
const scope = (name: string) => `https://purl.imsglobal.org/spec/or/v1p2/scope/${name}`;
const own = 'https://rostergate.dev/scope/';

let doors: Doors;
/** Tokens of a client that sees national identity numbers, and of one that does not but may write. */
let granted: string;
let usual: string;
beforeAll(async () => {
  doors = await startDoors({ start: false });
  const client = { id: demo.user, secret: demo.password };
  const push = `${scope('roster.readonly')} ${own}roster.createput`;
  granted = await doors.token({ ...client, scope: `${push} ${own}national-id.readonly` });
  usual = await doors.token({ ...client, scope: push });
  const org = await doors.ask('PUT', `${rest}/orgs/o`, {
    as: usual,
    data: { org: { name: 'School', type: 'school' } },
  });
  expect(org.status).toBe(201);
  const put = await doors.ask('PUT', `${rest}/users/ada`, { as: granted, data: { user: user() } });
  expect([put.status, put.text]).toEqual([201, '']);
});
afterAll(() => doors.close());

function user(more: object = {}) {
  return {
    enabledUser: 'true',
    username: 'Ada.L',
    givenName: 'Ada',
    familyName: 'L',
    email: 'ada@example.org',
    userIds: [
      { type: types.national, identifier: national },
      { type: types.feide, identifier: 'ada@school.no' },
    ],
    roles: [{ roleType: 'primary', role: 'student', org: { sourcedId: 'o', type: 'org' } }],
    ...more,
  };
}
const shown = async (as: string) =>
  (await doors.ask('GET', `${rest}/users/ada`, { as })).json.user.userIds as { type: string; identifier: string }[];
const identify = (data: object, as = doors.admin) => doors.ask('POST', '/api/v1/persons/identify', { as, data });

describe('2.11 A national identity number', () => {
  test('is shown to clients with a scope of its own only, and found by filters of nobody', async () => {
    const feide = { type: types.feide, identifier: 'ada@school.no' };
    expect(await shown(granted)).toEqual([{ type: types.national, identifier: national }, feide]);
    expect(await shown(usual)).toEqual([feide]);
    for (const as of [granted, usual]) {
      const found = await doors.ask(
        'GET',
        `${rest}/users?filter=${encodeURIComponent(`userIds.identifier~'${national}'`)}`,
        { as },
      );
      expect(found.json.users).toEqual([]);
    }
  });

  test('is not taken away by a client that does not see it', async () => {
    const seen = { userIds: [{ type: types.feide, identifier: 'ada@other.no' }] };
    expect((await doors.ask('PUT', `${rest}/users/ada`, { as: usual, data: { user: user(seen) } })).status).toBe(200);
    expect((await shown(granted)).map(({ identifier }) => identifier).sort()).toEqual([national, 'ada@other.no']);
    const put = await doors.ask('PUT', `${rest}/users/ada`, { as: granted, data: { user: user() } });
    expect(put.status).toBe(200);
  });
});

describe('2.11 A person is found by an identifier that they sign on with', () => {
  test('user name and e-mail in any case, ids of federations as they are, each named by its type', async () => {
    const item = async (data: object) => (await identify(data)).json.items;
    for (const [identifier, type] of [
      ['ada.l', 'username'],
      ['ADA@example.org', 'email'],
      ['ada@school.no', types.feide],
      [national, types.national],
    ] as const) {
      const expected = [{ guid: expect.any(String), imsId: 'ada', sourcedId: 'ada', state: 'active', types: [type] }];
      expect(await item({ identifier })).toEqual(expected);
      expect(await item({ identifier, type })).toEqual(expected);
      expect(await item({ identifier, type: 'another' })).toEqual([]);
    }
    expect(await item({ identifier: 'nobody' })).toEqual([]);
  });

  test('by a key of a platform, which may ask nothing else and finds no national identity number', async () => {
    const made = await doors.credentials.create(doors.context, { name: 'lms', kinds: ['key'], role: 'platform' });
    if (!made.ok) throw new Error(made.problem.text);
    const key = `Bearer ${made.value.secret}`;
    expect((await identify({ identifier: 'ada.l' }, key)).json.items).toHaveLength(1);
    expect((await identify({ identifier: national }, key)).json.items).toEqual([]);
    expect((await identify({ identifier: national, type: types.national }, key)).json.items).toEqual([]);
    expect((await doors.ask('GET', '/api/v1/records/ada', { as: key })).status).toBe(403);
    expect((await doors.ask('GET', '/api/v1/feeds', { as: key })).status).toBe(403);
  });
});
