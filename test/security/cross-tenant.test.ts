import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { makeImsEs } from '../../src/protocols/ims-es/index.ts';
import { type Operation as Call, operations } from '../../src/protocols/ims-es/operations.ts';
import { type Operation, type Service, services } from '../../src/protocols/oneroster-rest/index.ts';
import { oneRosterScopes, type View } from '../../src/roster/index.ts';
import { message, post, security } from '../protocols/ims-es/messages.ts';
import { requestOf } from '../protocols/ims-es/requests.ts';
import { wsdlDir } from '../protocols/ims-es/schemas.ts';
import { fillMixedTenant } from '../protocols/oneroster-rest/mixed-tenant.ts';
import { type Doors, startDoors } from '../setup/doors.ts';
import { demo } from '../setup/services.ts';
import { watchedLog } from '../setup/watched-log.ts';

// The admin API has its own matrix: test/admin/tenants.test.ts.

const nobodys = 'nobody-has-this';
/** Each comes from a tenant of its own, since what one of them makes may have the ids that are asked for. */
const client = { tenant: 'other', name: 'other-tool', password: 'other-secret' };
const user = { tenant: 'third', name: 'third-sis', password: 'third-secret' };

let doors: Doors;
let token: string;
let soap: string;
let stopSoap: () => Promise<void>;
/** By view, an object of the first tenant as its own client gets it. */
const known = new Map<View, { readonly id: string; readonly object: Readonly<Record<string, unknown>> }>();
let before: ReadonlyMap<string, string>;

beforeAll(async () => {
  doors = await startDoors();
  const { store, roster, access, audit, tenants, credentials, context } = doors;
  await fillMixedTenant(roster, { ...context, writer: 'credential:sis', source: 'soap' });
  for (const { tenant, name, password: secret } of [client, user]) {
    await store.rows('tenant').insertOne({ _id: tenant, guidKey: Buffer.alloc(32, 7), timeZone: 'UTC' });
    const scopes = [...oneRosterScopes];
    const made = await credentials.create(
      { ...context, tenant },
      { name, kinds: ['soap', 'oneroster'], scopes, secret },
    );
    if (!made.ok) throw new Error(made.problem.text);
  }
  token = await doors.token({ id: client.name, secret: client.password });

  const app = express();
  const settings = (tenant: string) => tenants.settings(tenant);
  const limits = { maxBodyBytes: 1_000_000, plainHttp: 'loopback', wsdlDir } as const;
  app.use('/soap', makeImsEs({ roster, access, audit, settings, log: watchedLog, ...limits }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  soap = `http://127.0.0.1:${(server.address() as AddressInfo).port}/soap/ImsEnterpriseServicesPort`;
  stopSoap = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  for (const { base, operations: table } of services) {
    for (const { kind, within, path, view, wrapper = '' } of table) {
      if (kind !== 'read-many' || within.length > 0 || known.has(view)) continue;
      const { json } = await doors.ask('GET', base + path);
      const objects = json[wrapper] as Record<string, unknown>[];
      // The words of an answer hold `eve` too.
      const object = objects.find(({ sourcedId }) => sourcedId !== 'eve');
      if (object !== undefined) known.set(view, { id: String(object['sourcedId']), object });
    }
  }
  before = await stored();
});
afterAll(async () => {
  await stopSoap();
  await doors.close();
});

/** All documents of the first tenant but its audit log, which tells of what it did itself. */
async function stored(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const collection of (await doors.store.connection.db?.collections()) ?? []) {
    if (collection.collectionName.startsWith('audit')) continue;
    const own = collection.collectionName === 'tenants' ? { _id: demo.tenant as never } : { tenant: demo.tenant };
    for await (const row of collection.find(own)) {
      found.set(`${collection.collectionName} ${String(row._id)}`, JSON.stringify(row));
    }
  }
  return found;
}

/** An answer, and how often the tenant's audit log says since that something was not found. */
async function noted<T>({ tenant }: typeof client, ask: () => Promise<T>): Promise<[T, number]> {
  const newest = async (limit: number) => {
    const page = await doors.audit.list({ ...doors.context, tenant }, { limit });
    return page.ok ? page.value.items : [];
  };
  const [last] = await newest(1);
  const answer = await ask();
  const entries = (await newest(20)).filter(({ sequence }) => sequence > (last?.sequence ?? 0));
  const refused = entries.filter(({ outcome, problem }) => outcome === 'refused' && problem === 'unknown-object');
  return [answer, refused.reduce((sum, { count = 1 }) => sum + count, 0)];
}

const idOf = (view: View) => known.get(view)?.id ?? nobodys;

function pathOf({ base }: Service, { path, within, view }: Operation, id: (view: View) => string): string {
  const views = [...within, view];
  let at = 0;
  return base + path.replace(/\{[^}]*\}/g, () => encodeURIComponent(id(views[at++] ?? view)));
}

