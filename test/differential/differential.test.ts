import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type Feeds, openFeeds } from '../sync/feeds.ts';
import { dialects } from './dialects.ts';
import { chanceOf, randomRoster } from './random-roster.ts';
import { calmTenant, done, queueUndo, submit } from './rooms.ts';
import { expected, snapshot, told } from './snapshot.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

describe.each(dialects)('$protocol', ({ protocol, fileOf, name, kinds, joined }) => {
  const size = { persons: 30, groups: 12, members: 60, kinds, joined };
  test('After a random roster A and then B the store is B and the trash A − B; then undo gives A, and B again B', async () => {
    let tenants = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        tenants += 1;
        const context = await calmTenant(feeds, `${protocol}-${tenants}`, protocol);
        const chance = chanceOf(seed);
        const a = randomRoster(chance, size);
        const b = randomRoster(chance, size, a);
        const take = async (roster: typeof a, stamp: string) =>
          done(feeds, context, await submit(feeds, context, await fileOf(roster, stamp), name));

        const first = await take(a, '2026-01-01');
        expect(first.problems.filter(({ kind }) => kind !== 'repair.duplicate-record')).toEqual([]);
        const stateOfA = await snapshot(feeds.roster, context);
        expect(told(stateOfA)).toEqual(expected(a, a));

        const second = await take(b, '2026-01-02');
        const stateOfB = await snapshot(feeds.roster, context);
        expect(told(stateOfB)).toEqual(expected(a, b));

        const again = await take(b, '2026-01-03');
        const none = { created: 0, updated: 0, restored: 0, trashed: 0, archived: 0, rejected: 0 };
        expect(again.counts.person).toMatchObject({ ...none, unchanged: b.persons.size });
        expect(again.counts.group).toMatchObject(none);
        expect(again.counts.membership).toMatchObject(none);

        await done(feeds, context, await queueUndo(feeds, context, second));
        const undone = await snapshot(feeds.roster, context);
        for (const [key, record] of stateOfA) expect(undone.get(key)).toEqual(record);
        for (const [key, record] of undone) if (!stateOfA.has(key)) expect(record.state).toBe('trashed');

        await take(b, '2026-01-04');
        expect(told(await snapshot(feeds.roster, context))).toEqual(expected(a, b));
      }),
      { numRuns: Number(process.env['RUNS'] ?? 4) },
    );
  }, 300_000);
});
