import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import { makeRoster, type SessionItem } from '../../src/roster/index.ts';
import { demo } from '../setup/services.ts';
import { type AdminGateway, type Answer, startAdmin } from './gateway.ts';

const minute = 60_000;
let shift = 0;
let gateway: AdminGateway;
beforeAll(async () => {
  gateway = await startAdmin({ start: false, clock: { now: () => new Date(Date.now() + shift) } });
  for (const [name, role] of [
    ['ann', 'admin'],
    ['olaf', 'operator'],
  ] as const) {
    const made = await gateway.credentials.create(gateway.context, {
      name,
      kinds: ['admin'],
      role,
      secret: `password-of-${name}`,
    });
    if (!made.ok) throw new Error(made.problem.text);
  }
});
beforeEach(() => {
  shift = 0;
});
afterAll(() => gateway.close());

/** A browser: keeps the cookie and the token against forged requests. */
interface Browser {
  cookie: string;
  csrf: string;
  readonly session: () => SessionItem;
  ask(method: string, path: string, asked?: { data?: unknown; headers?: Record<string, string> }): Promise<Answer>;
}

function keep(browser: { cookie: string; csrf: string; last?: SessionItem }, answer: Answer): void {
  const set = answer.headers.get('set-cookie');
  if (set !== null) browser.cookie = set.split(';', 1)[0] ?? '';
  if (answer.text.includes('"csrfToken"')) {
    browser.csrf = String(answer.json['csrfToken']);
    browser.last = answer.json as unknown as SessionItem;
  }
}

const signInAs = (name: string, code?: string, password = `password-of-${name}`) =>
  gateway.ask('POST', '/session', { as: 'nobody', data: { name, password, ...(code === undefined ? {} : { code }) } });

async function browse(name: string, code?: string, password?: string): Promise<Browser> {
  const answer = await signInAs(name, code, password);
  expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
  const state: { cookie: string; csrf: string; last?: SessionItem } = { cookie: '', csrf: '' };
  keep(state, answer);
  return {
    get cookie() {
      return state.cookie;
    },
    set cookie(cookie) {
      state.cookie = cookie;
    },
    get csrf() {
      return state.csrf;
    },
    set csrf(csrf) {
      state.csrf = csrf;
    },
    session: () => state.last as SessionItem,
    async ask(method, path, { data, headers = {} } = {}) {
      const token = method === 'GET' ? {} : { 'x-csrf-token': state.csrf };
      const asked = { as: 'nobody', headers: { cookie: state.cookie, ...token, ...headers } } as const;
      const done = await gateway.ask(method, path, data === undefined ? asked : { ...asked, data });
      keep(state, done);
      return done;
    },
  };
}

const codeOf = (secret: string, at = Date.now() + shift) =>
  new TOTP({ secret: Secret.fromBase32(secret), period: 30 }).generate({ timestamp: at });

describe('signing in', () => {
  test('begins a session whose cookie is for this host, over TLS, and out of reach for scripts', async () => {
    const answer = await signInAs('ann');
    expect(answer.status).toBe(201);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-rostergate=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    );
    expect(answer.json).toMatchObject({ name: 'ann', role: 'admin', mustSetUp: false });
    const token = /=([\w-]{43});/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '';
    expect(answer.text).not.toContain(token);
    const stored = JSON.stringify(await gateway.store.rows('session').find({ tenant: demo.tenant }).toArray());
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(String(answer.json['csrfToken']));
  });

  test('is refused alike for a wrong password, an unknown name and an account that is disabled or of another kind', async () => {
    await gateway.credentials.create(gateway.context, {
      name: 'soap-only',
      kinds: ['soap'],
      secret: 'password-of-soap-only',
    });
    await gateway.credentials.create(gateway.context, { name: 'off', kinds: ['admin'], secret: 'password-of-off' });
    await gateway.credentials.change(gateway.context, 'off', { disabled: true });
    const wrong = [await signInAs('ann', undefined, 'wrong'), await signInAs('nobody')];
    const refused = [...wrong, await signInAs('soap-only'), await signInAs('off')];
    for (const answer of refused) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('set-cookie')).toBeNull();
      expect(answer.json['detail']).toBe(refused[0]?.json['detail']);
    }
  });

  test('gives another id each time, and an id that somebody has thought of opens nothing', async () => {
    const [one, other] = [await browse('ann'), await browse('ann')];
    expect(one.cookie).not.toBe(other.cookie);
    const fixed = { cookie: `__Host-rostergate=${'a'.repeat(43)}` };
    const answer = await gateway.ask('POST', '/session', {
      as: 'nobody',
      headers: fixed,
      data: { name: 'ann', password: 'password-of-ann' },
    });
    expect(answer.headers.get('set-cookie')).not.toContain('aaaa');
    expect((await gateway.ask('GET', '/runs', { as: 'nobody', headers: fixed })).status).toBe(401);
  });

  test('lets in with the role of the account only', async () => {
    const olaf = await browse('olaf');
    expect((await olaf.ask('GET', '/runs')).status).toBe(200);
    expect((await olaf.ask('GET', '/credentials')).status).toBe(403);
    expect((await olaf.ask('GET', '/session')).json).toMatchObject({
      name: 'olaf',
      role: 'operator',
      csrfToken: olaf.csrf,
    });
  });
});

