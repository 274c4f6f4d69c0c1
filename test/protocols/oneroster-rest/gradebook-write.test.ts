import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { key } from '../../../src/model/index.ts';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { demo } from '../../setup/services.ts';
import { fillMixedTenant } from './mixed-tenant.ts';

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors();
  await fillMixedTenant(doors.roster, { ...doors.context, writer: 'credential:soap', source: 'soap' });
});
afterAll(() => doors.close());

const bases = { '1.1': '/ims/oneroster/v1p1', '1.2': '/ims/oneroster/gradebook/v1p2' } as const;
const wrappers = {
  categories: 'category',
  scoreScales: 'scoreScale',
  lineItems: 'lineItem',
  results: 'result',
  assessmentLineItems: 'assessmentLineItem',
  assessmentResults: 'assessmentResult',
} as const;
type Collection = keyof typeof wrappers;

const ref = (sourcedId: string) => ({ sourcedId });
const objectiveIds = [{ source: 'case', learningObjectiveIds: ['o1', 'o2'] }];
const objectiveScores = [
  { source: 'unknown', learningObjectiveResults: [{ learningObjectiveId: 'o1', score: 3, textScore: 'ok' }] },
];

/** Objects of every class of a version, in the order in which they refer to each other, with as little as is needed. */
function objectsOf(version: '1.1' | '1.2'): readonly (readonly [Collection, string, object])[] {
  const of = (id: string) => `${id}-${version}`;
  const dates = { assignDate: '2026-01-05', dueDate: '2026-01-12T12:00:00+01:00' };
  const item = { title: 'Essay', class: ref('bio-1'), category: ref(of('c')), ...dates };
  const mark = { student: ref('ann'), score: '87.5', scoreDate: '2026-01-13T09:30:00.000Z' };
  if (version === '1.1') {
    return [
      ['categories', of('c'), { title: 'Homework' }],
      ['lineItems', of('l'), { ...item, gradingPeriod: ref('p1'), resultValueMin: 0, resultValueMax: 100 }],
      ['results', of('r'), { ...mark, lineItem: ref(of('l')), scoreStatus: 'fully graded', comment: 'Good' }],
    ];
  }
  const scale = { title: 'Stars', type: 'stars', class: ref('bio-1'), course: ref('biology') };
  const more = { late: true, missing: 'false', textScore: 'B', scoreScale: ref(of('s')) };
  return [
    ['categories', of('c'), { title: 'Homework', weight: '0.25' }],
    ['scoreScales', of('s'), { ...scale, scoreScaleValue: [{ itemValueLHS: 1, itemValueRHS: '*' }] }],
    ['lineItems', of('l'), { ...item, academicSession: ref('autumn'), learningObjectiveSet: objectiveIds }],
    ['results', of('r'), { ...mark, ...more, lineItem: ref(of('l')), learningObjectiveSet: objectiveScores }],
    ['assessmentLineItems', of('a'), { title: 'Test', learningObjectiveSet: objectiveIds, metadata: { mine: [1] } }],
    ['assessmentLineItems', of('b'), { title: 'Part', parentAssessmentLineItem: ref(of('a')), class: ref('bio-1') }],
    ['assessmentResults', of('x'), { ...mark, ...more, assessmentLineItem: ref(of('b')), scorePercentile: 90 }],
  ];
}

const pathOf = (version: '1.1' | '1.2', collection: string, id: string) =>
  `${bases[version]}/${collection}/${encodeURIComponent(id)}`;
const put = (version: '1.1' | '1.2', collection: Collection, id: string, object: object) =>
  doors.ask('PUT', pathOf(version, collection, id), { data: { [wrappers[collection]]: object } });
const get = async (version: '1.1' | '1.2', collection: Collection, id: string) =>
  (await doors.ask('GET', pathOf(version, collection, id))).json[wrappers[collection]];

