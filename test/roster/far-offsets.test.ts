import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Change, Context, View } from '../../src/roster/index.ts';
import { makeRoster, type RosterRooms } from '../../src/roster/index.ts';
import { migrate, openStore, type Store } from '../../src/store/index.ts';
import { type TestDatabase, testDatabase } from '../setup/database.ts';
import { faultsOf } from './invariants.ts';
import { admin, done, ends, feed, group, member, p, person, remove, school, sis, standingClock } from './roster.ts';

let database: TestDatabase;
let store: Store;
let rooms: RosterRooms;
/** Filters of the pages that the store was asked for since the last look. */
let asked: Readonly<Record<string, unknown>>[] = [];

beforeAll(async () => {
  database = await testDatabase();
  const uri = new URL(database.uri);
  uri.searchParams.set('monitorCommands', 'true');
  store = await openStore(uri.href, database.name);
  await migrate(store);
  await store.model('tenant').create({ _id: 'school', guidKey: Buffer.alloc(32, 3), timeZone: 'UTC' });
  rooms = makeRoster(store, standingClock());
  store.connection.getClient().on('commandStarted', ({ commandName, command }) => {
    if (commandName === 'find' && command['limit'] !== undefined) asked.push(command['filter']);
    if (commandName === 'aggregate') asked.push(command['pipeline'][0]?.$match ?? {});
  });
  await done(rooms.roster, sis, school('s'), ...classes.map((id) => group(id, 'class', ['s'])));
  for (let batch = 0; batch < 2; batch += 1) {
    const ids = Array.from({ length: 800 }, (_, at) => `p${batch * 800 + at}`);
    await done(rooms.roster, importer, ...ids.map((id) => person(id)));
    await done(rooms.roster, importer, ...ids.map((id, at) => member(classes[at % classes.length] ?? '', id)));
  }
}, 60_000);
afterAll(async () => {
  await store.close();
  await database.close();
});

const importer: Context = feed('nightly');
const classes = ['c0', 'c1', 'c2', 'c3'];
const views: readonly View[] = ['user', 'student', 'enrollment'];
const idsOf = (view: View, limit: number, offset: number) =>
  rooms.roster
    .page(sis, { view, limit, offset })
    .then(({ items, total }) => ({ total, ids: items.map(({ record, role = 0 }) => `${record.guid}.${role}`) }));

/** Whether pages were asked for from a guid on since the last look. */
function wasBridged(): boolean {
  const found = asked.some(({ _id }) => typeof _id === 'object' && _id !== null && '$gte' in _id);
  asked = [];
  return found;
}

const someone = fc.integer({ min: 0, max: 1599 }).map((at) => `p${at}`);
const change: fc.Arbitrary<Change> = fc.oneof(
  someone.map((id) => remove('person', p(id))),
  someone.map((id): Change => ({ op: 'restore', type: 'person', key: p(id) })),
  someone.map((id): Change => ({ op: 'purge', type: 'person', key: p(id), force: true })),
  someone.map((id) => person(`new-${id}`)),
  someone.map((id) => person(id, { institutionRoles: [{ type: 'Faculty', primary: true }] })),
  fc
    .tuple(fc.constantFrom(...classes), someone, fc.subarray(['Learner', 'Instructor', 'Mentor'], { minLength: 1 }))
    .map(([classId, id, roles]) => member(classId, id, roles)),
  fc.tuple(fc.constantFrom(...classes), someone).map(([classId, id]) => remove('membership', ends(classId, id))),
  fc.constantFrom(...classes).map((id) => group(id, 'course')),
  fc.constantFrom(...classes).map((id) => group(id, 'class')),
);
const page = fc.record({
  view: fc.constantFrom(...views),
  offset: fc.integer({ min: 1000, max: 1900 }),
  limit: fc.constantFrom(1, 7, 100, 1000),
});

test('A page of any offset after any writes holds what passing over the items before it would', async () => {
  let bridged = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 40 }),
      fc.array(page, { minLength: 4, maxLength: 8 }),
      async (changes, pages) => {
        await rooms.roster.execute(admin, changes);
        const whole = new Map(
          await Promise.all(views.map(async (view) => [view, await idsOf(view, 100_000, 0)] as const)),
        );
        for (const { view, offset, limit } of pages) {
          asked = [];
          const { ids, total } = await idsOf(view, limit, offset);
          const all = whole.get(view);
          expect([view, offset, limit, total]).toEqual([view, offset, limit, all?.total]);
          expect([view, offset, limit, ids]).toEqual([view, offset, limit, all?.ids.slice(offset, offset + limit)]);
          if (wasBridged()) bridged += 1;
        }
        expect(await faultsOf(store, 'school')).toEqual([]);
      },
    ),
    { numRuns: 8 },
  );
  expect(bridged).toBeGreaterThan(25);
}, 60_000);

test('Items that are not counted by their guids are passed over one by one, until a start counts them', async () => {
  const { ids } = await idsOf('user', 100_000, 0);
  const isExact = async () => expect((await idsOf('user', 10, 1250)).ids).toEqual(ids.slice(1250, 1260));
  const buckets = store.rows('clock');
  const spoilt: (() => Promise<unknown>)[] = [
    () => buckets.deleteMany({ tenant: 'school', view: { $exists: true } }),
    () => buckets.updateOne({ tenant: 'school', view: 'user' }, { $inc: { 'items.00': 1 } } as never),
  ];
  for (const spoil of spoilt) {
    await spoil();
    asked = [];
    await isExact();
    expect(wasBridged()).toBe(false);
    await migrate(store);
    expect(await faultsOf(store, 'school')).toEqual([]);
    await isExact();
    expect(wasBridged()).toBe(true);
  }
});
