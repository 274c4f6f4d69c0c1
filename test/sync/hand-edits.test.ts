import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HandEdit } from '../../src/sync/index.ts';
import { type Doors, startDoors } from '../setup/doors.ts';
import { enterpriseFile } from '../setup/enterprise-file.ts';

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors();
});
afterAll(() => doors.close());

const ask = (method: string, path: string, data?: unknown) =>
  doors.ask(method, `/api/v1${path}`, { as: doors.admin, ...(data === undefined ? {} : { data }) });
const take = (feed: string, file: string, rest: { dryRun?: boolean } = {}) => doors.import(file, { feed, ...rest });
const edits = async (feed: string) =>
  (await ask('GET', `/feeds/${feed}/hand-edits`)).json as { items: HandEdit[]; total: number; next: string | null };

describe('2.14 A record that somebody has changed by hand although a feed claims it', () => {
  const file = enterpriseFile({ persons: ['h1', 'h2', 'h3'], groups: ['hg'], members: ['hg/h1'] });
  const rest = '/ims/oneroster/rostering/v1p2';

  test('is shown with who changed what, until the next run has looked at it', async () => {
    await take('hand', file);
    expect(await edits('hand')).toEqual({ items: [], total: 0, next: null });
    for (const id of ['h1', 'h3']) {
      const user = (await doors.ask('GET', `${rest}/users/${id}`)).json.user;
      const put = await doors.ask('PUT', `${rest}/users/${id}`, {
        data: { user: { ...user, email: `${id}@example.org` } },
      });
      expect([put.status, put.text]).toEqual([200, '']);
    }
    const { items, total } = await edits('hand');
    expect(total).toBe(2);
    expect(items.map(({ id }) => id).sort()).toEqual(['h1', 'h3']);
    for (const item of items) {
      expect(item).toMatchObject({ type: 'person', state: 'active', writer: 'credential:sis', fields: ['data'] });
      expect(Date.parse(item.at)).not.toBeNaN();
    }
    const first = await ask('GET', '/feeds/hand/hand-edits?limit=1');
    expect(first.json.items).toEqual(items.slice(0, 1));
    const second = await ask('GET', `/feeds/hand/hand-edits?limit=1&cursor=${first.json.next}`);
    expect(second.json).toEqual({ items: items.slice(1), total: 2, next: null });
    await take('hand', file);
    expect((await edits('hand')).total).toBe(0);
  });

  test('is none of a feed that does not list it, and of none that is not there', async () => {
    await take('others', enterpriseFile({ persons: ['o1'], groups: [], members: [] }));
    expect((await edits('others')).items).toEqual([]);
    expect((await ask('GET', '/feeds/nowhere/hand-edits')).status).toBe(404);
    expect((await ask('GET', '/feeds/others/hand-edits?cursor=x')).status).toBe(400);
  });
});

describe('2.15 The checklist for an integration', () => {
  const states = async (feed: string) => {
    const { items } = (await ask('GET', `/feeds/${feed}/checklist`)).json as {
      items: { item: string; state: string }[];
    };
    return Object.fromEntries(items.map(({ item, state }) => [item, state]));
  };

  test('ticks what the gateway can see for itself', async () => {
    await ask('PUT', '/feeds/check', { mode: 'full' });
    expect(await states('check')).toEqual({
      keys: 'unknown',
      filters: 'ok',
      archiving: 'ok',
      subscribers: 'open',
      'test-run': 'open',
    });
    await take('check', enterpriseFile({ persons: ['c1', 'c1'], groups: [], members: [] }), { dryRun: true });
    await ask('PUT', '/feeds/check', {
      limits: { person: { delete: { percent: null } } },
      notices: { subscribers: [{ address: 'admin@school.example' }] },
    });
    await ask('PUT', '/settings', { courses: { archive: false } });
    expect(await states('check')).toEqual({
      keys: 'open',
      filters: 'open',
      archiving: 'open',
      subscribers: 'ok',
      'test-run': 'ok',
    });
    await take('check', enterpriseFile({ persons: ['c1'], groups: [], members: [] }));
    expect(await states('check')).toMatchObject({ keys: 'ok' });
    expect((await ask('GET', '/feeds/nowhere/checklist')).status).toBe(404);
  });
});
