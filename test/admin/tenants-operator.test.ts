import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type MadeTenant, makeRoster } from '../../src/roster/index.ts';
import { type Doors, startDoors } from '../setup/doors.ts';
import { demo } from '../setup/services.ts';

const key = 'the-operators-key-of-this-gateway';
const day = 86_400_000;
let shift = 0;
let doors: Doors;
beforeAll(async () => {
  doors = await startDoors({ clock: { now: () => new Date(Date.now() + shift) } });
  await doors.tenants.operatorKey('operator', key);
});
afterAll(() => doors.close());

const operator = `Bearer ${key}`;
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const as = (tenant?: string) => ({ as: operator, headers: tenant === undefined ? {} : { 'x-tenant': tenant } });
const made = async (id: string): Promise<MadeTenant> => {
  const answer = await doors.ask('POST', '/api/v1/tenants', { as: operator, data: { id } });
  expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
  return answer.json as MadeTenant;
};
const xml = (id: string) =>
  `<enterprise><person><sourcedid><source>s</source><id>${id}</id></sourcedid><name><fn>${id}</fn></name></person></enterprise>`;

/** Statuses that a tenant's own credential gets at each door. */
async function doorsOf({ user, password, adminKey }: MadeTenant): Promise<number[]> {
  const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  const answers = await Promise.all([
    doors.ask('GET', '/api/v1/runs', { as: basic(user, password) }),
    doors.ask('GET', '/api/v1/runs', { as: `Bearer ${adminKey}` }),
    doors.ask('POST', '/oauth/token', {
      as: basic(user, password),
      headers: form.headers,
      body: 'grant_type=client_credentials',
    }),
  ]);
  return answers.map(({ status }) => status);
}

describe('operators of the gateway', () => {
  test('act for the only tenant there is without naming it', async () => {
    const answer = await doors.ask('GET', '/api/v1/runs', as());
    expect(answer.status).toBe(200);
  });

  test('make a tenant, whose first administrator comes in by every door', async () => {
    const birch = await made('birch');
    expect(birch).toMatchObject({ id: 'birch', state: 'active', reason: null, erasedAt: null });
    expect(await doorsOf(birch)).toEqual([200, 200, 200]);
    const list = (await doors.ask('GET', '/api/v1/tenants', as())).json;
    expect(list.items.map(({ id }: { id: string }) => id)).toEqual(['birch', demo.tenant].sort());
    expect(JSON.stringify(list)).not.toContain(birch.adminKey);
  });

  test('name the tenant where there are several, and act on its data only', async () => {
    const none = await doors.ask('GET', '/api/v1/runs', as());
    expect([none.status, none.json.place]).toEqual([400, { field: 'X-Tenant' }]);
    expect((await doors.ask('GET', '/api/v1/runs', as('birch'))).status).toBe(200);
    expect((await doors.ask('GET', '/api/v1/runs', as('nowhere'))).status).toBe(404);
    const sent = await doors.ask('POST', '/api/v1/imports?feed=f', { ...as('birch'), body: xml('p1') });
    expect(sent.status).toBe(202);
    expect((await doors.ask('GET', '/api/v1/runs', { as: doors.admin })).json.total).toBe(0);
    await doors.sync.wait({ ...doors.context, tenant: 'birch' }, sent.json.id);
  });

  test('others may neither manage tenants nor name another one', async () => {
    for (const [method, path] of [
      ['GET', '/api/v1/tenants'],
      ['POST', '/api/v1/tenants'],
      ['DELETE', '/api/v1/tenants/birch'],
      ['POST', '/api/v1/tenants/birch/suspend'],
    ] as const) {
      const body = method === 'GET' ? {} : { data: { id: 'x' } };
      expect((await doors.ask(method, path, { as: doors.admin, ...body })).status).toBe(403);
    }
    const other = { as: doors.admin, headers: { 'x-tenant': 'birch' } };
    expect((await doors.ask('GET', '/api/v1/runs', other)).status).toBe(403);
    const own = { as: doors.admin, headers: { 'x-tenant': demo.tenant } };
    expect((await doors.ask('GET', '/api/v1/runs', own)).status).toBe(200);
  });

  test('are told what is wrong with an id, and that one is taken', async () => {
    for (const id of ['', '-x', 'a b', 'x'.repeat(65)]) {
      expect((await doors.ask('POST', '/api/v1/tenants', { as: operator, data: { id } })).status).toBe(400);
    }
    expect((await doors.ask('POST', '/api/v1/tenants', { as: operator, data: { id: 'birch' } })).status).toBe(409);
    expect((await doors.ask('GET', '/api/v1/tenants/nowhere', as())).status).toBe(404);
  });
});

