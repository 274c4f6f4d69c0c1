import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestServices, testServices } from '../setup/services.ts';

let services: TestServices;
beforeAll(async () => {
  services = await testServices();
});
afterAll(() => services.close());

test('a run whose changes are no longer in the change log cannot be undone, and it is said why', async () => {
  const xml = '<enterprise><person><sourcedid><id>p1</id></sourcedid><name><fn>P</fn></name></person></enterprise>';
  const { id } = await services.import(xml);
  const { tenant } = services.context;
  const startedAt = new Date(Date.now() - 401 * 86_400_000).toISOString();
  await services.store
    .rows('run')
    .updateOne({ tenant, _id: id } as object, { $set: { 'report.startedAt': startedAt } });
  expect(await services.sync.undo(services.context, id, { dryRun: false })).toMatchObject({
    ok: false,
    problem: { code: 'conflict', text: expect.stringContaining('CHANGE_LOG_DAYS (400)') },
  });
  const young = new Date(Date.now() - 399 * 86_400_000).toISOString();
  await services.store.rows('run').updateOne({ tenant, _id: id } as object, { $set: { 'report.startedAt': young } });
  expect((await services.sync.undo(services.context, id, { dryRun: true })).ok).toBe(true);
});