describe.each(['1.1', '1.2'] as const)('Gradebook writes of %s', (version) => {
  const objects = objectsOf(version);

  test('PUT creates with 201 and replaces with 200, and answers no body', async () => {
    for (const status of [201, 200]) {
      for (const [collection, id, object] of objects) {
        const answer = await put(version, collection, id, object);
        expect([collection, answer.status, answer.text]).toEqual([collection, status, '']);
      }
    }
  });

  test('what is written is shown, in the words of the standard', async () => {
    for (const [collection, id, object] of objects) await put(version, collection, id, object);
    const of = (id: string) => `${id}-${version}`;
    const lineItem = await get(version, 'lineItems', of('l'));
    expect(lineItem).toMatchObject({
      title: 'Essay',
      assignDate: '2026-01-05T00:00:00.000Z',
      dueDate: '2026-01-12T11:00:00.000Z',
      class: { sourcedId: 'bio-1', type: 'class' },
    });
    const result = await get(version, 'results', of('r'));
    expect(result).toMatchObject({ score: 87.5, scoreDate: '2026-01-13', scoreStatus: 'fully graded' });
    if (version === '1.1') return;
    expect(lineItem).toMatchObject({ school: { sourcedId: 'north' }, learningObjectiveSet: objectiveIds });
    expect(result).toMatchObject({ late: 'true', missing: 'false', learningObjectiveSet: objectiveScores });
    const scale = await get(version, 'scoreScales', of('s'));
    expect(scale.scoreScaleValue).toEqual([{ itemValueLHS: '1', itemValueRHS: '*' }]);
    expect(await get(version, 'categories', of('c'))).toMatchObject({ weight: 0.25 });
    expect(await get(version, 'assessmentLineItems', of('a'))).toMatchObject({ metadata: { mine: [1] } });
  });

  test('what is read can be put back and changes nothing: of every object of a tenant that others filled', async () => {
    for (const collection of new Set(objects.map(([one]) => one))) {
      const page = (await doors.ask('GET', `${bases[version]}/${collection}`)).json[collection];
      expect(page.length).toBeGreaterThan(0);
      for (const object of page.filter(({ status }: { status: string }) => status === 'active')) {
        const answer = await put(version, collection, object.sourcedId, object);
        expect([object.sourcedId, answer.status, answer.text]).toEqual([object.sourcedId, 200, '']);
        expect(await get(version, collection, object.sourcedId)).toEqual(object);
      }
    }
  });

  test('what is left out of a PUT is cleared, and dateLastModified moves', async () => {
    const id = `moves-${version}`;
    const metadata = { colour: 'red' };
    await put(version, 'categories', id, { title: 'One', metadata });
    const one = await get(version, 'categories', id);
    expect(one).toMatchObject({ title: 'One', metadata });
    await put(version, 'categories', id, { title: 'Two' });
    const two = await get(version, 'categories', id);
    expect(two).toEqual({ sourcedId: id, status: 'active', dateLastModified: expect.any(String), title: 'Two' });
    expect(Date.parse(two.dateLastModified)).toBeGreaterThan(Date.parse(one.dateLastModified));
  });

  test('DELETE answers 204 and then 404, shows tobedeleted, and a PUT brings back', async () => {
    for (const [collection, id, object] of objects) await put(version, collection, id, object);
    for (const [collection, id] of [...objects].reverse()) {
      const path = pathOf(version, collection, id);
      const deleted = await doors.ask('DELETE', path);
      expect([id, deleted.status, deleted.text]).toEqual([id, 204, '']);
      expect([id, (await get(version, collection, id)).status]).toEqual([id, 'tobedeleted']);
      expect([id, (await doors.ask('DELETE', path)).status]).toEqual([id, 404]);
    }
    for (const [collection, id, object] of objects) {
      expect([id, (await put(version, collection, id, object)).status]).toEqual([id, 200]);
      expect([id, (await get(version, collection, id)).status]).toEqual([id, 'active']);
    }
    expect((await doors.ask('DELETE', pathOf(version, 'results', 'never'))).status).toBe(404);
  });

  test('a PUT with the status tobedeleted deletes', async () => {
    const id = `flagged-${version}`;
    await put(version, 'categories', id, { title: 'Here' });
    const gone = { sourcedId: id, status: 'tobedeleted', title: 'Here' };
    for (const _ of [1, 2]) {
      expect((await put(version, 'categories', id, gone)).status).toBe(200);
      expect((await get(version, 'categories', id)).status).toBe('tobedeleted');
    }
  });

  const item = { title: 'T', assignDate: '2026-01-05', dueDate: '2026-01-06', class: ref('bio-1') };
  const whole = { ...item, gradingPeriod: ref('p1'), resultValueMin: 0, resultValueMax: 9, category: ref('tests') };
  test.each([
    ['an unknown field', 'lineItems', { ...whole, colour: 'red' }, 'colour'],
    ['a missing field', 'lineItems', { ...whole, dueDate: undefined }, 'dueDate'],
    ['a category that is nowhere', 'lineItems', { ...whole, category: ref('nowhere') }, 'category names nowhere'],
    ['a class that is deleted', 'lineItems', { ...whole, class: ref('old') }, 'class names old'],
    ['a course for a class', 'lineItems', { ...whole, class: ref('biology') }, 'class names biology'],
    ['another id', 'lineItems', { ...whole, sourcedId: 'other' }, 'sourcedId'],
    ['a time that is none', 'lineItems', { ...whole, dueDate: 'tomorrow' }, 'dueDate'],
    ['a number that is none', 'lineItems', { ...whole, resultValueMax: 'ten' }, 'resultValueMax'],
    ['a text that is none', 'categories', { title: { en: 'Tests' } }, 'title'],
    ['metadata that are no object', 'categories', { title: 'T', metadata: [1] }, 'metadata'],
    ['a name that no field can have', 'categories', { title: 'T', metadata: { a: [{ constructor: 1 }] } }, 'metadata'],
    ['a word outside of the vocabulary', 'results', { scoreStatus: 'nearly done' }, 'scoreStatus'],
  ] as const)('refuses %s, and names the field', async (_what, collection, object, text) => {
    const answer = await put(version, collection, `refused-${version}`, object);
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(text)]);
    const { statusInfoSet, ...bare } = answer.json;
    const status = version === '1.1' ? statusInfoSet[0] : bare;
    expect(status).toMatchObject({ imsx_codeMajor: 'failure', imsx_severity: 'error' });
    expect((await doors.ask('GET', pathOf(version, collection, `refused-${version}`))).status).toBe(404);
  });

  test('refuses bodies that are no JSON, too large, too deep, or without their wrapper', async () => {
    const path = pathOf(version, 'categories', `body-${version}`);
    const asJson = { 'content-type': 'application/json' };
    const statusOf = async (body: string, headers: Record<string, string> = asJson) =>
      (await doors.ask('PUT', path, { body, headers })).status;
    const good = '{"category":{"title":"T"}}';
    expect(await statusOf(good, { 'content-type': 'text/xml' })).toBe(415);
    expect(await statusOf(good, { ...asJson, 'content-encoding': 'x-unknown' })).toBe(415);
    expect(await statusOf('{"category":')).toBe(400);
    expect(await statusOf('')).toBe(400);
    expect(await statusOf('{"category":{"title":"\\ud83d"}}')).toBe(400);
    expect(await statusOf(`{"category":{"title":"${'x'.repeat(10 * 1024 * 1024)}"}}`)).toBe(413);
    expect(await statusOf(`${'['.repeat(40)}${']'.repeat(40)}`)).toBe(413);
    for (const body of ['{}', '[]', 'null', '{"categories":[]}', '{"category":[]}', '{"title":"T"}']) {
      expect([body, await statusOf(body)]).toEqual([body, 422]);
    }
    expect(await statusOf(good.replace(/}$/, ',"more":1}'))).toBe(422);
    expect(await statusOf(good, { 'content-type': 'application/json; charset=utf-8' })).toBe(201);
  });

  test('a token without the scope writes nothing', async () => {
    const scopes = 'https://purl.imsglobal.org/spec/or/v1p2/scope';
    const asked = async (scope: string, method: string, data?: object) => {
      const as = await doors.token({ id: demo.user, secret: demo.password, scope: `${scopes}/${scope}` });
      const path = pathOf(version, 'categories', 'tests');
      const answer = await doors.ask(method, path, { as, ...(data && { data }) });
      return [answer.status, answer.headers.get('www-authenticate')];
    };
    const category = { title: 'Stolen' };
    expect(await asked('gradebook.readonly', 'PUT', { category })).toEqual([
      403,
      expect.stringContaining('gradebook.createput'),
    ]);
    const gone = { category: { ...category, status: 'tobedeleted' } };
    const needsDelete = [403, expect.stringContaining('gradebook.delete')];
    expect(await asked('gradebook.readonly', 'DELETE')).toEqual(needsDelete);
    expect(await asked('gradebook.createput', 'DELETE')).toEqual(needsDelete);
    expect(await asked('gradebook.createput', 'PUT', gone)).toEqual(needsDelete);
    expect(await get(version, 'categories', 'tests')).toMatchObject({ title: 'Tests', status: 'active' });
  });
});

