import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RestoreResult, TrashItem } from '../../src/roster/index.ts';
import { enterpriseFile } from '../setup/enterprise-file.ts';
import { type AdminGateway, startAdmin } from './gateway.ts';

let gateway: AdminGateway;
beforeAll(async () => {
  gateway = await startAdmin();
});
afterAll(() => gateway.close());

const items = async (path: string) => (await gateway.ask('GET', path)).json['items'] as TrashItem[];

describe('feeds', () => {
  test('PUT makes a feed, changes what is named and leaves the rest', async () => {
    expect((await gateway.ask('GET', '/feeds/night')).status).toBe(404);
    const made = await gateway.ask('PUT', '/feeds/night', { data: { mode: 'full' } });
    expect(made.status).toBe(200);
    expect(made.json).toMatchObject({ name: 'night', mode: 'full', onBreach: 'hold', runs: 0 });
    const limits = { person: { delete: { percent: 20 } } };
    await gateway.ask('PUT', '/feeds/night', { data: { limits } });
    expect((await gateway.ask('GET', '/feeds/night')).json).toMatchObject({
      mode: 'full',
      limits: { person: { delete: { percent: 20, number: null }, insert: { percent: 25 } } },
    });
  });

  test('what GET gives, PUT takes', async () => {
    const { json } = await gateway.ask('GET', '/feeds/night');
    const put = await gateway.ask('PUT', '/feeds/night', { data: json });
    expect(put.status).toBe(200);
    expect(put.json).toEqual(json);
  });

  test.each([
    [
      'a wrong value',
      '/feeds/night',
      { limits: { person: { delete: { percent: 200 } } } },
      'limits.person.delete.percent',
    ],
    ['an unknown setting', '/feeds/night', { removal: { course: 'trash' } }, 'removal.course'],
    ['a bad name', '/feeds/a%20b', {}, 'feed'],
  ])('%s is a 400 problem that names the setting', async (_name, path, data, field) => {
    const answer = await gateway.ask('PUT', path, { data });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'invalid-request', place: { field } });
  });

  test('are listed', async () => {
    expect((await gateway.ask('GET', '/feeds')).json).toMatchObject({
      items: [{ name: 'night' }],
      total: 1,
      next: null,
    });
  });
});

