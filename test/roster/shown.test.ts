import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrate } from '../../src/store/index.ts';
import { fillMixedTenant } from '../protocols/oneroster-rest/mixed-tenant.ts';
import { faultsOf } from './invariants.ts';
import { openRoster, sis, type TestRoster } from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
});
afterAll(() => room.close());

test('What records show is written with them, and by the first start for records that were there before', async () => {
  const { roster, store } = room;
  const wronglyShown = async () => (await faultsOf(store, 'school')).filter((fault) => fault.includes(' shows '));
  await fillMixedTenant(roster, sis);
  expect(await wronglyShown()).toEqual([]);
  const named = async () => {
    const where = {
      join: 'and',
      clauses: [{ field: 'shown', kind: 'one', at: ['familyName'], operator: '=', value: 'lee' }],
    } as const;
    const { items } = await roster.page(sis, { view: 'user', limit: 10, offset: 0, where });
    return items.map(({ record }) => record.sourcedId);
  };
  expect(await named()).toEqual(['ann']);
  for (const type of ['person', 'group', 'result'] as const) {
    await store.records(type).updateMany({ tenant: 'school' } as never, { $unset: { shown: '' } } as never);
  }
  expect(await named()).toEqual([]);
  await store.rows('migration').deleteOne({ _id: '0004-shown-fields' });
  await migrate(store);
  await migrate(store);
  expect(await named()).toEqual(['ann']);
  expect(await wronglyShown()).toEqual([]);
});
