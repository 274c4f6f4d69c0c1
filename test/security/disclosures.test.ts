import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { makeImsEs } from '../../src/protocols/ims-es/index.ts';
import type { AuditEntry } from '../../src/roster/index.ts';
import { message, post, security } from '../protocols/ims-es/messages.ts';
import { operationNamed, requestOf } from '../protocols/ims-es/requests.ts';
import { wsdlDir } from '../protocols/ims-es/schemas.ts';
import { fillMixedTenant } from '../protocols/oneroster-rest/mixed-tenant.ts';
import { type Doors, startDoors } from '../setup/doors.ts';
import { enterpriseFile } from '../setup/enterprise-file.ts';
import { demo } from '../setup/services.ts';
import { watchedLog } from '../setup/watched-log.ts';

let doors: Doors;
let soap: string;
let stopSoap: () => Promise<void>;
let guid: string;

beforeAll(async () => {
  doors = await startDoors();
  const { roster, access, audit, tenants, context } = doors;
  await fillMixedTenant(roster, { ...context, writer: 'credential:sis', source: 'soap' });
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
  const found = await roster.served(context, 'user', 'ann');
  guid = found?.record.guid ?? '';
  // Its token and its first sign-in are on record before the tests begin.
  await doors.ask('GET', `${rostering}/orgs`);
});
afterAll(async () => {
  await stopSoap();
  await doors.close();
});

const rostering = '/ims/oneroster/rostering/v1p2';

