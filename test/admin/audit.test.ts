import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { adminRoutes } from '../../src/admin/index.ts';
import { type AuditCheck, type AuditEntry, everyTenant, isGatewayAction } from '../../src/roster/index.ts';
import { enterpriseFile } from '../setup/enterprise-file.ts';
import { demo } from '../setup/services.ts';
import { type AdminGateway, basic, startAdmin } from './gateway.ts';

let gateway: AdminGateway;
beforeAll(async () => {
  gateway = await startAdmin();
});
afterAll(() => gateway.close());

/** What came on record while something was done, oldest first. */
async function recorded(work: () => Promise<unknown>): Promise<AuditEntry[]> {
  const { context, audit } = gateway;
  const { last } = await audit.verify(context);
  await work();
  const entries: AuditEntry[] = [];
  for await (const batch of audit.entries(context, {}))
    entries.push(...batch.filter(({ sequence }) => sequence > last));
  return entries;
}

/** The action of a route. */
function actionOf(id: string): string {
  const route = adminRoutes.find((one) => one.id === id);
  if (route === undefined) throw new Error(`no route ${id}`);
  return route.action;
}

/** An entry as it is compared: what differs from one run to the next is left out. */
const shown = ({ action, outcome, problem, subject, count, run, reason, writer }: AuditEntry) =>
  Object.fromEntries(
    Object.entries({ action, outcome, problem, subject, count, run, reason, writer }).filter(
      ([, value]) => value !== undefined,
    ),
  );

describe('Every route of the admin API', () => {
  test.each(adminRoutes.map((route) => [route.method.toUpperCase(), route.path, route] as const))(
    '%s %s leaves an entry, though it is refused',
    async (method, path, { id, body }) => {
      const asked = body === undefined ? {} : body === 'file' ? { body: '' } : { data: {} };
      const entries = await recorded(() => gateway.ask(method, path.replace(/:\w+/, 'nobody-has-this'), asked));
      expect(entries.map(({ action }) => action)).toContain(actionOf(id));
      for (const entry of entries) {
        expect(entry).toMatchObject({ writer: `admin:${demo.user}`, source: 'admin', address: expect.any(String) });
        if (entry.outcome === 'refused') expect(JSON.stringify(entry)).not.toContain('nobody-has-this');
      }
    },
  );
});

describe('The record of an admin', () => {
  test('names what was made and changed, how many, and why', async () => {
    const made = await recorded(async () => {
      const data = { name: 'library', kinds: ['oneroster'] };
      expect((await gateway.ask('POST', '/credentials?reason=T-17', { data })).status).toBe(201);
      expect((await gateway.ask('POST', '/credentials', { data })).status).toBe(409);
      expect((await gateway.ask('DELETE', '/credentials/library')).status).toBe(204);
    });
    const by = { writer: `admin:${demo.user}` };
    const subject = { type: 'credential', id: 'library' };
    expect(made.map(shown)).toEqual([
      { ...by, action: actionOf('createCredential'), outcome: 'done', subject, reason: 'T-17' },
      {
        ...by,
        action: actionOf('createCredential'),
        outcome: 'refused',
        problem: 'already-exists',
        subject: { type: 'credential' },
      },
      { ...by, action: actionOf('deleteCredential'), outcome: 'done', subject },
    ]);
  });

  test('names a person who was looked at, restored and purged by guid only, and the run that removed', async () => {
    const file = (persons: string[]) => enterpriseFile({ persons });
    await gateway.import(file(['p1', 'p2', 'p3']), { feed: 'pupils', mode: 'full' });
    const guids: string[] = [];
    const entries = await recorded(async () => {
      for (const id of ['p1', 'p3']) guids.push(String((await gateway.ask('GET', `/records/${id}`)).json['guid']));
      const run = await gateway.import(file(['p2']), { feed: 'pupils', mode: 'full' });
      expect(run.state).toBe('done');
      const listed = await gateway.ask('GET', '/trash');
      expect(listed.json['total']).toBe(2);
      await gateway.ask('POST', '/trash/restore', { data: { ids: [guids[0]] } });
      expect((await gateway.ask('DELETE', `/trash/${guids[1]}?reason=T-18`)).status).toBe(409);
      expect((await gateway.ask('DELETE', `/trash/${guids[1]}?force=true&reason=T-18`)).status).toBe(204);
    });
    const [first, second] = guids.map((id) => ({ type: 'record', id }));
    const byAdmin = entries.filter(({ writer }) => writer.startsWith('admin:')).map(shown);
    expect(byAdmin.filter(({ action }) => !(action as string).startsWith('runs.'))).toMatchObject([
      { action: actionOf('getRecord'), outcome: 'done', subject: first, count: 1 },
      { action: actionOf('getRecord'), outcome: 'done', subject: second, count: 1 },
      { action: actionOf('listTrash'), outcome: 'done', subject: { type: 'record' }, count: 2 },
      { action: actionOf('restoreTrash'), outcome: 'done', subject: first, count: 1 },
      { action: actionOf('purgeTrash'), outcome: 'refused', problem: 'in-quarantine', subject: second, reason: 'T-18' },
      { action: actionOf('purgeTrash'), outcome: 'done', subject: second, reason: 'T-18' },
    ]);
    expect(JSON.stringify(entries)).not.toContain('Person');
  });

  test('holds sign-ins: one in an hour that is right, each that is wrong, and no name that nobody has', async () => {
    const wrong = { authorization: basic(demo.user, 'wrong') };
    const entries = await recorded(async () => {
      expect((await gateway.ask('GET', '/feeds', { as: wrong })).status).toBe(401);
      await gateway.audit.flush();
      expect((await gateway.ask('GET', '/feeds', { as: wrong })).status).toBe(401);
      expect((await gateway.ask('GET', '/feeds', { as: { authorization: basic('my password', 'x') } })).status).toBe(
        401,
      );
      expect((await gateway.ask('GET', '/feeds', { as: { authorization: 'Bearer nonsense' } })).status).toBe(401);
    });
    const refused = { action: 'sign-in', outcome: 'refused', problem: 'unauthenticated', writer: 'nobody' };
    const subject = { type: 'credential', id: demo.user };
    expect(entries.map(shown)).toEqual([
      { ...refused, subject },
      { ...refused, subject },
    ]);
    const { audit, context } = gateway;
    const ofGateway = await audit.list({ ...context, tenant: everyTenant }, { limit: 10 });
    expect(ofGateway.ok && ofGateway.value.items.map(shown)).toEqual([refused, refused]);
    const all = await audit.list(context, { action: 'sign-in', who: `admin:${demo.user}`, limit: 10 });
    expect(all.ok && all.value.items).toHaveLength(1);
  });
});

