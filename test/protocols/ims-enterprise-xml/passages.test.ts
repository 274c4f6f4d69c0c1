import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FilePart, Passage } from '../../../src/store/index.ts';
import { makeFingerprints } from '../../../src/sync/hashes/fingerprints.ts';
import { type HashTable, makeHashTable } from '../../../src/sync/hashes/hash-table.ts';
import { makePassages } from '../../../src/sync/hashes/passages.ts';
import { enterprise, type Outcome, readFeed, sourced } from './reading.ts';

type PartId = FilePart['id'];

interface Looked {
  readonly outcome: Outcome;
  /** Hashes that were known, in order; how many of them were looked up record by record. */
  readonly known: readonly string[];
  readonly learned: ReadonlyMap<number, Passage>;
  readonly all: readonly string[];
}

/** Reads a text in parts of a size, with the passages that are known of some of them. */
async function look(
  bytes: Buffer,
  size: number,
  hashes: HashTable,
  passages: ReadonlyMap<number, Passage> | undefined,
): Promise<Looked> {
  const known: string[] = [];
  const all: string[] = [];
  const deps = {
    key: Buffer.from('key'),
    parts: ['feed'],
    hashes,
    accept(_type: unknown, _again: boolean, hash: () => string) {
      known.push(hash());
      return true;
    },
  };
  const found = makePassages(deps);
  const fingerprints = makeFingerprints({
    ...deps,
    noted(high, low) {
      all.push([high, low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join(''));
      found.noted(high, low);
    },
  });
  async function* parts() {
    for (let from = 0; from < bytes.length; from += size) {
      const data = bytes.subarray(from, from + size);
      const id = String(from / size) as unknown as PartId;
      found.part({ id, bytes: data.length, passage: passages?.get(from / size) });
      for (let at = 0; at < data.length; at += 5000) yield data.subarray(at, at + 5000);
    }
    found.end();
  }
  const options = passages === undefined ? { fingerprints } : { fingerprints, passages: found };
  const outcome = await readFeed(parts(), options, { pieceLength: 3000 });
  const learned = new Map(found.learned().map(({ id, passage }) => [Number(id), passage]));
  return { outcome, known, learned, all };
}

function tableOf(all: readonly string[], without: (at: number) => boolean): HashTable {
  const table = makeHashTable(all.length);
  all.forEach((hash, at) => {
    if (!without(at)) table.add(Number.parseInt(hash.slice(0, 8), 16) | 0, Number.parseInt(hash.slice(8), 16) | 0, 0);
  });
  return table;
}

const odd = fc.constantFrom(
  '<!-- <person> -->',
  'stray text',
  '<odd/>',
  '<person/>',
  '<comments>x</comments>',
  '<person><sourcedid><id>&bare</id></sourcedid></person>',
);
/** Persons, groups and memberships in order, with something odd between them here and there. */
const file = fc
  .record({
    persons: fc.integer({ min: 100, max: 700 }),
    groups: fc.integer({ min: 0, max: 80 }),
    memberships: fc.integer({ min: 0, max: 100 }),
    odds: fc.array(fc.tuple(fc.nat(900), odd), { maxLength: 4 }),
  })
  .map(({ persons, groups, memberships, odds }) => {
    const kinds = { person: persons, group: groups, membership: memberships };
    const elements = Object.entries(kinds).flatMap(([kind, count]) => Array.from({ length: count }, () => kind));
    for (const [at, text] of odds) elements.splice(at, 0, text);
    return elements;
  });

const write = (elements: readonly string[]) =>
  Buffer.from(
    enterprise(
      elements
        .map((kind, at) => {
          if (kind === 'person') return `<person>\n${sourced(`p${at}`)}<name><fn>Å ${at}</fn></name>\n</person>`;
          if (kind === 'group') return `<group>${sourced(`g${at}`)}</group>`;
          if (kind !== 'membership') return kind;
          const members = [1, 2, 3].map((n) => `<member>${sourced(`p${n}`)}<idtype>1</idtype></member>`).join('\n');
          return `<membership>${sourced(`g${at}`)}\n${members}</membership>`;
        })
        .join('\n'),
    ),
  );

describe('Records that are passed by together', () => {
  test('are those that would be found one by one, with all else and its lines as ever', async () => {
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(
        file,
        fc.integer({ min: 9000, max: 40_000 }),
        fc.array(fc.nat(5000), { maxLength: 3 }),
        async (elements, size, gone) => {
          const bytes = write(elements);
          const none = new Map<number, Passage>();
          const first = await look(bytes, size, makeHashTable(0), none);
          expect(first.known).toEqual([]);
          const isGone = (at: number) => gone.includes(at);
          const alone = await look(bytes, size, tableOf(first.all, isGone), undefined);
          const together = await look(bytes, size, tableOf(first.all, isGone), first.learned);
          expect(together.outcome.items).toEqual(alone.outcome.items);
          expect(together.outcome.error).toEqual(alone.outcome.error);
          expect(together.known).toEqual(alone.known);
          // What was passed by was not looked up.
          expect(together.all.length).toBeLessThanOrEqual(alone.all.length);
          passed += alone.all.length - together.all.length;
        },
      ),
      { numRuns: 25, seed: 20_261_124 },
    );
    expect(passed).toBeGreaterThan(1000);
  });
});