describe('a suspended tenant', () => {
  test('lets nobody in by any door, tokens included, and is served again when it is resumed', async () => {
    const elm = await made('elm');
    const token = await doors.token({ id: elm.user, secret: elm.password });
    const users = () => doors.ask('GET', '/ims/oneroster/rostering/v1p2/users', { as: token });
    expect((await users()).status).toBe(200);
    const suspended = await doors.ask('POST', '/api/v1/tenants/elm/suspend?reason=unpaid', as());
    expect(suspended.json).toMatchObject({ state: 'suspended', reason: 'unpaid', since: expect.any(String) });
    expect(await doorsOf(elm)).toEqual([401, 401, 401]);
    expect((await users()).status).toBe(401);
    expect((await doors.ask('GET', '/api/v1/runs', as('elm'))).status).toBe(404);
    // Named by the header too, as by a command line that has a tenant set.
    expect((await doors.ask('POST', '/api/v1/tenants/elm/resume', as('elm'))).json).toMatchObject({
      state: 'active',
      reason: null,
      since: null,
    });
    expect(await doorsOf(elm)).toEqual([200, 200, 200]);
    expect((await users()).status).toBe(200);
  });

  test('lets nobody in at another instance either, five seconds later at the latest', async () => {
    const larch = await made('larch');
    const other = makeRoster(doors.store, { now: () => new Date(Date.now() + shift) });
    const entered = async () => (await other.access.soapUser(larch.user, larch.password)).ok;
    expect(await entered()).toBe(true);
    await doors.tenancy.suspend('larch');
    shift += 5_000;
    expect(await entered()).toBe(false);
    await doors.tenancy.resume('larch');
    shift += 5_000;
    expect(await entered()).toBe(true);
    shift = 0;
  });

  test('has its runs wait, and go on when it is resumed', async () => {
    await made('oak');
    await doors.tenancy.suspend('oak');
    const oak = { ...doors.context, tenant: 'oak' };
    async function* bytes() {
      yield Buffer.from(xml('waits'));
    }
    const run = await doors.sync.submit(oak, { feed: 'f', dryRun: false, fileName: 'f.xml' }, bytes());
    const other = await doors.import(xml('goes-before'));
    expect(other.state).toBe('done');
    const id = run.ok ? run.value.id : '';
    expect((await doors.sync.run(oak, id))?.state).toBe('queued');
    await doors.tenancy.resume('oak');
    expect((await doors.sync.wait(oak, id))?.state).toBe('done');
  });
});

