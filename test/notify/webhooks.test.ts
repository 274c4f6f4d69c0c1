import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { type Doors, startDoors } from '../setup/doors.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { type MovedClock, movedClock } from '../setup/moved-clock.ts';
import { demo } from '../setup/services.ts';

/** What a receiver got. */
interface Got {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let clock: MovedClock;
let doors: Doors;
let url: string;
let close: () => Promise<void>;
const got: Got[] = [];
let behave: (response: ServerResponse, path: string) => void;

beforeAll(async () => {
  // Receivers check that a message is of now.
  clock = movedClock(new Date());
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      got.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(pieces).toString() });
      behave(response, request.url ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  doors = await startDoors({ clock });
});
afterAll(async () => {
  await doors?.close();
  await close?.();
});
beforeEach(async () => {
  for (const { id } of (await admin('GET', '/webhooks')).json.items) await admin('DELETE', `/webhooks/${id}`);
  got.length = 0;
  behave = (response) => void response.writeHead(204).end();
});

const admin = (method: string, path: string, data?: object) =>
  doors.ask(method, `/api/v1${path}`, { as: doors.admin, ...(data === undefined ? {} : { data }) });

async function hook(path: string, more: object = {}): Promise<{ id: string; secret: string }> {
  const made = await admin('POST', '/webhooks', { url: url + path, ...more });
  expect(made.status).toBe(201);
  return made.json;
}

interface Delivery {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly attempts: number;
  readonly status: number | null;
  readonly reason: string | null;
}
const deliveries = async (id: string): Promise<Delivery[]> =>
  (await admin('GET', `/webhooks/${id}/deliveries`)).json.items;

async function until<T>(what: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await what();
    if (found !== undefined && found !== false) return found;
    await sleep(20);
  }
}
/** Waits until the newest message has been tried so many times. */
const tried = (id: string, attempts: number) =>
  until(async () => {
    const [last] = await deliveries(id);
    return last !== undefined && last.attempts >= attempts && last;
  });
const send = async (feed: string, count = 2) => {
  const run = await doors.import(enterpriseFile({ persons: manyIds(`${feed}-`, count) }), { feed });
  await doors.notify.sweep();
  return run;
};

describe('A webhook', () => {
  test('is told of a run, signed so that the library of Standard Webhooks verifies it; ids and counts only', async () => {
    const { id, secret } = await hook('/one');
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const run = await send('told', 3);
    expect(await tried(id, 1)).toMatchObject({ type: 'run.done', state: 'delivered', status: 204, reason: null });
    const [one] = got;
    const verified = new Webhook(secret).verify(one?.body ?? '', one?.headers as Record<string, string>) as {
      type: string;
      data: { run: { id: string; counts: { person: { created: number } } } };
    };
    expect(verified).toMatchObject({
      type: 'run.done',
      data: { tenant: demo.tenant, feed: 'told', run: { id: run.id, counts: { person: { created: 3 } } } },
    });
    expect(one?.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': (await deliveries(id))[0]?.id,
    });
    expect(() => new Webhook(secret).verify(`${one?.body} `, one?.headers as Record<string, string>)).toThrow();
    expect(one?.body).not.toMatch(/Person|fn|email/);
    // Looking again tells it once.
    await doors.notify.sweep();
    await sleep(100);
    expect(got).toHaveLength(1);
  });

  test('hears of its topics and feeds only', async () => {
    const failed = await hook('/failed', { hears: ['failed'] });
    await doors.sync.putFeed(doors.context, 'mine', {});
    const mine = await hook('/mine', { feeds: ['mine'] });
    await send('other');
    await send('mine');
    await tried(mine.id, 1);
    expect((await deliveries(mine.id)).map(({ type }) => type)).toEqual(['run.done']);
    expect(await deliveries(failed.id)).toEqual([]);
    expect(got.map(({ path }) => path)).toEqual(['/mine']);
  });

  test('is tried by a test message; a new secret signs beside the one before for a day', async () => {
    const { id, secret } = await hook('/rotated');
    const rotated = (await admin('POST', `/webhooks/${id}/secret`)).json;
    expect((await admin('POST', `/webhooks/${id}/test`)).status).toBe(202);
    await tried(id, 1);
    const first = got[0];
    for (const one of [secret, rotated.secret]) {
      expect(new Webhook(one).verify(first?.body ?? '', first?.headers as Record<string, string>)).toMatchObject({
        type: 'webhook.test',
      });
    }
    clock.pass(86_400_000 + 1_000);
    await admin('POST', `/webhooks/${id}/test`);
    await until(async () => got.length === 2);
    expect(String(got[1]?.headers['webhook-signature']).split(' ')).toHaveLength(1);
    clock.set(new Date());
  });

  test('shows no secret, and needs an address that may be asked and feeds that are there', async () => {
    const { id, secret } = await hook('/quiet');
    for (const path of ['/webhooks', `/webhooks/${id}`]) {
      const answer = await admin('GET', path);
      expect([answer.status, answer.text.includes(secret.slice(6))]).toEqual([200, false]);
    }
    for (const address of [
      'ftp://x.example/',
      'http://hook.example/',
      'https://10.0.0.1/',
      'https://a:b@x.example/',
      'no',
    ]) {
      expect([address, (await admin('POST', '/webhooks', { url: address })).status >= 400]).toEqual([address, true]);
    }
    const none = await admin('POST', '/webhooks', { url: `${url}/x`, feeds: ['nobody'] });
    expect(none).toMatchObject({ status: 400, json: { place: { field: 'feeds' } } });
    expect((await admin('GET', '/webhooks/none')).status).toBe(404);
    expect((await admin('PATCH', `/webhooks/${id}`, { state: 'off', hears: ['alarm'] })).json).toMatchObject({
      state: 'off',
      hears: ['alarm'],
    });
    expect((await admin('POST', `/webhooks/${id}/test`)).status).toBe(409);
  });
});

