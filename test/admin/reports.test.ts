import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'csv-parse/sync';
import type { ChangeItem, ProblemItem, Run } from '../../src/sync/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { type AdminGateway, startAdmin } from './gateway.ts';

let gateway: AdminGateway;
let done: Run;
let dry: Run;

const formula = '=HYPERLINK("http://evil.example","x, y")';
const person = (id: string, name: string) =>
  `<person><sourcedid><source>SIS</source><id>${id}</id></sourcedid><name><fn>${name}</fn></name></person>`;
const whole = (...parts: string[]) =>
  `<enterprise><properties><datasource>SIS</datasource></properties>\n${parts.join('\n')}\n</enterprise>`;

beforeAll(async () => {
  gateway = await startAdmin();
  const people = manyIds('p', 20).map((id) => person(id, `Person ${id}`));
  done = await gateway.import(whole(...people, person('@x', formula), '<person/>'), { fileName: '+file.xml' });
  dry = await gateway.import(whole(person('p1', 'Other')), { dryRun: true });
});
afterAll(() => gateway.close());

const rows = (text: string) => parse(text, { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[];
const schema = async (name: string) => {
  const document = (await gateway.ask('GET', '/openapi.json')).json;
  const ajv = new Ajv2020({ strict: false });
  (addFormats as unknown as (to: Ajv2020) => void)(ajv);
  ajv.addSchema({ ...document, $id: 'api' });
  return ajv.getSchema(`api#/components/schemas/${name}`);
};

describe('the lists of a run', () => {
  test.each([
    ['changes', 'ChangeList'],
    ['problems', 'RunProblemList'],
    ['pairs', 'PairList'],
    ['log', 'CertificationLog'],
    ['', 'Run'],
  ])('%s is as the OpenAPI document says', async (list, name) => {
    const check = await schema(name);
    for (const { id } of [done, dry]) {
      const { status, json } = await gateway.ask('GET', `/runs/${id}${list === '' ? '' : `/${list}`}`);
      expect({ status, valid: check?.(json), errors: check?.errors }).toEqual({
        status: 200,
        valid: true,
        errors: null,
      });
    }
  });

  test('are given page by page, filtered, with a total', async () => {
    const first = await gateway.ask('GET', `/runs/${done.id}/changes?type=person&action=created&limit=15`);
    expect(first.json).toMatchObject({ total: 21 });
    const rest = await gateway.ask(
      'GET',
      `/runs/${done.id}/changes?type=person&action=created&limit=15&cursor=${String(first.json['next'])}`,
    );
    const items = [...(first.json['items'] as ChangeItem[]), ...(rest.json['items'] as ChangeItem[])];
    expect(rest.json['next']).toBeNull();
    expect(new Set(items.map(({ id }) => id))).toEqual(new Set([...manyIds('p', 20), '@x']));
    const none = await gateway.ask('GET', `/runs/${done.id}/problems?kind=rejected.missing-id&type=group`);
    expect(none.json).toEqual({ items: [], total: 0, next: null });
    expect((await gateway.ask('GET', `/runs/${done.id}/changes?action=x`)).status).toBe(400);
    expect((await gateway.ask('GET', `/runs/${done.id}/changes?cursor=x`)).status).toBe(400);
  });

  test('a dry run shows what would change, before and after', async () => {
    const { json } = await gateway.ask('GET', `/runs/${dry.id}/changes`);
    expect(json['items']).toMatchObject([
      {
        type: 'person',
        action: 'updated',
        id: 'p1',
        line: 2,
        before: { name: { formatted: 'Person p1' } },
        after: { name: { formatted: 'Other' } },
      },
    ]);
  });
});

describe('downloads', () => {
  test('changes as CSV have what the list has, and nothing that a spreadsheet takes for a formula', async () => {
    const { text, headers, status } = await gateway.ask('GET', `/runs/${done.id}/changes.csv`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toBe(`attachment; filename="changes-${done.id}.csv"`);
    expect(text.split('\r\n')[0]).toBe('type,action,id,guid,name,line,before,after');
    const found = rows(text);
    expect(found).toHaveLength(21);
    expect(found.find(({ id }) => id === "'@x")).toMatchObject({ action: 'created', name: `'${formula}`, before: '' });
    const p1 = found.find(({ id }) => id === 'p1');
    expect(JSON.parse(p1?.['after'] ?? '')).toEqual({ name: { formatted: 'Person p1' } });
    const filtered = await gateway.ask('GET', `/runs/${done.id}/changes.csv?action=trashed`);
    expect(filtered.text).toBe('type,action,id,guid,name,line,before,after\r\n');
  });

  test('problems as CSV have file, line, id, field, code, message and type', async () => {
    const { json } = await gateway.ask('GET', `/runs/${done.id}/problems`);
    const { text } = await gateway.ask('GET', `/runs/${done.id}/problems.csv`);
    const items = json['items'] as ProblemItem[];
    expect(items.length).toBeGreaterThan(0);
    expect(rows(text)).toEqual(
      items.map(({ kind, type, line, id, field, message }) => ({
        file: "'+file.xml",
        line: String(line ?? ''),
        id: id ?? '',
        field: field ?? '',
        code: kind,
        message,
        type: type ?? '',
      })),
    );
  });

  test('the log as CSV has the fields of the certification', async () => {
    const { text } = await gateway.ask('GET', `/runs/${done.id}/log.csv`);
    expect(rows(text)).toMatchObject([
      {
        'Test Identifier': "'+file.xml",
        'Test Date': done.startedAt,
        Status: 'Fail',
        'CSV Files Imported': "'+file.xml",
        'CSV Files Rejected': '',
        Comment: expect.stringContaining('rejected.missing-id') as unknown as string,
      },
    ]);
  });

  test('of many changes are streamed whole', async () => {
    const run = await gateway.import(enterpriseFile({ persons: manyIds('m', 4500) }), { feed: 'many' });
    const { text } = await gateway.ask('GET', `/runs/${run.id}/changes.csv`);
    expect(new Set(rows(text).map(({ id }) => id)).size).toBe(4500);
  });
});

describe('Plans that people ask for', () => {
  const settled = async (answer: { status: number; headers: Headers; json: Record<string, unknown> }): Promise<Run> => {
    expect(answer.status).toBe(202);
    const id = String(answer.json['id']);
    expect(answer.headers.get('location')).toBe(`/api/v1/runs/${id}`);
    return (await gateway.sync.wait(gateway.context, id)) as Run;
  };

  test('an undo is queued, dry first, and listed by its kind', async () => {
    const run = await gateway.import(enterpriseFile({ persons: ['u1', 'u2'] }), { feed: 'undone' });
    const tried = await settled(await gateway.ask('POST', `/runs/${run.id}/undo?dryRun=true`));
    expect(tried).toMatchObject({ kind: 'undo', dryRun: true, of: run.id, counts: { person: { trashed: 2 } } });
    const undo = await settled(await gateway.ask('POST', `/runs/${run.id}/undo`));
    expect((await gateway.ask('GET', `/runs/${run.id}`)).json).toMatchObject({ state: 'undone', undoneBy: undo.id });
    const list = await gateway.ask('GET', '/runs?kind=undo&limit=1');
    expect(list.json).toMatchObject({ items: [{ id: undo.id }], total: 2 });
    expect((await gateway.ask('POST', `/runs/${run.id}/undo`)).json).toMatchObject({ code: 'conflict' });
    expect((await gateway.ask('POST', '/runs/none/undo')).status).toBe(404);
  });

  test('a crosswalk takes a list of ids', async () => {
    await gateway.import(enterpriseFile({ persons: ['old1'] }), { feed: 'moved' });
    const answer = await gateway.ask('POST', '/crosswalks?feed=moved&name=ids.csv', {
      body: 'oldId,newId\nold1,new1\n',
    });
    expect(await settled(answer)).toMatchObject({
      kind: 'crosswalk',
      state: 'done',
      counts: { person: { renamed: 1 } },
    });
    const unnamed = await gateway.ask('POST', '/crosswalks?feed=moved', { body: 'oldId,newId\nnew1,new2\n' });
    expect(await settled(unnamed)).toMatchObject({ file: { name: 'upload.csv' } });
    const form = { headers: { 'content-type': 'multipart/form-data' }, body: 'x' };
    expect((await gateway.ask('POST', '/crosswalks?feed=moved', form)).status).toBe(415);
  });

  test('a crosswalk names its feed, and one that is there', async () => {
    const body = 'oldId,newId\na,b\n';
    expect((await gateway.ask('POST', '/crosswalks', { body })).json).toMatchObject({
      status: 400,
      code: 'invalid-request',
      detail: 'The query parameter feed is missing.',
    });
    expect((await gateway.ask('POST', '/crosswalks?feed=nofeed', { body })).json).toMatchObject({
      status: 404,
      code: 'unknown-object',
      detail: 'There is no feed nofeed.',
    });
  });

  test('a rollover takes the year by its id, and says what is wrong with the request', async () => {
    await gateway.import(enterpriseFile({ groups: ['year'] }), { feed: 'years' });
    const answer = await gateway.ask('POST', '/rollovers', { data: { under: 'year', dryRun: true } });
    expect(await settled(answer)).toMatchObject({ kind: 'rollover', dryRun: true });
    expect((await gateway.ask('POST', '/rollovers', { data: { under: 'nothing' } })).status).toBe(404);
    const wrong = await gateway.ask('POST', '/rollovers', { data: { under: 'year', next: { title: 'x' } } });
    expect(wrong).toMatchObject({ status: 400 });
    const never = { under: 'year', next: { id: 'y2', start: '2027-13-45' }, dryRun: true };
    expect((await gateway.ask('POST', '/rollovers', { data: never })).json).toMatchObject({
      status: 400,
      detail: 'The field next.start must be a day, as 2026-08-01.',
    });
    const nowhere = await gateway.ask('POST', '/rollovers', { data: { under: 'year', feed: 'nofeed' } });
    expect(nowhere.json).toMatchObject({ status: 404, detail: 'There is no feed nofeed.' });
  });

  test('a merge names pairs or all of them', async () => {
    const wrong = await gateway.ask('POST', `/runs/${done.id}/merge`, { data: { newIds: ['x'], all: true } });
    expect(wrong.status).toBe(400);
    const none = await gateway.ask('POST', `/runs/${done.id}/merge`, { data: { newIds: ['x'] } });
    expect(none.json).toMatchObject({ code: 'unknown-object' });
    const all = await gateway.ask('POST', `/runs/${done.id}/merge`, { data: { all: true } });
    expect(all.json).toMatchObject({ id: done.id, pairs: { merged: 0 } });
  });
});

describe('feeds', () => {
  test('one that lists records is not deleted, one that lists none is', async () => {
    expect((await gateway.ask('DELETE', '/feeds/default')).json).toMatchObject({ code: 'conflict' });
    await gateway.ask('PUT', '/feeds/empty', { data: { mode: 'full' } });
    expect((await gateway.ask('DELETE', '/feeds/empty')).status).toBe(204);
    expect((await gateway.ask('GET', '/feeds/empty')).status).toBe(404);
    expect((await gateway.ask('DELETE', '/feeds/empty')).status).toBe(404);
  });
});
