import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type ChangeResult, makeRoster } from '../../src/roster/index.ts';
import { type Call, history } from './history.ts';
import { faultsOf } from './invariants.ts';
import { feed, openRoster, person, stateOf, type TestRoster } from './roster.ts';

let room: TestRoster;
let other: TestRoster;
beforeAll(async () => {
  [room, other] = await Promise.all([openRoster(), openRoster()]);
});
afterAll(() => Promise.all([room.close(), other.close()]));

let tenants = 0;
/** A tenant of both rooms; the same keys give the same guids in both. */
async function freshTenant(): Promise<string> {
  tenants += 1;
  await Promise.all([room.addTenant(`t${tenants}`), other.addTenant(`t${tenants}`)]);
  return `t${tenants}`;
}

/** All that is stored of a tenant, in the order of its guids or transactions. */
async function stored({ store }: TestRoster, tenant: string): Promise<string> {
  const parts: unknown[] = [];
  for (const name of ['person', 'group', 'membership', 'clock', 'tombstone', 'departure'] as const) {
    parts.push(await store.rows(name).find({ tenant }).sort({ _id: 1 }).toArray());
  }
  const inOrder = { sort: { sequence: 1, writer: 1, feed: 1 }, projection: { _id: 0 } } as const;
  parts.push(await store.rows('block').find({ tenant }, inOrder).toArray());
  // Within a transaction the order says nothing.
  for (const change of await store.rows('change').find({ tenant }, inOrder).toArray()) {
    const created = Object.values(change['created'] ?? {}).map((guids) => (guids as string[]).sort());
    const changed = (change['changed'] as { guid: string }[]).sort((a, b) => a.guid.localeCompare(b.guid));
    parts.push({ ...change, created, changed });
  }
  return JSON.stringify(parts, null, 1);
}

/** Results, with what a removal took along in an order of their own. */
const comparable = (results: readonly ChangeResult[]) =>
  results.map((result) =>
    result.ok && result.took !== undefined ? { ...result, took: result.took.toSorted() } : result,
  );

/** Calls of one run, as its batches are. */
const ofRun = (calls: readonly Call[], tenant: string): Call[] =>
  calls.map(({ context, changes }) => ({ context: { ...context, tenant, run: 'run' }, changes }));

test('What a run gives ahead, while the batch before is on its way, ends as if each had waited for the other', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (calls) => {
      const batches = ofRun(calls, await freshTenant());
      const tenant = batches[0]?.context.tenant ?? '';
      const waited: ChangeResult[][] = [];
      for (const { context, changes } of batches) waited.push(await other.roster.execute(context, changes));
      const ahead = await Promise.all(batches.map(({ context, changes }) => room.roster.execute(context, changes)));
      expect(ahead.map(comparable)).toEqual(waited.map(comparable));
      expect(await stored(room, tenant)).toBe(await stored(other, tenant));
    }),
    { numRuns: Number(process.env['RUNS'] ?? 4) },
  );
}, 120_000);

test('Others who write in between, by another gateway too, are seen by what was given ahead', async () => {
  const second = makeRoster(room.store, room.clock).roster;
  await fc.assert(
    fc.asyncProperty(history, history, async (calls, others) => {
      const tenant = await freshTenant();
      await Promise.all([
        ...ofRun(calls, tenant).map(({ context, changes }) => room.roster.execute(context, changes)),
        (async () => {
          for (const [at, { context, changes }] of others.entries()) {
            await (at % 2 === 0 ? room.roster : second).execute({ ...context, tenant }, changes);
          }
        })(),
      ]);
      expect(await faultsOf(room.store, tenant)).toEqual([]);
    }),
    { numRuns: Number(process.env['RUNS'] ?? 3) },
  );
}, 120_000);

test('When a checkpoint throws, nothing of its batch is written, and the batch given after it goes on', async () => {
  const context = feed('a', 'run');
  const refused = new Error('the run is another worker’s');
  const first = room.roster.execute(context, [person('refused')], () => Promise.reject(refused));
  const second = room.roster.execute(context, [person('taken')], () => Promise.resolve());
  await expect(first).rejects.toBe(refused);
  expect(await second).toMatchObject([{ ok: true, outcome: 'created' }]);
  expect(await stateOf(room.roster, 'person', 'person:default:refused')).toBeUndefined();
  expect(await faultsOf(room.store, 'school')).toEqual([]);
});
