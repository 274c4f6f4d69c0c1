import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { demo } from '../../setup/services.ts';
import { fillMixedTenant } from './mixed-tenant.ts';

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors();
  await fillMixedTenant(doors.roster, { ...doors.context, writer: 'credential:soap', source: 'soap' });
});
afterAll(() => doors.close());

const bases = { '1.1': '/ims/oneroster/v1p1', '1.2': '/ims/oneroster/rostering/v1p2' } as const;
const collections = {
  orgs: 'org',
  academicSessions: 'academicSession',
  courses: 'course',
  classes: 'class',
  users: 'user',
  enrollments: 'enrollment',
  demographics: 'demographics',
} as const;

/** Objects of every class, in the order in which they refer to each other; ids of the versions differ. */
function objectsOf(version: '1.1' | '1.2'): readonly (readonly [keyof typeof collections, string, object])[] {
  const of = (id: string) => `${id}-${version}`;
  const ref = (id: string) => ({ sourcedId: of(id) });
  const roles = [{ roleType: 'primary', role: 'student', org: ref('s') }];
  const user = { username: 'ann', givenName: 'Ann', familyName: 'Lee', enabledUser: true, sms: '1', phone: '2' };
  return [
    ['orgs', of('d'), { name: 'District', type: 'district', identifier: 'D-1' }],
    ['orgs', of('s'), { name: 'North', type: 'school', parent: ref('d'), metadata: { colour: 'red', deep: { a: 1 } } }],
    [
      'academicSessions',
      of('t'),
      { title: 'Spring', type: 'term', startDate: '2026-01-01', endDate: '2026-07-01', schoolYear: 2026 },
    ],
    ['courses', of('c'), { title: 'Art', org: ref('s'), schoolYear: ref('t'), grades: ['09'], subjects: ['Art'] }],
    [
      'classes',
      of('k'),
      { title: 'Art 1', classType: 'homeroom', course: ref('c'), school: ref('s'), terms: [ref('t')], periods: ['1'] },
    ],
    ['users', of('u'), { ...user, ...(version === '1.2' ? { roles } : { role: 'student', orgs: [ref('s')] }) }],
    ['demographics', of('u'), { sex: 'female', asian: true, birthDate: '2010-02-03' }],
    ['enrollments', of('e'), { role: 'student', class: ref('k'), user: ref('u'), beginDate: '2026-01-02' }],
  ];
}

