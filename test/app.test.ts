import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import express from 'express';
import type { Mount, Readiness } from '../src/app.ts';
import { makeApp } from '../src/app.ts';
import { makeLog } from '../src/app-log.ts';
import type { HttpServer } from '../src/app-server.ts';
import { makeHttpServer } from '../src/app-server.ts';
import { makeSlowBodies } from '../src/app-slow-bodies.ts';

const ready: Readiness = { ping: async () => undefined, isMigrated: () => true, isStopping: () => false };
const opened: HttpServer[] = [];
/** Requests to `/ims/slow` that have arrived. */
let slowOnes = 0;

async function arrived(requests: number): Promise<void> {
  while (slowOnes < requests) await new Promise((resolve) => setTimeout(resolve, 5));
  slowOnes -= requests;
}

afterEach(async () => {
  for (const server of opened.splice(0)) await server.drain(0);
});

async function start({ mounts = [], readiness = ready }: { mounts?: Mount[]; readiness?: Readiness }) {
  const lines: string[] = [];
  const log = makeLog('info', { write: (line: string) => void lines.push(line) });
  const server = makeHttpServer(makeApp({ log, trustProxy: false, mounts, readiness }));
  opened.push(server);
  const address = await server.listen(0, '127.0.0.1');
  if (!address.ok) throw new Error(address.problem.text);
  return { server, lines, base: address.value, port: Number(new URL(address.value).port) };
}

function people(): Mount {
  const router = express.Router();
  router.get('/users/:id', (_request, response) => void response.json({ familyName: 'Lovelace' }));
  router.get('/broken', () => {
    throw new Error('E11000 duplicate key: "ada@example.org"');
  });
  router.post('/body', express.json({ limit: 10 }), (_request, response) => void response.json({}));
  router.get('/events', (_request, response) => {
    response.once('draining', () => response.end('bye'));
    response.write('hello ');
  });
  router.get('/slow', (_request, response) => {
    slowOnes += 1;
    setTimeout(() => response.json({ done: true }), 400);
  });
  return { path: '/ims', router };
}

describe('the HTTP shell', () => {
  test('sets safe headers and does not name its framework', async () => {
    const { base } = await start({});
    const { headers } = await fetch(`${base}/health/live`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|https:/);
    expect(headers.get('x-powered-by')).toBeNull();
  });

  test('gives each request an id, and keeps a well-formed one of the caller', async () => {
    const { base } = await start({});
    const idOf = async (given?: string) =>
      (
        await fetch(`${base}/health/live`, given === undefined ? {} : { headers: { 'x-request-id': given } })
      ).headers.get('x-request-id');
    expect(await idOf('run-42')).toBe('run-42');
    expect(await idOf()).toMatch(/^[\w-]{22}$/);
    expect(await idOf('a b"c')).toMatch(/^[\w-]{22}$/);
  });

  test('logs one line a request with the pattern of its route, and no ids, query, name or body', async () => {
    const { base, lines } = await start({ mounts: [people()] });
    await fetch(`${base}/ims/users/ada.lovelace?filter=familyName%3D%27Lovelace%27`);
    await fetch(`${base}/ims/nobody/ada.lovelace`);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { method: 'GET', route: '/ims/users/:id', status: 200 },
      { method: 'GET', route: '/*', status: 404 },
    ]);
    expect(lines.join('')).not.toMatch(/lovelace/i);
  });

  test('answers an unknown address with a problem document', async () => {
    const { base } = await start({});
    const answer = await fetch(`${base}/nothing`);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await answer.json()).toMatchObject({ status: 404, title: 'Not Found' });
  });

  test('answers a defect with one opaque problem, and logs its place without its message', async () => {
    const { base, lines } = await start({ mounts: [people()] });
    const answer = await fetch(`${base}/ims/broken`);
    expect(answer.status).toBe(500);
    expect(`${await answer.text()}${lines.join('')}`).not.toContain('ada@example.org');
    expect(lines.join('')).toContain('app.test.ts');
  });

  test('passes on the status of a body that is too large, and takes the next request', async () => {
    const { base } = await start({ mounts: [people()] });
    const post = (body: string) =>
      fetch(`${base}/ims/body`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect((await post('{"a":"0123456789"}')).status).toBe(413);
    expect((await post('{nonsense')).status).toBe(400);
    expect((await post('{}')).status).toBe(200);
  });

  test('refuses a request whose headers are too large', async () => {
    const { base } = await start({});
    const answer = await fetch(`${base}/health/live`, { headers: { 'x-large': 'x'.repeat(20_000) } });
    expect(answer.status).toBe(431);
  });

  test('is ready only when migrations are done, the database answers and nobody asked it to stop', async () => {
    const statusWith = async (change: Partial<Readiness>) =>
      (await fetch(`${(await start({ readiness: { ...ready, ...change } })).base}/health/ready`)).status;
    expect(await statusWith({})).toBe(200);
    expect(await statusWith({ isMigrated: () => false })).toBe(503);
    expect(await statusWith({ isStopping: () => true })).toBe(503);
    expect(await statusWith({ ping: () => Promise.reject(new Error('no server')) })).toBe(503);
    const began = Date.now();
    expect(await statusWith({ ping: () => new Promise(() => undefined) })).toBe(503);
    expect(Date.now() - began).toBeLessThan(2_000);
  });
});

