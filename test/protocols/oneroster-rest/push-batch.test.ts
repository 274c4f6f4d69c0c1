import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { demo } from '../../setup/services.ts';

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors();
});
afterAll(() => doors.close());

const rostering = '/ims/oneroster/rostering/v1p2';
const ref = (sourcedId: string) => ({ sourcedId });
const post = (collection: string, wrapper: string, object: object, base = rostering) =>
  doors.ask('POST', `${base}/${collection}`, { data: { [wrapper]: object } });
const batch = (operations: readonly unknown[], base = rostering, as?: string) =>
  doors.ask('POST', `${base}/batch`, { data: { operations }, ...(as !== undefined && { as }) });
const statuses = (answer: { json: { results: { status: number }[] } }) =>
  answer.json.results.map(({ status }) => status);
const read = (path: string) => doors.ask('GET', rostering + path);

const org = (id: string, rest: object = {}) => ({
  method: 'PUT',
  path: `/orgs/${id}`,
  body: { org: { name: id, type: 'school', ...rest } },
});

describe('POST', () => {
  test('gives out an id where none is sent, says where the object is, and takes a free id', async () => {
    const made = await post('orgs', 'org', { name: 'New', type: 'school' });
    expect(made.status).toBe(201);
    const [{ suppliedSourcedId, allocatedSourcedId: id }] = made.json.sourcedIdPairs;
    expect(suppliedSourcedId).toBe('');
    expect(made.headers.get('location')).toBe(`${doors.url}${rostering}/orgs/${id}`);
    expect((await read(`/orgs/${id}`)).json.org).toMatchObject({ sourcedId: id, name: 'New' });
    const given = await post('orgs', 'org', { sourcedId: 'own', name: 'Own', type: 'school' });
    expect(given.json.sourcedIdPairs).toEqual([{ suppliedSourcedId: 'own', allocatedSourcedId: 'own' }]);
  });

  test('refuses an id that is taken, also by something in the trash, and changes nothing', async () => {
    const again = () => post('orgs', 'org', { sourcedId: 'own', name: 'Other', type: 'school' });
    const taken = await again();
    expect([taken.status, taken.text]).toEqual([422, expect.stringContaining('own')]);
    expect((await read('/orgs/own')).json.org.name).toBe('Own');
    expect((await doors.ask('DELETE', `${rostering}/orgs/own`)).status).toBe(204);
    expect((await again()).status).toBe(422);
  });

  test('of demographics is for a user who has none', async () => {
    const user = { givenName: 'A', familyName: 'B', enabledUser: 'true' };
    const org = (await post('orgs', 'org', { name: 'S', type: 'school' })).json.sourcedIdPairs[0].allocatedSourcedId;
    const roles = [{ roleType: 'primary', role: 'teacher', org: ref(org) }];
    expect((await post('users', 'user', { ...user, sourcedId: 'u', roles })).status).toBe(201);
    expect((await post('demographics', 'demographics', { sex: 'male' })).status).toBe(422);
    const own = { sourcedId: 'u', sex: 'male' };
    expect((await post('demographics', 'demographics', own)).status).toBe(201);
    expect((await post('demographics', 'demographics', own)).status).toBe(422);
    expect((await read('/demographics/u')).json.demographics.sex).toBe('male');
  });
});

describe('A batch', () => {
  const days = { startDate: '2026-01-01', endDate: '2026-07-01', schoolYear: '2026', type: 'term' };
  const put = (collection: string, id: string, wrapper: string, object: object) => ({
    method: 'PUT',
    path: `/${collection}/${id}`,
    body: { [wrapper]: object },
  });

  test('answers each operation in order; one that fails stops no other, and later ones may name earlier ones', async () => {
    const roles = [{ roleType: 'primary', role: 'student', org: ref('b-s') }];
    const user = { givenName: 'A', familyName: 'B', enabledUser: true, roles };
    const answer = await batch([
      org('b-s'),
      put('academicSessions', 'b-t', 'academicSession', { title: 'T', ...days }),
      put('courses', 'b-c', 'course', { title: 'C', org: ref('b-s') }),
      put('classes', 'b-k', 'class', { title: 'K', course: ref('b-c'), school: ref('b-s'), terms: [ref('b-t')] }),
      put('classes', 'b-x', 'class', { title: 'X', course: ref('b-lost'), school: ref('b-s'), terms: [ref('b-t')] }),
      put('users', 'b-u', 'user', user),
      { method: 'POST', path: '/users', body: { user: { ...user, sourcedId: 'b-v' } } },
      put('demographics', 'b-u', 'demographics', { sex: 'female' }),
      put('enrollments', 'b-e', 'enrollment', { role: 'student', class: ref('b-k'), user: ref('b-u') }),
      put('enrollments', 'b-f', 'enrollment', { role: 'student', class: ref('b-x'), user: ref('b-u') }),
      put('enrollments', 'b-g', 'enrollment', { role: 'teacher', class: ref('b-k'), user: ref('b-u') }),
      { method: 'PATCH', path: '/users/b-u' },
      { method: 'PUT', path: '/cats/b-u', body: {} },
      { method: 'DELETE', path: '/orgs/b-lost' },
      'x',
      org('b-l', { metadata: { long: 'x'.repeat(70_000) } }),
    ]);
    expect([answer.status, statuses(answer)]).toEqual([
      200,
      [201, 201, 201, 201, 422, 201, 201, 201, 201, 422, 201, 405, 404, 404, 422, 413],
    ]);
    const { results } = answer.json;
    expect(results[4].failure.imsx_description).toBe('course names b-lost, which does not exist or is deleted');
    expect(results[9].failure.imsx_description).toBe('class names b-x, which does not exist or is deleted');
    expect(results[6]).toEqual({ status: 201, sourcedId: 'b-v' });
    for (const [id, role] of [
      ['b-e', 'student'],
      ['b-g', 'teacher'],
    ]) {
      expect((await read(`/enrollments/${id}`)).json.enrollment).toMatchObject({
        sourcedId: id,
        role,
        status: 'active',
      });
    }
  });

  test('may change one object again and again: the last operation counts', async () => {
    const gone = { method: 'DELETE', path: '/orgs/b-o' };
    const answer = await batch([org('b-o', { name: 'One' }), org('b-o', { name: 'Two' }), gone, gone, org('b-o')]);
    expect(statuses(answer)).toEqual([201, 200, 204, 404, 200]);
    expect((await read('/orgs/b-o')).json.org).toMatchObject({ name: 'b-o', status: 'active' });
  });

  test('what goes with something else is gone for the operations behind it', async () => {
    const enrollment = { role: 'student', class: ref('b-k'), user: ref('b-u') };
    const answer = await batch([
      { method: 'DELETE', path: '/classes/b-k' },
      put('enrollments', 'b-e', 'enrollment', enrollment),
      { method: 'DELETE', path: '/enrollments/b-g' },
      put('classes', 'b-k', 'class', { title: 'K', course: ref('b-c'), school: ref('b-s'), terms: [ref('b-t')] }),
      put('enrollments', 'b-e', 'enrollment', { ...enrollment, primary: false }),
    ]);
    expect(statuses(answer)).toEqual([204, 422, 404, 200, 200]);
    expect((await read('/enrollments/b-e')).json.enrollment).toMatchObject({ status: 'active', primary: 'false' });
  });

  test('needs the scope of each operation', async () => {
    const scope = 'https://rostergate.dev/scope/roster.createput';
    const as = await doors.token({ id: demo.user, secret: demo.password, scope });
    const answer = await batch([org('b-p'), { method: 'DELETE', path: '/orgs/b-p' }], rostering, as);
    expect(statuses(answer)).toEqual([201, 403]);
  });
});