describe('forged requests', () => {
  test('without the session’s token, or with that of another session, change nothing', async () => {
    const [ann, other] = [await browse('ann'), await browse('ann')];
    for (const headers of [{ 'x-csrf-token': '' }, { 'x-csrf-token': 'x' }, { 'x-csrf-token': other.csrf }]) {
      const answer = await ann.ask('PUT', '/settings', { data: { adoptManual: false }, headers });
      expect([answer.status, answer.json['code']]).toEqual([403, 'forbidden']);
    }
    expect((await gateway.tenants.settings(demo.tenant)).adoptManual).toBe(true);
    expect((await ann.ask('PUT', '/settings', { data: { adoptManual: true } })).status).toBe(200);
  });

  test('from pages of other sites are refused even with it', async () => {
    const ann = await browse('ann');
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      const answer = await ann.ask('PUT', '/settings', { data: { adoptManual: true }, headers });
      expect([headers, answer.status]).toEqual([headers, 403]);
    }
    const own = { origin: new URL(gateway.url).origin, 'sec-fetch-site': 'same-origin' };
    expect((await ann.ask('PUT', '/settings', { data: { adoptManual: true }, headers: own })).status).toBe(200);
    const signIn = await gateway.ask('POST', '/session', {
      as: 'nobody',
      headers: { origin: 'https://evil.example' },
      data: { name: 'ann', password: 'password-of-ann' },
    });
    expect(signIn.status).toBe(403);
  });

  test('need no token with a key or a password in each request, whose cookie does not count', async () => {
    const ann = await browse('ann');
    const answer = await gateway.ask('PUT', '/settings', {
      as: 'key',
      headers: { cookie: ann.cookie },
      data: { adoptManual: true },
    });
    expect(answer.status).toBe(200);
    const wrong = { authorization: 'Bearer wrong' };
    expect((await gateway.ask('GET', '/runs', { as: wrong, headers: { cookie: ann.cookie } })).status).toBe(401);
  });
});