describe('the trash', () => {
  const members = ['g1/p1', 'g1/p2', 'g1/p3'];
  const full = enterpriseFile({ persons: ['p1', 'p2', 'p3'], groups: ['g1'], members });
  const without = enterpriseFile({ persons: ['p2', 'p3'], groups: ['g1'], members: members.slice(1) });
  let run: string;

  beforeAll(async () => {
    await gateway.import(full, { mode: 'full' });
    run = (await gateway.import(without, { mode: 'full' })).id;
  });

  test('shows who went, when, by whom and by which run, and is searched by type, run and text', async () => {
    const [person, ...others] = await items('/trash?type=person');
    expect(others).toEqual([]);
    expect(person).toMatchObject({
      type: 'person',
      sourcedId: 'p1',
      name: 'Person p1',
      trashedBy: 'feed:default',
      run,
    });
    expect(Date.parse(person?.trashedAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect((await items(`/trash?run=${run}`)).map(({ type }) => type).sort()).toEqual(['membership', 'person']);
    expect(await items('/trash?q=Person%20p1')).toHaveLength(1);
    expect(await items('/trash?q=.*')).toEqual([]);
    expect(await items('/trash?run=none')).toEqual([]);
  });

  test('is given in pages', async () => {
    const first = (await gateway.ask('GET', '/trash?limit=1')).json;
    expect(first).toMatchObject({ total: 2, items: [{}] });
    const second = (await gateway.ask('GET', `/trash?limit=1&cursor=${String(first['next'])}`)).json;
    expect(second).toMatchObject({ total: 2, items: [{}], next: null });
    expect(second['items']).not.toEqual(first['items']);
  });

  test('restores by id with the memberships that went along; the next full file does not take them away', async () => {
    const [person] = await items('/trash?type=person');
    const answer = await gateway.ask('POST', '/trash/restore', { data: { ids: [person?.id, 'unknown'] } });
    expect(answer.status).toBe(200);
    const [restored, unknown] = answer.json['items'] as RestoreResult[];
    expect(restored).toMatchObject({ id: person?.id, restored: true });
    expect(unknown).toMatchObject({ id: 'unknown', restored: false, problem: { code: 'unknown-object' } });
    await gateway.import(`${without}\n`, { mode: 'full' });
    expect(await items('/trash')).toEqual([]);
  });

  test('restores all that a run removed; an unknown run is a 404 problem', async () => {
    await gateway.import(full, { feed: 'second', mode: 'full' });
    expect((await gateway.ask('POST', '/trash/restore', { data: { run: 'none' } })).status).toBe(404);
    const answer = await gateway.ask('POST', '/trash/restore', { data: { run } });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ items: [] });
  });

  test('brings person, group and their membership back together, as its person and group were removed in one run', async () => {
    const more = enterpriseFile({ persons: ['bq', 'b0'], groups: ['bqg', 'b0g'], members: ['bqg/bq', 'b0g/b0'] });
    const less = enterpriseFile({ persons: ['b0'], groups: ['b0g'], members: ['b0g/b0'] });
    const all = { delete: { percent: 100 } };
    const limits = { person: all, group: all, membership: all };
    expect((await gateway.ask('PUT', '/feeds/both', { data: { mode: 'full', limits } })).status).toBe(200);
    await gateway.import(more, { feed: 'both' });
    const { id, state } = await gateway.import(less, { feed: 'both' });
    expect(state).toBe('done');
    expect((await items('/trash?q=BQ%20in%20bqg')).map(({ name }) => name)).toEqual(['bq in bqg']);
    expect(await items(`/trash?run=${id}`)).toHaveLength(3);
    const answer = await gateway.ask('POST', '/trash/restore', { data: { run: id } });
    const results = answer.json['items'] as RestoreResult[];
    expect(results.map(({ restored, notRestored }) => [restored, notRestored])).toEqual([
      [true, undefined],
      [true, undefined],
    ]);
    expect(results.reduce((sum, result) => sum + (result.with?.membership ?? 0), 0)).toBe(1);
    expect(await items(`/trash?run=${id}`)).toEqual([]);
    await gateway.import(`${less}\n`, { feed: 'both' });
    expect(await items('/trash?q=bq')).toEqual([]);
  });

  test.each(['queued', 'running'])('is not restored from while the run is %s: a 409 problem', async (state) => {
    const rows = gateway.store.rows('run');
    const before = await rows.findOne({ _id: run });
    await rows.updateOne({ _id: run }, { $set: { 'report.state': state } });
    const answer = await gateway.ask('POST', '/trash/restore', { data: { run } });
    await rows.updateOne({ _id: run }, { $set: { report: before?.['report'] } });
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({ code: 'conflict', place: { id: run } });
    expect((await gateway.ask('POST', '/trash/restore', { data: { run } })).json).toEqual({ items: [] });
  });

  test('purges by force only while the quarantine lasts', async () => {
    const [result] = await gateway.roster.execute(gateway.context, [
      { op: 'remove', type: 'person', key: 'person:default:p3' },
    ]);
    const id = result?.ok ? result.guid : '';
    const refused = await gateway.ask('DELETE', `/trash/${id}`);
    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({ code: 'in-quarantine' });
    const purged = await gateway.ask('DELETE', `/trash/${id}?force=true`);
    expect(purged.status).toBe(204);
    expect(purged.text).toBe('');
    expect((await gateway.ask('DELETE', `/trash/${id}?force=true`)).status).toBe(404);
    expect((await gateway.ask('DELETE', '/trash/unknown')).status).toBe(404);
    const [there] = await gateway.roster.find(gateway.context, 'person', ['person:default:p2']);
    const active = await gateway.ask('DELETE', `/trash/${there?.guid}?force=true`);
    expect(active.status).toBe(409);
    expect(active.json).toMatchObject({ code: 'not-in-trash' });
  });
});

describe('what waits', () => {
  test('is listed with who has not arrived', async () => {
    await gateway.import(enterpriseFile({ groups: ['w1'], members: ['w1/absent1', 'w1/absent2', 'w2/absent1'] }), {
      feed: 'waits',
    });
    const { json } = await gateway.ask('GET', '/waiting');
    expect(json).toMatchObject({ total: 3, next: null });
    const found = (json['items'] as Record<string, unknown>[]).find(({ group }) => group === 'w2');
    expect(found).toMatchObject({
      group: 'w2',
      member: 'absent1',
      memberType: 'person',
      waitsFor: [
        { type: 'group', sourcedId: 'w2', state: 'expected' },
        { type: 'person', sourcedId: 'absent1', state: 'expected' },
      ],
      reason: 'It is not served, because the group w2 has not arrived and the person absent1 has not arrived.',
    });
    const first = (await gateway.ask('GET', '/waiting?limit=2')).json;
    expect(first).toMatchObject({ total: 3, items: [{}, {}] });
    const second = (await gateway.ask('GET', `/waiting?limit=2&cursor=${String(first['next'])}`)).json;
    expect(second).toMatchObject({ total: 3, items: [{}], next: null });

    const id = String(found?.['id']);
    await gateway.roster.execute(gateway.context, [{ op: 'remove', type: 'membership', key: id }]);
    expect((await gateway.ask('GET', '/waiting')).json).toMatchObject({ total: 2 });
  });
});
