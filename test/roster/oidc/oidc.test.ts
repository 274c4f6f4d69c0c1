import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Caller, SignedIn } from '../../../src/roster/index.ts';
import { makeOutbound, type Outbound, type OutboundAnswer } from '../../../src/wire/index.ts';
import { demo, type TestServices, testServices } from '../../setup/services.ts';
import { unsigned, withClaims, withOtherSignature } from './id-token.ts';
import { makeBrowser, startProvider, type TestProvider } from './provider.ts';

const callback = 'http://127.0.0.1:9/api/v1/session/oidc/callback';
const caller: Caller = { address: '127.0.0.1', request: 'r1' };
const client = { id: 'rostergate', secret: 'a secret of the client', callbacks: [callback] };
const roles = [
  { group: 'roster-admins', role: 'admin' },
  { group: 'roster-operators', role: 'operator' },
] as const;

type Change = (url: string, answer: OutboundAnswer) => OutboundAnswer;

let services: TestServices;
let provider: TestProvider;
/** What is done to answers on their way; as a provider that lies would. */
let change: Change | undefined;
/** How far the gateway's clock is ahead. */
let laterMs = 0;

beforeAll(async () => {
  provider = await startProvider(client, { ...client, id: 'second' });
  const real = makeOutbound({ hosts: ['127.0.0.1'] });
  const changed = async (url: string, sent: Promise<Awaited<ReturnType<Outbound['get']>>>) => {
    const answer = await sent;
    return answer.ok && change !== undefined ? { ...answer, value: change(url, answer.value) } : answer;
  };
  const outbound: Outbound = {
    ...real,
    get: (url, headers, signal) => changed(url, real.get(url, headers, signal)),
    post: (url, headers, body, signal) => changed(url, real.post(url, headers, body, signal)),
  };
  services = await testServices({ outbound, start: false, clock: { now: () => new Date(Date.now() + laterMs) } });
});
afterAll(async () => {
  await provider.stop();
  await services.close();
});

const put = (more: object = {}) =>
  services.providers.putSettings(services.context, {
    issuer: provider.issuer,
    clientId: client.id,
    clientSecret: client.secret,
    scopes: ['profile', 'groups'],
    roles,
    ...more,
  });

/** Tells the provider of one user, who signs in from now on. */
const tell = (user: string, groups: readonly string[] | string, more: { acr?: string; refuses?: boolean } = {}) =>
  provider.tell({
    users: { [user]: { preferred_username: `${user}@example.org`, groups } },
    current: { user, ...more },
  });

/** Goes to the provider and back; what the browser brings home. */
async function walk(browser = makeBrowser(), again = false) {
  const begun = await services.providers.begin(demo.tenant, callback, again);
  if (!begun.ok) throw new Error(begun.problem.text);
  const back = await browser.followTo(begun.value.location, callback);
  return { ticket: begun.value.ticket, query: new URL(back).search.slice(1), location: new URL(begun.value.location) };
}

async function signIn(): Promise<SignedIn> {
  const { ticket, query } = await walk();
  const result = await services.providers.finish(ticket, query, caller);
  if (!result.ok) throw new Error(result.problem.text);
  return result.value;
}

const codeOf = async (ticket: string, query: string) => {
  const result = await services.providers.finish(ticket, query, caller);
  return result.ok ? 'in' : result.problem.code;
};