/** A body that names an id: the first tenant's own object under it. */
function bodyOf({ kind, body = '', view, method }: Operation, id: string): object | undefined {
  const object = { ...known.get(view)?.object, sourcedId: id };
  if (kind === 'push-batch') {
    const paths = [...known].filter(([one]) => ['user', 'org', 'class'].includes(one));
    const steps = paths.map(([one]) => ({
      method: 'DELETE',
      path: `/${one === 'class' ? 'classes' : `${one}s`}/${id}`,
    }));
    return { operations: steps };
  }
  if (method === 'GET' || method === 'DELETE') return undefined;
  return { [body]: kind === 'post-set' ? [object] : object };
}

// What makes objects of the asking tenant's own comes last: they may have the same ids.
const order = [
  'read-many',
  'read-one',
  'delete',
  'push-delete',
  'push-batch',
  'post-set',
  'put',
  'push-put',
  'push-post',
];
const rest = services
  .flatMap((service) => service.operations.map((operation) => ({ service, operation })))
  .sort((one, two) => order.indexOf(one.operation.kind) - order.indexOf(two.operation.kind));

describe('To a OneRoster client of another tenant', () => {
  test('there is something of every kind to ask for', () => {
    const views = new Set(rest.flatMap(({ operation }) => [operation.view, ...operation.within]));
    expect([...views].filter((view) => !known.has(view))).toEqual([]);
  });

  test.each(
    rest.map(
      ({ service, operation }) =>
        [service.version, operation.method, operation.path, operation.id, service, operation] as const,
    ),
  )(
    '%s %s %s (%s) answers for ids of the first one as for those that nobody has',
    async (_v, method, _p, _id, service, operation) => {
      const ask = async (id: (view: View) => string) => {
        const own = id(operation.view);
        const isNamed = operation.path.includes('{');
        const isMany = operation.kind === 'read-many';
        const search = isMany && !isNamed ? `?filter=${encodeURIComponent(`sourcedId='${own}'`)}` : '';
        const data = bodyOf(operation, own);
        const asked = { as: token, ...(data === undefined ? {} : { data }) };
        const answer = await doors.ask(method, pathOf(service, operation, id) + search, asked);
        const ids = [...operation.within.map(id), own];
        const text = [...ids, ...ids.map(encodeURIComponent)].reduce(
          (all, one) => all.replaceAll(one, 'ID'),
          answer.text,
        );
        return { status: answer.status, text };
      };
      const [foreign, count] = await noted(client, () => ask(idOf));
      const unknown = await ask(() => nobodys);
      expect(foreign).toEqual(unknown);
      const isOwn = ['put', 'push-put', 'push-post'].includes(operation.kind);
      const isList = operation.kind === 'read-many' && (operation.within.length === 0 || service.version === '1.1');
      if (isList) expect(Object.values(JSON.parse(foreign.text) as object)[0]).toEqual([]);
      else if (operation.kind !== 'push-batch' && !isOwn) expect(foreign.status).toBe(404);
      if (isOwn || operation.within.length + Number(operation.path.includes('{')) === 0) return;
      expect(count).toBeGreaterThan(0);
    },
  );
});

const acts = [
  'read',
  'readFor',
  'readAll',
  'delete',
  'changeIdentifier',
  'update',
  'replace',
  'create',
  'createByProxy',
];
const calls = [...operations].sort((one, two) => acts.indexOf(one.act) - acts.indexOf(two.act));

describe('To a SOAP user of another tenant', () => {
  const ids: Readonly<Record<Call['service'], string>> = { pms: 'ann', gms: 'biology', mms: 'e-ann-bio1' };
  const idFor = { person: ids.pms, group: ids.gms, membership: ids.mms } as const;

  test.each(calls.map((operation) => [operation.name, operation] as const))(
    '%s answers for an id of the first one as for one that nobody has',
    async (_, operation) => {
      const ask = async (id: string) => {
        const headers = { soapaction: `"${operation.action}"` };
        const header = security(user.name, user.password);
        const reply = await post(soap, message(requestOf(operation, [id]), header), headers);
        expect(reply.fault).toBeUndefined();
        return { statuses: reply.statuses, text: reply.text.replaceAll(id, 'ID') };
      };
      const id = operation.act === 'readFor' ? idFor[operation.for ?? 'person'] : ids[operation.service];
      const [foreign, count] = await noted(user, () => ask(id));
      const unknown = await ask(`nobodys-${operation.name}`);
      expect(foreign.statuses).toEqual(unknown.statuses);
      if (operation.act === 'readAll') expect(foreign.text).toMatch(/virtualCount[^>]*>0</);
      if (operation.act === 'createByProxy') return;
      expect(foreign.text).toEqual(unknown.text);
      if (!['read', 'readFor', 'delete', 'changeIdentifier'].includes(operation.act)) return;
      expect(foreign.statuses[0]).toContain('unknownobject');
      expect(count).toBe(1);
    },
  );
});

test('After all of that everything of the first tenant is as it was', async () => {
  expect(before.size).toBeGreaterThan(50);
  expect(await stored()).toEqual(before);
});
