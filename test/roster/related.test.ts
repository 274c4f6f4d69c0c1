import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { done, g, group, one, openRoster, p, person, remove, sis, type TestRoster } from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
  await room.addTenant('other');
});
afterAll(() => room.close());

const related = async (type: 'person' | 'group', ids: readonly string[]) => {
  const guids = await Promise.all(
    ids.map(async (id) => (await one(room.roster, type, type === 'person' ? p(id) : g(id))).guid),
  );
  const found = await room.roster.related(sis, type, guids);
  return guids.map((guid) =>
    (found.get(guid) ?? [])
      .map(({ from, relation, label }) => [from.imsId, relation, label ?? null] as const)
      .sort(([a], [b]) => a.localeCompare(b)),
  );
};

const knows = (id: string, target: string, label?: string) =>
  person(id, { relationships: [{ relation: 'parent', target: p(target), ...(label === undefined ? {} : { label }) }] });

describe('Relationships seen from the record that they mean', () => {
  test('of a group: which groups are below it, whatever they call it', async () => {
    await done(room.roster, sis, group('site', 'org'), group('school', 'org', ['site']));
    await done(room.roster, sis, group('class', 'class', ['school', 'site']), group('gone', 'class', ['school']));
    await done(room.roster, sis, remove('group', g('gone')));
    expect(await related('group', ['site', 'school', 'class'])).toEqual([
      [
        ['class', 'parent', null],
        ['school', 'parent', null],
      ],
      [['class', 'parent', null]],
      [],
    ]);
  });

  test('of a person: who names them, with the label, and how those are named outside', async () => {
    await done(room.roster, sis, person('mother'), knows('child', 'mother', 'Mother'), knows('other-child', 'mother'));
    await done(room.roster, sis, person('child', { name: { formatted: 'Kim' } }), remove('person', p('other-child')));
    expect(await related('person', ['mother', 'child'])).toEqual([[['child', 'parent', 'Mother']], []]);
    const { guid } = await one(room.roster, 'person', p('mother'));
    const found = await room.roster.related(sis, 'person', [guid]);
    expect(found.get(guid)?.[0]?.from).toMatchObject({ imsId: 'child', type: 'person', state: 'active', title: 'Kim' });
    await done(room.roster, sis, { op: 'restore', type: 'person', key: p('other-child') });
    expect((await related('person', ['mother']))[0]).toHaveLength(2);
  });

  test('of more records than one query asks for, each once', async () => {
    const many = Array.from({ length: 1200 }, (_, at) => `many${at}`);
    await done(room.roster, sis, ...many.slice(0, 600).map((id) => person(id)));
    await done(room.roster, sis, ...many.slice(600).map((id) => person(id)));
    const all = await room.roster.find(sis, 'person', many.map(p));
    const guids = all.flatMap((record) => record?.guid ?? []).sort();
    const relationships = [guids[0] ?? '', guids[1199] ?? ''].map((target) => ({ relation: 'child' as const, target }));
    await done(room.roster, sis, person('of-many', { relationships }));
    const found = await room.roster.related(sis, 'person', guids);
    expect([...found.values()].map((list) => list.map(({ from }) => from.imsId))).toEqual([['of-many'], ['of-many']]);
  });

  test('are the tenant’s own', async () => {
    const { guid } = await one(room.roster, 'person', p('mother'));
    expect((await room.roster.related({ ...sis, tenant: 'other' }, 'person', [guid])).size).toBe(0);
  });

  test('are found by an index that has only persons with relationships', async () => {
    await done(room.roster, sis, person('alone'));
    const plan = await room.store
      .records('person')
      .find({ tenant: 'school', 'data.relationships.target': { $in: ['x', 'y'] }, state: { $in: ['active'] } })
      .explain('executionStats');
    expect(JSON.stringify(plan)).toContain('"indexName":"tenant_1_data.relationships.target_1"');
    const indexes = await room.store.records('person').indexes();
    const index = indexes.find(({ name }) => name === 'tenant_1_data.relationships.target_1');
    expect(index?.partialFilterExpression).toEqual({ 'data.relationships.target': { $exists: true } });
  });
});
