import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/base/clock.ts';
import { makeRoster } from '../../src/roster/index.ts';
import { message, security } from '../protocols/ims-es/messages.ts';
import { operationNamed, requestOf } from '../protocols/ims-es/requests.ts';
import { basic } from '../setup/doors.ts';
import { demo } from '../setup/services.ts';
import { startWholeGateway, type WholeGateway } from '../setup/whole-gateway.ts';

const failures = 3;
let gateway: WholeGateway;
/** The last part of the networks that the tests take for themselves, so that none of them meets another's senders. */
let network = 0;

beforeAll(async () => {
  gateway = await startWholeGateway({ FAILED_LOGINS: String(failures) });
});
afterAll(() => gateway.close());
beforeEach(() => {
  network += 1;
});
// The counts of a name are those of all tests; each begins without any.
afterEach(async () => {
  await gateway.store.rows('attempt').deleteMany({});
});

/** An address of the test's own networks. */
const from = (part: number, host = 1) => `10.${network}.${part}.${host}`;

interface Seen {
  readonly status: number;
  readonly retryAfter: number;
  readonly text: string;
}

async function send(address: string, path: string, init: RequestInit): Promise<Seen> {
  const headers = { ...(init.headers as Record<string, string>), 'x-forwarded-for': address };
  const response = await fetch(gateway.url + path, { ...init, headers });
  const text = await response.text();
  return { status: response.status, retryAfter: Number(response.headers.get('retry-after') ?? 0), text };
}

const admin = (address: string, name: string, password: string) =>
  send(address, '/api/v1/feeds', { headers: { authorization: basic(name, password) } });

const grant = (address: string, name: string, password: string) =>
  send(address, '/oauth/token', {
    method: 'POST',
    headers: { authorization: basic(name, password) },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });

const soap = (address: string, name: string, password: string) =>
  send(address, '/soap/ImsEnterpriseServicesPort', {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' },
    body: message(requestOf(operationNamed('readPerson'), ['nobody']), security(name, password)),
  });

const doors = { admin, grant, soap } as const;

async function statuses(count: number, ask: (at: number) => Promise<Seen>): Promise<number[]> {
  const seen: number[] = [];
  for (let at = 0; at < count; at += 1) seen.push((await ask(at)).status);
  return seen;
}

describe('a hundred wrong passwords', () => {
  for (const [door, ask] of Object.entries(doors)) {
    test(`of one name from one address are answered three times at the door ${door}, and then refused unseen`, async () => {
      const seen = await statuses(100, (at) => ask(from(1), demo.user, `wrong ${at}`));
      expect(new Set(seen.slice(0, failures))).not.toContain(429);
      expect(new Set(seen.slice(failures))).toEqual(new Set([429]));
      const refused = await ask(from(1), demo.user, 'wrong');
      expect(refused.retryAfter).toBeGreaterThan(0);
      expect(refused.retryAfter).toBeLessThanOrEqual(900);
      expect((await ask(from(2), demo.user, demo.password)).status).toBe(200);
    });
  }

  test('of many names from one address are refused after thirty, and others in its network are not', async () => {
    const seen = await statuses(failures * 10 + 5, (at) => admin(from(1), `nobody-${at}`, 'wrong'));
    expect(seen.indexOf(429)).toBe(failures * 10);
    expect((await admin(from(1, 2), 'nobody', 'wrong')).status).toBe(401);
    expect((await admin(from(1, 2), demo.user, demo.password)).status).toBe(200);
  });

  test('of one name from a hundred addresses of one network are refused after six, and its user comes in from elsewhere', async () => {
    const seen = await statuses(100, (at) => admin(from(1, at + 1), demo.user, `wrong ${at}`));
    expect(seen.indexOf(429)).toBe(failures * 2);
    expect(seen.slice(failures * 2)).toEqual(Array(100 - failures * 2).fill(429));
    expect((await admin(from(2), demo.user, demo.password)).status).toBe(200);
  });

  test('of a name do not close it to an address by which it came in before', async () => {
    expect((await admin(from(1, 200), demo.user, demo.password)).status).toBe(200);
    await statuses(40, (at) => admin(from(1, at + 1), demo.user, `wrong ${at}`));
    expect((await admin(from(1, 200), demo.user, demo.password)).status).toBe(200);
    expect((await admin(from(1, 30), demo.user, 'wrong')).status).toBe(429);
  });

  test('that come all at once are answered no more often than one after the other', async () => {
    const seen = await Promise.all(Array.from({ length: 40 }, (_, at) => admin(from(1), demo.user, `wrong ${at}`)));
    expect(seen.filter(({ status }) => status === 401)).toHaveLength(failures);
    expect(seen.filter(({ status }) => status === 429)).toHaveLength(40 - failures);
  });
});

