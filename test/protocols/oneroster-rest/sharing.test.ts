import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeFieldTable } from '../../../src/protocols/oneroster-rest/query/fields.ts';
import { hideableFields, type Sharing } from '../../../src/roster/index.ts';
import { group, member, person, school } from '../../roster/roster.ts';
import { type Answer, type Asked, type Doors, startDoors } from '../../setup/doors.ts';
import { fillMixedTenant } from './mixed-tenant.ts';

const rostering = '/ims/oneroster/rostering/v1p2';
const gradebook = '/ims/oneroster/gradebook/v1p2';
const old = '/ims/oneroster/v1p1';

let doors: Doors;
let client: string;
beforeAll(async () => {
  doors = await startDoors();
  await fillMixedTenant(doors.roster, doors.context);
  const data = {
    name: 'library',
    kinds: ['oneroster'],
    scopes: [
      'roster.readonly',
      'roster-demographics.readonly',
      'gradebook.readonly',
      'gradebook.createput',
      'gradebook.createpost',
      'gradebook.delete',
      'roster.createput',
      'roster.createpost',
      'roster.delete',
      'import',
    ],
  };
  const made = await doors.ask('POST', '/api/v1/credentials', { as: doors.admin, data });
  client = await doors.token({ id: 'library', secret: made.json.secret });
});
afterAll(() => doors.close());
beforeEach(async () => {
  await admin('DELETE', '/sharing');
});

const admin = (method: string, path: string, data?: unknown): Promise<Answer> =>
  doors.ask(method, `/api/v1/credentials/library${path}`, { as: doors.admin, ...(data === undefined ? {} : { data }) });
const share = async (sharing: Sharing) => expect((await admin('PUT', '/sharing', sharing)).status).toBe(200);
const ask = (method: string, path: string, asked: Asked = {}) => doors.ask(method, path, { as: client, ...asked });

/** The ids of a collection as the client sees it; as many as `X-Total-Count` says. */
async function ids(path: string): Promise<string[]> {
  const { headers, json } = await ask('GET', path);
  const [objects = []] = Object.values(json as object).filter(Array.isArray) as { sourcedId: string }[][];
  expect(Number(headers.get('x-total-count'))).toBe(objects.length);
  return objects.map(({ sourcedId }) => sourcedId).sort();
}

