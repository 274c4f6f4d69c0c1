import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { makeAdmin } from '../../src/admin/index.ts';
import { silentLog } from '../../src/base/log.ts';
import type { SignedIn } from '../../src/roster/index.ts';
import { makeBrowser, startProvider, type TestProvider } from '../roster/oidc/provider.ts';
import { demo, type TestServices, testServices } from '../setup/services.ts';
import { basic } from './gateway.ts';

let services: TestServices;
let provider: TestProvider;
let url: string;
let stop: () => Promise<void>;
const started: SignedIn[] = [];

beforeAll(async () => {
  services = await testServices({ start: false });
  const app = express();
  app.set('query parser', 'simple');
  const startSession = async (_request: unknown, _response: unknown, signedIn: SignedIn) => {
    started.push(signedIn);
    return undefined;
  };
  app.use('/api/v1', makeAdmin({ ...services, log: silentLog, version: '1.2.3', startSession }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', () => resolve()));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  url = `${origin}/api/v1`;
  const client = { id: 'rostergate', secret: 'a secret of the client', callbacks: [`${url}/session/oidc/callback`] };
  provider = await startProvider(client);
  await provider.tell({ users: { ann: { groups: ['roster-admins'] } }, current: { user: 'ann' } });
  stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});
afterAll(async () => {
  await stop();
  await services.close();
  await provider.stop();
});

const settings = () => ({
  issuer: provider.issuer,
  clientId: 'rostergate',
  clientSecret: 'a secret of the client',
  scopes: ['groups'],
  roles: [{ group: 'roster-admins', role: 'admin' }],
});

async function ask(method: string, data?: object) {
  const response = await fetch(`${url}/sign-in/oidc`, {
    method,
    headers: { authorization: basic(demo.user, demo.password), 'content-type': 'application/json' },
    ...(data === undefined ? {} : { body: JSON.stringify(data) }),
  });
  const text = await response.text();
  return { status: response.status, text };
}

const begin = () => `${url}/session/oidc?tenant=${demo.tenant}`;

describe('An admin sets by which provider people sign in', () => {
  test('and sees all of it but the secret', async () => {
    expect((await ask('GET')).status).toBe(404);
    const put = await ask('PUT', settings());
    expect({ ...put, text: JSON.parse(put.text) as unknown }).toMatchObject({
      status: 200,
      text: { issuer: provider.issuer, defaultRole: null, groupsClaim: 'groups' },
    });
    expect((await ask('GET')).text).toBe(put.text);
    expect(put.text).not.toContain('a secret of the client');
  });

  test('and takes it away', async () => {
    expect((await ask('DELETE')).status).toBe(204);
    expect((await ask('DELETE')).status).toBe(404);
    expect((await makeBrowser().ask(begin())).status).toBe(404);
    await ask('PUT', settings());
  });
});

describe('A browser', () => {
  test('goes to the provider, comes back, and is sent to the pages of the gateway', async () => {
    const browser = makeBrowser();
    const away = await browser.ask(begin());
    expect(away.status).toBe(303);
    const [cookie = ''] = away.headers.getSetCookie();
    for (const part of ['__Host-rostergate-oidc=', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax', 'Max-Age=600']) {
      expect(cookie).toContain(part);
    }
    expect(cookie).not.toContain('Domain');
    const before = started.length;
    const back = await browser.followTo(away.headers.get('location') ?? '', `${url}/session/oidc/callback`);
    const answer = await browser.ask(back);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(started.slice(before)).toMatchObject([{ context: { tenant: demo.tenant, role: 'admin', source: 'admin' } }]);
    expect(browser.cookies(new URL(url).origin).has('__Host-rostergate-oidc')).toBe(false);
    expect((await browser.ask(back)).status).toBe(401);
  });

  test('that did not begin the sign-in is refused, and asked for no password', async () => {
    const browser = makeBrowser();
    const back = await browser.followTo(begin(), `${url}/session/oidc/callback`);
    const before = started.length;
    const refused = await makeBrowser().ask(back);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).not.toContain('Basic');
    expect(started.length).toBe(before);
  });

  test('that only looks ahead uses nothing up', async () => {
    const browser = makeBrowser();
    const back = await browser.followTo(begin(), `${url}/session/oidc/callback`);
    const cookie = [...browser.cookies(new URL(url).origin)].map((pair) => pair.join('=')).join('; ');
    const looked = await fetch(back, { method: 'HEAD', redirect: 'manual', headers: { cookie } });
    expect(looked.status).toBe(405);
    expect((await browser.ask(back)).status).toBe(303);
  });

  test('is sent nowhere else, whatever its query says', async () => {
    for (const name of ['redirect_uri', 'returnTo', 'next', 'issuer']) {
      const answer = await makeBrowser().ask(`${begin()}&${name}=https://evil.example/`);
      expect({ name, status: answer.status, to: answer.headers.get('location') }).toEqual({
        name,
        status: 400,
        to: null,
      });
    }
    const browser = makeBrowser();
    const back = await browser.followTo(begin(), `${url}/session/oidc/callback`);
    const answer = await browser.ask(`${back}&next=https://evil.example/`);
    expect(answer.headers.get('location')).toBe('/admin');
  });

  test('makes an account that admins see with its provider, and can keep out', async () => {
    const listed = await fetch(`${url}/credentials`, { headers: { authorization: basic(demo.user, demo.password) } });
    const { items } = (await listed.json()) as { items: { name: string; provider?: object }[] };
    const account = items.find(({ provider }) => provider !== undefined);
    expect(account).toMatchObject({
      kinds: ['admin'],
      role: 'admin',
      provider: { issuer: provider.issuer, subject: 'ann' },
    });
    const disabled = await fetch(`${url}/credentials/${account?.name}`, {
      method: 'PUT',
      headers: { authorization: basic(demo.user, demo.password), 'content-type': 'application/json' },
      body: JSON.stringify({ disabled: true }),
    });
    expect(disabled.status).toBe(200);
    const secret = await fetch(`${url}/credentials/${account?.name}/secret`, {
      method: 'POST',
      headers: { authorization: basic(demo.user, demo.password) },
    });
    expect(secret.status).toBe(409);
    const browser = makeBrowser();
    const back = await browser.followTo(begin(), `${url}/session/oidc/callback`);
    expect((await browser.ask(back)).status).toBe(403);
  });

  test('without a tenant, or with an unknown one, is told so', async () => {
    expect((await makeBrowser().ask(`${url}/session/oidc`)).status).toBe(400);
    expect((await makeBrowser().ask(`${url}/session/oidc?tenant=nobody`)).status).toBe(404);
  });
});
