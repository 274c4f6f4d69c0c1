import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeArrivals } from '../../src/store/index.ts';
import { type Arrival, type Looker, makeHttpsPullLooker, type Taken } from '../../src/transports/index.ts';
import { makeOutbound, type StreamLimits } from '../../src/wire/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { demo, type TestServices, testServices } from '../setup/services.ts';

let services: TestServices;
let url: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
/** Headers of the requests that came. */
let asked: IncomingMessage['headers'][] = [];
const server = createServer((request, response) => {
  asked.push(request.headers);
  answer(request, response);
});

beforeAll(async () => {
  services = await testServices({});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/exports/roster.xml`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await services.close();
});
beforeEach(() => {
  asked = [];
});

const content = (tag: string, count = 3) => enterpriseFile({ persons: manyIds(`${tag}-`, count) });
const never = new AbortController().signal;
const limits: StreamLimits = { maxBytes: 1_000_000, idleMs: 10_000, wholeMs: 10_000 };

/** Gives a file with headers; 304 where the request has its ETag. */
const gives = (body: string, headers: Record<string, string>) => {
  answer = (request, response) => {
    const isKnown = headers['etag'] !== undefined && request.headers['if-none-match'] === headers['etag'];
    response.writeHead(isKnown ? 304 : 200, isKnown ? {} : { 'content-length': Buffer.byteLength(body), ...headers });
    response.end(isKnown ? undefined : body);
  };
};

/** A feed that nobody looks at but the test. */
async function makeFeed(name: string, httpsPull: object = {}): Promise<void> {
  const settings = { transport: 'https-pull', schedule: '0 0 29 2 *', httpsPull: { url, ...httpsPull } };
  const made = await services.sync.putFeed(services.context, name, settings);
  if (!made.ok) throw new Error(made.problem.text);
}

const looker = (own: StreamLimits = limits, hosts = ['127.0.0.1']): Looker =>
  makeHttpsPullLooker({
    outbound: makeOutbound({ hosts }),
    sync: services.sync,
    arrivals: makeArrivals(services.store),
    limits: own,
  });

async function look(name: string, by: Looker = looker()) {
  const feed = await services.sync.feed(services.context, name);
  if (feed === undefined) throw new Error(`no feed ${name}`);
  return by.look({ tenant: demo.tenant, feed: name }, feed, never);
}

async function seen(name: string, by?: Looker): Promise<Arrival> {
  const found = await look(name, by);
  if (!found.ok) throw new Error(found.problem.text);
  const [arrival] = found.value;
  if (arrival === undefined || found.value.length > 1) throw new Error('not one file');
  return arrival;
}

const takeIn = (feed: string, arrival: Arrival): Promise<Taken> =>
  services.transports.intake.take({ tenant: demo.tenant, feed }, 'https-pull', arrival, never);

/** Looks and takes what is seen, as a slot does. */
const take = async (name: string) => takeIn(name, await seen(name));

/** The same, and the run that works on it is waited for. */
async function takeDone(name: string): Promise<string> {
  const taken = await take(name);
  if (taken.state !== 'taken') throw new Error(JSON.stringify(taken));
  const run = await services.sync.wait(services.context, taken.run);
  return run?.state ?? 'gone';
}

describe('A file at an address', () => {
  test('is fetched by its feed itself, with the credentials of the feed', async () => {
    gives(content('self'), { etag: '"1"' });
    const settings = { transport: 'https-pull', httpsPull: { url, auth: 'basic', user: 'school', secret: 'pässword' } };
    expect(await services.sync.putFeed(services.context, 'self', settings)).toMatchObject({ ok: true });
    services.jobs.wake();
    const runs = async () => {
      const page = await services.sync.runs(services.context, { feed: 'self', limit: 5 });
      return page.ok ? page.value.items : [];
    };
    while ((await runs())[0]?.state !== 'done') await sleep(5);
    expect((await runs()).map(({ file }) => file.name)).toEqual(['roster.xml']);
    expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('school:pässword').toString('base64')}`);
    await services.sync.putFeed(services.context, 'self', { transport: 'upload' });
  });

  test('3.13: is taken once; overwritten it is a new file, and so it is when the bytes of before come back', async () => {
    await makeFeed('etags');
    gives(content('a'), { etag: '"a"' });
    expect(await takeDone('etags')).toBe('done');
    expect((await take('etags')).state).toBe('known');
    expect(asked.at(-1)?.['if-none-match']).toBe('"a"');
    gives(content('b'), { etag: '"b"' });
    expect(await takeDone('etags')).toBe('done');
    gives(content('a'), { etag: '"a"' });
    expect(await takeDone('etags')).toBe('done');
    expect((await take('etags')).state).toBe('known');
  });

  test('is told from others by time and size, or by its bytes, where its server has no ETag', async () => {
    await makeFeed('times');
    gives(content('t'), { 'last-modified': 'Mon, 02 Mar 2026 03:00:00 GMT' });
    expect(await takeDone('times')).toBe('done');
    expect((await take('times')).state).toBe('known');
    gives(content('t'), { 'last-modified': 'Tue, 03 Mar 2026 03:00:00 GMT' });
    expect(await takeDone('times')).toBe('done');
    await makeFeed('hashes');
    gives(content('h'), {});
    expect(await takeDone('hashes')).toBe('done');
    expect((await take('hashes')).state).toBe('known');
    gives(content('i'), {});
    expect(await takeDone('hashes')).toBe('done');
  });

  test('is fetched with a token or with a header of its own', async () => {
    gives(content('auth'), { etag: '"auth"' });
    await makeFeed('bearer', { auth: 'bearer', secret: 'a-token' });
    await seen('bearer');
    expect(asked.at(-1)?.authorization).toBe('Bearer a-token');
    await makeFeed('header', { auth: 'header', header: 'X-Api-Key', secret: 'a-key' });
    await seen('header');
    expect(asked.at(-1)?.['x-api-key']).toBe('a-key');
  });

  test('waits where it changes between look and reading, or while it is read', async () => {
    await makeFeed('moving');
    gives(content('x'), { etag: '"x"' });
    const before = await seen('moving');
    gives(content('y'), { etag: '"y"' });
    expect(await takeIn('moving', before)).toMatchObject({ state: 'waiting', problem: { code: 'busy' } });
    gives(content('x'), {});
    const unmarked = await seen('moving');
    gives(content('y'), {});
    expect(await takeIn('moving', unmarked)).toMatchObject({ state: 'waiting', problem: { code: 'busy' } });
    expect(await takeDone('moving')).toBe('done');
  });
});