describe('what a client sees', () => {
  test('a school shares itself, its people and what hangs on them, and the names of the orgs above', async () => {
    await share({ schools: ['south'] });
    expect(await ids(`${rostering}/orgs`)).toEqual(['district', 'south']);
    expect(await ids(`${rostering}/classes`)).toEqual(['art-1', 'club']);
    expect(await ids(`${rostering}/users`)).toEqual(['bob', 'dan', 'eve']);
    expect(await ids(`${rostering}/demographics`)).toEqual(['bob']);
    expect(await ids(`${gradebook}/lineItems`)).toEqual(['mural']);
    expect(await ids(`${gradebook}/categories`)).toEqual(['work']);
    expect(await ids(`${gradebook}/results`)).toEqual(['r-bob-mural']);
    expect((await ask('GET', `${rostering}/users/ann`)).status).toBe(404);
    expect((await ask('GET', `${rostering}/schools/north/classes`)).status).toBe(404);
    expect(await ids(`${old}/schools/north/classes`)).toEqual([]);
    const { json } = await ask('GET', `${rostering}/orgs/district`);
    expect(json.org.children.map(({ sourcedId }: { sourcedId: string }) => sourcedId)).toEqual(['south']);
  });

  test('a filter does not lead out of the rules, by OR or by what is referred to', async () => {
    await share({ schools: ['south'] });
    const byOrg = (id: string) => `${rostering}/users?filter=${encodeURIComponent(`roles.org.sourcedId='${id}'`)}`;
    expect(await ids(byOrg('north'))).toEqual([]);
    expect(await ids(byOrg('south'))).toEqual(['bob', 'dan', 'eve']);
    const filter = encodeURIComponent("sourcedId='ann' OR dateLastModified>'2000-01-01'");
    expect(await ids(`${rostering}/users?filter=${filter}`)).toEqual(['bob', 'dan', 'eve']);
  });

  test('roles share users who have one of them, and enrollments and results of those', async () => {
    await share({ roles: ['teacher'] });
    const teachers = await ids(`${rostering}/users`);
    expect(teachers).toEqual(await ids(`${rostering}/teachers`));
    expect(teachers).not.toContain('ann');
    const { json } = await ask('GET', `${rostering}/enrollments`);
    const users = json.enrollments.map((one: { user: { sourcedId: string } }) => one.user.sourcedId);
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((user: string) => !teachers.includes(user))).toEqual([]);
    expect(await ids(`${gradebook}/results`)).toEqual([]);
  });

  test('rules hold together, a school that is not there shares nothing, and without rules all is shared', async () => {
    const all = await ids(`${rostering}/users`);
    await share({ schools: ['south'], roles: ['teacher'] });
    expect(await ids(`${rostering}/users`)).toEqual(['dan', 'eve']);
    await share({ schools: ['nowhere'] });
    expect(await ids(`${rostering}/users`)).toEqual([]);
    expect(await ids(`${rostering}/academicSessions`)).toEqual([]);
    expect((await admin('DELETE', '/sharing')).status).toBe(204);
    expect(await ids(`${rostering}/users`)).toEqual(all);
    expect((await admin('GET', '/sharing')).json).toEqual({});
  });

  test('a reader of changes is not told of ids that have gone, which may be those of others', async () => {
    const changes = [person('gone'), { op: 'remove', type: 'person', key: 'person:default:gone' }] as const;
    await doors.roster.execute(doors.context, [changes[0]]);
    const { items } = await doors.roster.page(doors.context, { view: 'user', limit: 100, offset: 0 });
    const guid = items.find(({ record }) => record.sourcedId === 'gone')?.record.guid ?? '';
    await doors.roster.execute(doors.context, [{ op: 'remove', type: 'person', key: guid }]);
    await doors.roster.execute(doors.context, [{ op: 'purge', type: 'person', key: guid, force: true }]);
    const since = `${rostering}/users?filter=${encodeURIComponent("dateLastModified>'2000-01-01'")}`;
    expect(await ids(since)).toContain('gone');
    await share({ schools: ['south'] });
    expect(await ids(since)).toEqual(['bob', 'dan', 'eve']);
  });
});

describe('hidden fields', () => {
  test('are in no answer, and to ask for them is to ask for what is not there', async () => {
    await share({
      fields: { user: { hidden: ['grades', 'userIds', 'primaryOrg'] }, class: { allowed: ['subjects'] } },
    });
    for (const base of [rostering, old]) {
      const { json } = await ask('GET', `${base}/users/ann`);
      for (const field of ['grades', 'userIds', 'primaryOrg']) expect(json.user).not.toHaveProperty(field);
      expect(json.user.givenName).toBe('Ann');
      const inClass = (await ask('GET', `${base}/classes/bio-1`)).json.class;
      expect(inClass).not.toHaveProperty('resources');
      expect((await ask('GET', `${base}/users?filter=${encodeURIComponent("grades='1'")}`)).status).toBe(400);
    }
    expect((await ask('GET', `${rostering}/users?fields=sourcedId,grades`)).status).toBe(400);
    const warned = (await ask('GET', `${old}/users?fields=sourcedId,grades`)).json;
    expect(warned.statusInfoSet).toHaveLength(1);
    for (const user of warned.users) expect(user).not.toHaveProperty('grades');
  });

  test('may be all that OneRoster has and no version requires', () => {
    const fieldsOf = makeFieldTable();
    for (const [name, fields] of Object.entries(hideableFields)) {
      const known = new Set([...fieldsOf('1.2', name as 'user'), ...fieldsOf('1.1', name as 'user')]);
      expect([name, fields.filter((field) => !known.has(field))]).toEqual([name, []]);
      expect(fields).not.toContain('sourcedId');
    }
  });
});

