import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { failed } from '../../src/base/result.ts';
import { type Doors, startDoors } from '../setup/doors.ts';
import { demo } from '../setup/services.ts';

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors();
  const retry = { attempts: 1, firstMs: 0, mostMs: 0 };
  doors.jobs.handle({ kind: 'letter', retry, work: async () => failed('busy', 'Nobody is at home.') });
  await doors.jobs.add({ tenant: demo.tenant, kind: 'letter', key: 'one', payload: { inside: 'not shown' } });
  await doors.jobs.add({ tenant: 'elsewhere', kind: 'letter', key: 'two' });
  await doors.jobs.add({ tenant: demo.tenant, kind: 'later', key: 'three', dueAt: new Date('2100-01-01T00:00:00Z') });
  for (const tenant of [demo.tenant, 'elsewhere']) {
    while ((await doors.jobs.dead({ ...doors.context, tenant }, { limit: 1 })).total === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }
});
afterAll(() => doors.close());

const ask = (method: string, path: string, as = doors.admin) => doors.ask(method, `/api/v1/jobs${path}`, { as });

test('The jobs of the tenant are listed, by state and kind, with why they failed, and what is in them is not shown', async () => {
  const all = await ask('GET', '');
  expect(all).toMatchObject({ status: 200, json: { total: 2, next: null } });
  expect(all.text).not.toContain('not shown');
  const dead = (await ask('GET', '?state=dead')).json;
  expect(dead.items).toEqual([
    {
      id: expect.any(String),
      kind: 'letter',
      key: 'one',
      state: 'dead',
      addedAt: expect.any(String),
      dueAt: expect.any(String),
      attempts: 1,
      problem: { code: 'busy', text: 'Nobody is at home.' },
      failedAt: expect.any(String),
    },
  ]);
  const later = (await ask('GET', '?kind=later')).json;
  expect(later.items).toMatchObject([
    { key: 'three', state: 'waiting', dueAt: '2100-01-01T00:00:00.000Z', problem: null },
  ]);
  expect(await ask('GET', '?state=lost')).toMatchObject({ status: 400, json: { code: 'invalid-request' } });
  const [first] = (await ask('GET', '?limit=1')).json.items;
  const rest = (await ask('GET', `?limit=1&cursor=${first.id}`)).json;
  expect(rest).toMatchObject({ items: [{ kind: first.kind === 'later' ? 'letter' : 'later' }], next: null });
});

test('A dead job is worked on again or forgotten, a waiting one only worked on, and those of other tenants are not there', async () => {
  const [{ id }] = (await ask('GET', '?state=dead')).json.items;
  const retried = await ask('POST', `/${id}/retry`);
  expect(retried).toMatchObject({ status: 200, json: { id, attempts: expect.any(Number) } });
  while ((await ask('GET', '?state=dead')).json.total === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect((await ask('DELETE', `/${id}`)).status).toBe(204);
  expect(await ask('DELETE', `/${id}`)).toMatchObject({ status: 404, json: { code: 'unknown-object' } });
  expect(await ask('POST', `/${id}/retry`)).toMatchObject({ status: 404 });
  const [waiting] = (await ask('GET', '')).json.items;
  expect(await ask('DELETE', `/${waiting.id}`)).toMatchObject({ status: 409, json: { code: 'conflict' } });
  const theirs = await doors.jobs.dead({ ...doors.context, tenant: 'elsewhere' }, { limit: 1 });
  expect((await ask('DELETE', `/${theirs.items[0]?.id}`)).status).toBe(404);
  expect((await ask('POST', `/${theirs.items[0]?.id}/retry`)).status).toBe(404);
});

test('A viewer sees jobs and changes none, and a credential of some feeds sees none', async () => {
  const key = async (data: object) => {
    const made = await doors.ask('POST', '/api/v1/credentials', { as: doors.admin, data: { kinds: ['key'], ...data } });
    return `Bearer ${made.json.secret}`;
  };
  const viewer = await key({ name: 'looks', role: 'viewer' });
  const limited = await key({ name: 'some', role: 'mapper', feeds: ['nightly'] });
  expect((await ask('GET', '', viewer)).status).toBe(200);
  const [{ id }] = (await ask('GET', '')).json.items;
  expect((await ask('POST', `/${id}/retry`, viewer)).status).toBe(403);
  for (const [method, path] of [
    ['GET', ''],
    ['POST', `/${id}/retry`],
    ['DELETE', `/${id}`],
  ] as const) {
    expect(await ask(method, path, limited)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
  }
});
