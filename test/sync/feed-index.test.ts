import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sha256 } from '../../src/base/ids.ts';
import { encodeBlock, type PackedEntry } from '../../src/store/index.ts';
import { makeFeedIndex } from '../../src/sync/plan/feed-index.ts';

const guidOf = (n: number) => sha256(`guid ${n}`).slice(0, 32);
const hashOf = (n: number) => sha256(`hash ${n}`).slice(0, 16);
const types = ['person', 'group', 'membership', 'session'] as const;

const entries = fc.array(
  fc.record<PackedEntry>({
    guid: fc.integer({ min: 0, max: 40 }).map(guidOf),
    type: fc.constantFrom(...types),
    hash: fc.oneof(
      fc.integer({ min: 0, max: 60 }).map(hashOf),
      fc.constant('touched' as const),
      fc.constant('dropped' as const),
    ),
  }),
  { maxLength: 200 },
);

describe('The hashes of a feed (decisions 4.2)', () => {
  test('After any history the index knows the last word on each record', () => {
    fc.assert(
      fc.property(entries, (history) => {
        const index = makeFeedIndex();
        for (let at = 0; at < history.length; at += 7) index.load(encodeBlock(history.slice(at, at + 7)));
        const last = new Map(history.map((entry) => [entry.guid, entry]));
        const listed = [...last.values()].filter(({ hash }) => hash !== 'dropped');
        expect([...index.live()].map(({ guid, type }) => `${guid} ${type}`).sort()).toEqual(
          listed.map(({ guid, type }) => `${guid} ${type}`).sort(),
        );
        const hashes = new Set(listed.map(({ hash }) => hash));
        for (let n = 0; n <= 60; n += 1) expect(makeCopy(history).unchanged(hashOf(n))).toBe(hashes.has(hashOf(n)));
      }),
      { numRuns: 60 },
    );
  });

  test('What a file has not shown is unseen; what is new is not', () => {
    const index = makeFeedIndex();
    index.load(encodeBlock([0, 1, 2, 3].map((n) => ({ guid: guidOf(n), type: 'person' as const, hash: hashOf(n) }))));
    expect(index.unchanged(hashOf(0))).toBe(true);
    expect(index.see(guidOf(1), 'person')).toBe(false);
    expect(index.see(guidOf(1), 'person')).toBe(true);
    expect(index.see(guidOf(9), 'person')).toBe(false);
    expect([...index.unseen()].map(({ guid }) => guid).sort()).toEqual([guidOf(2), guidOf(3)].sort());
  });

  test('It grows to many records and still finds each', () => {
    const index = makeFeedIndex();
    const all = Array.from({ length: 50_000 }, (_, n) => n);
    index.load(encodeBlock(all.map((n) => ({ guid: guidOf(n), type: 'membership' as const, hash: hashOf(n) }))));
    expect(all.every((n) => index.unchanged(hashOf(n)))).toBe(true);
    expect(index.size).toBe(50_000);
    expect([...index.unseen()]).toEqual([]);
  });
});

function makeCopy(history: readonly PackedEntry[]) {
  const index = makeFeedIndex();
  index.load(encodeBlock(history));
  return index;
}
