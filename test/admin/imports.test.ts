import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Run } from '../../src/sync/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { demo } from '../setup/services.ts';
import { type AdminGateway, basic, startAdmin } from './gateway.ts';

let gateway: AdminGateway;
beforeAll(async () => {
  gateway = await startAdmin({ maxFileBytes: 300_000 });
});
afterAll(() => gateway.close());

const school = enterpriseFile({ persons: manyIds('p', 3), groups: ['g1'], members: ['g1/p1', 'g1/p2'] });

async function ended(id: string): Promise<Run> {
  for (;;) {
    const { json } = await gateway.ask('GET', `/runs/${id}`);
    if (json['state'] !== 'queued' && json['state'] !== 'running') return json as unknown as Run;
    await sleep(50);
  }
}

async function send(query: string, body: string, headers: Record<string, string> = {}): Promise<Run> {
  const answer = await gateway.ask('POST', `/imports${query}`, { body, headers });
  expect(answer.status).toBe(202);
  return ended(String(answer.json['id']));
}

describe('POST /imports', () => {
  test('a dry run reports what would happen and changes nothing', async () => {
    const run = await send('?feed=dry&dryRun=true', school);
    expect(run).toMatchObject({ state: 'done', dryRun: true, counts: { person: { inFile: 3, created: 3 } } });
    expect(await gateway.roster.isEmpty(gateway.context)).toBe(true);
  });

  test('a file is answered with 202, its run and the run’s address; the feed is made on first use', async () => {
    const answer = await gateway.ask('POST', '/imports?name=school.xml', { body: school });
    expect(answer.status).toBe(202);
    const run = answer.json as unknown as Run;
    expect(answer.headers.get('location')).toBe(`/api/v1/runs/${run.id}`);
    expect(run).toMatchObject({ feed: 'default', dryRun: false, file: { name: 'school.xml', bytes: school.length } });
    expect(await ended(run.id)).toMatchObject({
      state: 'done',
      counts: { person: { created: 3 }, group: { created: 1 }, membership: { created: 2 } },
    });
    expect((await gateway.ask('GET', '/feeds/default')).json).toMatchObject({ name: 'default', runs: 1 });
  });

  test.each([
    ['the query', '?name=..%2F..%2Fetc%2Fa%0Ab.xml', {}, 'ab.xml'],
    ['Content-Disposition', '', { 'content-disposition': 'attachment; filename="night \\"1\\".xml"' }, 'night "1".xml'],
    [
      'its extended form',
      '',
      { 'content-disposition': "attachment; filename=x.xml; filename*=UTF-8''%C3%A5r.xml" },
      'år.xml',
    ],
    ['X-File-Name', '', { 'x-file-name': 'C:\\out\\sis.xml' }, 'sis.xml'],
    ['nothing', '', { 'content-disposition': 'inline' }, 'upload.xml'],
    ['a very long name', `?name=${'n'.repeat(900)}`, {}, 'n'.repeat(255)],
  ])('the file is called after %s', async (_name, query, headers, expected) => {
    const run = await send(query, school, { ...headers, 'content-type': 'application/x-www-form-urlencoded' });
    expect(run.file.name).toBe(expected);
  });

  test.each([
    ['an empty file', '', { body: '' }, 400, 'unreadable-input'],
    ['no body', '', {}, 400, 'unreadable-input'],
    ['an unknown mode', '?mode=all', { body: school }, 400, 'invalid-request'],
    ['a bad feed name', '?feed=a%2Fb', { body: school }, 400, 'invalid-request'],
    ['a flag that is none', '?dryRun=maybe', { body: school }, 400, 'invalid-request'],
    [
      'a form',
      '',
      { body: school, headers: { 'content-type': 'multipart/form-data; boundary=x' } },
      415,
      'unsupported-media-type',
    ],
    ['a packed body', '', { body: school, headers: { 'content-encoding': 'gzip' } }, 415, 'unsupported-media-type'],
    ['a file that is too large', '', { body: 'x'.repeat(3_000_000) }, 413, 'too-large'],
  ])('%s is refused', async (_name, query, asked, status, code) => {
    const answer = await gateway.ask('POST', `/imports${query}`, asked);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ code });
  });

  test('a body that ends too early leaves no run behind', async () => {
    const before = (await gateway.ask('GET', '/runs')).json['total'];
    await new Promise<void>((resolve) => {
      const headers = { authorization: basic(demo.user, demo.password), 'content-length': '10000' };
      const upload = request(`${gateway.url}/imports`, { method: 'POST', headers });
      upload.on('error', () => resolve());
      upload.write(school, () => setTimeout(() => upload.destroy(new Error('cut')), 200));
    });
    await sleep(200);
    expect((await gateway.ask('GET', '/runs')).json['total']).toBe(before);
  });
});

