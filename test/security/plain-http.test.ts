import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { makeAdmin } from '../../src/admin/index.ts';
import { makeOneRoster } from '../../src/protocols/oneroster-rest/index.ts';
import type { PlainHttp } from '../../src/wire/index.ts';
import { basic } from '../setup/doors.ts';
import { demo, type TestServices, testServices } from '../setup/services.ts';
import { watchedLog } from '../setup/watched-log.ts';

let services: TestServices;
const servers: Server[] = [];
beforeAll(async () => {
  services = await testServices({ start: false });
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await services.close();
});

/** The admin API and OneRoster behind a proxy on this machine, which says who asks and how. */
async function doorsWith(plainHttp: PlainHttp): Promise<string> {
  const app = express();
  app.set('trust proxy', 'loopback');
  const shared = { ...services, log: watchedLog, version: '1.2.3', plainHttp };
  app.use('/api/v1', makeAdmin(shared));
  app.use(makeOneRoster(shared));
  const server = app.listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const authorization = basic(demo.user, demo.password);

/** What each door that takes a password says to somebody elsewhere. */
async function answers(url: string, scheme: 'http' | 'https', from = '203.0.113.9') {
  const headers = { authorization, 'x-forwarded-for': from, 'x-forwarded-proto': scheme };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const json = { 'content-type': 'application/json' };
  const ask = async (path: string, more: { method?: string; headers?: Record<string, string>; body?: string } = {}) => {
    const answer = await fetch(url + path, { ...more, headers: { ...headers, ...more.headers } });
    await answer.arrayBuffer();
    return answer.status;
  };
  const signIn = JSON.stringify({ name: demo.user, password: demo.password });
  return {
    admin: await ask('/api/v1/runs'),
    session: await ask('/api/v1/session', { method: 'POST', headers: json, body: signIn }),
    token: await ask('/oauth/token', { method: 'POST', headers: form, body: 'grant_type=client_credentials' }),
    document: await ask('/api/v1/openapi.json'),
  };
}

describe('Passwords, client secrets and keys over plain HTTP', () => {
  test('are refused from elsewhere at every door, and taken over TLS and from this machine', async () => {
    const url = await doorsWith('loopback');
    const taken = { admin: 200, session: expect.any(Number), token: 200, document: 200 };
    expect(await answers(url, 'http')).toEqual({
      admin: 403,
      session: 403,
      token: 400,
      document: 200,
    });
    for (const own of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      expect(await answers(url, 'http', own)).toEqual(taken);
    }
    const over = await answers(url, 'https');
    expect(over).toEqual(taken);
    expect(over.session).toBeLessThan(300);
  });

  test('are taken at all doors alike where plain HTTP is allowed', async () => {
    const there = await answers(await doorsWith('allow'), 'http');
    expect(there).toMatchObject({ admin: 200, token: 200, document: 200 });
    expect(there.session).not.toBe(403);
  });
});