describe('A receiver that fails', () => {
  test('is tried again after five seconds, five minutes and so on, with the same id, until it works', async () => {
    behave = (response) => void response.writeHead(got.length < 3 ? 500 : 200).end();
    const { id } = await hook('/again');
    await admin('POST', `/webhooks/${id}/test`);
    await tried(id, 1);
    clock.pass(4_000);
    await sleep(400);
    expect(got).toHaveLength(1);
    clock.pass(2_000);
    expect(await tried(id, 2)).toMatchObject({ state: 'waiting', status: 500, reason: 'It answered with 500.' });
    clock.pass(5 * 60_000);
    expect(await tried(id, 3)).toMatchObject({ state: 'delivered', status: 200 });
    expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect((await admin('GET', `/webhooks/${id}`)).json).toMatchObject({ state: 'on', why: null, failingSince: null });
    clock.set(new Date());
  });

  test('and asks for time gets it (Retry-After)', async () => {
    behave = (response) => void response.writeHead(got.length < 2 ? 429 : 200, { 'retry-after': '3600' }).end();
    const { id } = await hook('/busy');
    await admin('POST', `/webhooks/${id}/test`);
    await tried(id, 1);
    clock.pass(3_500_000);
    await sleep(400);
    expect(got).toHaveLength(1);
    clock.pass(200_000);
    expect(await tried(id, 2)).toMatchObject({ state: 'delivered' });
    clock.set(new Date());
  });

  test('and says that it is gone (410) is switched off, which is told by the others', async () => {
    behave = (response, path) => void response.writeHead(path === '/gone' ? 410 : 200).end();
    const gone = await hook('/gone');
    const other = await hook('/other', { hears: ['alarm'] });
    await admin('POST', `/webhooks/${gone.id}/test`);
    expect(await tried(gone.id, 1)).toMatchObject({ state: 'failed', status: 410 });
    const off = await until(async () => {
      const { json } = await admin('GET', `/webhooks/${gone.id}`);
      return json.state === 'off' && json;
    });
    expect(off.why).toContain('410');
    expect(await tried(other.id, 1)).toMatchObject({ type: 'webhook.off', state: 'delivered' });
  });

  test('for three days is given up and switched off; what it has missed is sent again when somebody asks', async () => {
    behave = (response) => void response.writeHead(503).end();
    const { id } = await hook('/down');
    const began = clock.now().toISOString();
    await admin('POST', `/webhooks/${id}/test`);
    for (let attempts = 1; attempts <= 9; attempts += 1) {
      await tried(id, attempts);
      clock.pass(25 * 3_600_000);
    }
    expect(await tried(id, 10)).toMatchObject({ state: 'failed', status: 503 });
    await until(async () => (await admin('GET', `/webhooks/${id}`)).json.state === 'off');
    expect((await admin('POST', `/webhooks/${id}/replay`, { since: began })).status).toBe(409);
    await admin('PATCH', `/webhooks/${id}`, { state: 'on' });
    behave = (response) => void response.writeHead(200).end();
    expect((await admin('POST', `/webhooks/${id}/replay`, { since: began })).json).toEqual({ replayed: 1 });
    const sent = await until(async () => (await deliveries(id)).find(({ state }) => state === 'delivered'));
    expect((await admin('POST', `/webhooks/${id}/replay`, { delivery: sent.id })).json).toEqual({ replayed: 1 });
    await until(async () => got.length === 12);
    expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect((await admin('POST', `/webhooks/${id}/replay`, { delivery: 'msg_none' })).status).toBe(404);
    expect((await admin('POST', `/webhooks/${id}/replay`, {})).status).toBe(400);
    clock.set(new Date());
  }, 60_000);
});