test('one machine’s many IPv6 addresses are one sender, and IPv4 inside IPv6 is IPv4', async () => {
  const prefix = `2001:db8:${network}`;
  const seen = await statuses(failures + 1, (at) => admin(`${prefix}:aa${at}0::${at + 1}`, demo.user, 'wrong'));
  expect(seen).toEqual([...Array(failures).fill(401), 429]);
  expect((await admin(`${prefix}:bb00::1`, demo.user, demo.password)).status).toBe(200);

  await statuses(failures, (at) => admin(from(3), demo.user, `wrong ${at}`));
  expect((await admin(`::ffff:${from(3)}`, demo.user, 'wrong')).status).toBe(429);
});

test('a name that nobody has is refused after as many tries as one that somebody has', async () => {
  const ask = (name: string, part: number) => statuses(failures + 3, () => admin(from(part), name, 'wrong'));
  const [known, unknown] = [await ask(demo.user, 1), await ask('nobody at all', 2)];
  expect(known).toContain(429);
  expect(unknown).toEqual(known);
});

test('a password that was right a moment ago goes on where others guess from the same address', async () => {
  expect((await admin(from(1), demo.user, demo.password)).status).toBe(200);
  expect(await statuses(failures + 1, (at) => admin(from(1), demo.user, `wrong ${at}`))).toContain(429);
  expect((await admin(from(1), demo.user, demo.password)).status).toBe(200);
});

test('keys and tokens that are none are refused after three hundred, and a right token is not', async () => {
  const { text } = await grant(from(1), demo.user, demo.password);
  const token = (JSON.parse(text) as { access_token: string }).access_token;
  const orgs = (bearer: string) =>
    send(from(1), '/ims/oneroster/rostering/v1p2/orgs', { headers: { authorization: `Bearer ${bearer}` } });
  const seen = await Promise.all(Array.from({ length: failures * 100 + 20 }, (_, at) => orgs(`none-${at}`)));
  expect(seen.filter(({ status }) => status === 401)).toHaveLength(failures * 100);
  expect(seen.filter(({ status }) => status === 429)).toHaveLength(20);
  expect((await orgs(token)).status).toBe(200);
});

test('what one instance has counted, another one knows', async () => {
  expect(await statuses(failures + 1, (at) => admin(from(1), demo.user, `wrong ${at}`))).toContain(429);
  const another = makeRoster(gateway.store, systemClock, { failedLogins: failures });
  const tried = (address: string) => another.access.admin(demo.user, 'wrong', { address, request: 'a' });
  expect(await tried(from(1))).toMatchObject({
    problem: { code: 'too-many-requests', retryAfter: expect.any(Number) },
  });
  expect(await tried(from(2))).toMatchObject({ problem: { code: 'unauthenticated' } });
  await another.audit.flush();
});

test('what is counted holds no names and no addresses', async () => {
  await admin(from(1), demo.user, 'wrong');
  const rows = await gateway.store.rows('attempt').find({}).toArray();
  expect(rows.length).toBeGreaterThan(0);
  const text = JSON.stringify(rows);
  for (const secret of [demo.user, from(1), 'wrong p']) expect(text).not.toContain(secret);
});
