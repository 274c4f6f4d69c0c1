import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sha256 } from '../../src/base/ids.ts';
import { standingClock, type TestClock } from '../roster/roster.ts';
import { basic, type Doors, startDoors } from '../setup/doors.ts';

let doors: Doors;
let clock: TestClock;
beforeAll(async () => {
  clock = standingClock();
  doors = await startDoors({ clock, start: false });
});
afterAll(() => doors.close());

const at = '/api/v1/credentials';
const ask = (method: string, path: string, data?: unknown) =>
  doors.ask(method, at + path, { as: doors.admin, ...(data === undefined ? {} : { data }) });
const make = async (name: string, kind: string, more: object = {}) => {
  const made = await ask('POST', '', { name, kinds: [kind], ...more });
  expect({ status: made.status, text: made.text }).toMatchObject({ status: 201 });
  return made.json as { secret: string };
};
const status = async (as: string, path = '/runs') => (await doors.ask('GET', `/api/v1${path}`, { as })).status;
const listed = async (name: string) =>
  (await ask('GET', '')).json.items.find((item: { name: string }) => item.name === name);

describe('An API key', () => {
  test('is told once, has the role that it was made with, and is stored as a hash of 256 random bits', async () => {
    const { secret } = await make('reports', 'key', { role: 'viewer' });
    expect(secret).toMatch(/^rg_[\w-]{43}$/);
    expect(await status(`Bearer ${secret}`)).toBe(200);
    expect(await status(`Bearer ${secret}`, '/credentials')).toBe(403);
    expect(await status(basic('reports', secret))).toBe(401);
    expect(await status(`Bearer ${secret.slice(0, -1)}x`)).toBe(401);
    const row = await doors.store.rows('credential').findOne({ tenant: 'demo', _id: 'demo/reports' });
    expect(row).toMatchObject({ keyHash: sha256(secret), role: 'viewer' });
    expect(JSON.stringify(row)).not.toContain(secret);
    expect((await ask('GET', '')).text).not.toContain(secret);
    expect(await listed('reports')).toMatchObject({ kinds: ['key'], role: 'viewer', state: 'active', scopes: [] });
  });

  test('needs a role, stands alone, and is never chosen by people', async () => {
    const wrong = [
      { kinds: ['key'] },
      { kinds: ['key', 'soap'], role: 'viewer' },
      { kinds: ['key'], role: 'viewer', secret: 'chosen by a person' },
      { kinds: ['soap'], role: 'viewer' },
    ];
    const fields = [];
    for (const body of wrong) fields.push((await ask('POST', '', { name: 'wrong', ...body })).json.place.field);
    expect(fields).toEqual(['role', 'kinds', 'secret', 'role']);
    expect((await ask('POST', '', { name: 'wrong', kinds: ['key'], role: 'emperor' })).status).toBe(400);
  });
});