test('What operators do to tenants is on record in a log of the gateway’s own, which they alone may read', async () => {
  const key = 'the-operators-key-of-this-gateway';
  await gateway.tenants.operatorKey('operator', key);
  const as = { authorization: `Bearer ${key}` };
  expect((await gateway.ask('POST', '/tenants', { as, data: { id: 'birch' } })).status).toBe(201);
  expect((await gateway.ask('POST', '/tenants/birch/suspend?reason=T-19', { as })).status).toBe(200);
  expect((await gateway.ask('DELETE', '/tenants/nobody-has-this', { as })).status).toBe(404);
  const own = { as, headers: { 'x-tenant': everyTenant } };
  const items = (await gateway.ask('GET', '/audit?who=admin:operator', own)).json['items'] as AuditEntry[];
  const by = { writer: 'admin:operator' };
  const pseudonym = expect.stringMatching(/^~/);
  expect(items.filter(({ action }) => isGatewayAction(action)).map(shown)).toEqual([
    {
      ...by,
      action: 'tenants.delete',
      outcome: 'refused',
      problem: 'unknown-object',
      subject: { type: 'tenant', id: pseudonym },
    },
    { ...by, action: 'tenants.write', outcome: 'done', subject: { type: 'tenant', id: 'birch' }, reason: 'T-19' },
    { ...by, action: 'tenants.write', outcome: 'done', subject: { type: 'tenant', id: 'birch' } },
  ]);
  expect((await gateway.ask('GET', '/audit/verify', own)).json['fault']).toBeNull();
  expect((await gateway.ask('GET', '/audit', { headers: { 'x-tenant': everyTenant } })).status).toBe(403);
});

describe('The routes of the audit log', () => {
  test('list entries newest first by time, action, subject and writer', async () => {
    await gateway.ask('PUT', '/feeds/north', { data: {} });
    await gateway.ask('PUT', '/feeds/south', { data: {} });
    const list = async (query: string) => (await gateway.ask('GET', `/audit?${query}`)).json;
    const items = (await list('subject=north'))['items'] as AuditEntry[];
    expect(items.map(shown)).toEqual([
      {
        action: actionOf('putFeed'),
        outcome: 'done',
        subject: { type: 'feed', id: 'north' },
        writer: `admin:${demo.user}`,
      },
    ]);
    const first = await list(`action=${actionOf('putFeed')}&limit=1`);
    expect((first['items'] as AuditEntry[])[0]?.subject).toEqual({ type: 'feed', id: 'south' });
    const next = await list(`action=${actionOf('putFeed')}&limit=1&cursor=${String(first['next'])}`);
    expect((next['items'] as AuditEntry[])[0]?.subject).toEqual({ type: 'feed', id: 'north' });
    expect((await list('until=2026-01-01'))['items']).toEqual([]);
    expect((await list('who=admin:nobody'))['items']).toEqual([]);
    expect((await gateway.ask('GET', '/audit?since=yesterday')).status).toBe(400);
    expect((await gateway.ask('GET', '/audit?cursor=-1')).status).toBe(400);
  });

  test('export every entry as a line of JSON, and say that the chain is whole', async () => {
    const lines = (await gateway.ask('GET', '/audit/export')).text.trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as AuditEntry);
    expect(entries.length).toBeGreaterThan(adminRoutes.length);
    expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, at) => at + 1));
    const check = (await gateway.ask('GET', '/audit/verify')).json as unknown as AuditCheck;
    expect(check.fault).toBeNull();
    const noted = entries[2];
    const ask = async (hash?: string) =>
      ((await gateway.ask('GET', `/audit/verify?sequence=3&hash=${hash}`)).json as unknown as AuditCheck).fault;
    expect(await ask(noted?.hash)).toBeNull();
    expect(await ask(entries[3]?.hash)).toMatchObject({ kind: 'cut-off', sequence: 3 });
  });
});