describe('A person signs in at the provider', () => {
  test('and has the role of the first line whose group it is in, as an account of its own', async () => {
    await put();
    await tell('ann', ['teachers', 'roster-operators', 'roster-admins']);
    const { context } = await signIn();
    expect(context).toMatchObject({ tenant: demo.tenant, role: 'admin', source: 'admin', caller });
    expect(context.writer).toMatch(/^admin:oidc-[0-9a-f]{24}$/);
    expect(JSON.stringify(context)).not.toContain('ann');
    expect((await signIn()).context).toEqual(context);
    await tell('ben', 'roster-operators');
    const other = (await signIn()).context;
    expect(other).toMatchObject({ role: 'operator' });
    expect(other.writer).not.toBe(context.writer);
  });

  test('by the code flow with PKCE, state and nonce, which are new each time', async () => {
    await put();
    await tell('ann', ['roster-admins']);
    const seen = (await Promise.all([walk(), walk()])).map(({ location: { searchParams } }) => searchParams);
    for (const parameters of seen) {
      expect(Object.fromEntries(parameters)).toMatchObject({
        response_type: 'code',
        code_challenge_method: 'S256',
        redirect_uri: callback,
        scope: 'openid profile groups',
      });
    }
    for (const name of ['state', 'nonce', 'code_challenge']) {
      const [one, other] = seen.map((parameters) => parameters.get(name) ?? '');
      expect(one).toMatch(/^[\w-]{43}$/);
      expect(one).not.toBe(other);
    }
  });

  test('and loses at the next sign-in what its groups do not give any more', async () => {
    await put();
    await tell('cleo', ['roster-admins']);
    const before = await signIn();
    await tell('cleo', ['roster-operators']);
    expect((await signIn()).context).toMatchObject({ writer: before.context.writer, role: 'operator' });
    const session = await services.sessions.start(await signIn());
    const isIn = async () => (await services.sessions.find(session.token, caller)).ok;
    expect(await isIn()).toBe(true);
    await tell('cleo', []);
    const { ticket, query } = await walk();
    expect(await codeOf(ticket, query)).toBe('forbidden');
    expect(await isIn()).toBe(false);
    await put({ defaultRole: 'viewer' });
    expect((await signIn()).context).toMatchObject({ writer: before.context.writer, role: 'viewer' });
  });

  test('and stays out with an account that an admin has disabled', async () => {
    await put();
    await tell('dora', ['roster-admins']);
    const { context } = await signIn();
    const name = context.writer.slice('admin:'.length);
    const row = { tenant: demo.tenant, name } as Record<string, unknown>;
    await services.store.rows('credential').updateOne(row, { $set: { disabled: true } as Record<string, unknown> });
    const { ticket, query } = await walk();
    expect(await codeOf(ticket, query)).toBe('forbidden');
  });

  test('with a second factor where the tenant asks for one', async () => {
    await put({ requiredAcr: 'mfa' });
    await tell('ann', ['roster-admins']);
    const without = await walk();
    expect(without.location.searchParams.get('acr_values')).toBe('mfa');
    expect(await codeOf(without.ticket, without.query)).toBe('forbidden');
    await tell('ann', ['roster-admins'], { acr: 'mfa' });
    expect((await signIn()).context).toMatchObject({ role: 'admin' });
  });

  test('and is asked anew who it is where that is wanted', async () => {
    await put();
    await tell('ann', ['roster-admins']);
    const browser = makeBrowser();
    const usual = await walk(browser);
    expect(await services.providers.finish(usual.ticket, usual.query, caller)).toMatchObject({
      value: { provenAt: undefined },
    });
    const began = Math.floor(Date.now() / 1000) * 1000;
    const anew = await walk(browser, true);
    expect(Object.fromEntries(anew.location.searchParams)).toMatchObject({ prompt: 'login', max_age: '0' });
    const result = await services.providers.finish(anew.ticket, anew.query, caller);
    if (!result.ok) throw new Error(result.problem.text);
    expect(result.value.provenAt?.getTime()).toBeGreaterThanOrEqual(began);
  });
});