describe.each(['1.1', '1.2'] as const)('Rostering push %s', (version) => {
  const base = bases[version];
  const objects = objectsOf(version);
  const pathOf = (collection: string, id: string) => `${base}/${collection}/${encodeURIComponent(id)}`;
  const put = (collection: keyof typeof collections, id: string, object: object) =>
    doors.ask('PUT', pathOf(collection, id), { data: { [collections[collection]]: object } });

  test('creates with 201, replaces with 200, and answers no body', async () => {
    for (const status of [201, 200]) {
      for (const [collection, id, object] of objects) {
        const answer = await put(collection, id, object);
        expect([collection, answer.status, answer.text]).toEqual([collection, status, '']);
      }
    }
    const shown = (await doors.ask('GET', pathOf('classes', `k-${version}`))).json.class;
    expect(shown).toMatchObject({ title: 'Art 1', classType: 'homeroom', periods: ['1'], status: 'active' });
    expect(shown.terms).toMatchObject([{ sourcedId: `t-${version}` }]);
  });

  test('what is read can be put back, and nothing changes: of objects that SOAP filled too', async () => {
    for (const [collection, wrapper] of Object.entries(collections)) {
      const page = (await doors.ask('GET', `${base}/${collection}?limit=6`)).json[collection];
      expect(page.length).toBeGreaterThan(1);
      for (const object of page) {
        const path = pathOf(collection, object.sourcedId);
        const answer = await doors.ask('PUT', path, { data: { [wrapper]: object } });
        expect([path, answer.status, answer.text]).toEqual([path, 200, '']);
        expect([path, (await doors.ask('GET', path)).json[wrapper]]).toEqual([path, object]);
      }
    }
  });

  test('refuses an unknown field, a reference to nothing, another id and an id that cannot be', async () => {
    const org = { name: 'X', type: 'school' };
    const refused = async (id: string, object: object) => {
      const answer = await put('orgs', id, object);
      return [answer.status, answer.text];
    };
    expect(await refused('s9', { ...org, colour: 'red' })).toEqual([422, expect.stringContaining('colour')]);
    const lost = await refused('s9', { ...org, parent: { sourcedId: 'nowhere' } });
    expect(lost).toEqual([422, expect.stringContaining('parent names nowhere')]);
    expect(await refused('s9', { ...org, sourcedId: 's8' })).toEqual([422, expect.stringContaining('sourcedId')]);
    expect(await refused('s 9', org)).toEqual([422, expect.stringContaining('sourcedId')]);
    expect(await refused('s9', { name: 'X' })).toEqual([422, expect.stringContaining('type')]);
    for (const name of ['_bsontype', 'a\u0000b', 'constructor']) {
      const metadata = { deep: [{ [name]: 'ObjectId' }] };
      expect(await refused('s9', { ...org, metadata })).toEqual([422, expect.stringContaining('metadata')]);
    }
    expect((await doors.ask('GET', pathOf('orgs', 's9'))).status).toBe(404);
  });

  test('a token without the scope writes nothing, and a PUT that deletes needs the scope for deleting', async () => {
    const asked = async (scope: string, method: string, data?: object) => {
      const as = await doors.token({ id: demo.user, secret: demo.password, scope });
      const answer = await doors.ask(method, pathOf('orgs', `s-${version}`), { as, ...(data && { data }) });
      return [answer.status, answer.headers.get('www-authenticate')];
    };
    const [own, read] = ['https://rostergate.dev/scope', 'https://purl.imsglobal.org/spec/or/v1p2/scope'];
    const gone = { org: { status: 'tobedeleted' } };
    expect(await asked(`${read}/roster.readonly`, 'DELETE')).toEqual([403, expect.stringContaining('roster.delete')]);
    expect((await asked(`${own}/roster.delete`, 'PUT', gone))[0]).toBe(403);
    expect(await asked(`${own}/roster.createput`, 'PUT', gone)).toEqual([
      403,
      expect.stringContaining('roster.delete'),
    ]);
    const inactive = { org: { status: 'inactive' } };
    expect((await asked(`${own}/roster.createput`, 'PUT', inactive))[0]).toBe(403);
    expect((await doors.ask('GET', pathOf('orgs', `s-${version}`))).json.org.status).toBe('active');
  });

  test('the status inactive of OneRoster 1.0 deletes like tobedeleted, and a new object cannot have it', async () => {
    const id = `old-${version}`;
    expect((await put('orgs', id, { name: 'Old', type: 'school' })).status).toBe(201);
    expect((await put('orgs', id, { status: 'inactive' })).status).toBe(200);
    expect((await doors.ask('GET', pathOf('orgs', id))).json.org.status).toBe('tobedeleted');
    const data = { org: { name: 'Old', type: 'school', status: 'inactive' } };
    expect((await doors.ask('POST', `${base}/orgs`, { data })).status).toBe(422);
  });

  test('names the field in the words of the body for a parent below the object and for another end of an enrollment', async () => {
    const [above, below] = [`above-${version}`, `below-${version}`];
    const org = { name: 'Ring', type: 'department' };
    expect((await put('orgs', above, org)).status).toBe(201);
    expect((await put('orgs', below, { ...org, parent: { sourcedId: above } })).status).toBe(201);
    for (const parent of [above, below]) {
      const answer = await put('orgs', above, { ...org, parent: { sourcedId: parent } });
      expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(`parent names ${parent}`)]);
    }
    const session = { title: 'T', type: 'term', startDate: '2026-01-01', endDate: '2026-07-01', schoolYear: '2026' };
    const itself = { ...session, parent: { sourcedId: `t-${version}` } };
    const answer = await put('academicSessions', `t-${version}`, itself);
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(`parent names t-${version}`)]);
    const { enrollment } = (await doors.ask('GET', pathOf('enrollments', `e-${version}`))).json;
    const other = `other-${version}`;
    const [, , user = {}] = objects.find(([collection]) => collection === 'users') ?? [];
    expect((await put('users', other, user)).status).toBe(201);
    const moved = await put('enrollments', enrollment.sourcedId, {
      ...enrollment,
      user: { sourcedId: other },
    });
    expect([moved.status, moved.text]).toEqual([422, expect.stringContaining('user of an enrollment does not change')]);
  });

  test('demographics of a deleted user, which are shown as deleted, can be put back as they are', async () => {
    const id = `gone-${version}`;
    const [, , user = {}] = objects.find(([collection]) => collection === 'users') ?? [];
    expect((await put('users', id, user)).status).toBe(201);
    expect((await put('demographics', id, { sex: 'male' })).status).toBe(201);
    expect((await doors.ask('DELETE', pathOf('users', id))).status).toBe(204);
    const { demographics } = (await doors.ask('GET', pathOf('demographics', id))).json;
    expect(demographics).toMatchObject({ sex: 'male', status: 'tobedeleted' });
    expect((await put('demographics', id, demographics)).status).toBe(200);
    expect((await doors.ask('GET', pathOf('demographics', id))).json).toEqual({ demographics });
  });

  test('a zero in metadata has no sign, so that what is read can be put back', async () => {
    const id = `zero-${version}`;
    const path = pathOf('orgs', id);
    const headers = { 'content-type': 'application/json' };
    const body = '{"org": {"name": "Zero", "type": "school", "metadata": {"n": -0.0}}}';
    expect((await doors.ask('PUT', path, { headers, body })).status).toBe(201);
    const { org } = (await doors.ask('GET', path)).json;
    expect((await put('orgs', id, org)).status).toBe(200);
    expect((await doors.ask('GET', path)).json.org).toEqual(org);
  });

  test('of writers at the same time who make one object, one is told that it is made, and the others that they replace it', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const answers = await Promise.all(names.map((name) => put('orgs', `race-${version}`, { name, type: 'school' })));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 200, 200, 200, 200, 201]);
    const { org } = (await doors.ask('GET', pathOf('orgs', `race-${version}`))).json;
    expect(names).toContain(org.name);
  });

  test('a POST takes a number for its sourcedId as a text', async () => {
    const number = version === '1.1' ? 11 : 12;
    const data = { org: { sourcedId: number, name: 'Number', type: 'school' } };
    const answer = await doors.ask('POST', `${base}/orgs`, { data });
    const id = String(number);
    expect([answer.status, answer.json.sourcedIdPairs]).toEqual([
      201,
      [{ suppliedSourcedId: id, allocatedSourcedId: id }],
    ]);
  });

  test('what is deleted is shown as such, is 404 to another DELETE, and comes back by PUT', async () => {
    const own = [...objects].reverse().filter(([collection]) => collection !== 'courses');
    for (const [collection, id] of own) {
      const wrapper = collections[collection];
      expect([id, (await doors.ask('DELETE', pathOf(collection, id))).status]).toEqual([id, 204]);
      const gone = await doors.ask('GET', pathOf(collection, id));
      if (collection === 'demographics') expect(gone.status).toBe(404);
      else expect([id, gone.json[wrapper].status]).toEqual([id, 'tobedeleted']);
      expect([id, (await doors.ask('DELETE', pathOf(collection, id))).status]).toEqual([id, 404]);
    }
    expect((await put('demographics', `u-${version}`, { sex: 'male' })).status).toBe(404);
    expect((await put('demographics', `u-${version}`, { status: 'tobedeleted' })).status).toBe(404);
    for (const [collection, id, object] of objects.filter(([collection]) => collection !== 'courses')) {
      expect([id, (await put(collection, id, object)).status]).toEqual([id, collection === 'demographics' ? 201 : 200]);
      const back = await doors.ask('GET', pathOf(collection, id));
      expect([id, back.json[collections[collection]].status]).toEqual([id, 'active']);
    }
  });
});