describe('a session ends', () => {
  test('when its person signs out, whoever has its cookie', async () => {
    const ann = await browse('ann');
    const stolen = ann.cookie;
    const out = await ann.ask('DELETE', '/session');
    expect([out.status, out.headers.get('set-cookie')]).toEqual([204, expect.stringContaining('Max-Age=0')]);
    expect((await gateway.ask('GET', '/runs', { as: 'nobody', headers: { cookie: stolen } })).status).toBe(401);
  });

  test('after thirty minutes without a request, and after twelve hours in any case', async () => {
    const ann = await browse('ann');
    shift = 29 * minute;
    expect((await ann.ask('GET', '/runs')).status).toBe(200);
    shift = 58 * minute;
    expect((await ann.ask('GET', '/runs')).status).toBe(200);
    shift = 89 * minute;
    expect((await ann.ask('GET', '/runs')).status).toBe(401);
    shift = 0;
    const busy = await browse('ann');
    for (shift = 0; shift < 12 * 60 * minute; shift += 25 * minute)
      expect((await busy.ask('GET', '/runs')).status).toBe(200);
    shift = 12 * 60 * minute + 1;
    expect((await busy.ask('GET', '/runs')).status).toBe(401);
  });

  test('when the account has a new password, is disabled, has another role, or is deleted', async () => {
    const { credentials, context } = gateway;
    await credentials.create(context, { name: 'kim', kinds: ['admin'], role: 'viewer', secret: 'password-of-kim' });
    const one = await browse('kim');
    await credentials.change(context, 'kim', { role: 'operator' });
    expect((await one.ask('GET', '/runs')).status).toBe(401);
    const two = await browse('kim');
    await credentials.change(context, 'kim', { disabled: true });
    expect((await two.ask('GET', '/runs')).status).toBe(401);
    await credentials.change(context, 'kim', { disabled: false });
    const renewed = await browse('kim');
    const { value } = (await credentials.renew(context, 'kim')) as { value: { secret: string } };
    expect((await renewed.ask('GET', '/runs')).status).toBe(401);
    expect((await signInAs('kim')).status).toBe(401);
    expect((await signInAs('kim', undefined, value.secret)).status).toBe(201);
    const three = await browse('kim', undefined, value.secret);
    await credentials.remove(context, 'kim');
    expect((await three.ask('GET', '/runs')).status).toBe(401);
  });

  test('when its browser signs in anew, as the same person or another', async () => {
    const former = await browse('olaf');
    const data = { name: 'ann', password: 'password-of-ann' };
    const again = await gateway.ask('POST', '/session', { as: 'nobody', headers: { cookie: former.cookie }, data });
    expect(again.status).toBe(201);
    expect((await former.ask('GET', '/runs')).status).toBe(401);
  });

  test('at every instance: what one has begun another knows, until one ends it', async () => {
    const clock = { now: () => new Date(Date.now() + shift) };
    const other = makeRoster(gateway.store, clock).sessions;
    const ann = await browse('ann');
    const token = decodeURIComponent(ann.cookie.slice(ann.cookie.indexOf('=') + 1));
    expect(await other.find(token)).toMatchObject({ ok: true, value: { context: { writer: 'admin:ann' } } });
    expect((await ann.ask('DELETE', '/session')).status).toBe(204);
    expect(await other.find(token)).toMatchObject({ ok: false, problem: { code: 'unauthenticated' } });
  });

  test('when an admin ends it; others may neither see nor end those of other people', async () => {
    const [ann, olaf] = [await browse('ann'), await browse('olaf')];
    expect((await olaf.ask('GET', '/sessions')).status).toBe(403);
    expect((await olaf.ask('DELETE', `/sessions/${ann.session().id}`)).status).toBe(403);
    const list = (await ann.ask('GET', '/sessions')).json as unknown as { items: SessionItem[] };
    const its = list.items.find(({ id }) => id === olaf.session().id);
    expect(its).toMatchObject({ name: 'olaf', role: 'operator' });
    expect((await ann.ask('DELETE', `/sessions/${its?.id}`)).status).toBe(204);
    expect((await olaf.ask('GET', '/runs')).status).toBe(401);
    expect((await ann.ask('DELETE', `/sessions/${its?.id}`)).status).toBe(404);
  });
});

describe('what destroys something', () => {
  test('needs a proof of the last ten minutes in a session, which confirming gives under a new id', async () => {
    const ann = await browse('ann');
    const purge = () => ann.ask('DELETE', '/trash/nobody');
    expect((await purge()).status).toBe(404);
    shift = 11 * minute;
    expect((await purge()).json).toMatchObject({ status: 403, code: 'confirmation-needed' });
    for (const [method, path] of [
      ['POST', '/runs/nothing/approve'],
      ['DELETE', '/credentials/nobody'],
      ['POST', '/credentials/nobody/secret'],
      ['DELETE', '/sign-in/oidc'],
    ] as const) {
      expect((await ann.ask(method, path)).json).toMatchObject({ code: 'confirmation-needed' });
    }
    const old = ann.cookie;
    expect((await ann.ask('POST', '/session/confirm', { data: { password: 'wrong' } })).status).toBe(401);
    expect((await purge()).status).toBe(403);
    const key = { name: 'ann-key', kinds: ['key'], role: 'admin' };
    const made = await ann.ask('POST', '/credentials', { data: key });
    expect([made.status, made.json['code']]).toEqual([403, 'confirmation-needed']);
    const { expiresAt } = ann.session();
    expect((await ann.ask('POST', '/session/confirm', { data: { password: 'password-of-ann' } })).status).toBe(200);
    expect(ann.session().expiresAt).toBe(expiresAt);
    expect(ann.cookie).not.toBe(old);
    expect((await purge()).status).toBe(404);
    expect((await gateway.ask('GET', '/runs', { as: 'nobody', headers: { cookie: old } })).status).toBe(401);
    expect((await gateway.ask('DELETE', '/trash/nobody', { as: 'key' })).status).toBe(404);
  });
});

