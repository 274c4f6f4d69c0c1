import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Doors, startDoors } from '../setup/doors.ts';

const file = `<enterprise><properties><datasource>x</datasource><datetime>2026-01-01</datetime></properties>
<person><sourcedid><source>x</source><id>p1</id></sourcedid><name><fn>Ann</fn></name></person><person/></enterprise>`;

let doors: Doors;
let bearer: string;
beforeAll(async () => {
  doors = await startDoors();
  const made = { name: 'sender', kinds: ['oneroster'], scopes: ['import', 'roster-core.readonly'] };
  const { secret } = (await doors.ask('POST', '/api/v1/credentials', { as: doors.admin, data: made })).json;
  bearer = await doors.token({ id: 'sender', secret });
  for (const [feed, clients] of [
    ['theirs', ['sender']],
    ['others', ['somebody']],
  ] as const) {
    const put = await doors.ask('PUT', `/api/v1/feeds/${feed}`, { as: doors.admin, data: { clients } });
    expect(put.status).toBe(200);
  }
});
afterAll(() => doors.close());

const send = (feed: string, as: string) => doors.ask('POST', `/api/v1/imports?feed=${feed}`, { as, body: file });

test('A OneRoster client with the scope import sends files of feeds that list it, and reads their runs', async () => {
  const sent = await send('theirs', bearer);
  expect(sent.status).toBe(202);
  const { id } = sent.json;
  await doors.sync.wait(doors.context, id);
  const run = await doors.ask('GET', `/api/v1/runs/${id}`, { as: bearer });
  expect(run.json).toMatchObject({ state: 'done', feed: 'theirs' });
  const problems = await doors.ask('GET', `/api/v1/runs/${id}/problems`, { as: bearer });
  expect(problems.json.total).toBeGreaterThan(0);
});

test('It sends no files of other feeds and sees no others’ runs', async () => {
  for (const feed of ['others', 'default', 'unknown']) {
    const refused = await send(feed, bearer);
    expect(refused.status).toBe(403);
    expect(refused.json.detail ?? refused.json.text).toContain('clients');
  }
  const run = (await send('others', doors.admin)).json;
  await doors.sync.wait(doors.context, run.id);
  for (const path of [`/api/v1/runs/${run.id}`, `/api/v1/runs/${run.id}/problems`]) {
    expect((await doors.ask('GET', path, { as: bearer })).status).toBe(404);
  }
});

test('It may do nothing else, and a token without the scope may do nothing at all', async () => {
  for (const [method, path] of [
    ['GET', '/runs'],
    ['GET', '/feeds'],
    ['GET', '/trash'],
    ['GET', '/credentials'],
    ['GET', '/export'],
    ['POST', '/credentials'],
  ] as const) {
    expect([path, (await doors.ask(method, `/api/v1${path}`, { as: bearer })).status]).toEqual([path, 403]);
  }
  const made = { name: 'reader', kinds: ['oneroster'] };
  const { secret } = (await doors.ask('POST', '/api/v1/credentials', { as: doors.admin, data: made })).json;
  expect((await send('theirs', await doors.token({ id: 'reader', secret }))).status).toBe(403);
  expect((await send('theirs', 'Bearer nonsense')).status).toBe(401);
});