/** What came on record while something was done, oldest first, as it is compared. */
async function recorded(work: () => Promise<unknown>): Promise<object[]> {
  const { audit, context } = doors;
  const { last } = await audit.verify(context);
  await work();
  const entries: AuditEntry[] = [];
  for await (const batch of audit.entries(context, {}))
    entries.push(...batch.filter(({ sequence }) => sequence > last));
  return entries.map(({ action, outcome, problem, subject, count, source, writer }) =>
    Object.fromEntries(
      Object.entries({ action, outcome, problem, subject, count, source, writer }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
  );
}

const call = async (name: string, ...ids: string[]) => {
  const operation = operationNamed(name);
  const reply = await post(soap, message(requestOf(operation, ids), security(demo.user, demo.password)), {
    soapaction: `"${operation.action}"`,
  });
  if (reply.fault !== undefined) throw new Error(reply.fault);
  return reply;
};

const rest = { action: 'records.read', source: 'rest', writer: `credential:${demo.user}` };
const bySoap = { ...rest, source: 'soap' };

test.each(['/users/ann', '/students/ann', '/demographics/ann'])(
  'A OneRoster client that reads %s is on record with the guid of the person',
  async (path) => {
    const entries = await recorded(async () => {
      expect((await doors.ask('GET', rostering + path)).status).toBe(200);
    });
    expect(entries).toEqual([{ ...rest, outcome: 'done', subject: { type: 'person', id: guid }, count: 1 }]);
  },
);

test('Reads of one person that come together are counted together', async () => {
  const entries = await recorded(async () => {
    await Promise.all(Array.from({ length: 5 }, () => doors.ask('GET', `${rostering}/users/ann`)));
  });
  const counts = entries.map((entry) => (entry as { count: number }).count);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5);
  for (const entry of entries) expect(entry).toMatchObject({ ...rest, subject: { type: 'person', id: guid } });
});

test('A page of persons is on record with the number that it shows; other objects leave no entry', async () => {
  let shown = 0;
  const entries = await recorded(async () => {
    const page = await doors.ask('GET', `${rostering}/users?limit=4`);
    shown = page.json.users.length;
    const nested = await doors.ask('GET', `${rostering}/classes/bio-1/students`);
    shown += nested.json.users.length;
    await doors.ask('GET', `${rostering}/orgs`);
    await doors.ask('GET', `${rostering}/classes/bio-1`);
  });
  const counts = entries.map((entry) => (entry as { count: number }).count);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(shown);
  for (const entry of entries) expect(entry).toMatchObject({ ...rest, outcome: 'done', subject: { type: 'person' } });
});

test('A OneRoster client that may not read, or asks for what is not there, is on record', async () => {
  const token = await doors.token({ id: demo.user, secret: demo.password, scope: rosterCore });
  const entries = await recorded(async () => {
    expect((await doors.ask('GET', `${rostering}/demographics/ann`, { as: token })).status).toBe(403);
    expect((await doors.ask('GET', `${rostering}/users/ann.lee@example.org`)).status).toBe(404);
  });
  expect(entries).toEqual([
    { ...rest, outcome: 'refused', problem: 'forbidden', subject: pseudonym },
    { ...rest, outcome: 'refused', problem: 'unknown-object', subject: pseudonym },
  ]);
});

const rosterCore = 'https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly';
const pseudonym = { type: 'person', id: expect.stringMatching(/^~[\w-]{22}$/) };

test('A SOAP user comes on record once for its sign-in, and for each person and set that it reads', async () => {
  const entries = await recorded(async () => {
    await call('readPerson', 'ann');
    await doors.audit.flush();
    await call('readPersons', 'ann', 'bob', 'nobody');
    await call('readGroup', 'bio-1');
    await doors.audit.flush();
    await call('readPersonsForGroup', 'club');
  });
  expect(entries).toEqual([
    { action: 'sign-in', outcome: 'done', source: 'soap', writer: `credential:${demo.user}` },
    { ...bySoap, outcome: 'done', subject: { type: 'person', id: guid }, count: 1 },
    { ...bySoap, outcome: 'done', subject: { type: 'person' }, count: 2 },
    { ...bySoap, outcome: 'refused', problem: 'unknown-object', subject: { type: 'person' }, count: 1 },
    { ...bySoap, outcome: 'done', subject: { type: 'person', id: expect.any(String) }, count: 1 },
  ]);
});

test('A token that is issued is on record before it is answered, a wrong secret too', async () => {
  const entries = await recorded(async () => {
    await doors.token();
    await expect(doors.token({ id: demo.user, secret: 'wrong' })).rejects.toThrow('no token');
  });
  const writer = `credential:${demo.user}`;
  expect(entries).toEqual([
    { action: 'tokens.issue', outcome: 'done', source: 'rest', writer },
    {
      action: 'sign-in',
      outcome: 'refused',
      problem: 'unauthenticated',
      subject: { type: 'credential', id: demo.user },
      source: 'rest',
      writer: 'nobody',
    },
  ]);
});

test('A run is on record when it begins and when it ends, by who has sent its file, with what it changed', async () => {
  let run = '';
  const { audit, context } = doors;
  const { last } = await audit.verify(context);
  run = (await doors.import(enterpriseFile({ persons: ['p1', 'p2'] }), { feed: 'pupils' })).id;
  // The end of a run is told a moment before it is on record.
  await doors.sync.stop();
  const entries: AuditEntry[] = [];
  for await (const batch of audit.entries(context, {}))
    entries.push(...batch.filter(({ sequence }) => sequence > last));
  expect(entries).toMatchObject([
    {
      action: 'runs.start',
      writer: `admin:${demo.user}`,
      run,
      subject: { type: 'feed', id: 'pupils' },
      outcome: 'done',
    },
    { action: 'runs.end', writer: `admin:${demo.user}`, run, count: 2, outcome: 'done' },
  ]);
});

test('After all of that no name, id or address of a person is in the log', async () => {
  const rows = await doors.store.rows('audit').find({ tenant: demo.tenant }).toArray();
  expect(rows.length).toBeGreaterThan(10);
  const text = JSON.stringify(rows);
  for (const value of ['Ann', 'Lee', '"ann"', 'ann.lee', 'bob', '2010-02-03', 'secret'])
    expect(text).not.toContain(value);
});