describe('Nobody comes in by an answer that is not the one asked for', () => {
  beforeAll(async () => {
    await put();
    await tell('ann', ['roster-admins']);
  });

  test('with another state, without one, or in another browser', async () => {
    const { ticket, query } = await walk();
    const other = await walk();
    expect(await codeOf(ticket, query.replace(/state=[^&]*/, 'state=x'))).toBe('unauthenticated');
    expect(await codeOf(ticket, query.replace(/&?state=[^&]*/, ''))).toBe('unauthenticated');
    expect(await codeOf(other.ticket, query)).toBe('unauthenticated');
    expect(await codeOf('', query)).toBe('unauthenticated');
    expect(await codeOf(`${ticket.slice(0, -2)}AA`, query)).toBe('unauthenticated');
    expect(await codeOf(ticket, query)).toBe('in');
  });

  test('a second time, nor with a code that another ticket was used for', async () => {
    const first = await walk();
    expect(await codeOf(first.ticket, first.query)).toBe('in');
    expect(await codeOf(first.ticket, first.query)).toBe('unauthenticated');
    const second = await walk();
    const code = new URLSearchParams(first.query).get('code') ?? '';
    expect(await codeOf(second.ticket, second.query.replace(/code=[^&]*/, `code=${code}`))).toBe('unauthenticated');
  });

  test('a second time, though the provider takes the code again', async () => {
    const { ticket, query } = await walk();
    const told = new Map<string, OutboundAnswer>();
    change = (url, answer) => {
      const first = told.get(url) ?? answer;
      told.set(url, first);
      return first;
    };
    const codes = [await codeOf(ticket, query), await codeOf(ticket, query)];
    change = undefined;
    expect(codes).toEqual(['in', 'unauthenticated']);
  });

  test('more than ten minutes after it was begun', async () => {
    const [early, late] = [await walk(), await walk()];
    laterMs = 599_000;
    const inTime = await codeOf(early.ticket, early.query);
    laterMs = 600_000 + 60_000;
    const tooLate = await codeOf(late.ticket, late.query);
    laterMs = 0;
    expect([inTime, tooLate]).toEqual(['in', 'unauthenticated']);
  });

  test('without a new proof where one was asked for, whatever the browser left out', async () => {
    const browser = makeBrowser();
    await walk(browser);
    const begun = await services.providers.begin(demo.tenant, callback, true);
    if (!begun.ok) throw new Error(begun.problem.text);
    const less = new URL(begun.value.location);
    less.searchParams.delete('prompt');
    less.searchParams.delete('max_age');
    const back = await browser.followTo(less.href, callback);
    expect(await codeOf(begun.value.ticket, new URL(back).search.slice(1))).toBe('unauthenticated');
  });

  test('when the provider says no, and its text is not shown', async () => {
    await tell('ann', ['roster-admins'], { refuses: true });
    const { ticket, query } = await walk();
    expect(query).toContain('error=access_denied');
    const result = await services.providers.finish(ticket, query, caller);
    expect(result).toMatchObject({ ok: false, problem: { code: 'unauthenticated' } });
    expect(JSON.stringify(result)).not.toContain('provider text');
    await tell('ann', ['roster-admins']);
  });

  /** Signs in while ID tokens are changed on their way. */
  async function withIdToken(forge: (token: string) => string, metadata: (told: object) => object = (told) => told) {
    change = (url, answer) => {
      if (url.endsWith('/.well-known/openid-configuration')) {
        return { ...answer, body: Buffer.from(JSON.stringify(metadata(JSON.parse(String(answer.body)) as object))) };
      }
      if (!url.endsWith('/token')) return answer;
      const body = JSON.parse(String(answer.body)) as { id_token: string };
      return { ...answer, body: Buffer.from(JSON.stringify({ ...body, id_token: forge(body.id_token) })) };
    };
    try {
      const { ticket, query } = await walk();
      return await codeOf(ticket, query);
    } finally {
      change = undefined;
    }
  }

  test('with an ID token of another sign-in (nonce)', async () => {
    let stolen = '';
    const steal = (token: string) => {
      stolen = token;
      return token;
    };
    expect(await withIdToken(steal)).toBe('in');
    expect(await withIdToken(() => stolen)).toBe('unauthenticated');
  });

  test('with an ID token that nobody signed (alg none), even if the provider lists that', async () => {
    expect(await withIdToken(unsigned)).toBe('unauthenticated');
    // The metadata are read when a client is new.
    await put({ clientId: 'second' });
    const listed = (told: object) => ({ ...told, id_token_signing_alg_values_supported: ['none', 'RS256'] });
    expect(await withIdToken(unsigned, listed)).toBe('unauthenticated');
    expect(await withIdToken((token) => token)).toBe('in');
    await put();
  });

  test.each([
    ['another issuer', { iss: 'https://other.example' }],
    ['another client', { aud: 'other' }],
    ['another subject', { sub: 'eve' }],
    ['a time that is over', { exp: 1 }],
  ])('with an ID token of %s', async (_name, claims) => {
    expect(await withIdToken((token) => withClaims(token, claims))).toBe('unauthenticated');
  });

  test('with an ID token whose signature is that of another key', async () => {
    expect(await withIdToken(withOtherSignature)).toBe('unauthenticated');
  });

  test('when the tenant has another provider meanwhile', async () => {
    const { ticket, query } = await walk();
    await put({ issuer: 'https://login.example' });
    expect(await codeOf(ticket, query)).toBe('unknown-object');
    await put();
  });
});

