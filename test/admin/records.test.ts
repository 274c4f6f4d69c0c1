import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Change } from '../../src/roster/index.ts';
import { g, group, m, member, p, person, remove } from '../roster/roster.ts';
import { type AdminGateway, startAdmin } from './gateway.ts';

let gateway: AdminGateway;
const execute = (...changes: Change[]) => gateway.roster.execute(gateway.context, changes);
beforeAll(async () => {
  gateway = await startAdmin();
  await execute(
    group('k', 'course'),
    group('same', 'class', ['k']),
    person('same', { email: 's@x', userIds: [{ value: 's', password: 'secret' }], name: { family: 'Byron' } }),
    person('other', { name: { family: 'Byron' } }),
    member('same', 'same', ['Learner'], 'm1'),
  );
});
afterAll(() => gateway.close());

const items = (json: Record<string, unknown>) => json['items'] as Record<string, unknown>[];

describe('GET /records/:id', () => {
  test('shows one record by the sender’s id or by guid, passwords masked', async () => {
    const { status, json, text } = await gateway.ask('GET', '/records/same?type=person');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      type: 'person',
      ids: { ims: 'same', oneRoster: 'same', others: [] },
      state: 'active',
      owner: 'admin:sis',
      claims: [],
      locks: [],
      trash: null,
      data: { email: 's@x', userIds: [{ value: 's', password: '***' }] },
    });
    expect(text).not.toContain('secret');
    expect((await gateway.ask('GET', `/records/${String(json['guid'])}`)).json).toEqual(json);
  });

  test('asks for the type where several have the id; what is not there is a 404 problem', async () => {
    const several = await gateway.ask('GET', '/records/same');
    expect(several.status).toBe(400);
    expect(several.json['detail']).toContain('A person and a group have the id same');
    expect((await gateway.ask('GET', '/records/none')).status).toBe(404);
    expect((await gateway.ask('GET', '/records/m1')).json).toMatchObject({ type: 'membership' });
  });
});

describe('PUT /records/:id/locks', () => {
  test('locks fields and releases them', async () => {
    const put = (data: object) => gateway.ask('PUT', '/records/same/locks', { data });
    const locked = await put({ type: 'person', fields: ['name', 'email'] });
    expect(locked.status).toBe(200);
    expect(locked.json).toMatchObject({ type: 'person', locks: ['email', 'name'] });
    expect(locked.json['lockable']).toContain('demographics');
    expect((await gateway.ask('GET', '/records/same/locks?type=person')).json).toEqual(locked.json);
    expect((await gateway.ask('GET', '/records/same?type=person')).json['locks']).toEqual(['email', 'name']);
    expect((await put({ type: 'person', fields: [] })).json['locks']).toEqual([]);
    expect((await put({ type: 'person', fields: ['mail'] })).status).toBe(422);
    expect((await put({ fields: ['name'] })).status).toBe(400);
    expect((await gateway.ask('PUT', '/records/none/locks', { data: { fields: [] } })).status).toBe(404);
  });
});

describe('GET /archived', () => {
  test('lists archived courses, which a restore brings back', async () => {
    await execute(remove('group', g('k')));
    const { json } = await gateway.ask('GET', '/archived');
    expect(json).toMatchObject({ total: 1, next: null });
    const [course] = items(json);
    expect(course).toMatchObject({ type: 'group', sourcedId: 'k', name: 'k', archivedBy: 'admin:sis', run: null });
    expect(Date.parse(String(course?.['archivedAt']))).toBeGreaterThan(Date.now() - 60_000);
    expect(items((await gateway.ask('GET', '/archived?q=K')).json)).toHaveLength(1);
    expect(items((await gateway.ask('GET', '/archived?q=x')).json)).toEqual([]);
    expect((await gateway.ask('GET', '/archived?cursor=x')).status).toBe(400);
    const restored = await gateway.ask('POST', '/trash/restore', { data: { ids: [course?.['id']] } });
    expect(items(restored.json)).toMatchObject([{ restored: true, with: { group: 1, membership: 1 } }]);
    expect((await gateway.ask('GET', '/archived')).json).toMatchObject({ total: 0 });
  });
});

describe('POST /trash/restore with a search', () => {
  const restore = async (search: object) => gateway.ask('POST', '/trash/restore', { data: { search } });

  test('brings back all that the list with these filters gives, one result for each', async () => {
    await execute(remove('person', p('same')), remove('person', p('other')));
    expect((await gateway.ask('GET', '/trash?q=byron')).json).toMatchObject({ total: 2 });
    expect(items((await restore({ q: 'byron', type: 'group' })).json)).toEqual([]);
    const results = items((await restore({ q: 'byron', type: 'person' })).json);
    expect(results.map(({ restored }) => restored)).toEqual([true, true]);
    expect((await gateway.ask('GET', '/trash')).json).toMatchObject({ total: 0 });
    expect((await gateway.roster.find(gateway.context, 'membership', [m('m1')]))[0]?.state).toBe('active');
  });

  test('needs a filter, and takes no unknown one; an unknown run is a 404 problem', async () => {
    expect((await restore({})).status).toBe(400);
    expect((await restore({ name: 'x' })).status).toBe(400);
    expect((await restore({ run: 'none' })).status).toBe(404);
  });
});