describe('What is no whole file is not taken', () => {
  test('an answer that nobody reads is let go', async () => {
    await makeFeed('unread');
    gives(content('unread'), { etag: '"u"' });
    const arrival = await seen('unread');
    const closed = new Promise<void>((resolve) => {
      answer = (_request, response) => {
        response.on('close', resolve);
        response.writeHead(200, { etag: '"u"', 'content-length': '1000' });
        response.write('<');
      };
    });
    // No feed can have such a name: the file is refused before it is read.
    expect(await takeIn('no name of a feed', arrival)).toMatchObject({ state: 'refused' });
    await closed;
  });

  test('one that is cut off, by length or by chunks, waits and is taken once it is whole', async () => {
    await makeFeed('cut');
    const whole = content('cut', 50);
    for (const headers of [{ 'content-length': String(whole.length) }, { 'transfer-encoding': 'chunked' }]) {
      answer = (_request, response) => {
        response.writeHead(200, { etag: '"cut"', ...headers });
        response.write(whole.slice(0, -10), () => response.destroy());
      };
      expect(await take('cut')).toMatchObject({ state: 'waiting', problem: { code: 'busy' } });
    }
    const runs = await services.sync.runs(services.context, { feed: 'cut', limit: 5 });
    expect(runs).toMatchObject({ ok: true, value: { items: [] } });
    gives(whole, { etag: '"cut"' });
    expect(await takeDone('cut')).toBe('done');
  });

  test('one whose end nobody tells is refused', async () => {
    await makeFeed('endless');
    answer = (_request, response) => {
      response.removeHeader('transfer-encoding');
      response.useChunkedEncodingByDefault = false;
      response.writeHead(200, { etag: '"e"', connection: 'close' });
      response.end(content('e'));
    };
    const found = await look('endless');
    expect(found).toMatchObject({ ok: false, problem: { code: 'conflict' } });
    expect(JSON.stringify(found)).toContain('Content-Length');
  });

  test('a server that hangs ends by its time: before the head, and in the middle of the file', async () => {
    await makeFeed('hangs');
    answer = () => undefined;
    expect(await look('hangs', looker({ ...limits, idleMs: 50 }))).toMatchObject({ problem: { code: 'busy' } });
    answer = (_request, response) => {
      response.writeHead(200, { etag: '"h"', 'content-length': '1000' });
      response.write('<');
    };
    const patience = { ...limits };
    const arrival = await seen('hangs', looker(patience));
    patience.idleMs = 50;
    expect(await takeIn('hangs', arrival)).toMatchObject({ state: 'waiting', problem: { code: 'busy' } });
  });

  test('one that trickles in for longer than its time, or never ends, is given up', async () => {
    await makeFeed('trickle');
    answer = (_request, response) => {
      response.writeHead(200, { etag: '"t"' });
      const timer = setInterval(() => response.write('<enterprise>'.repeat(50)), 5);
      response.on('close', () => clearInterval(timer));
    };
    const patience = { ...limits };
    const arrival = await seen('trickle', looker(patience));
    patience.wholeMs = 100;
    expect(await takeIn('trickle', arrival)).toMatchObject({ state: 'waiting', problem: { code: 'busy' } });
    const small = await seen('trickle', looker({ ...limits, maxBytes: 2_000 }));
    expect(await takeIn('trickle', small)).toMatchObject({ problem: { code: 'too-large' } });
  });

  test.each([301, 302, 307, 308])('a redirect (%i) to a private address is not followed', async (status) => {
    await makeFeed('redirect', { auth: 'bearer', secret: 'a-token' });
    answer = (_request, response) => {
      response.writeHead(status, { location: url.replace('roster.xml', 'private') }).end();
    };
    expect(await look('redirect')).toMatchObject({ ok: false, problem: { code: 'conflict' } });
    expect(asked).toHaveLength(1);
  });

  test.each([
    [401, 'conflict'],
    [404, 'conflict'],
    [206, 'conflict'],
    [429, 'busy'],
    [503, 'busy'],
  ])('the status %i is no file, and what the server writes is not shown', async (status, code) => {
    await makeFeed('status', { auth: 'bearer', secret: 'a-token' });
    answer = (_request, response) => {
      response.writeHead(status).end('a-token of Anna');
    };
    const found = await look('status');
    expect(found).toMatchObject({ ok: false, problem: { code } });
    expect(JSON.stringify(found)).not.toMatch(/a-token|Anna/);
  });

  test('a host that nobody has opened is not asked', async () => {
    await makeFeed('closed');
    expect(await look('closed', looker(limits, []))).toMatchObject({ ok: false });
    expect(asked).toEqual([]);
  });
});