test('a PUT of 1.1 leaves alone what only 1.2 has', async () => {
  const of = (id: string) => `kept-${id}`;
  await put('1.2', 'categories', of('c'), { title: 'Tests', weight: 0.5 });
  await put('1.2', 'scoreScales', of('s'), {
    title: 'Marks',
    type: 'letters',
    class: ref('bio-1'),
    scoreScaleValue: [{ itemValueLHS: 'A', itemValueRHS: '90-100' }],
  });
  const item = { title: 'Quiz', assignDate: '2026-01-05', dueDate: '2026-01-06', class: ref('bio-1') };
  const only1p2 = { school: ref('south'), academicSession: ref('autumn'), scoreScale: ref(of('s')) };
  const lineItem = { ...item, category: ref(of('c')), learningObjectiveSet: objectiveIds };
  await put('1.2', 'lineItems', of('l'), { ...lineItem, ...only1p2 });
  const marks = { textScore: 'A', late: true, class: ref('bio-1'), learningObjectiveSet: objectiveScores };
  const result = { lineItem: ref(of('l')), student: ref('ann'), scoreDate: '2026-01-07' };
  await put('1.2', 'results', of('r'), { ...result, ...marks, score: 90 });

  expect((await put('1.1', 'categories', of('c'), { title: 'Exams' })).status).toBe(200);
  const old = await get('1.1', 'lineItems', of('l'));
  expect(old).toMatchObject({ gradingPeriod: { sourcedId: 'autumn' }, resultValueMin: 0, resultValueMax: 100 });
  expect((await put('1.1', 'lineItems', of('l'), { ...old, title: 'Test', gradingPeriod: ref('p1') })).status).toBe(
    200,
  );
  expect((await put('1.1', 'results', of('r'), { ...result, score: 70 })).status).toBe(200);

  expect(await get('1.2', 'categories', of('c'))).toMatchObject({ title: 'Exams', weight: 0.5 });
  const shown = await get('1.2', 'lineItems', of('l'));
  expect(shown).toMatchObject({
    title: 'Test',
    ...only1p2,
    gradingPeriod: ref('p1'),
    learningObjectiveSet: objectiveIds,
  });
  expect(shown.resultValueMax).toBeUndefined();
  expect(await get('1.2', 'results', of('r'))).toMatchObject({ ...marks, late: 'true', score: 70 });
});

