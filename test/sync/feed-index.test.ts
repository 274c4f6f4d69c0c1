import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sha256 } from '../../src/base/ids.ts';
import {
  blockTypes,
  encodeBlock,
  type FeedBlocks,
  makeFeedBlocks,
  openStore,
  type PackedEntry,
  type Store,
} from '../../src/store/index.ts';
import { compactBlocks } from '../../src/sync/hashes/compact.ts';
import { type FeedIndex, openFeedIndex } from '../../src/sync/hashes/feed-index.ts';
import { makeGuidSet } from '../../src/sync/hashes/guid-set.ts';
import { murmur64 } from '../../src/sync/hashes/murmur.ts';
import { testDatabase } from '../setup/database.ts';

const guidOf = (n: number) => sha256(`guid ${n}`).slice(0, 32);
const hashOf = (n: number) => sha256(`hash ${n}`).slice(0, 16);

let store: Store;
let feeds = 0;
let sequence = 0;
beforeAll(async () => {
  const { uri, name } = await testDatabase();
  store = await openStore(uri, name);
});
afterAll(() => store.close());

const newFeed = () => {
  feeds += 1;
  return `feed-${feeds}`;
};
/** Appends a block to a feed, as a transaction of the roster does. */
async function append(feed: string, entries: readonly PackedEntry[]): Promise<void> {
  sequence += 1;
  await store.rows('block').insertOne({ tenant: 't', feed, sequence, entries: encodeBlock(entries) } as never);
}
const blocksOf = (feed: string): FeedBlocks => makeFeedBlocks(store, 't', feed);

/** Shows a record's hash to the index, as a file does. */
function show({ hashes }: FeedIndex, hash: string): boolean {
  const place = hashes.find(Number.parseInt(hash.slice(0, 8), 16) | 0, Number.parseInt(hash.slice(8), 16) | 0);
  if (place >= 0) hashes.see(place);
  return place >= 0;
}
async function unseen(index: FeedIndex): Promise<string[]> {
  const found: string[] = [];
  for await (const { guid, type } of index.unseen()) found.push(`${guid} ${type}`);
  return found.sort();
}

const history = fc.array(
  fc.record<PackedEntry>({
    guid: fc.integer({ min: 0, max: 40 }).map(guidOf),
    type: fc.constantFrom(...blockTypes),
    hash: fc.oneof(
      fc.integer({ min: 0, max: 60 }).map(hashOf),
      fc.constant('touched' as const),
      fc.constant('dropped' as const),
    ),
  }),
  { maxLength: 120 },
);