describe('a server that is asked to stop', () => {
  test('answers the requests it has accepted and takes no new ones', async () => {
    const { server, base } = await start({ mounts: [people()] });
    const accepted = Promise.all(Array.from({ length: 8 }, () => fetch(`${base}/ims/slow`)));
    await arrived(8);
    const drained = server.drain(5);
    const answers = await accepted;
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(200));
    expect(answers[0]?.headers.get('connection')).toBe('close');
    expect(await drained).toBe(0);
    await expect(fetch(`${base}/health/live`)).rejects.toThrow();
  });

  test('does not wait for a connection on which nothing was ever sent', async () => {
    const { server, port } = await start({});
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    const began = Date.now();
    await server.drain(10);
    expect(Date.now() - began).toBeLessThan(3_000);
  });

  test('cuts off what is not done when its patience ends, and says how much that was', async () => {
    const { server, base } = await start({ mounts: [people()] });
    const cut = fetch(`${base}/ims/slow`).catch(() => 'cut off');
    await arrived(1);
    expect(await server.drain(0.1)).toBe(1);
    expect(await cut).toBe('cut off');
  });
});

test('a stop ends streams that have no end of their own, and cuts none of them off', async () => {
  const { server, base } = await start({ mounts: [people()] });
  const response = await fetch(`${base}/ims/events`);
  const text = response.text();
  expect(await server.drain(10)).toBe(0);
  expect(await text).toBe('hello bye');
});

test('A port that is taken is reported with the remedy', async () => {
  const { port } = await start({});
  const second = makeHttpServer(() => undefined);
  const answer = await second.listen(port, '127.0.0.1');
  expect(answer).toMatchObject({ ok: false, problem: { code: 'conflict' } });
  expect(answer.ok ? '' : answer.problem.text).toContain('Set PORT');
});

describe('a body that comes slowly', () => {
  /** Bytes that a sender begins a body with, and a byte every 20 ms from then on. */
  async function trickle(least: number) {
    const lines: string[] = [];
    const log = makeLog('info', { write: (line: string) => void lines.push(line) });
    const router = express.Router();
    router.post('/body', express.raw({ type: () => true }), (request, response) => {
      response.json({ bytes: (request.body as Buffer).length });
    });
    const mounts = [{ path: '/ims', router }];
    const server = makeHttpServer(
      makeApp({ log, trustProxy: false, mounts, readiness: ready }),
      makeSlowBodies(50, least),
    );
    opened.push(server);
    const address = await server.listen(0, '127.0.0.1');
    if (!address.ok) throw new Error(address.problem.text);
    const socket = connect(Number(new URL(address.value).port), '127.0.0.1');
    const length = 20;
    socket.write(`POST /ims/body HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`);
    let sent = 0;
    const timer = setInterval(() => {
      socket.write('a');
      sent += 1;
      if (sent === length) clearInterval(timer);
    }, 20);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(timer);
    return text;
  }

  test('is cut off with 408 where it brings less than it must', async () => {
    const answer = await trickle(1_000_000);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('The body came too slowly');
  });

  test('is taken where it brings what it must', async () => {
    expect(await trickle(0)).toMatch(/^HTTP\/1\.1 200 [\s\S]*{"bytes":20}/);
  });
});