describe('the admin API', () => {
  test('refuses rules that are none, and names what is wrong', async () => {
    const wrong: [unknown, string][] = [
      [{ schools: [] }, 'schools'],
      [{ school: ['north'] }, 'school'],
      [{ fields: { user: { hidden: ['givenName'] } } }, 'fields'],
    ];
    for (const [data, field] of wrong) {
      const { status, json } = await admin('PUT', '/sharing', data);
      expect([data, status]).toEqual([data, 400]);
      expect(json.detail).toContain(field);
    }
    const path = '/api/v1/credentials/nobody/sharing';
    expect((await doors.ask('PUT', path, { as: doors.admin, data: {} })).status).toBe(404);
    expect((await doors.ask('GET', path, { as: doors.admin })).status).toBe(404);
  });

  test('previews what the client sees and what is left out', async () => {
    await share({ schools: ['south', 'nowhere'], fields: { user: { hidden: ['email'] } } });
    const { status, json } = await admin('GET', '/preview');
    expect(status).toBe(200);
    expect(json.unknownSchools).toEqual(['nowhere']);
    expect(json.hiddenFields).toEqual({ user: ['email'] });
    const collections = json.collections as { name: string; shared: number; of: number; first: unknown[] }[];
    const classes = collections.find(({ name }) => name === 'classes');
    expect(classes?.shared).toBe(2);
    expect(classes?.first).toHaveLength(2);
    expect(classes?.of).toBeGreaterThan(2);
    for (const { name, shared } of collections) {
      const base = ['categories', 'lineItems', 'results', 'scoreScales'].includes(name) ? gradebook : rostering;
      if (name === 'resources' || name.startsWith('assessment')) continue;
      expect([name, shared]).toEqual([name, (await ids(`${base}/${name}`)).length]);
    }
  });

  test('takes no files from a client with rules', async () => {
    const sent = () => ask('POST', '/api/v1/imports?feed=default', { body: '<enterprise/>' });
    const without = await sent();
    await share({ schools: ['south'] });
    const { status, json } = await sent();
    expect([status, json.code]).toEqual([403, 'forbidden']);
    expect(json.detail).not.toBe(without.json.detail);
  });
});