describe('The hashes of a feed (decisions 4.2)', () => {
  test('after any history, put together in between or not, the index knows the last word on each record', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.boolean(), async (entries, together) => {
        const feed = newFeed();
        for (let at = 0; at < entries.length; at += 40) {
          await append(feed, entries.slice(at, at + 40));
          if (together) await compactBlocks(blocksOf(feed), 1);
        }
        const last = new Map(entries.map((entry) => [entry.guid, entry]));
        const listed = [...last.values()].filter(({ hash }) => hash !== 'dropped');
        const index = await openFeedIndex(blocksOf(feed));
        expect(await unseen(index)).toEqual(listed.map(({ guid, type }) => `${guid} ${type}`).sort());
        const hashes = new Set(listed.map(({ hash }) => hash));
        for (let n = 0; n <= 60; n += 1) expect(show(index, hashOf(n))).toBe(hashes.has(hashOf(n)));
        expect(await unseen(index)).toEqual(
          listed.flatMap(({ guid, type, hash }) => (hash === 'touched' ? [`${guid} ${type}`] : [])).sort(),
        );
      }),
      { numRuns: 25 },
    );
  });

  test('what a file has not shown is unseen; what it shows otherwise, and what is protected, is not', async () => {
    const feed = newFeed();
    const entries = [0, 1, 2, 3, 4].map((n) => ({ guid: guidOf(n), type: 'person' as const, hash: hashOf(n) }));
    await append(feed, entries);
    const index = await openFeedIndex(blocksOf(feed));
    expect(show(index, hashOf(0))).toBe(true);
    expect(index.read.add(guidOf(1))).toBe(false);
    expect(index.read.add(guidOf(1))).toBe(true);
    index.protected.add(guidOf(4));
    expect(await unseen(index)).toEqual([`${guidOf(2)} person`, `${guidOf(3)} person`].sort());
    index.begin();
    expect(await unseen(index)).toHaveLength(5);
  });

  test('a record that is shown as it is known and otherwise too is found', async () => {
    const feed = newFeed();
    await append(
      feed,
      [0, 1].map((n) => ({ guid: guidOf(n), type: 'person' as const, hash: hashOf(n) })),
    );
    const index = await openFeedIndex(blocksOf(feed));
    show(index, hashOf(0));
    index.read.add(guidOf(1));
    expect([...(await index.contradicted())]).toEqual([]);
    index.read.add(guidOf(0));
    expect([...(await index.contradicted())]).toEqual([[hashOf(0), guidOf(0)]]);
  });

  test('many blocks become few, with each record once; what is written meanwhile stays', async () => {
    const feed = newFeed();
    for (let round = 0; round < 3; round += 1) {
      for (let from = 0; from < 10_000; from += 1000) {
        const some = Array.from({ length: 1000 }, (_, n) => from + n);
        await append(
          feed,
          some.map((n) => ({ guid: guidOf(n), type: 'membership', hash: hashOf(n + round) })),
        );
      }
    }
    expect(await compactBlocks(blocksOf(feed))).toBe(true);
    expect(await blocksOf(feed).base()).toMatchObject({ entries: 10_000 });
    expect(await store.rows('block').countDocuments({ tenant: 't', feed })).toBe(2);
    await append(feed, [{ guid: guidOf(5), type: 'membership', hash: 'dropped' }]);
    expect(await compactBlocks(blocksOf(feed))).toBe(false);
    const index = await openFeedIndex(blocksOf(feed));
    expect(show(index, hashOf(7))).toBe(false);
    for (let n = 0; n < 10_000; n += 1) if (n !== 5) expect(show(index, hashOf(n + 2))).toBe(true);
    expect(await unseen(index)).toEqual([]);
  });

  test('one who puts blocks together late changes nothing', async () => {
    const feed = newFeed();
    await append(feed, [{ guid: guidOf(1), type: 'person', hash: hashOf(1) }]);
    const late = { id: 'late', sequence, entries: 0 };
    await append(feed, [{ guid: guidOf(2), type: 'person', hash: hashOf(2) }]);
    await compactBlocks(blocksOf(feed), 1);
    expect(await blocksOf(feed).settle(late)).toBe(false);
    expect(await unseen(await openFeedIndex(blocksOf(feed)))).toHaveLength(2);
  });
});

test('A set of guids grows to many and knows each', () => {
  const set = makeGuidSet();
  const all = Array.from({ length: 50_000 }, (_, n) => guidOf(n));
  expect(all.some((guid) => set.add(guid))).toBe(false);
  expect(all.every((guid) => set.has(guid) && set.add(guid))).toBe(true);
  expect(set.has(guidOf(50_000))).toBe(false);
  expect(set.size).toBe(50_000);
});

test.each([
  ['The quick brown fox jumps over the lazy dog', 0, '2f1583c3ecee2c67'],
  ['', 1, '88c4adec54d201b9'],
])('The hash of %p with seed %p is that of MurmurHash3_x86_128', (text, seed, wanted) => {
  const bytes = Buffer.from(`..${text}`);
  const hash = { high: 0, low: 0 };
  murmur64(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 2, text.length, [seed, seed, seed, seed], hash);
  const hex = [hash.high, hash.low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  expect(hex).toBe(wanted);
});
