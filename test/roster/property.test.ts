import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { makeRoster } from '../../src/roster/index.ts';
import { history } from './history.ts';
import { faultsOf } from './invariants.ts';
import { openRoster, type TestRoster } from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
});
afterAll(() => room.close());

let tenants = 0;
async function freshTenant(): Promise<string> {
  tenants += 1;
  await room.addTenant(`t${tenants}`);
  return `t${tenants}`;
}

test('After any history kept counts are exact, enrollments have both ends, and classes have a live school, course and term', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (calls) => {
      const tenant = await freshTenant();
      for (const { context, changes } of calls) await room.roster.execute({ ...context, tenant }, changes);
      expect(await faultsOf(room.store, tenant)).toEqual([]);
    }),
    { numRuns: Number(process.env['RUNS'] ?? 12) },
  );
}, 120_000);

test('Two gateways that write at once lose nothing: the same holds, and each transaction has a time of its own', async () => {
  const second = makeRoster(room.store, room.clock).roster;
  await fc.assert(
    fc.asyncProperty(history, async (calls) => {
      const tenant = await freshTenant();
      await Promise.all(
        calls.map(({ context, changes }, at) =>
          (at % 2 === 0 ? room.roster : second).execute({ ...context, tenant }, changes),
        ),
      );
      expect(await faultsOf(room.store, tenant)).toEqual([]);
      const log = await room.store.rows('change').find({ tenant }).sort({ sequence: 1 }).toArray();
      const times = new Map(log.map((entry) => [entry['sequence'] as number, (entry['at'] as Date).getTime()]));
      const inOrder = [...times.values()];
      expect(inOrder).toEqual([...new Set(inOrder)].sort((a, b) => a - b));
    }),
    { numRuns: Number(process.env['RUNS'] ?? 4) },
  );
}, 120_000);
