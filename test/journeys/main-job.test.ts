import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClientAsync, WSSecurity } from 'soap';
import type { Run } from '../../src/sync/index.ts';
import { first, type GatewayProcess, startGatewayProcess } from './gateway-process.ts';

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGatewayProcess();
});
afterAll(() => gateway.remove());

const basic = `Basic ${Buffer.from(`${first.user}:${first.password}`).toString('base64')}`;
const admin = (path: string, init: RequestInit = {}) =>
  fetch(`${gateway.base}/api/v1${path}`, {
    ...init,
    headers: { authorization: basic, ...(init.headers as Record<string, string> | undefined) },
  });
const json = async <T>(response: Promise<Response>) => (await (await response).json()) as T;

interface Trash {
  items: {
    id: string;
    type: string;
    sourcedId: string;
    name: string;
    trashedAt: string;
    trashedBy: string;
    run: string;
  }[];
  total: number;
  next: string | null;
}

let token = '';
const oneRoster = async <T>(path: string) => {
  const response = await fetch(`${gateway.base}/ims/oneroster${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { response, body: (await response.json()) as T };
};
interface User {
  sourcedId: string;
  status: string;
  givenName: string;
  dateLastModified: string;
}

const importFile = async (file: string, ...more: string[]) => {
  const ended = await gateway.cli(
    'import',
    `docs/tour/${file}`,
    '--feed',
    'birch',
    '--mode',
    'full',
    '--json',
    ...more,
  );
  return { ...ended, run: JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '') as Run };
};

async function soap(service: string, operation: string, request: unknown) {
  const client = await createClientAsync(`${gateway.base}/soap/${service}?wsdl`);
  client.setSecurity(new WSSecurity(first.user, first.password, { hasTimeStamp: false }));
  const method = (client as unknown as Record<string, (request: unknown) => Promise<unknown[]>>)[`${operation}Async`];
  if (method === undefined) throw new Error(`no ${operation}`);
  const [body, , header] = (await method.call(client, request)) as [
    Record<string, unknown>,
    string,
    { syncResponseHeaderInfo: { statusInfo: { codeMajor: string } } },
  ];
  return { body, code: header.syncResponseHeaderInfo.statusInfo.codeMajor };
}

const person = (given: string) => ({
  name: {
    partName: [
      { namePartType: 'First', namePartValue: given },
      { namePartType: 'Last', namePartValue: 'Holm' },
    ],
  },
});

describe('A SIS writes, a tool reads, an admin restores', () => {
  test('1. The first start names its tenant, its secrets and its addresses once', () => {
    const printed = gateway.printed();
    for (const part of ['birch', 'SOAP user', 'OneRoster client id', 'Admin key', '?wsdl', '/api/v1', '/health']) {
      expect(printed).toContain(part);
    }
    expect(printed.match(/tour-secret/g)?.length).toBeGreaterThanOrEqual(3);
  });

  test('2. A SOAP client made from the WSDL creates, reads, updates, replaces and deletes', async () => {
    const id = { identifier: 'soap-1' };
    const service = 'PersonManagementServiceSync';
    expect((await soap(service, 'createPerson', { sourcedId: id, person: person('Dee') })).code).toBe('success');
    expect((await soap(service, 'updatePerson', { sourcedId: id, person: { email: 'd@x.example' } })).code).toBe(
      'success',
    );
    const read = await soap(service, 'readPerson', { sourcedId: id });
    expect(read.body).toMatchObject({ person: { email: 'd@x.example', ...person('Dee') } });
    await soap(service, 'replacePerson', { sourcedId: id, person: person('Dora') });
    expect((await soap(service, 'readPerson', { sourcedId: id })).body).not.toHaveProperty('person.email');
    const group = {
      groupType: { scheme: 'x', typeValue: [{ type: 'CourseGroup', level: '4' }] },
      description: { descShort: 'Choir' },
    };
    await soap('GroupManagementServiceSync', 'createGroup', { sourcedId: { identifier: 'choir' }, group });
    const membership = {
      groupSourcedId: { identifier: 'choir' },
      member: { memberSourcedId: id, idType: 'Person', role: [{ roleType: 'Learner' }] },
    };
    const made = await soap('MembershipManagementServiceSync', 'createMembership', {
      sourcedId: { identifier: 'm-1' },
      membership,
    });
    expect(made.code).toBe('success');
    expect((await soap(service, 'deletePerson', { sourcedId: id })).code).toBe('success');
    expect((await soap(service, 'readPerson', { sourcedId: id })).code).toBe('failure');
    const trash = await json<Trash>(admin('/trash?type=person'));
    expect(trash.items).toMatchObject([{ sourcedId: 'soap-1', trashedBy: 'credential:sis', run: null }]);
    await soap(service, 'createPerson', { sourcedId: id, person: person('Dora') });
    expect((await json<Trash>(admin('/trash'))).total).toBe(0);
  });

  test('3. A dry run reports and changes nothing; a file is taken in; a broken export is held until somebody decides', async () => {
    const dry = await importFile('school.xml', '--dry-run');
    expect([dry.code, dry.run.state, dry.run.counts.person.created]).toEqual([0, 'done', 3]);
    const done = await importFile('school.xml');
    expect(done).toMatchObject({ code: 0, run: { state: 'done', feed: 'birch', mode: 'full', dryRun: false } });
    expect(done.run.counts).toMatchObject({
      person: { inFile: 3, created: 3, totalAfter: 3 },
      group: { created: 2, totalAfter: 2 },
      membership: { created: 3, totalAfter: 3 },
    });
    const broken = await importFile('broken-export.xml');
    expect([broken.code, broken.run.state]).toEqual([3, 'held']);
    expect(broken.run.filters.filter(({ exceeded }) => exceeded).map(({ filter }) => filter)).toContain('empty-type');
    expect((await admin(`/runs/${broken.run.id}/reject`, { method: 'POST' })).status).toBe(200);
    const again = await importFile('broken-export.xml');
    expect(again.run.state).toBe('held');
    expect((await gateway.cli('reject', again.run.id)).code).toBe(0);
  });

  test('3b. POST /api/v1/imports takes the same file, unchanged records are known', async () => {
    const body = await readFile(new URL('../../docs/tour/school.xml', import.meta.url));
    const response = await admin('/imports?feed=birch&mode=full', { method: 'POST', body });
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as Run;
    let run: Run | undefined;
    for (let tries = 0; tries < 200 && run?.state !== 'done'; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      run = await json<Run>(admin(`/runs/${id}`));
    }
    expect(run?.counts.person).toMatchObject({ inFile: 3, unchanged: 3, created: 0, updated: 0 });
  });

  test('4. OneRoster 1.2 and 1.1 return what SOAP and the file brought in', async () => {
    const issued = await fetch(`${gateway.base}/oauth/token`, {
      method: 'POST',
      headers: { authorization: basic },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    token = ((await issued.json()) as { access_token: string }).access_token;
    const users = await oneRoster<{ users: User[] }>('/rostering/v1p2/users?limit=2&offset=0');
    expect(users.response.headers.get('x-total-count')).toBe('4');
    expect(users.response.headers.get('link')).toContain('rel="next"');
    expect(users.body.users).toHaveLength(2);
    const totals: Record<string, string | null> = {};
    for (const name of [
      'orgs',
      'schools',
      'courses',
      'classes',
      'students',
      'teachers',
      'academicSessions',
      'terms',
      'gradingPeriods',
      'enrollments',
    ]) {
      for (const version of ['rostering/v1p2', 'v1p1']) {
        const { response, body } = await oneRoster<Record<string, { sourcedId: string }[]>>(`/${version}/${name}`);
        expect(response.status).toBe(200);
        totals[name] = response.headers.get('x-total-count');
        const [item] = Object.values(body)[0] ?? [];
        if (item !== undefined)
          expect((await oneRoster(`/${version}/${name}/${item.sourcedId}`)).response.status).toBe(200);
      }
    }
    expect(totals).toMatchObject({ schools: '1', classes: '2', students: '3', teachers: '1', enrollments: '4' });
  });

  test('5. Who is missing from the next full file is in the trash, comes back with memberships, and stays', async () => {
    const next = await importFile('next-week.xml');
    expect(next).toMatchObject({ code: 0, run: { state: 'done' } });
    expect(next.run.counts).toMatchObject({ person: { trashed: 1 }, membership: { trashed: 1 } });
    const trash = await json<Trash>(admin('/trash?type=person&q=Bo'));
    expect(trash.items).toMatchObject([
      { sourcedId: 'p-bo', name: 'Bo Lind', trashedBy: 'feed:birch', run: next.run.id },
    ]);
    const gone = await oneRoster<{ user: User }>('/rostering/v1p2/users/p-bo');
    expect(gone.body.user.status).toBe('tobedeleted');
    const restored = await admin('/trash/restore', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ids: [trash.items[0]?.id] }),
    });
    expect(await restored.json()).toMatchObject({ items: [{ restored: true, with: { membership: 1 } }] });
    const back = await oneRoster<{ user: User }>('/rostering/v1p2/users/p-bo');
    expect(back.body.user.status).toBe('active');
    expect(back.body.user.dateLastModified > gone.body.user.dateLastModified).toBe(true);
    const later = await importFile('next-week.xml');
    expect(later.run.counts.person.trashed).toBe(0);
    expect((await oneRoster<{ user: User }>('/v1p1/users/p-bo')).body.user.status).toBe('active');
    const listed = await importFile('school.xml');
    expect(listed.run.counts.person).toMatchObject({ inFile: 3, totalAfter: 3, trashed: 0 });
  });

  test('5b. A purge waits for the end of the quarantine unless forced', async () => {
    await soap('PersonManagementServiceSync', 'deletePerson', { sourcedId: { identifier: 'soap-1' } });
    const trash = await json<Trash>(admin('/trash?type=person&q=soap-1'));
    const id = trash.items[0]?.id ?? '';
    expect((await admin(`/trash/${id}`, { method: 'DELETE' })).status).toBe(409);
    expect((await admin(`/trash/${id}?force=true`, { method: 'DELETE' })).status).toBe(204);
    expect((await json<Trash>(admin('/trash'))).total).toBe(0);
  });

  test('1b. The data outlive kill -9, and the secrets are not shown again', async () => {
    await gateway.kill('SIGKILL');
    gateway = await gateway.again();
    expect(gateway.printed()).not.toContain('SOAP password');
    const users = await oneRoster<{ users: User[] }>('/rostering/v1p2/users?filter=status%3D%27active%27');
    expect(users.body.users.map(({ sourcedId }) => sourcedId).sort()).toEqual(['p-ada', 'p-bo', 'p-cy']);
    expect(await gateway.kill('SIGTERM')).toBe(0);
    gateway = await gateway.again();
  });
});