describe('A credential', () => {
  test('lets nobody in from its end on, and says that it is expired', async () => {
    const expiresAt = new Date(clock.now().getTime() + 60_000).toISOString();
    const { secret } = await make('short', 'key', { role: 'viewer', expiresAt });
    const client = await make('short-client', 'oneroster', { expiresAt });
    const token = await doors.token({ id: 'short-client', secret: client.secret });
    const users = '/ims/oneroster/rostering/v1p2/users';
    expect(await status(`Bearer ${secret}`)).toBe(200);
    expect((await doors.ask('GET', users, { as: token })).status).toBe(200);
    clock.forward(60_000);
    expect(await status(`Bearer ${secret}`)).toBe(401);
    expect((await doors.ask('GET', users, { as: token })).status).toBe(401);
    await expect(doors.token({ id: 'short-client', secret: client.secret })).rejects.toThrow('invalid_client');
    expect(await listed('short')).toMatchObject({ state: 'expired', expiresAt });
    expect((await ask('PUT', '/short', { expiresAt: null })).json).toMatchObject({ state: 'active', expiresAt: null });
    expect(await status(`Bearer ${secret}`)).toBe(200);
    expect((await ask('PUT', '/short', { expiresAt: 'tomorrow' })).json.code).toBe('invalid-data');
  });

  test('lets nobody in while it is disabled, and is answered as a wrong password is', async () => {
    const { secret } = await make('paused', 'admin', { role: 'viewer' });
    const signIn = () => doors.ask('GET', '/api/v1/runs', { as: basic('paused', secret) });
    expect((await signIn()).status).toBe(200);
    expect((await ask('PUT', '/paused', { disabled: true })).json.state).toBe('disabled');
    const refused = await signIn();
    const wrong = await doors.ask('GET', '/api/v1/runs', { as: basic('paused', 'wrong password') });
    expect([refused.status, refused.text]).toEqual([401, wrong.text]);
    await ask('PUT', '/paused', { disabled: false });
    expect((await signIn()).status).toBe(200);
  });

  test('lets in who comes from its networks only, of either kind of address', async () => {
    const { secret } = await make('campus', 'key', { role: 'viewer', networks: ['192.0.2.0/24', '2001:db8::/32'] });
    const { access } = doors;
    const from = async (address: string) => (await access.adminKey(secret, { address, request: 'r' })).ok;
    const inside = ['192.0.2.1', '192.0.2.255', '::ffff:192.0.2.7', '2001:db8::1', '2001:db8:ffff::%eth0'];
    const outside = ['192.0.3.1', '::ffff:192.0.3.7', '2001:db9::1', '', 'unknown', '::1'];
    for (const address of inside) expect([address, await from(address)]).toEqual([address, true]);
    for (const address of outside) expect([address, await from(address)]).toEqual([address, false]);
    expect((await access.adminKey(secret)).ok).toBe(false);
    expect(await status(`Bearer ${secret}`)).toBe(401);
    await ask('PUT', '/campus', { networks: ['127.0.0.1', '::1'] });
    expect(await status(`Bearer ${secret}`)).toBe(200);
    for (const network of [
      '10.0.0.0/33',
      '10.0.0',
      '2001:db8::/129',
      '10.0.0.0/8/8',
      'school.example',
      '::ffff:10.0.0.1/104',
    ]) {
      expect([network, (await ask('PUT', '/campus', { networks: [network] })).json.place.field]).toEqual([
        network,
        'networks',
      ]);
    }
  });

  test('with another secret loses the old one, its tokens and what was sealed of it, at once', async () => {
    const { secret } = await make('renewed', 'oneroster');
    await ask('PUT', '/renewed/oauth1', { secret });
    const token = await doors.token({ id: 'renewed', secret });
    const users = () => doors.ask('GET', '/ims/oneroster/rostering/v1p2/users', { as: token });
    expect((await users()).status).toBe(200);
    const renewed = await ask('POST', '/renewed/secret');
    expect(renewed.json).toMatchObject({ name: 'renewed', oauth1: 'denied' });
    expect((await users()).status).toBe(401);
    await expect(doors.token({ id: 'renewed', secret })).rejects.toThrow('invalid_client');
    await doors.token({ id: 'renewed', secret: renewed.json.secret });
    const key = await make('renewed-key', 'key', { role: 'viewer' });
    const next = (await ask('POST', '/renewed-key/secret')).json.secret;
    expect(next).toMatch(/^rg_/);
    expect([await status(`Bearer ${key.secret}`), await status(`Bearer ${next}`)]).toEqual([401, 200]);
  });

  test('cannot change itself, and one that is not there is not found', async () => {
    expect((await ask('PUT', '/sis', { disabled: true })).json.code).toBe('conflict');
    expect((await ask('PUT', '/nobody', { disabled: true })).status).toBe(404);
    expect((await ask('POST', '/nobody/secret')).status).toBe(404);
    expect((await ask('PUT', '/sis', {})).status).toBe(400);
  });

  test('shows when it was used last, written at most once in five minutes', async () => {
    const { secret } = await make('watched', 'key', { role: 'viewer' });
    expect(await listed('watched')).toMatchObject({ lastUsedAt: null });
    const used = async () => {
      expect(await status(`Bearer ${secret}`)).toBe(200);
      return clock.now().toISOString();
    };
    const shown = async (time: string) => {
      // Nobody waits for the note of a use, so the list is asked until it has it.
      for (;;) if ((await listed('watched')).lastUsedAt === time) return true;
    };
    const first = await used();
    await shown(first);
    clock.forward(299_999);
    await used();
    clock.forward(1);
    expect((await listed('watched')).lastUsedAt).toBe(first);
    await shown(await used());
  });
});