test('What the provider says of people is on record without their names', async () => {
  const noted = async () => {
    // Entries are written within a second.
    await services.audit.flush();
    const page = await services.audit.list(services.context, { limit: 200, action: 'sign-in' });
    if (!page.ok) throw new Error(page.problem.text);
    return page.value.items;
  };
  await put();
  await tell('zoe', ['roster-admins']);
  const { context } = await signIn();
  await tell('zoe', []);
  const { ticket, query } = await walk();
  await codeOf(ticket, query);
  const entries = await noted();
  expect(entries).toContainEqual(expect.objectContaining({ writer: context.writer, outcome: 'done', source: 'admin' }));
  expect(entries).toContainEqual(
    expect.objectContaining({ writer: 'nobody', outcome: 'refused', problem: 'forbidden' }),
  );
  expect(JSON.stringify(entries)).not.toContain('zoe');
});

describe('The provider and its settings', () => {
  const begin = async (tenant: string = demo.tenant) => {
    const begun = await services.providers.begin(tenant, callback, false);
    return begun.ok ? 'begun' : begun.problem.code;
  };

  test('are told without the secret, which is kept encrypted and not sent elsewhere', async () => {
    await put();
    const told = await services.providers.settings(services.context);
    expect(told).toMatchObject({ value: { issuer: provider.issuer, clientId: 'rostergate', groupsClaim: 'groups' } });
    const rows = await services.store.rows('tenant').find({}).toArray();
    for (const text of [JSON.stringify(told), JSON.stringify(rows)]) expect(text).not.toContain(client.secret);
    expect(await put({ clientSecret: undefined })).toMatchObject({ ok: true });
    for (const other of [{ issuer: 'https://login.example' }, { clientId: 'other' }]) {
      expect(await put({ clientSecret: undefined, ...other })).toMatchObject({
        problem: { code: 'invalid-request', place: { field: 'clientSecret' } },
      });
    }
  });

  test.each([
    ['a private address', { issuer: 'https://10.0.0.1' }, 'issuer'],
    ['plain HTTP', { issuer: 'http://login.example' }, 'issuer'],
    ['a query', { issuer: 'https://login.example/?a=b' }, 'issuer'],
    ['an unknown role', { roles: [{ group: 'a', role: 'god' }] }, 'roles.0.role'],
    ['what is not known', { colour: 'red' }, 'colour'],
  ])('are refused with %s', async (_name, more, field) => {
    expect(await put(more)).toMatchObject({ ok: false, problem: { code: 'invalid-request', place: { field } } });
  });

  test('a wrong secret of the client is said as such', async () => {
    await tell('ann', ['roster-admins']);
    await put({ clientSecret: 'wrong' });
    const { ticket, query } = await walk();
    const result = await services.providers.finish(ticket, query, caller);
    expect(result).toMatchObject({ ok: false, problem: { code: 'forbidden' } });
    expect(JSON.stringify(result)).toContain('clientSecret');
  });

  test('an issuer that names itself otherwise is not trusted', async () => {
    await put({ issuer: provider.issuer.replace('127.0.0.1', 'localhost') });
    expect(await begin()).toBe('unauthenticated');
  });

  test('an unknown tenant and one without a provider are told alike', async () => {
    await services.providers.removeSettings(services.context);
    const without = await services.providers.begin(demo.tenant, callback, false);
    expect(without).toMatchObject({ ok: false, problem: { code: 'unknown-object' } });
    expect(await services.providers.begin('nobody', callback, false)).toEqual(without);
    expect(await services.providers.removeSettings(services.context)).toMatchObject({ ok: false });
  });

  test('a provider that is down, or is no address that may be asked, is said as such', async () => {
    const gone = await startProvider(client);
    await put({ issuer: gone.issuer });
    await gone.stop();
    expect(await begin()).toBe('busy');
    await put({ issuer: provider.issuer });
    change = (url, answer) => {
      if (!url.endsWith('/.well-known/openid-configuration')) return answer;
      const told = JSON.parse(String(answer.body)) as object;
      return { ...answer, body: Buffer.from(JSON.stringify({ ...told, token_endpoint: 'https://10.0.0.1/token' })) };
    };
    await put({ clientSecret: 'another, so that the metadata are read anew' });
    await tell('ann', ['roster-admins']);
    const { ticket, query } = await walk();
    change = undefined;
    const result = await services.providers.finish(ticket, query, caller);
    expect(result).toMatchObject({ ok: false, problem: { code: 'forbidden' } });
    expect(JSON.stringify(result)).not.toContain('10.0.0.1');
  });
});