describe('a deleted tenant', () => {
  const left = async (tenant: string) => {
    const found: string[] = [];
    for (const collection of (await doors.store.connection.db?.collections()) ?? []) {
      const own = collection.collectionName === 'tenants' ? { _id: tenant as never } : { tenant };
      if ((await collection.countDocuments(own)) > 0) found.push(collection.collectionName);
    }
    return found;
  };

  test('is kept out of reach for the quarantine and can be restored', async () => {
    const ash = await made('ash');
    const deleted = await doors.ask('DELETE', '/api/v1/tenants/ash', as());
    expect(deleted.json.state).toBe('deleted');
    const { since, erasedAt } = deleted.json;
    expect(Date.parse(erasedAt) - Date.parse(since)).toBe(30 * day);
    expect(await doorsOf(ash)).toEqual([401, 401, 401]);
    expect((await doors.ask('POST', '/api/v1/tenants/ash/resume', as())).status).toBe(409);
    expect((await doors.ask('POST', '/api/v1/tenants', { as: operator, data: { id: 'ash' } })).status).toBe(409);
    expect(await doors.tenancy.eraseDue()).toEqual([]);
    expect((await doors.ask('POST', '/api/v1/tenants/ash/restore', as())).json.state).toBe('active');
    expect(await doorsOf(ash)).toEqual([200, 200, 200]);
    expect((await doors.ask('POST', '/api/v1/tenants/ash/restore', as())).status).toBe(409);
  });

  test('is erased after it with every document, and its id may be used again', async () => {
    await made('fir');
    const fir = { ...doors.context, tenant: 'fir' };
    async function* bytes() {
      yield Buffer.from(xml('of-fir'));
    }
    const run = await doors.sync.submit(fir, { feed: 'f', dryRun: false, fileName: 'f.xml' }, bytes());
    await doors.sync.wait(fir, run.ok ? run.value.id : '');
    expect(await left('fir')).toEqual(expect.arrayContaining(['persons', 'runs', 'originals.parts', 'credentials']));
    await doors.tenancy.remove('fir', { force: false });
    shift = 31 * day;
    expect(await doors.tenancy.eraseDue()).toEqual(['fir']);
    shift = 0;
    expect(await left('fir')).toEqual([]);
    expect(await left('birch')).toEqual(expect.arrayContaining(['persons']));
    await made('fir');
  });

  test('is not erased while a run of it is at work', async () => {
    await made('pine');
    const runs = doors.store.rows('run');
    const lease = { owner: 'another', until: new Date(Date.now() + 3_600_000), fence: 1 };
    await runs.insertOne({ _id: 'pine-1', tenant: 'pine', state: 'running', lease });
    const refused = await doors.ask('DELETE', '/api/v1/tenants/pine?force=true', as());
    expect([refused.status, refused.json.code]).toEqual([409, 'conflict']);
    expect((await doors.ask('GET', '/api/v1/tenants/pine', as())).json.state).toBe('deleted');
    shift = 31 * day;
    expect(await doors.tenancy.eraseDue()).toEqual([]);
    shift = 0;
    await runs.updateOne({ _id: 'pine-1', tenant: 'pine' }, { $set: { 'lease.until': new Date(0) } });
    expect((await doors.ask('DELETE', '/api/v1/tenants/pine?force=true', as())).status).toBe(200);
    expect(await left('pine')).toEqual([]);
  });

  test('cannot be brought back once its erasure has begun, which goes on after a kill', async () => {
    await made('rowan');
    const begun = { state: 'erasing', since: new Date() };
    await doors.store.rows('tenant').updateOne({ _id: 'rowan' }, { $set: begun });
    expect((await doors.ask('POST', '/api/v1/tenants/rowan/restore', as())).status).toBe(409);
    expect(await doors.tenancy.eraseDue()).toEqual([]);
    shift = day;
    expect(await doors.tenancy.eraseDue()).toEqual(['rowan']);
    shift = 0;
    expect(await left('rowan')).toEqual([]);
  });

  test('is erased at once with force', async () => {
    const yew = await made('yew');
    expect((await doors.ask('DELETE', '/api/v1/tenants/yew?force=true', as())).status).toBe(200);
    expect(await left('yew')).toEqual([]);
    expect(await doorsOf(yew)).toEqual([401, 401, 401]);
    expect((await doors.ask('GET', '/api/v1/tenants/yew', as())).status).toBe(404);
  });
});

test('a new operators’ key takes the place of the one before, and none may be left', async () => {
  await doors.tenants.operatorKey('operator', 'another-key-of-the-operators-here');
  expect((await doors.ask('GET', '/api/v1/tenants', as())).status).toBe(401);
  const next = { as: 'Bearer another-key-of-the-operators-here' };
  expect((await doors.ask('GET', '/api/v1/tenants', next)).status).toBe(200);
  await doors.tenants.dropOperatorKey();
  expect((await doors.ask('GET', '/api/v1/tenants', next)).status).toBe(401);
});