describe('A credential with a list of feeds', () => {
  test('reaches these feeds, their runs and reports, and no others', async () => {
    const { sync, context } = doors;
    await sync.putFeed(context, 'mine', {});
    await sync.putFeed(context, 'theirs', {});
    const file =
      '<enterprise><properties><datasource>x</datasource><datetime>2025-01-01</datetime></properties></enterprise>';
    const { secret } = await make('limited', 'key', { role: 'admin', feeds: ['mine'] });
    const as = `Bearer ${secret}`;
    const send = (feed: string, by: string) =>
      doors.ask('POST', `/api/v1/imports?feed=${feed}`, { as: by, body: file });
    const mine = (await send('mine', as)).json.id;
    const theirs = (await send('theirs', doors.admin)).json.id;
    expect((await send('theirs', as)).status).toBe(403);
    const names = (await doors.ask('GET', '/api/v1/feeds', { as })).json.items.map(
      (item: { name: string }) => item.name,
    );
    expect(names).toEqual(['mine']);
    const runs = async (query = '') => {
      const { items, total } = (await doors.ask('GET', `/api/v1/runs${query}`, { as })).json;
      return { ids: items.map((item: { id: string }) => item.id), total };
    };
    expect(await runs()).toEqual({ ids: [mine], total: 1 });
    expect(await runs('?feed=theirs')).toEqual({ ids: [], total: 0 });
    const inRun = [
      '',
      '/changes',
      '/changes.csv',
      '/problems',
      '/problems.csv',
      '/pairs',
      '/log',
      '/log.csv',
      '/events',
    ];
    for (const path of inRun) {
      expect([path, (await doors.ask('GET', `/api/v1/runs/${theirs}${path}`, { as })).status]).toEqual([path, 404]);
    }
    for (const path of ['approve', 'reject', 'undo', 'merge']) {
      const data = path === 'merge' ? { data: { all: true } } : {};
      const answer = await doors.ask('POST', `/api/v1/runs/${theirs}/${path}`, { as, ...data });
      expect([path, answer.status]).toEqual([path, 404]);
    }
    const others = [
      ['GET', '/feeds/theirs', 404],
      ['PUT', '/feeds/theirs', 403],
      ['DELETE', '/feeds/theirs', 403],
      ['POST', '/feeds/theirs/pull', 403],
      ['GET', '/feeds/theirs/pull', 404],
      ['POST', '/feeds/theirs/pull/check', 403],
      ['POST', '/crosswalks?feed=theirs', 403],
      ['POST', '/rollovers', 403],
    ] as const;
    for (const [method, path, expected] of others) {
      const data = method === 'PUT' ? {} : path === '/rollovers' ? { under: 'x', feed: 'theirs' } : undefined;
      const body = path.startsWith('/crosswalks') ? { body: 'oldId,newId\n' } : {};
      const answer = await doors.ask(method, `/api/v1${path}`, {
        as,
        ...body,
        ...(data === undefined ? {} : { data }),
      });
      expect([method, path, answer.status]).toEqual([method, path, expected]);
    }
    expect((await doors.ask('GET', `/api/v1/runs/${mine}`, { as })).status).toBe(200);
  });
});