describe('The setting httpsPull', () => {
  const put = (settings: object) => services.sync.putFeed(services.context, 'settings', { httpsPull: settings });

  test('wants what its way to show who it is needs, and never shows the secret', async () => {
    const field = (name: string) => ({ ok: false, problem: { place: { field: `httpsPull.${name}` } } });
    expect(await put({ url, auth: 'basic', secret: 's' })).toMatchObject(field('user'));
    expect(await put({ url, auth: 'header', secret: 's' })).toMatchObject(field('header'));
    expect(await put({ url, auth: 'header', header: 'Host', secret: 's' })).toMatchObject(field('header'));
    expect(await put({ url, auth: 'bearer' })).toMatchObject(field('secret'));
    expect(await put({ url, auth: 'bearer', secret: 'two\r\nlines' })).toMatchObject(field('secret'));
    expect(await put({ url: 'http://example.org/roster.xml' })).toMatchObject(field('url'));
    const made = await put({ url, auth: 'bearer', secret: 'a-secret-token' });
    expect(made).toMatchObject({ ok: true, value: { httpsPull: { auth: 'bearer' } } });
    expect(JSON.stringify(made)).not.toContain('a-secret-token');
  });

  test('does not send a secret to another server than it was given for', async () => {
    expect(await put({ url, auth: 'bearer', secret: 's' })).toMatchObject({ ok: true });
    expect(await put({ url: `${url}?school=1` })).toMatchObject({ ok: true });
    const elsewhere = await put({ url: 'https://attacker.example/roster.xml' });
    expect(elsewhere).toMatchObject({ ok: false, problem: { place: { field: 'httpsPull.secret' } } });
  });
});
