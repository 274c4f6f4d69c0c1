import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { adminRoutes } from '../../src/admin/index.ts';
import { type AdminGateway, basic, startAdmin } from './gateway.ts';

let gateway: AdminGateway;
beforeAll(async () => {
  gateway = await startAdmin({ start: false });
});
afterAll(() => gateway.close());

const paths = adminRoutes.map(({ method, path }) => [method.toUpperCase(), path.replace(/:\w+/g, 'x')] as const);

describe('credentials', () => {
  test.each(paths)('%s %s is refused without credentials, and both ways to come in are named', async (method, path) => {
    const answer = await gateway.ask(method, path, { as: 'nobody' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers.get('www-authenticate')).toContain('Basic realm="rostergate", charset="UTF-8"');
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    expect(answer.json).toMatchObject({
      type: 'urn:rostergate:problem:unauthenticated',
      title: 'Credentials are needed',
      status: 401,
      code: 'unauthenticated',
    });
  });

  test('HTTP Basic with the first user and Bearer with the admin key both let in', async () => {
    expect((await gateway.ask('GET', '/runs')).status).toBe(200);
    expect((await gateway.ask('GET', '/runs', { as: 'key' })).status).toBe(200);
  });

  test.each([
    ['a wrong password', basic('sis', 'wrong')],
    ['an unknown user', basic('nobody', 'secret')],
    ['a user with operators for a name', basic('{"$ne":null}', 'secret')],
    ['a wrong key', 'Bearer wrong'],
    ['a very long key', `Bearer ${'x'.repeat(5000)}`],
    ['Basic without a colon', `Basic ${Buffer.from('sis').toString('base64')}`],
    ['another scheme', 'Digest username="sis"'],
  ])('%s is refused', async (_name, authorization) => {
    const answer = await gateway.ask('GET', '/runs', { as: { authorization } });
    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain('secret');
  });

  test('a page of another site is refused even with good credentials', async () => {
    const foreign = { headers: { 'sec-fetch-site': 'cross-site' } };
    expect((await gateway.ask('POST', '/runs/x/approve', foreign)).status).toBe(403);
    expect((await gateway.ask('GET', '/runs', { headers: { 'sec-fetch-site': 'same-origin' } })).status).toBe(200);
  });
});

describe('requests that the table of routes does not know', () => {
  test('an unknown path is a 404 problem', async () => {
    const answer = await gateway.ask('GET', '/nothing/here');
    expect(answer.status).toBe(404);
    expect(answer.json).toMatchObject({ code: 'unknown-object' });
  });

  test.each([
    ['DELETE', '/runs', 'GET, HEAD'],
    ['GET', '/imports', 'POST'],
    ['PATCH', '/feeds/default', 'GET, HEAD, PUT, DELETE'],
    ['GET', '/trash/restore', 'POST'],
    ['PUT', '/trash/x', 'DELETE'],
    ['OPTIONS', '/waiting', 'GET, HEAD'],
  ])('%s %s is a 405 problem that says what is allowed', async (method, path, allow) => {
    const answer = await gateway.ask(method, path);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.json).toMatchObject({ code: 'unsupported-operation' });
  });

  test.each([
    ['/runs?limit=0', 'limit'],
    ['/runs?limit=201', 'limit'],
    ['/runs?limit=-1', 'limit'],
    ['/runs?limit=1e2', 'limit'],
    ['/runs?limit=5&limit=6', 'limit'],
    ['/runs?state=sleeping', 'state'],
    ['/runs?cursor=abc', 'cursor'],
    ['/runs?feed[$ne]=x', 'feed[$ne]'],
    ['/runs?colour=red', 'colour'],
    ['/runs?__proto__=x', '__proto__'],
    [`/trash?q=${'x'.repeat(257)}`, 'q'],
    ['/trash?type=course', 'type'],
    ['/trash?cursor=%00', 'cursor'],
    ['/waiting?q=x', 'q'],
    ['/feeds?limit=5', 'limit'],
  ])('%s is a 400 problem that names the parameter', async (path, field) => {
    const answer = await gateway.ask('GET', path);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'invalid-request', place: { field } });
    expect(String(answer.json['detail'])).toContain(field === 'cursor' ? 'cursor' : field);
  });

  test('an unknown parameter is answered with those that are known', async () => {
    const { json } = await gateway.ask('GET', '/runs?page=2');
    expect(json['detail']).toBe(
      'The query parameter page is not known here; known are: feed, state, kind, limit, cursor.',
    );
  });

  test('a path with malformed percent-encoding is a 400 problem', async () => {
    const answer = await gateway.ask('GET', '/runs/%E0%A4%A');
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'invalid-request' });
  });

  test('no answer may be kept by anybody', async () => {
    for (const path of ['/runs', '/nothing', '/openapi.json']) {
      expect((await gateway.ask('GET', path)).headers.get('cache-control')).toBe('no-store');
    }
  });
});

describe('JSON bodies', () => {
  const restore = (asked: object) => gateway.ask('POST', '/trash/restore', asked);

  test.each([
    ['nothing', undefined],
    ['a list', []],
    ['a text', 'ids'],
    ['null', null],
    ['an empty object', {}],
    ['both ids and run', { ids: ['a'], run: 'b' }],
    ['no ids', { ids: [] }],
    ['ids that are objects', { ids: [{ $ne: null }] }],
    ['an operator for a run', { run: { $ne: null } }],
    ['an unknown member', { id: 'x' }],
    ['too many ids', { ids: Array.from({ length: 1001 }, (_, index) => `i${index}`) }],
  ])('%s is a 400 problem', async (_name, data) => {
    const answer = await restore(data === undefined ? { headers: { 'content-type': 'application/json' } } : { data });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'invalid-request' });
  });

  test('what is no JSON is a 400 problem that does not repeat it', async () => {
    const answer = await restore({ headers: { 'content-type': 'application/json' }, body: '{"ids": [Ada' });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'unreadable-input' });
    expect(answer.text).not.toContain('Ada');
  });

  test('another media type is a 415 problem', async () => {
    expect((await restore({ headers: { 'content-type': 'text/plain' }, body: '{}' })).status).toBe(415);
    const latin = { 'content-type': 'application/json; charset=latin1' };
    expect((await restore({ headers: latin, body: '{}' })).status).toBe(415);
  });

  test('more than 100 KB is a 413 problem', async () => {
    const answer = await restore({ data: { run: 'x'.repeat(103_000) } });
    expect(answer.status).toBe(413);
    expect(answer.json).toMatchObject({ code: 'too-large' });
  });
});