test('an assessment line item is no part of itself', async () => {
  const title = 'Exam';
  await put('1.2', 'assessmentLineItems', 'top', { title });
  await put('1.2', 'assessmentLineItems', 'below', { title, parentAssessmentLineItem: ref('top') });
  const answer = await put('1.2', 'assessmentLineItems', 'top', { title, parentAssessmentLineItem: ref('below') });
  expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('parentAssessmentLineItem')]);
});

test('what another tenant has in its gradebook can be neither named, nor written, nor deleted, nor added to', async () => {
  const { store } = doors;
  await store.rows('tenant').insertOne({ _id: 'other', guidKey: Buffer.alloc(32, 7), timeZone: 'UTC' });
  const known = await store.rows('credential').findOne({ tenant: demo.tenant, name: demo.user });
  await store.rows('credential').insertOne({ ...known, _id: 'other/other', tenant: 'other', name: 'other' });
  const as = await doors.token({ id: 'other', secret: demo.password });
  const base = bases['1.2'];
  const title = { title: 'Theirs' };
  for (const [collection, id, object] of objectsOf('1.2')) {
    const own = await put('1.2', collection, id, object);
    expect([id, own.status < 300]).toEqual([id, true]);
  }
  const before = (await doors.ask('GET', `${base}/categories/c-1.2`)).text;
  expect((await doors.ask('DELETE', `${base}/categories/c-1.2`, { as })).status).toBe(404);
  const theirs = await doors.ask('PUT', `${base}/categories/c-1.2`, { as, data: { category: title } });
  expect(theirs.status).toBe(201);
  expect((await doors.ask('GET', `${base}/categories/c-1.2`)).text).toBe(before);
  const [, , lineItem] = objectsOf('1.2').find(([collection]) => collection === 'lineItems') ?? [];
  const named = await doors.ask('PUT', `${base}/lineItems/x`, { as, data: { lineItem } });
  expect([named.status, named.text]).toEqual([422, expect.stringContaining('class names bio-1')]);
  const results = [{ student: ref('ann'), scoreDate: '2026-01-13' }];
  for (const path of ['/lineItems/l-1.2/results', '/classes/bio-1/academicSessions/autumn/results']) {
    expect([path, (await doors.ask('POST', base + path, { as, data: { results } })).status]).toEqual([path, 404]);
  }
});

