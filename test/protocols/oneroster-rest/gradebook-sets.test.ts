import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { key } from '../../../src/model/index.ts';
import { makeOneRoster } from '../../../src/protocols/oneroster-rest/index.ts';
import type { Roster } from '../../../src/roster/index.ts';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { demo } from '../../setup/services.ts';
import { watchedLog } from '../../setup/watched-log.ts';
import { fillMixedTenant } from './mixed-tenant.ts';
import { makeValidators, publishedDocument, services1p2 } from './published.ts';

const base = '/ims/oneroster/gradebook/v1p2';
const ref = (sourcedId: string) => ({ sourcedId });
const dates = { assignDate: '2026-01-05', dueDate: '2026-01-06' };

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors();
  await fillMixedTenant(doors.roster, { ...doors.context, writer: 'credential:soap', source: 'soap' });
});
afterAll(() => doors.close());

const post = (path: string, data: object, as?: string) => doors.ask('POST', base + path, { data, ...(as && { as }) });
const get = async (path: string) => (await doors.ask('GET', base + path)).json;
const totalOf = async (collection: string) =>
  Number((await doors.ask('GET', `${base}/${collection}`)).headers.get('x-total-count'));

/** A line item as far as the path of its set does not say it. */
const item = (title: string, more: object = {}) => ({ title, category: ref('tests'), ...dates, ...more });
const mark = (student: string, more: object = {}) => ({ student: ref(student), scoreDate: '2026-01-07', ...more });

