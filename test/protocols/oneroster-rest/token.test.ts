import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { oneRosterScopes } from '../../../src/roster/index.ts';
import { type Gateway, reader, startGateway } from './gateway.ts';

const odd = { id: 'a:b+c d%', secret: 'pä+ss %41:word' };
const plain = { id: 'plain', secret: 'a+b%41' };
const none = { id: 'none', secret: 's', scopes: [] };
let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway([], { clients: [odd, plain, none] });
});
afterAll(() => gateway.stop());

async function ask(form: Record<string, string> | string, headers: Record<string, string> = {}, query = '') {
  const response = await fetch(`${gateway.url}/oauth/token${query}`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers,
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

const grant = { grant_type: 'client_credentials' };
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});
const formEncoded = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);

describe('the token endpoint', () => {
  test('gives a bearer token for client credentials in HTTP Basic', async () => {
    const { status, headers, body } = await ask(grant, basic(reader.id, reader.secret));
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: oneRosterScopes.join(' '),
    });
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
  });

  test('gives one for credentials in the form', async () => {
    expect((await ask({ ...grant, client_id: reader.id, client_secret: reader.secret })).status).toBe(200);
  });

  test('decodes both parts of Basic, and takes parts that were not encoded', async () => {
    const encoded = basic(formEncoded(odd.id), formEncoded(odd.secret));
    expect((await ask(grant, encoded)).status).toBe(200);
    expect((await ask(grant, basic(encodeURIComponent(odd.id), encodeURIComponent(odd.secret)))).status).toBe(200);
    expect((await ask(grant, basic(plain.id, plain.secret))).status).toBe(200);
    expect((await ask({ ...grant, client_id: odd.id, client_secret: odd.secret })).status).toBe(200);
  });

  test('grants of the asked scopes those that the client may have', async () => {
    const [first = '', second = ''] = oneRosterScopes;
    const some = await ask(
      { ...grant, scope: `${second}  https://example.org/other ${first}` },
      basic('reader', reader.secret),
    );
    expect(some.body['scope']).toBe(`${first} ${second}`);
    expect((await ask({ ...grant, scope: '' }, basic('reader', reader.secret))).status).toBe(200);
    const other = await ask({ ...grant, scope: 'https://example.org/other' }, basic('reader', reader.secret));
    expect([other.status, other.body['error']]).toEqual([400, 'invalid_scope']);
    expect((await ask(grant, basic(none.id, none.secret))).body['error']).toBe('invalid_scope');
  });

  test('says invalid_client with 401 and a challenge alike for unknown clients, wrong secrets and none', async () => {
    const answers = [
      await ask(grant, basic('nobody', 'x')),
      await ask(grant, basic(reader.id, 'wrong')),
      await ask({ ...grant, client_id: reader.id, client_secret: 'wrong' }),
    ];
    for (const { status, headers, body } of answers) {
      expect([status, body['error'], headers.get('www-authenticate')]).toEqual([
        401,
        'invalid_client',
        'Basic realm="OneRoster"',
      ]);
      expect(headers.get('cache-control')).toBe('no-store');
    }
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect((await ask(grant)).status).toBe(401);
  });

  test('refuses other grants, and requests without one', async () => {
    for (const grant_type of ['password', 'authorization_code', 'refresh_token']) {
      const refused = await ask({ grant_type }, basic(reader.id, reader.secret));
      expect([refused.status, refused.body['error']]).toEqual([400, 'unauthorized_client']);
    }
    expect((await ask({ grant_type: 'x' }, basic(reader.id, reader.secret))).body['error']).toBe(
      'unsupported_grant_type',
    );
    expect((await ask({ grant_type: '__proto__' }, basic(reader.id, reader.secret))).status).toBe(400);
    expect((await ask({}, basic(reader.id, reader.secret))).body['error']).toBe('invalid_request');
  });

  test('refuses credentials in two places, in the query, repeated parameters and tokens in forms', async () => {
    const { authorization } = basic(reader.id, reader.secret);
    const both = { ...grant, client_id: reader.id, client_secret: reader.secret };
    expect((await ask(both, { authorization })).body['error']).toBe('invalid_request');
    expect((await ask(grant, {}, `?client_id=${reader.id}&client_secret=${reader.secret}`)).status).toBe(400);
    expect((await ask('grant_type=client_credentials&grant_type=client_credentials', { authorization })).status).toBe(
      400,
    );
    expect((await ask({ ...grant, access_token: 'x' }, { authorization })).status).toBe(400);
    expect((await ask(grant, { authorization: 'Basic !!!' })).status).toBe(400);
    expect((await ask(grant, { authorization: 'Digest x' })).status).toBe(400);
  });

  test('refuses other methods, other media types and big forms, and lives on', async () => {
    const url = `${gateway.url}/oauth/token`;
    const got = await fetch(`${url}?grant_type=client_credentials`, { headers: basic(reader.id, reader.secret) });
    expect([got.status, got.headers.get('allow'), got.headers.get('cache-control')]).toEqual([405, 'POST', 'no-store']);
    const headers = { ...basic(reader.id, reader.secret), 'content-type': 'application/json' };
    const typed = await fetch(url, { method: 'POST', headers, body: JSON.stringify(grant) });
    expect([typed.status, await typed.json()]).toEqual([400, expect.objectContaining({ error: 'invalid_request' })]);
    const big = await ask({ ...grant, scope: 'x'.repeat(100_000) }, basic(reader.id, reader.secret));
    expect([big.status, big.body['error']]).toEqual([413, 'invalid_request']);
    expect((await ask(grant, basic(reader.id, reader.secret))).status).toBe(200);
  });

  test('passes on that there were too many tries', async () => {
    const { status, headers, body } = await ask(grant, basic('busy', 'x'));
    expect([status, body['error'], headers.get('retry-after')]).toEqual([429, 'temporarily_unavailable', '5']);
  });
});
