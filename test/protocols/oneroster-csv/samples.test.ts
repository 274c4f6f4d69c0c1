import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Membership } from '../../../src/model/index.ts';
import { only, readPackage, sample, samplesThere } from './packages.ts';
import { changes, openServed, type Served } from './served.ts';

let rest: Served;
beforeAll(async () => {
  rest = await openServed();
});
afterAll(() => rest.end());

(samplesThere ? describe : describe.skip)('OneRoster packages of other people’s systems', () => {
  test.each([
    ['grand-bend-1.0', { group: 9, person: 10, membership: 24 }],
    ['grand-bend-1.1', { group: 9, person: 10, membership: 24 }],
    ['district-day0.zip', { group: 686, person: 1785, membership: 12_460 }],
    ['district-day1.zip', { group: 686, person: 1793, membership: 12_516 }],
    ['moodle-1.1-delta.zip', { group: 8, person: 6, membership: 6 }],
    ['moodle-1.2-dirty.zip', { group: 8, person: 6, membership: 6 }],
  ])('%s is read without a rejected record', async (name, expected) => {
    const read = await readPackage(await sample(name));
    expect(read.error).toBeUndefined();
    expect(only(read, 'rejected')).toEqual([]);
    const counted = { group: 0, person: 0, membership: 0 };
    for (const { type } of only(read, 'record')) counted[type] += 1;
    expect(counted).toEqual(expected);
    expect(read.leftOver).toEqual([]);
  });

  test('district-day0 then day1: 8 users come and 10 go, 56 enrollments come and 70 go, all of those ten', async () => {
    const first = await rest.take(await sample('district-day0.zip'), 'district');
    expect([first.state, changes(first)]).toEqual([
      'done',
      expect.objectContaining({
        person: { inFile: 1785, created: 1785, updated: 0, trashed: 0, rejected: 0 },
        membership: { inFile: 12_460, created: 12_460, updated: 0, trashed: 0, rejected: 0 },
      }),
    ]);
    const before = await rest.active('user');
    const enrolled = await rest.active('enrollment');
    const second = await rest.take(await sample('district-day1.zip'), 'district');
    expect([second.state, changes(second)]).toEqual([
      'done',
      expect.objectContaining({
        person: { inFile: 1793, created: 8, updated: 0, trashed: 10, rejected: 0 },
        membership: { inFile: 12_516, created: 56, updated: 0, trashed: 70, rejected: 0 },
      }),
    ]);
    const [users, left] = [await rest.active('user'), await rest.active('enrollment')];
    const gone = new Set([...before.keys()].filter((guid) => !users.has(guid)));
    const ended = [...enrolled].filter(([guid]) => !left.has(guid));
    expect([gone.size, ended.length]).toEqual([10, 70]);
    expect(ended.every(([, { data }]) => gone.has((data as Membership).member))).toBe(true);
  });

  test.each(['grand-bend-1.0', 'grand-bend-1.1', 'moodle-1.1-delta.zip', 'moodle-1.2-dirty.zip'])(
    '%s is imported, and again without a change',
    async (name) => {
      const feed = name.replace(/[^a-z0-9]/g, '_');
      const run = await rest.take(await sample(name), feed);
      expect(run.state).toBe('done');
      const again = await rest.take(await sample(name), feed);
      expect(again.state).toBe('done');
      for (const { created, updated } of Object.values(again.counts)) expect([created, updated]).toEqual([0, 0]);
    },
  );
});