test('beyond the limit of the brake a DELETE is refused with 403 and says what to do', async () => {
  const { id, secret } = { id: 'eraser', secret: 'a secret of the eraser' };
  const scopes = ['gradebook.readonly', 'gradebook.delete'];
  const made = { name: id, kinds: ['oneroster'], scopes, secret };
  expect((await doors.ask('POST', '/api/v1/credentials', { as: doors.admin, data: made })).status).toBe(201);
  const as = await doors.token({ id, secret });
  const context = await doors.access.token(as.slice('Bearer '.length));
  if (!context.ok) throw new Error(context.problem.text);
  const keys = Array.from({ length: 120 }, (_, at) => key('category', 'default', `braked-${at}`));
  await doors.roster.execute(
    context.value,
    keys.map((one) => ({ op: 'upsert', type: 'category', key: one, data: { title: 'T' } })),
  );
  const removed = await doors.roster.execute(
    context.value,
    keys.slice(0, 110).map((one) => ({ op: 'remove', type: 'category', key: one })),
  );
  expect(removed.filter(({ ok }) => ok)).toHaveLength(100);
  for (const version of ['1.1', '1.2'] as const) {
    const answer = await doors.ask('DELETE', pathOf(version, 'categories', 'braked-119'), { as });
    const { statusInfoSet, ...bare } = answer.json;
    const status = version === '1.1' ? statusInfoSet[0] : bare;
    expect([answer.status, status.imsx_description]).toEqual([403, expect.stringContaining('ask an administrator')]);
    if (version === '1.1') expect(status.imsx_codeMinor).toBe('deletefailure');
    expect((await get(version, 'categories', 'braked-119')).status).toBe('active');
  }
});