describe('The brake', () => {
  test('lets 100 orgs be removed in a day, and says so of each one beyond', async () => {
    const path = (at: number) => `/orgs/x-${at}`;
    const many = Array.from({ length: 105 }, (_, at) => at);
    expect(new Set(statuses(await batch(many.map((at) => org(`x-${at}`)))))).toEqual(new Set([201]));
    const answer = await batch(many.map((at) => ({ method: 'DELETE', path: path(at) })));
    const first = statuses(answer).indexOf(403);
    expect(first).toBeGreaterThan(90);
    expect(statuses(answer)).toEqual(many.map((at) => (at < first ? 204 : 403)));
    const text = expect.stringContaining('ask an administrator');
    expect(answer.json.results[first].failure.imsx_description).toEqual(text);
    expect((await doors.ask('DELETE', rostering + path(first))).status).toBe(403);
    expect((await read(path(first))).json.org.status).toBe('active');
  });
});

describe('A large batch', () => {
  test('takes 1,000 operations in one transaction, and no more', async () => {
    const many = Array.from({ length: 1000 }, (_, at) => org(`m-${at}`, { parent: ref('b-s') }));
    const before = (await read('/orgs/b-s')).json.org.dateLastModified;
    const answer = await batch(many);
    expect(new Set(statuses(answer))).toEqual(new Set([201]));
    const page = await read(`/orgs?limit=2000&filter=dateLastModified>'${before}'`);
    const times = page.json.orgs
      .filter(({ sourcedId }: { sourcedId: string }) => sourcedId.startsWith('m-'))
      .map(({ dateLastModified }: { dateLastModified: string }) => dateLastModified);
    expect([times.length, new Set(times).size]).toEqual([1000, 1]);
    expect((await batch([...many, org('m-x')])).status).toBe(413);
    expect((await batch([])).status).toBe(422);
    expect(
      (await doors.ask('POST', `${rostering}/batch`, { body: '{', headers: { 'content-type': 'application/json' } }))
        .status,
    ).toBe(400);
  });
});

describe('Resources', () => {
  test.each(['/ims/oneroster/resources/v1p2', '/ims/oneroster/v1p1'])('are pushed below %s', async (base) => {
    const id = `film${base.length}`;
    const object = { title: 'A film', vendorResourceId: 'v-1', importance: 'primary', roles: ['student'] };
    const path = `${base}/resources/${id}`;
    for (const status of [201, 200]) {
      expect((await doors.ask('PUT', path, { data: { resource: object } })).status).toBe(status);
    }
    const shown = await doors.ask('GET', path);
    expect(shown.json.resource).toMatchObject({ ...object, sourcedId: id, status: 'active' });
    expect((await doors.ask('PUT', path, { data: shown.json })).status).toBe(200);
    expect((await doors.ask('GET', path)).json).toEqual(shown.json);
    expect((await doors.ask('PUT', path, { data: { resource: { title: 'A film' } } })).status).toBe(422);
    expect((await doors.ask('DELETE', path)).status).toBe(204);
    expect((await doors.ask('GET', path)).json.resource.status).toBe('tobedeleted');
  });

  test('are named by courses, classes and users, of one batch too', async () => {
    const answer = await batch(
      [
        { method: 'PUT', path: '/resources/book', body: { resource: { vendorResourceId: 'v-2' } } },
        { method: 'PUT', path: '/courses/read', body: { course: { title: 'R', resources: [ref('book')] } } },
        { method: 'PUT', path: '/courses/read2', body: { course: { title: 'R', resources: [ref('lost')] } } },
      ],
      '/ims/oneroster/v1p1',
    );
    expect(statuses(answer)).toEqual([201, 201, 422]);
    expect((await read('/courses/read')).json.course.resources).toMatchObject([{ sourcedId: 'book' }]);
  });
});