describe('runs', () => {
  test('a run that would remove too much is held, and goes on when approved', async () => {
    const all = manyIds('h', 60);
    await send('?feed=held&mode=full', enterpriseFile({ persons: all }));
    const held = await send('?feed=held&mode=full', enterpriseFile({ persons: all.slice(0, 20) }));
    expect(held.state).toBe('held');
    expect(held.filters.filter(({ exceeded }) => exceeded)).toEqual(
      expect.arrayContaining([expect.objectContaining({ filter: 'person.delete', changes: 40, base: 60 })]),
    );

    const next = await gateway.ask('POST', '/imports?feed=held', { body: school });
    expect(next.status).toBe(409);
    expect(next.json).toMatchObject({ code: 'conflict', place: { id: held.id } });

    const approved = await gateway.ask('POST', `/runs/${held.id}/approve`);
    expect(approved.status).toBe(200);
    expect(approved.json).toMatchObject({ state: 'queued', decision: { by: 'admin:sis', approved: true } });
    expect(await ended(held.id)).toMatchObject({ state: 'done', counts: { person: { trashed: 40, totalAfter: 20 } } });

    const again = await gateway.ask('POST', `/runs/${held.id}/approve`);
    expect(again.status).toBe(409);
  });

  test('a held run that is rejected changes nothing', async () => {
    const all = manyIds('r', 60);
    await send('?feed=no&mode=full', enterpriseFile({ persons: all }));
    const held = await send('?feed=no&mode=full', enterpriseFile({ persons: all.slice(0, 20) }));
    const rejected = await gateway.ask('POST', `/runs/${held.id}/reject`, { as: 'key' });
    expect(rejected.status).toBe(200);
    expect(rejected.json).toMatchObject({ state: 'rejected', decision: { approved: false } });
    expect((await gateway.ask('GET', '/trash?q=r')).json['total']).toBe(0);
  });

  test('are listed newest first, by feed and state, in pages', async () => {
    const all = await gateway.ask('GET', '/runs?limit=200');
    const items = all.json['items'] as Run[];
    expect(all.json['total']).toBe(items.length);
    const ids: string[] = [];
    let cursor = '';
    for (;;) {
      const page: Record<string, unknown> = (
        await gateway.ask('GET', `/runs?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
      ).json;
      ids.push(...(page['items'] as Run[]).map(({ id }) => id));
      if (page['next'] === null) break;
      cursor = page['next'] as string;
    }
    expect(ids).toEqual(items.map(({ id }) => id));
    const rejected = await gateway.ask('GET', '/runs?feed=no&state=rejected');
    expect(rejected.json).toMatchObject({ total: 1, next: null });
  });

  test('one that is unknown is a 404 problem', async () => {
    for (const [method, path] of [
      ['GET', '/runs/none'],
      ['POST', '/runs/none/approve'],
      ['POST', '/runs/none/reject'],
    ] as const) {
      const answer = await gateway.ask(method, path);
      expect(answer.status).toBe(404);
      expect(answer.json).toMatchObject({ code: 'unknown-object' });
    }
  });
});