describe('a second factor', () => {
  test('is set up by a code, asked for then, and each code works once', async () => {
    await gateway.credentials.create(gateway.context, {
      name: 'tess',
      kinds: ['admin'],
      role: 'admin',
      secret: 'password-of-tess',
    });
    const [tess, elsewhere] = [await browse('tess'), await browse('tess')];
    const begun = (await tess.ask('POST', '/session/totp')).json as unknown as { secret: string; uri: string };
    expect(begun.uri).toMatch(/^otpauth:\/\/totp\/Rostergate:tess\?/);
    expect((await signInAs('tess')).status).toBe(201);
    expect((await tess.ask('PUT', '/session/totp', { data: { code: '000000' } })).status).toBe(422);
    const first = codeOf(begun.secret);
    const done = await tess.ask('PUT', '/session/totp', { data: { code: first } });
    const { recoveryCodes } = done.json as unknown as { recoveryCodes: string[] };
    expect(new Set(recoveryCodes).size).toBe(10);
    expect((await tess.ask('GET', '/runs')).status).toBe(200);
    expect((await elsewhere.ask('GET', '/runs')).status).toBe(401);

    const asked = await signInAs('tess');
    expect([asked.status, asked.json['place']]).toEqual([401, { field: 'code' }]);
    // The code of the setting up counts as used, also within its thirty seconds.
    expect((await signInAs('tess', first)).status).toBe(401);
    shift = 31_000;
    const next = codeOf(begun.secret);
    const both = await Promise.all([signInAs('tess', next), signInAs('tess', next)]);
    expect(both.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 401]);
    shift = 200_000;
    expect((await signInAs('tess', codeOf(begun.secret, Date.now() + shift - 90_000))).status).toBe(401);

    const [lost = ''] = recoveryCodes;
    expect((await signInAs('tess', lost)).status).toBe(201);
    expect((await signInAs('tess', lost)).status).toBe(401);

    const stored = JSON.stringify(await gateway.store.rows('credential').find({ tenant: demo.tenant }).toArray());
    for (const secret of [begun.secret, ...recoveryCodes]) expect(stored).not.toContain(secret);
  });

  test('closes HTTP Basic for its account, and ends with a fresh session only', async () => {
    const basic = `Basic ${Buffer.from('tess:password-of-tess').toString('base64')}`;
    const answer = await gateway.ask('GET', '/runs', { as: { authorization: basic } });
    expect([answer.status, answer.json['detail']]).toEqual([401, expect.stringContaining('/api/v1/session')]);
  });

  test('may be asked of everybody in a tenant: who has none can only set one up', async () => {
    await gateway.tenants.putSettings(gateway.context, { signIn: { requireTotp: true } });
    const olaf = await browse('olaf');
    expect(olaf.session().mustSetUp).toBe(true);
    expect((await olaf.ask('GET', '/runs')).json).toMatchObject({ status: 403, code: 'forbidden' });
    const basic = `Basic ${Buffer.from('olaf:password-of-olaf').toString('base64')}`;
    expect((await gateway.ask('GET', '/runs', { as: { authorization: basic } })).status).toBe(401);
    const { secret } = (await olaf.ask('POST', '/session/totp')).json as unknown as { secret: string };
    expect((await olaf.ask('PUT', '/session/totp', { data: { code: codeOf(secret) } })).status).toBe(200);
    expect((await olaf.ask('GET', '/runs')).status).toBe(200);
    expect((await olaf.ask('DELETE', '/session/totp')).status).toBe(204);
    // Without it he may again only set one up.
    expect((await olaf.ask('GET', '/runs')).status).toBe(403);
    await gateway.tenants.putSettings(gateway.context, { signIn: { requireTotp: false } });
    expect((await signInAs('olaf')).status).toBe(201);
  });
});

test('sign-ins, done and refused, and what is done in sessions are on record without passwords', async () => {
  await gateway.audit.flush();
  const list = await gateway.audit.list(gateway.context, { limit: 200 });
  const entries = list.ok ? list.value.items : [];
  const found = entries.filter(({ action }) => action === 'sign-in').map(({ outcome }) => outcome);
  expect(new Set(found)).toEqual(new Set(['done', 'refused']));
  expect(entries.some(({ action, writer }) => action === 'account.own' && writer === 'admin:tess')).toBe(true);
  expect(JSON.stringify(entries)).not.toContain('password-of');
});
