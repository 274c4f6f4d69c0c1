import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { makeImsEs } from '../../../src/protocols/ims-es/index.ts';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { enterpriseFile } from '../../setup/enterprise-file.ts';
import { demo } from '../../setup/services.ts';
import { watchedLog } from '../../setup/watched-log.ts';
import { message, security, sourcedId } from '../ims-es/messages.ts';
import { wsdlDir } from '../ims-es/schemas.ts';

let doors: Doors;
let soap: string;
let stopSoap: () => void;
beforeAll(async () => {
  doors = await startDoors();
  const { roster, access, audit, tenants } = doors;
  const settings = (tenant: string) => tenants.settings(tenant);
  const limits = { maxBodyBytes: 1_000_000, plainHttp: 'loopback', wsdlDir } as const;
  const app = express();
  app.use('/soap', makeImsEs({ roster, access, audit, settings, log: watchedLog, ...limits }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  soap = `http://127.0.0.1:${(server.address() as AddressInfo).port}/soap/ImsEnterpriseServicesPort`;
  stopSoap = () => {
    server.closeAllConnections();
    server.close();
  };
  const put = (path: string, object: object) => doors.ask('PUT', base + path, { data: object });
  for (const [path, object] of [
    ['/orgs/s', { org: { name: 'School', type: 'school' } }],
    ['/academicSessions/t', { academicSession: { title: 'T', type: 'term', ...days } }],
    ['/courses/c', { course: { title: 'C', org: ref('s') } }],
    ['/classes/k', { class: { title: 'K', course: ref('c'), school: ref('s'), terms: [ref('t')] } }],
  ] as const) {
    expect([path, (await put(path, object)).status]).toEqual([path, 201]);
  }
});
afterAll(async () => {
  stopSoap();
  await doors.close();
});

const base = '/ims/oneroster/rostering/v1p2';
const days = { startDate: '2026-01-01', endDate: '2026-07-01', schoolYear: '2026' };
const ref = (id: string) => ({ sourcedId: id });
const get = async (path: string) => (await doors.ask('GET', base + path)).json;
const put = async (path: string, data: object) => (await doors.ask('PUT', base + path, { data })).status;
const remove = async (path: string) => (await doors.ask('DELETE', base + path)).status;

/** A SOAP call; the text of its answer. */
async function call(body: string): Promise<string> {
  const response = await fetch(soap, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' },
    body: message(body, security(demo.user, demo.password)),
  });
  return response.text();
}
const readPerson = (id: string) => call(`<pm:readPersonRequest>${sourcedId('pm', id)}</pm:readPersonRequest>`);

test('SOAP reads what was pushed, under the same ids', async () => {
  const user = { givenName: 'Ann', familyName: 'Lee', enabledUser: true, email: 'ann@example.org', phone: '12' };
  const roles = [{ roleType: 'primary', role: 'student', org: ref('s') }];
  expect(await put('/users/ann', { user: { ...user, roles } })).toBe(201);
  const text = await readPerson('ann');
  for (const part of ['Ann', 'Lee', 'ann@example.org', '12']) expect(text).toContain(part);
  const group = await call(`<gm:readGroupRequest>${sourcedId('gm', 'k')}</gm:readGroupRequest>`);
  expect(group).toContain('>K<');
  expect(await remove('/users/ann')).toBe(204);
  expect(await readPerson('ann')).toContain('unknownobject');
});

test('What only IMS says of a person and a membership stays when OneRoster writes them', async () => {
  await doors.roster.execute({ ...doors.context, writer: 'credential:soap', source: 'soap' }, [
    {
      op: 'upsert',
      type: 'person',
      key: 'person:default:bo',
      data: {
        name: { formatted: 'Bo Ek', prefix: 'Dr' },
        address: { locality: 'Oslo' },
        userIds: [{ value: 'bo1', password: 'hidden' }],
        phones: [
          { type: 'Fax', value: '3' },
          { type: 'Voice', value: '1' },
        ],
        userProfiles: [
          {
            profileId: 'https://p.example.org',
            profileType: 'x',
            vendorId: 'v',
            credentials: [{ type: 'a', username: 'bo', password: 'kept' }],
          },
        ],
        extension: { imsEs: { colour: 'red' }, oneRoster: { password: 'kept too' } },
      },
    },
    {
      op: 'upsert',
      type: 'membership',
      key: 'membership:default:m-bo',
      data: {
        group: 'class::k',
        member: 'person:default:bo',
        memberType: 'person',
        roles: [
          {
            type: 'Learner',
            subRole: 'Guest',
            status: true,
            email: 'role@example.org',
            timeFrame: { adminPeriod: 'Spring' },
          },
          { type: 'Mentor' },
        ],
      },
    },
  ]);
  const { user } = await get('/users/bo');
  const [profile] = user.userProfiles;
  const changed = {
    ...user,
    email: 'bo@example.org',
    phone: '2',
    userIds: [...user.userIds, { type: 'x', identifier: 'y' }],
  };
  expect(await put('/users/bo', { user: { ...changed, userProfiles: [{ ...profile, description: 'new' }] } })).toBe(
    200,
  );
  const [stored] = await doors.roster.find(doors.context, 'person', ['person:default:bo']);
  expect(stored?.data).toMatchObject({
    name: { formatted: 'Bo Ek', prefix: 'Dr' },
    address: { locality: 'Oslo' },
    email: 'bo@example.org',
    userIds: [
      { value: 'bo1', password: 'hidden' },
      { type: 'x', value: 'y' },
    ],
    phones: [
      { type: 'Fax', value: '3' },
      { type: 'Voice', value: '2' },
    ],
    userProfiles: [{ description: 'new', credentials: [{ type: 'a', username: 'bo', password: 'kept' }] }],
    extension: { imsEs: { colour: 'red' }, oneRoster: { password: 'kept too' } },
  });
  expect(stored?.data.name).toEqual({ formatted: 'Bo Ek', prefix: 'Dr' });
  expect(stored?.data.roles).toBeUndefined();

  const { enrollment } = await get('/enrollments/m-bo');
  expect(await put('/enrollments/m-bo', { enrollment: { ...enrollment, beginDate: '2026-02-01' } })).toBe(200);
  const roles = async () =>
    (await doors.roster.find(doors.context, 'membership', ['membership:default:m-bo'], { trashed: true }))[0]?.data
      .roles;
  const timeFrame = { start: '2026-02-01', adminPeriod: 'Spring' };
  const learner = { type: 'Learner', subRole: 'Guest', status: true, email: 'role@example.org', timeFrame };
  expect(await roles()).toEqual([learner, { type: 'Mentor' }]);

  const other = { role: 'student', class: ref('k'), user: ref('bo') };
  expect(await put('/enrollments/e-bo', { enrollment: other })).toBe(201);
  expect(await roles()).toEqual([
    { ...learner, sourcedId: 'e-bo', timeFrame: { adminPeriod: 'Spring' } },
    { type: 'Mentor' },
  ]);
  expect((await get('/enrollments/e-bo')).enrollment).toMatchObject({ status: 'active', role: 'student' });
  expect(await remove('/enrollments/m-bo.06')).toBe(204);
  expect(await roles()).toMatchObject([{ type: 'Learner' }]);
  expect(await remove('/enrollments/e-bo')).toBe(204);
  expect((await get('/enrollments/e-bo')).enrollment.status).toBe('tobedeleted');
  expect(await put('/enrollments/m-bo.06', { enrollment: { ...other, role: 'ext:Mentor' } })).toBe(200);
  expect(await roles()).toEqual([{ type: 'Mentor' }]);
  expect((await get('/enrollments/e-bo')).enrollment.status).toBe('tobedeleted');
});

test('A 1.1 body changes no more of 1.2’s roles than 1.1 can say', async () => {
  expect(await put('/orgs/s2', { org: { name: 'Second', type: 'school' } })).toBe(201);
  const role = (org: string, word: string, roleType = 'primary') => ({ roleType, role: word, org: ref(org) });
  const roles = [
    { ...role('s', 'teacher'), beginDate: '2026-01-01' },
    role('s', 'counselor', 'secondary'),
    role('s2', 'student'),
  ];
  const names = { givenName: 'Cat', familyName: 'Fox', enabledUser: true, preferredFirstName: 'Kit' };
  expect(await put('/users/cat', { user: { ...names, roles } })).toBe(201);
  const path = '/ims/oneroster/v1p1/users/cat';
  const old = (await doors.ask('GET', path)).json.user;
  const write = (object: object) => doors.ask('PUT', path, { data: { user: { ...old, ...object } } });
  expect((await write({ email: 'cat@example.org' })).status).toBe(200);
  expect((await get('/users/cat')).user).toMatchObject({ roles, preferredFirstName: 'Kit', email: 'cat@example.org' });
  expect((await write({ role: 'aide', orgs: [ref('s')] })).status).toBe(200);
  const shown = (await get('/users/cat')).user.roles;
  expect(shown).toMatchObject([{ ...roles[0], role: 'aide' }, roles[1] ?? {}]);
  expect(shown).toHaveLength(2);
});

test('A feed’s person takes what is pushed, gets the feed’s values with its next run, and comes back by it', async () => {
  const names = '<n><family>Listed</family><given>Fay</given></n>';
  const file = (extra: readonly string[]) =>
    enterpriseFile({ persons: ['f1', ...extra] }).replaceAll('</fn>', `</fn>${names}`);
  expect((await doors.import(file([]))).state).toBe('done');
  const { user } = await get('/users/f1');
  expect(user.familyName).toBe('Listed');
  expect(await put('/users/f1', { user: { ...user, familyName: 'Pushed', email: 'f@example.org' } })).toBe(200);
  expect((await get('/users/f1')).user).toMatchObject({ familyName: 'Pushed', email: 'f@example.org' });
  const [stored] = await doors.roster.find(doors.context, 'person', ['person:default:f1']);
  expect([stored?.owner, stored?.claims.map(({ feed }) => feed)]).toEqual(['feed:default', ['default']]);
  expect((await doors.import(file(['f2']))).state).toBe('done');
  expect((await get('/users/f1')).user).toMatchObject({ familyName: 'Listed', email: 'f@example.org' });
  expect(await remove('/users/f1')).toBe(204);
  expect((await get('/users/f1')).user.status).toBe('tobedeleted');
  expect((await doors.import(file(['f2', 'f3']))).state).toBe('done');
  expect((await get('/users/f1')).user.status).toBe('active');
});

test('What another tenant has can be neither named, nor written, nor deleted', async () => {
  const { store } = doors;
  await store.rows('tenant').insertOne({ _id: 'other', guidKey: Buffer.alloc(32, 7), timeZone: 'UTC' });
  const known = await store.rows('credential').findOne({ tenant: demo.tenant, name: demo.user });
  const own = { ...known, _id: 'other/other', tenant: 'other', name: 'other' };
  await store.rows('credential').insertOne(own);
  const as = await doors.token({ id: 'other', secret: demo.password });
  const ask = (method: string, path: string, data?: object) =>
    doors.ask(method, base + path, { as, ...(data !== undefined && { data }) });
  expect((await ask('DELETE', '/orgs/s')).status).toBe(404);
  const lost = await ask('PUT', '/orgs/x', { org: { name: 'X', type: 'school', parent: ref('s') } });
  expect([lost.status, lost.text]).toEqual([422, expect.stringContaining('parent names s')]);
  expect((await ask('PUT', '/orgs/s', { org: { name: 'Theirs', type: 'school' } })).status).toBe(201);
  expect((await get('/orgs/s')).org.name).toBe('School');
});

test('Parents and names that OneRoster does not show stay; those that it shows go when they are left out', async () => {
  const soap = { ...doors.context, writer: 'credential:soap', source: 'soap' } as const;
  const parents = (...targets: readonly string[]) => targets.map((target) => ({ relation: 'parent' as const, target }));
  const group = (id: string, kind: 'org' | 'other' | 'class', relationships: object[]): object => ({
    op: 'upsert',
    type: 'group',
    key: `group:default:${id}`,
    data: { kind, description: { short: id }, relationships },
  });
  const knownAs = { relation: 'knownAs', target: 'org::s' };
  const changes = [
    group('part', 'org', [...parents('org::s'), knownAs]),
    group('stream', 'other', []),
    group('club', 'class', parents('group:default:stream', 'org::s')),
  ] as Parameters<typeof doors.roster.execute>[1];
  for (const result of await doors.roster.execute(soap, changes)) expect(result.ok).toBe(true);
  const stored = async (id: string) =>
    (await doors.roster.find(doors.context, 'group', [`group:default:${id}`]))[0]?.data.relationships?.map(
      ({ relation, target }) => `${relation} ${target}`,
    );
  const [school, stream] = await doors.roster.find(doors.context, 'group', ['org::s', 'group:default:stream']);
  const { children: _children, ...part } = (await get('/orgs/part')).org;
  expect(await put('/orgs/part', { org: { ...part, parent: null } })).toBe(200);
  expect(await stored('part')).toEqual([`knownAs ${school?.guid}`]);

  const club = (await get('/classes/club')).class;
  expect(await put('/classes/club', { class: { ...club, terms: [ref('t')] } })).toBe(200);
  expect((await get('/classes/club')).class).toEqual({
    ...club,
    dateLastModified: expect.any(String),
    terms: [expect.objectContaining(ref('t'))],
  });
  expect(await stored('club')).toEqual(expect.arrayContaining([`parent ${stream?.guid}`, `parent ${school?.guid}`]));
  const made = `/courses/${club.course.sourcedId}`;
  const { course } = await get(made);
  expect(await put(made, { course })).toBe(200);
  expect(await put(made, { course: { ...course, title: 'Mine' } })).toBe(422);
  expect(await remove(made)).toBe(422);
  expect(await put(`/orgs/${club.course.sourcedId}`, { org: { name: 'X', type: 'school' } })).toBe(422);
  expect(await remove(`/orgs/${club.course.sourcedId}`)).toBe(404);
});

test('Writers at the same time do not undo each other', async () => {
  const user = (id: string) => ({
    user: {
      givenName: id,
      familyName: id,
      enabledUser: true,
      roles: [{ roleType: 'primary', role: 'student', org: ref('s') }],
    },
  });
  const ids = Array.from({ length: 12 }, (_, at) => `w${at}`);
  expect(new Set(await Promise.all(ids.map((id) => put(`/users/${id}`, user(id)))))).toEqual(new Set([201]));
  const enrol = (id: string, role: string, more: object = {}) =>
    put(`/enrollments/${id}`, { enrollment: { role, class: ref('k'), user: ref('w0'), ...more } });
  const roles = ['student', 'teacher', 'proctor', 'administrator'];
  const statuses = await Promise.all(roles.map((role) => enrol(`w-${role}`, role)));
  expect(new Set(statuses)).toEqual(new Set([201]));
  await Promise.all(roles.map((role) => enrol(`w-${role}`, role, { beginDate: '2026-03-01' })));
  for (const role of roles) {
    const { enrollment } = await get(`/enrollments/w-${role}`);
    expect(enrollment).toMatchObject({ status: 'active', role, beginDate: '2026-03-01' });
  }
});

test('What comes back must have all that it names', async () => {
  expect(await put('/orgs/gone', { org: { name: 'Gone', type: 'school' } })).toBe(201);
  const object = { org: { name: 'Below', type: 'department', parent: ref('gone') } };
  expect(await put('/orgs/below', object)).toBe(201);
  expect(await remove('/orgs/below')).toBe(204);
  expect(await remove('/orgs/gone')).toBe(204);
  expect(await put('/orgs/below', object)).toBe(422);
  expect(await put('/orgs/below', { org: { name: 'Below', type: 'department' } })).toBe(200);
  expect((await get('/orgs/below')).org).toMatchObject({ status: 'active' });
  expect(await put('/courses/c2', { course: { title: 'C', org: ref('s') } })).toBe(201);
  expect(await remove('/courses/c2')).toBe(204);
  expect((await get('/courses/c2')).course).toMatchObject({ status: 'tobedeleted', metadata: { archived: 'true' } });
  expect(await put('/courses/c2', { course: { title: 'C', org: ref('s') } })).toBe(422);
});