/** OneRoster over another roster, on a port of its own. */
async function startLate(roster: Roster) {
  const app = express();
  app.use(makeOneRoster({ roster, access: doors.access, audit: doors.audit, log: watchedLog, version: '1.2.3' }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', () => resolve()));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const document = publishedDocument(services1p2.gradebook);
const validate = document && makeValidators(document);

describe('Sets of the gradebook', () => {
  test('line items of a class get sourcedIds of the gateway, told in pairs in their order', async () => {
    const lineItems = [item('One', { sourcedId: 'mine-1' }), item('Two', { sourcedId: 'mine-2', class: ref('bio-1') })];
    const answer = await post('/classes/bio-1/lineItems', { lineItems: [...lineItems, item('Three')] });
    expect(answer.status).toBe(201);
    const pairs: { suppliedSourcedId: string; allocatedSourcedId: string }[] = answer.json.sourcedIdPairs;
    expect(pairs.map(({ suppliedSourcedId }) => suppliedSourcedId)).toEqual(['mine-1', 'mine-2', '']);
    expect(new Set(pairs.map(({ allocatedSourcedId }) => allocatedSourcedId)).size).toBe(3);
    const shown = await Promise.all(pairs.map(({ allocatedSourcedId }) => get(`/lineItems/${allocatedSourcedId}`)));
    expect(shown.map(({ lineItem }) => lineItem.title)).toEqual(['One', 'Two', 'Three']);
    for (const { lineItem } of shown) {
      expect(lineItem).toMatchObject({ status: 'active', class: ref('bio-1'), school: ref('north') });
    }
    if (validate === undefined) return;
    const isValid = validate('#/components/schemas/GUIDPairSetDType');
    isValid(answer.json);
    expect(isValid.errors).toBeNull();
  });

  test('line items of a school name their class themselves', async () => {
    const answer = await post('/schools/south/lineItems', { lineItems: [item('Mural', { class: ref('art-1') })] });
    const [{ allocatedSourcedId: id }] = answer.json.sourcedIdPairs;
    expect((await get(`/lineItems/${id}`)).lineItem).toMatchObject({ class: ref('art-1'), school: ref('south') });
    const none = await post('/schools/south/lineItems', { lineItems: [item('Mural')] });
    expect([none.status, none.text]).toEqual([422, expect.stringContaining('lineItems[0]: class is required')]);
  });

  test('results of a line item, and of a class in a session', async () => {
    const results = [mark('ann', { score: '9' }), mark('bob', { textScore: 'B', lineItem: ref('quiz') })];
    const answer = await post('/lineItems/quiz/results', { results });
    expect(answer.status).toBe(201);
    const ids = answer.json.sourcedIdPairs.map(
      ({ allocatedSourcedId }: { allocatedSourcedId: string }) => allocatedSourcedId,
    );
    const [ann, bob] = await Promise.all(ids.map((id: string) => get(`/results/${id}`)));
    expect(ann.result).toMatchObject({
      lineItem: ref('quiz'),
      student: ref('ann'),
      score: 9,
      scoreStatus: 'fully graded',
    });
    expect(bob.result).toMatchObject({ lineItem: ref('quiz'), student: ref('bob'), textScore: 'B' });
    for (const session of ['p1', 'autumn', 'year']) {
      const path = `/classes/bio-1/academicSessions/${session}/results`;
      const set = await post(path, { results: [mark('ann', { lineItem: ref('quiz') })] });
      expect([session, set.status]).toEqual([session, 201]);
      const [{ allocatedSourcedId: id }] = set.json.sourcedIdPairs;
      expect((await get(`/results/${id}`)).result).toMatchObject({ class: ref('bio-1'), lineItem: ref('quiz') });
    }
  });

  const quiz = { lineItem: ref('quiz') };
  test.each([
    [
      'a class that is not that of the path',
      '/classes/bio-1/lineItems',
      item('X', { class: ref('bio-2') }),
      'class is not',
    ],
    [
      'a school that is not that of the path',
      '/schools/south/lineItems',
      item('X', { class: ref('art-1'), school: ref('north') }),
      'school is not',
    ],
    [
      'a line item that is not that of the path',
      '/lineItems/quiz/results',
      mark('ann', { lineItem: ref('mural') }),
      'lineItem is not',
    ],
    [
      'a line item of another class',
      '/classes/bio-2/academicSessions/p1/results',
      mark('ann', quiz),
      'lineItem is of another class',
    ],
    [
      'a line item of another session',
      '/classes/bio-1/academicSessions/spring/results',
      mark('ann', quiz),
      'academic session',
    ],
    ['a student that is nowhere', '/lineItems/quiz/results', mark('nobody'), 'student names nobody'],
    ['an unknown field', '/lineItems/quiz/results', mark('ann', { colour: 'red' }), 'colour'],
    ['a missing field', '/classes/bio-1/lineItems', { title: 'X' }, 'is required'],
    [
      'an object that is deleted from the start',
      '/lineItems/quiz/results',
      mark('ann', { status: 'tobedeleted' }),
      'status',
    ],
    ['what is no object', '/lineItems/quiz/results', 'ann', 'must be an object'],
  ])('refuses %s, names its place in the set, and stores none of the others', async (_what, path, object, text) => {
    const collection = path.endsWith('results') ? 'results' : 'lineItems';
    const school = path.startsWith('/schools') ? { class: ref('art-1') } : {};
    const good =
      collection === 'results' ? mark('ann', path.startsWith('/lineItems') ? {} : quiz) : item('Good', school);
    const before = await totalOf(collection);
    const isOfPath = !path.startsWith('/classes/bio-2') && !path.includes('spring');
    const set = isOfPath ? [good, object] : [object];
    const answer = await post(path, { [collection]: set });
    const place = `${collection}[${set.length - 1}]`;
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(place)]);
    expect(answer.text).toContain(text);
    expect(await totalOf(collection)).toBe(before);
  });

  test('what goes away while a set is on its way lets nothing of the set be stored', async () => {
    const { roster } = doors;
    await roster.execute(doors.context, [
      { op: 'upsert', type: 'person', key: key('user', 'default', 'zoe'), data: {} },
    ]);
    const late = await startLate({
      ...roster,
      async execute(context, ...rest) {
        await roster.execute(context, [{ op: 'remove', type: 'person', key: key('user', 'default', 'zoe') }]);
        return roster.execute(context, ...rest);
      },
    });
    const before = await totalOf('results');
    const answer = await fetch(`${late.url}${base}/lineItems/quiz/results`, {
      method: 'POST',
      headers: { authorization: await doors.token(), 'content-type': 'application/json' },
      body: JSON.stringify({ results: [mark('ann'), mark('zoe'), mark('bob')] }),
    });
    late.server.close();
    expect([answer.status, await answer.text()]).toEqual([
      422,
      expect.stringContaining('results[1]: The user zoe that student names does not exist'),
    ]);
    expect(await totalOf('results')).toBe(before);
  });

  test('a path to what is not there, or is deleted, is 404', async () => {
    for (const path of ['/classes/nowhere/lineItems', '/classes/old/lineItems', '/schools/district/lineItems']) {
      expect([path, (await post(path, { lineItems: [item('X')] })).status]).toEqual([path, 404]);
    }
    const results = [mark('ann', quiz)];
    expect((await post('/classes/bio-1/academicSessions/nowhere/results', { results })).status).toBe(404);
  });

  test('takes 1,000 objects in one transaction, and no more and no less than one', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => mark('ann', { score: at }));
    const before = await totalOf('results');
    const answer = await post('/lineItems/mural/results', { results: many(1000) });
    expect([answer.status, answer.json.sourcedIdPairs.length]).toEqual([201, 1000]);
    expect(await totalOf('results')).toBe(before + 1000);
    const page = await get('/classes/art-1/results?limit=2000');
    const times = page.results.filter(({ score }: { score?: number }) => score !== undefined);
    expect(new Set(times.map(({ dateLastModified }: { dateLastModified: string }) => dateLastModified)).size).toBe(1);
    expect((await post('/lineItems/mural/results', { results: many(1001) })).status).toBe(413);
    expect((await post('/lineItems/mural/results', { results: [] })).status).toBe(422);
    expect((await post('/lineItems/mural/results', { lineItems: many(1) })).status).toBe(422);
  });

  test('need the scope gradebook.createpost', async () => {
    const scope = 'https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.createput';
    const as = await doors.token({ id: demo.user, secret: demo.password, scope });
    const answer = await post('/classes/bio-1/lineItems', { lineItems: [item('X')] }, as);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toContain('gradebook.createpost');
  });
});
