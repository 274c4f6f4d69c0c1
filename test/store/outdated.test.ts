import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dropOutdated, migrate, openStore, type Row, type Store } from '../../src/store/index.ts';
import { type TestDatabase, testDatabase } from '../setup/database.ts';

const day = 86_400_000;
const now = new Date('2026-11-23T12:00:00.000Z');
const ago = (days: number) => new Date(now.getTime() - days * day);

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await testDatabase();
  store = await openStore(database.uri, database.name);
  await migrate(store);
  const tenants = ['oak', 'elm'].map((_id) => ({ _id, guidKey: Buffer.alloc(32, 1), timeZone: 'UTC' }));
  await store.rows('tenant').insertMany(tenants as unknown as Row[]);
  const entries = ['oak', 'elm'].flatMap((tenant) =>
    Array.from({ length: 1200 }, (_, at) => ({
      _id: `${tenant} ${at}`,
      tenant,
      sequence: at + 1,
      at: at < 1100 ? ago(500 - at / 100) : ago(100),
      changed: [],
    })),
  );
  await store.rows('change').insertMany(entries as unknown as Row[]);
  // The delivery of one tenant has not come further than this.
  await store.rows('downstream').insertOne({ _id: 'elm', tenant: 'elm', position: 700 } as unknown as Row);
  const letter = { tenant: 'oak', problem: {} };
  await store.rows('deadLetter').insertMany([
    { ...letter, _id: 'old', at: ago(401) },
    { ...letter, _id: 'new', at: ago(399) },
  ] as unknown as Row[]);
  await store.rows('notice').insertMany([
    { _id: 'oak/old', tenant: 'oak', keptUntil: ago(1) },
    { _id: 'oak/new', tenant: 'oak', keptUntil: ago(-1) },
  ] as unknown as Row[]);
  await store.rows('subscriber').insertMany([
    { _id: 'oak/nightly/1', tenant: 'oak', feed: 'nightly', id: '1', state: 'asked', expiresAt: ago(1) },
    { _id: 'oak/nightly/2', tenant: 'oak', feed: 'nightly', id: '2', state: 'on' },
  ] as unknown as Row[]);
});
afterAll(async () => {
  await store.close();
  await database.close();
});

const sequences = async (tenant: string) => {
  const rows = await store
    .rows('change')
    .find({ tenant } as object, { sort: { sequence: 1 } })
    .toArray();
  return [rows.length, rows[0]?.['sequence']];
};

test('the change log keeps what is younger than its days, and what a delivery has still to read', async () => {
  expect(await dropOutdated(store, { now, changeLogDays: 0, reportDays: 400 })).toBe(0);
  expect(await sequences('oak')).toEqual([1200, 1]);
  expect(await dropOutdated(store, { now, changeLogDays: 400, reportDays: 400 })).toBe(1100 + 700);
  expect(await sequences('oak')).toEqual([100, 1101]);
  expect(await sequences('elm')).toEqual([500, 701]);
  expect(await dropOutdated(store, { now, changeLogDays: 400, reportDays: 400 })).toBe(0);
});

test('what another server has refused goes with the lists of runs', async () => {
  const left = await store
    .rows('deadLetter')
    .find({ tenant: 'oak' } as object)
    .toArray();
  expect(left.map(({ _id }) => _id)).toEqual(['new']);
});

test('notices go after their time, and subscriptions that nobody has confirmed in time', async () => {
  const left = async (name: 'notice' | 'subscriber') =>
    (
      await store
        .rows(name)
        .find({ tenant: 'oak' } as object)
        .toArray()
    ).map(({ _id }) => _id);
  expect(await left('notice')).toEqual(['oak/new']);
  expect(await left('subscriber')).toEqual(['oak/nightly/2']);
});