describe('writes of a client with rules', () => {
  const result = (lineItem: string, student: string) => ({
    result: {
      lineItem: { sourcedId: lineItem },
      student: { sourcedId: student },
      scoreStatus: 'fully graded',
      scoreDate: '2026-01-01',
      score: 1,
    },
  });
  const user = (org: string) => ({
    user: {
      givenName: 'New',
      familyName: 'One',
      enabledUser: 'true',
      username: 'new',
      roles: [{ roleType: 'primary', role: 'student', org: { sourcedId: org } }],
    },
  });

  test('go inside what it sees', async () => {
    await share({ schools: ['south'] });
    expect((await ask('PUT', `${gradebook}/results/new-1`, { data: result('mural', 'bob') })).status).toBe(201);
    expect((await ask('GET', `${gradebook}/results/new-1`)).status).toBe(200);
    expect((await ask('PUT', `${rostering}/users/new-1`, { data: user('south') })).status).toBe(201);
    expect(await ids(`${rostering}/users`)).toContain('new-1');
    const enrollment = {
      enrollment: {
        user: { sourcedId: 'new-1' },
        class: { sourcedId: 'art-1' },
        school: { sourcedId: 'south' },
        role: 'student',
      },
    };
    expect((await ask('PUT', `${rostering}/enrollments/e-new`, { data: enrollment })).status).toBe(201);
    expect((await ask('DELETE', `${rostering}/enrollments/e-new`)).status).toBe(204);
    expect((await ask('DELETE', `${gradebook}/results/new-1`)).status).toBe(204);
    const sent = {
      lineItem: { sourcedId: 'mural' },
      student: { sourcedId: 'bob' },
      scoreStatus: 'exempt',
      scoreDate: '2026-01-01',
    };
    const set = await ask('POST', `${gradebook}/lineItems/mural/results`, { data: { results: [sent, sent] } });
    expect(set.status).toBe(201);
    const made = set.json.sourcedIdPairs.map((pair: { allocatedSourcedId: string }) => pair.allocatedSourcedId);
    expect((await ask('GET', `${gradebook}/results/${made[1]}`)).status).toBe(200);
    const category = await ask('PUT', `${gradebook}/categories/own`, { data: { category: { title: 'Own' } } });
    expect(category.status).toBe(201);
    expect(await ids(`${gradebook}/categories`)).toEqual(['own', 'work']);
  });

  test('do not touch, make or name what is outside', async () => {
    await share({ schools: ['south'] });
    const before = JSON.stringify(await everything());
    const refused: [string, string, unknown, number][] = [
      ['PUT', `${gradebook}/results/r-ann-quiz`, result('mural', 'bob'), 403],
      ['PUT', `${gradebook}/results/new-2`, result('mural', 'ann'), 422],
      ['PUT', `${gradebook}/results/new-2`, result('quiz', 'bob'), 422],
      ['DELETE', `${gradebook}/lineItems/quiz`, undefined, 404],
      ['POST', `${gradebook}/lineItems/quiz/results`, { results: [result('quiz', 'bob').result] }, 404],
      [
        'POST',
        `${gradebook}/lineItems/mural/results`,
        { results: [result('mural', 'bob').result, result('mural', 'ann').result] },
        422,
      ],
      ['PUT', `${gradebook}/categories/work`, { category: { title: 'Changed' } }, 403],
      ['DELETE', `${rostering}/users/ann`, undefined, 404],
      ['PUT', `${rostering}/users/new-2`, user('north'), 422],
      ['PUT', `${rostering}/users/new-2`, user('district'), 403],
      ['PUT', `${rostering}/users/bob`, user('south'), 403],
      ['PUT', `${rostering}/orgs/district`, { org: { name: 'Mine', type: 'district' } }, 403],
      ['PUT', `${rostering}/orgs/new-3`, { org: { name: 'Mine', type: 'school' } }, 403],
      ['DELETE', `${rostering}/academicSessions/spring`, undefined, 403],
    ];
    for (const [method, path, data, status] of refused) {
      const answer = await ask(method, path, data === undefined ? {} : { data });
      expect([method, path, answer.status]).toEqual([method, path, status]);
    }
    expect(JSON.stringify(await everything())).toBe(before);
  });

  test('leave alone classes of which fields are hidden from it', async () => {
    await share({ fields: { user: { hidden: ['email'] } } });
    expect((await ask('PUT', `${rostering}/users/new-4`, { data: user('south') })).status).toBe(403);
    expect((await ask('PUT', `${gradebook}/results/new-4`, { data: result('mural', 'bob') })).status).toBe(201);
  });

  /** What an unlimited client sees of what the writes were about. */
  async function everything() {
    const found: unknown[] = [];
    for (const path of ['users', 'orgs', 'academicSessions', 'enrollments']) {
      found.push((await doors.ask('GET', `${rostering}/${path}`)).json);
    }
    for (const path of ['results', 'lineItems', 'categories']) {
      found.push((await doors.ask('GET', `${gradebook}/${path}`)).json);
    }
    return found;
  }
});

test('a page of a client with one school reads the documents of that school only', async () => {
  const schools = Array.from({ length: 20 }, (_, at) => `many-${at}`);
  const records = schools.flatMap((id) => [
    school(id),
    group(`class-${id}`, 'class', [id]),
    ...Array.from({ length: 20 }, (_, at) => person(`${id}-${at}`)),
    ...Array.from({ length: 20 }, (_, at) => member(`class-${id}`, `${id}-${at}`)),
  ]);
  await doors.roster.execute(doors.context, records);
  await share({ schools: ['many-7'] });
  const { db } = doors.store.connection;
  if (db === undefined) throw new Error('no database');
  await db.command({ profile: 2 });
  expect(await ids(`${rostering}/users`)).toHaveLength(20);
  expect(await ids(`${rostering}/enrollments`)).toHaveLength(20);
  await db.command({ profile: 0 });
  const sent = await db
    .collection('system.profile')
    .find({ ns: /\.(persons|memberships|groups)$/ })
    .toArray();
  expect(sent.length).toBeGreaterThan(5);
  expect(sent.filter(({ docsExamined = 0 }) => docsExamined > 60)).toEqual([]);
});
