import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeBrowser, startProvider, type TestProvider } from '../roster/oidc/provider.ts';
import { demo } from '../setup/services.ts';
import { type AdminGateway, startAdmin } from './gateway.ts';

let gateway: AdminGateway;
let provider: TestProvider;
let url: string;

beforeAll(async () => {
  gateway = await startAdmin({ start: false });
  url = gateway.url;
  const client = { id: 'rostergate', secret: 'a secret of the client', callbacks: [`${url}/session/oidc/callback`] };
  provider = await startProvider(client);
  await provider.tell({ users: { ann: { groups: ['roster-admins'] } }, current: { user: 'ann' } });
});
afterAll(async () => {
  await provider.stop();
  await gateway.close();
});

const settings = () => ({
  issuer: provider.issuer,
  clientId: 'rostergate',
  clientSecret: 'a secret of the client',
  scopes: ['groups'],
  roles: [{ group: 'roster-admins', role: 'admin' }],
});

const ask = (method: string, data?: object) => gateway.ask(method, '/sign-in/oidc', data === undefined ? {} : { data });

const begin = () => `${url}/session/oidc?tenant=${demo.tenant}`;

describe('An admin sets by which provider people sign in', () => {
  test('and sees all of it but the secret', async () => {
    expect((await ask('GET')).status).toBe(404);
    const put = await ask('PUT', settings());
    expect(put.status).toBe(200);
    expect(put.json).toMatchObject({ issuer: provider.issuer, defaultRole: null, groupsClaim: 'groups' });
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
    const back = await browser.followTo(away.headers.get('location') ?? '', `${url}/session/oidc/callback`);
    const answer = await browser.ask(back);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const own = await browser.ask(`${url}/session`);
    expect(own.status).toBe(200);
    expect(await own.json()).toMatchObject({ name: expect.stringMatching(/^oidc-/), role: 'admin', mustSetUp: false });
    expect(browser.cookies(new URL(url).origin).has('__Host-rostergate-oidc')).toBe(false);
    expect((await browser.ask(back)).status).toBe(401);
  });

  test('that did not begin the sign-in is refused, and asked for no password', async () => {
    const browser = makeBrowser();
    const back = await browser.followTo(begin(), `${url}/session/oidc/callback`);
    const other = makeBrowser();
    const refused = await other.ask(back);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).not.toContain('Basic');
    expect([...other.cookies(new URL(url).origin)]).toEqual([]);
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

  test('that proves anew who its person is may do what destroys something, others may not', async () => {
    for (const again of [false, true]) {
      const browser = makeBrowser();
      await browser.ask(await browser.followTo(`${begin()}&again=${again}`, `${url}/session/oidc/callback`));
      const { freshUntil } = (await (await browser.ask(`${url}/session`)).json()) as { freshUntil: string };
      expect({ again, fresh: Date.parse(freshUntil) > Date.now() }).toEqual({ again, fresh: again });
    }
  });

  test('makes an account that admins see with its provider, and can keep out', async () => {
    const { items } = (await gateway.ask('GET', '/credentials')).json as {
      items: { name: string; provider?: object }[];
    };
    const account = items.find((one) => one.provider !== undefined);
    expect(account).toMatchObject({
      kinds: ['admin'],
      role: 'admin',
      provider: { issuer: provider.issuer, subject: 'ann' },
    });
    const signedIn = makeBrowser();
    await signedIn.ask(await signedIn.followTo(begin(), `${url}/session/oidc/callback`));
    expect((await signedIn.ask(`${url}/session`)).status).toBe(200);
    expect(await gateway.ask('POST', `/credentials/${account?.name}/secret`)).toMatchObject({ status: 409 });
    const data = { disabled: true };
    expect(await gateway.ask('PUT', `/credentials/${account?.name}`, { data })).toMatchObject({ status: 200 });
    expect((await signedIn.ask(`${url}/session`)).status).toBe(401);
    const browser = makeBrowser();
    const back = await browser.followTo(begin(), `${url}/session/oidc/callback`);
    expect((await browser.ask(back)).status).toBe(403);
  });

  test('without a tenant, or with an unknown one, is told so', async () => {
    expect((await makeBrowser().ask(`${url}/session/oidc`)).status).toBe(400);
    expect((await makeBrowser().ask(`${url}/session/oidc?tenant=nobody`)).status).toBe(404);
  });
});
