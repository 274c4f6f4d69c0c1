import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { message, security } from '../protocols/ims-es/messages.ts';
import { operationNamed, requestOf } from '../protocols/ims-es/requests.ts';
import { basic } from '../setup/doors.ts';
import { demo } from '../setup/services.ts';
import { startWholeGateway, type WholeGateway } from '../setup/whole-gateway.ts';

/** Requests that are answered within the ten seconds over which they are counted. */
const own = 10;
const all = 30;
const open: WholeGateway[] = [];

async function start(settings: Readonly<Record<string, string>>): Promise<WholeGateway> {
  const gateway = await startWholeGateway(settings);
  open.push(gateway);
  return gateway;
}
afterAll(async () => {
  for (const gateway of open) await gateway.close();
});

async function asked(gateway: WholeGateway, path: string, init: RequestInit = {}, from = '10.0.0.1') {
  const headers = { ...(init.headers as Record<string, string>), 'x-forwarded-for': from };
  const response = await fetch(gateway.url + path, { ...init, headers });
  const wait = Number(response.headers.get('retry-after') ?? 0);
  return { status: response.status, wait, type: response.headers.get('content-type'), text: await response.text() };
}

describe('Requests of one credential', () => {
  let gateway: WholeGateway;
  beforeAll(async () => {
    gateway = await start({ REQUESTS_PER_SECOND: String(own / 10), TENANT_REQUESTS_PER_SECOND: String(all / 10) });
  });

  test('are refused by every door once they are too many, those of others are not until their tenant’s are', async () => {
    const mine = { headers: { authorization: basic(demo.user, demo.password) } };
    const made = await Promise.all(
      ['one', 'two', 'three'].map((name) => {
        const body = JSON.stringify({ name, kinds: ['admin'], secret: `secret of ${name}` });
        const headers = { ...mine.headers, 'content-type': 'application/json' };
        return asked(gateway, '/api/v1/credentials', { method: 'POST', headers, body });
      }),
    );
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);

    const seen: number[] = [];
    for (let times = made.length; times <= own; times += 1) {
      seen.push((await asked(gateway, '/api/v1/credentials', mine)).status);
    }
    expect(seen).toEqual([...Array(own - made.length).fill(200), 429]);

    const admin = await asked(gateway, '/api/v1/credentials', mine);
    expect([admin.status, JSON.parse(admin.text).code]).toEqual([429, 'too-many-requests']);
    expect(admin.wait).toBeGreaterThan(0);

    const soap = await asked(gateway, '/soap/ImsEnterpriseServicesPort', {
      method: 'POST',
      headers: { 'content-type': 'text/xml; charset=utf-8' },
      body: message(requestOf(operationNamed('readPerson'), ['a']), security(demo.user, demo.password)),
    });
    expect([soap.status, soap.wait > 0, soap.text.includes('Fault>')]).toEqual([429, true, true]);

    const granted = await asked(gateway, '/oauth/token', {
      method: 'POST',
      headers: { ...mine.headers },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    expect([granted.status, JSON.parse(granted.text).error]).toEqual([429, 'temporarily_unavailable']);
    expect(granted.wait).toBeGreaterThan(0);

    // The tenant has twenty left: ten of each of the two others, and none of the third.
    const others: number[] = [];
    for (const name of ['one', 'two']) {
      const headers = { authorization: basic(name, `secret of ${name}`) };
      for (let times = 0; times < own; times += 1) {
        others.push((await asked(gateway, '/api/v1/credentials', { headers })).status);
      }
    }
    expect(new Set(others)).toEqual(new Set([200]));
    const third = await asked(gateway, '/api/v1/credentials', {
      headers: { authorization: basic('three', 'secret of three') },
    });
    expect([third.status, JSON.parse(third.text).detail]).toEqual([429, expect.stringContaining('one tenant')]);
  });
});

test('Requests of one address are refused before any door, those of another address are not', async () => {
  const gateway = await start({ ADDRESS_REQUESTS_PER_SECOND: '1' });
  const seen: number[] = [];
  for (let times = 0; times <= own; times += 1) {
    seen.push((await asked(gateway, '/docs', {}, `2001:db8:1:1${times % 10}::${times}`)).status);
  }
  expect(seen).toEqual([...Array(own).fill(200), 429]);
  const refused = await asked(gateway, '/docs', {}, '2001:db8:1:1f::1');
  expect([refused.status, refused.type]).toEqual([429, 'application/problem+json; charset=utf-8']);
  expect(refused.wait).toBeGreaterThan(0);
  expect((await asked(gateway, '/docs', {}, '2001:db8:1:200::1')).status).toBe(200);
  expect((await asked(gateway, '/health/live', {}, '2001:db8:1:1f::1')).status).toBe(200);
});
