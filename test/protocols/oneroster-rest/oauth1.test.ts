import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { authorizationHeader, type Oauth1Method, queryPairs } from '../../../src/wire/index.ts';
import { type Doors, startDoors } from '../../setup/doors.ts';

const users = '/ims/oneroster/v1p1/users';
const signer = { id: 'library', secret: 'a secret of the library', method: 'HMAC-SHA256', now: Date.now } as const;

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors();
  const { id: name, secret } = signer;
  const made = { name, kinds: ['oneroster'], scopes: ['roster-core.readonly'], secret };
  expect((await doors.ask('POST', '/api/v1/credentials', { as: doors.admin, data: made })).status).toBe(201);
});
afterAll(() => doors.close());

const allow = (data: object) => doors.ask('PUT', '/api/v1/credentials/library/oauth1', { as: doors.admin, data });
beforeEach(async () => {
  expect((await allow({ secret: signer.secret })).json.oauth1).toBe('HMAC-SHA256');
});

/** The header of a request by the client, or by one that differs from it in something. */
function signed(
  address: string,
  change: Partial<{ id: string; secret: string; method: Oauth1Method; now: () => number }> = {},
) {
  const [path = '', query = ''] = address.split('?');
  const request = { method: 'GET', origin: doors.url, path, pairs: queryPairs(query) ?? [] };
  return authorizationHeader({ ...signer, ...change }, request);
}
const status = async (address: string, as: string) => (await doors.ask('GET', address, { as })).status;

describe('A signed request', () => {
  test('is answered, with a filter, blanks, a doubled slash and a page in what is signed', async () => {
    for (const address of [
      users,
      `${users}?filter=givenName%3D'Colin%20Robert'&limit=5&offset=0`,
      `${users}?filter=familyName%3D%27O%27%27Neil%27&fields=givenName,familyName`,
      `${users}?filter=status='active'+AND+dateLastModified>'2016-01-01'`,
      '/ims/oneroster/v1p1//orgs',
      '/ims/oneroster/rostering/v1p2/users',
    ]) {
      expect([address, await status(address, signed(address))]).toEqual([address, 200]);
    }
  });

  test('may carry its parameters in the query', async () => {
    const pairs = [...signed(users).matchAll(/(oauth_\w+)="([^"]*)"/g)].map(([, name, value]) => `${name}=${value}`);
    const answer = await doors.ask('GET', `${users}?${pairs.join('&')}`, { as: null });
    expect(answer.status).toBe(200);
  });

  test('has the scopes of its client and no others', async () => {
    expect(await status('/ims/oneroster/v1p1/demographics', signed('/ims/oneroster/v1p1/demographics'))).toBe(403);
  });

  test('is taken once: the same nonce again is refused', async () => {
    const header = signed(users);
    expect(await status(users, header)).toBe(200);
    const again = await doors.ask('GET', users, { as: header });
    expect(again.status).toBe(401);
    expect(again.headers.get('www-authenticate')).toMatch(/OAuth realm="OneRoster"/);
    expect(again.json.statusInfoSet[0].imsx_codeMinor).toBe('unauthorisedrequest');
  });

  test('is refused alike for a wrong secret, an unknown client, another path or query, and an old or coming time', async () => {
    const texts = new Set<string>();
    for (const [address, header] of [
      [users, signed(users, { secret: 'another' })],
      [users, signed(users, { id: 'nobody' })],
      [users, signed(users, { id: 'sis', secret: 'secret' })],
      ['/ims/oneroster/v1p1/orgs', signed(users)],
      [`${users}?limit=1`, signed(users)],
      [users, signed(users, { now: () => Date.now() - 301_000 })],
      [users, signed(users, { now: () => Date.now() + 301_000 })],
    ] as const) {
      const answer = await doors.ask('GET', address, { as: header });
      expect([header, answer.status]).toEqual([header, 401]);
      texts.add(answer.json.statusInfoSet[0].imsx_description);
    }
    expect(texts.size).toBe(1);
  });

  test('is refused by HMAC-SHA1 until its client may use it', async () => {
    expect(await status(users, signed(users, { method: 'HMAC-SHA1' }))).toBe(401);
    expect((await allow({ secret: signer.secret, sha1: true })).json.oauth1).toBe('HMAC-SHA256 and HMAC-SHA1');
    expect(await status(users, signed(users, { method: 'HMAC-SHA1' }))).toBe(200);
    expect(await status(users, signed(users))).toBe(200);
  });

  test('is refused at once when its client may not sign any more', async () => {
    expect((await doors.ask('DELETE', '/api/v1/credentials/library/oauth1', { as: doors.admin })).json.oauth1).toBe(
      'denied',
    );
    expect(await status(users, signed(users))).toBe(401);
    expect((await allow({ secret: 'not the secret' })).status).toBe(422);
  });

  test.each([
    'OAuth',
    'OAuth oauth_consumer_key="library"',
    'OAuth oauth_consumer_key=library,oauth_consumer_key=x',
    `OAuth ${'x'.repeat(9000)}`,
    'OAuth a="%zz"',
  ])('that cannot be read is refused: %s', async (header) => {
    expect(await status(users, header.slice(0, 9000))).toBe(401);
  });
});

test('Behind a proxy the address that clients know is what they sign', async () => {
  const behind = await startDoors({}, { publicUrl: 'https://roster.example.org/' });
  try {
    const made = { name: 'library', kinds: ['oneroster'], secret: signer.secret };
    await behind.ask('POST', '/api/v1/credentials', { as: behind.admin, data: made });
    await behind.ask('PUT', '/api/v1/credentials/library/oauth1', {
      as: behind.admin,
      data: { secret: signer.secret },
    });
    const request = { method: 'GET', origin: 'https://roster.example.org', path: users, pairs: [] };
    expect((await behind.ask('GET', users, { as: authorizationHeader(signer, request) })).status).toBe(200);
    expect(
      (await behind.ask('GET', users, { as: authorizationHeader(signer, { ...request, origin: behind.url }) })).status,
    ).toBe(401);
  } finally {
    await behind.close();
  }
});