describe('A receiver that means harm is bounded, reported, and holds nobody else up', () => {
  test.each([
    [
      'redirects to a private address',
      (response: ServerResponse) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      302,
      /redirects/,
    ],
    [
      'answers without end',
      (response: ServerResponse) => {
        response.writeHead(500);
        const more = setInterval(() => response.write(Buffer.alloc(1_000_000)), 1);
        response.on('close', () => clearInterval(more));
      },
      500,
      /500/,
    ],
    ['breaks the connection', (response: ServerResponse) => response.destroy(), null, /no answer|ECONNRESET|hang up/],
  ] as const)('%s', async (_what, bad, status, reason) => {
    behave = (response, path) => void (path === '/bad' ? bad(response) : response.writeHead(200).end());
    const { id } = await hook('/bad');
    const good = await hook('/good');
    await send(`harm-${String(status)}`);
    expect(await tried(good.id, 1)).toMatchObject({ state: 'delivered' });
    const found = await tried(id, 1);
    expect(found).toMatchObject({ state: 'waiting', status });
    expect(found.reason).toMatch(reason);
  });

  test('hangs: it is let go after ten seconds', async () => {
    behave = (response, path) => void (path === '/good' ? response.writeHead(200).end() : undefined);
    const { id } = await hook('/hangs');
    const good = await hook('/good');
    await send('hangs');
    expect(await tried(good.id, 1)).toMatchObject({ state: 'delivered' });
    expect(await tried(id, 1)).toMatchObject({ state: 'waiting', status: null });
  }, 30_000);

  test('is an address that became private: it is refused when the connection is made', async () => {
    const { id } = await hook('/x');
    await doors.store.rows('webhook').updateOne({ tenant: demo.tenant, id }, { $set: { url: 'https://10.1.2.3/' } });
    await admin('POST', `/webhooks/${id}/test`);
    expect(await tried(id, 1)).toMatchObject({
      state: 'waiting',
      status: null,
      reason: expect.stringMatching(/10\.1\.2\.3|address/),
    });
    expect(got).toEqual([]);
  });
});

test('Messages of a webhook are listed newest first, page by page, and go with it', async () => {
  const { id } = await hook('/pages');
  for (let at = 0; at < 5; at += 1) {
    await admin('POST', `/webhooks/${id}/test`);
    clock.pass(1_000);
  }
  const found: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: { id: string }[]; next: string | null } = (
      await admin(
        'GET',
        `/webhooks/${id}/deliveries?limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      )
    ).json;
    expect(page.items.length).toBeLessThanOrEqual(2);
    found.push(...page.items.map((item) => item.id));
    cursor = page.next;
  }
  expect(new Set(found).size).toBe(5);
  expect((await admin('GET', `/webhooks/${id}/deliveries?cursor=x`)).status).toBe(400);
  await admin('DELETE', `/webhooks/${id}`);
  expect(await doors.store.rows('delivery').countDocuments({ tenant: demo.tenant, webhook: id })).toBe(0);
  clock.set(new Date());
});
