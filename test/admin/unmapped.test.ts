import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeListCsvReader } from '../../src/protocols/list-csv/index.ts';
import { header, list, row } from '../protocols/list-csv/lists.ts';
import { basic, type Doors, startDoors } from '../setup/doors.ts';

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors({ readers: [makeListCsvReader()] });
});
afterAll(() => doors.close());

const ask = (method: string, path: string, data?: object) =>
  doors.ask(method, `/api/v1${path}`, { as: doors.admin, ...(data === undefined ? {} : { data }) });

test('3.11: What is not mapped is listed as JSON, page by page, and as CSV, from a held file too', async () => {
  const column = {
    column: 'PROGRAM',
    group: 'Program',
    kind: 'other',
    communities: ['Maths'],
    values: [],
    anyValue: false,
  };
  const settings = { protocol: 'list-csv', list: { communities: [column] } };
  expect(await ask('PUT', '/feeds/alumni', settings)).toMatchObject({ status: 200 });
  const rows = [
    `${row('1')},"=cmd|' /C calc'!A0; Maths"`,
    `${row('2', { type: '@Wizard' })},Alchemy`,
    `${row('3')},alchemy`,
  ];
  const run = await doors.import(`${header},PROGRAM\n${rows.join('\n')}\n`, { feed: 'alumni' });
  expect(run.state).toBe('held');
  const first = await ask('GET', '/feeds/alumni/unmapped?limit=2');
  expect(first.json).toMatchObject({
    run: run.id,
    total: 3,
    items: [
      {
        column: 'PROGRAM',
        value: "=cmd|' /C calc'!A0",
        rows: 1,
        line: 2,
        setting: 'list.communities.0.values',
        entry: { value: "=cmd|' /C calc'!A0", community: null },
      },
      { column: 'PROGRAM', value: 'Alchemy', rows: 2, line: 3, setting: 'list.communities.0.values' },
    ],
  });
  const rest = await ask('GET', `/feeds/alumni/unmapped?limit=2&cursor=${first.json.next}`);
  expect(rest.json).toMatchObject({
    items: [{ column: 'STAKEHOLDERS', value: '@Wizard', setting: 'list.userTypes' }],
    next: null,
  });
  const csv = await ask('GET', '/feeds/alumni/unmapped.csv');
  expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(csv.headers.get('content-disposition')).toContain('unmapped-alumni.csv');
  // What a spreadsheet would take for a formula begins with an apostrophe.
  expect(csv.text.split('\r\n').slice(0, 4)).toEqual([
    'column,value,rows,line,setting,entry',
    `PROGRAM,'=cmd|' /C calc'!A0,1,2,list.communities.0.values,"{""value"":""=cmd|' /C calc'!A0"",""community"":null}"`,
    'PROGRAM,Alchemy,2,3,list.communities.0.values,"{""value"":""Alchemy"",""community"":null}"',
    `STAKEHOLDERS,'@Wizard,1,3,list.userTypes,"{""value"":""@Wizard"",""role"":null}"`,
  ]);
});

test('The list is refused where there is no such feed, where it takes no lists, and to those who see no reports', async () => {
  expect(await ask('GET', '/feeds/nobody/unmapped')).toMatchObject({ status: 404, json: { code: 'unknown-object' } });
  expect(await ask('GET', '/feeds/nobody/unmapped.csv')).toMatchObject({ status: 404 });
  await ask('PUT', '/feeds/xml', { mode: 'full' });
  expect(await ask('GET', '/feeds/xml/unmapped')).toMatchObject({ status: 409 });
  expect((await doors.ask('GET', '/api/v1/feeds/alumni/unmapped', { as: null })).status).toBe(401);
  const made = await ask('POST', '/credentials', {
    name: 'sends',
    role: 'sender',
    feeds: ['alumni'],
    kinds: ['admin'],
  });
  const as = basic('sends', made.json.secret);
  expect((await doors.ask('GET', '/api/v1/feeds/alumni/unmapped', { as })).status).toBe(403);
});

test('Where all is mapped the list is empty', async () => {
  await ask('PUT', '/feeds/plain', { protocol: 'list-csv', namespace: 'plain', list: { reviewFirst: false } });
  const run = await doors.import(list(row('1')), { feed: 'plain' });
  expect((await ask('GET', '/feeds/plain/unmapped')).json).toEqual({ run: run.id, items: [], total: 0, next: null });
});
