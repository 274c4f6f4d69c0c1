import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type FilePart, makeOriginals, type Originals, openStore, type Store } from '../../../src/store/index.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { type TestDatabase, testDatabase } from '../../setup/database.ts';

const most = 1_000_000_000;
let database: TestDatabase;
let store: Store;
let originals: Originals;
let tenants = 0;
beforeAll(async () => {
  database = await testDatabase();
  store = await openStore(database.uri, database.name);
  await migrate(store);
  originals = makeOriginals(store);
});
afterAll(async () => {
  await store.close();
  await database.close();
});

const newTenant = () => {
  tenants += 1;
  return `t${tenants}`;
};

async function* inChunks(bytes: Uint8Array, size = 200_000): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

/** Lines that are all different, from a number on. */
function lines(from: number, to: number): Buffer {
  let text = '';
  for (let n = from; n < to; n += 1) text += `<record number="${n}">${Math.imul(n, 2_654_435_761) >>> 0}</record>\n`;
  return Buffer.from(text);
}

async function stored(tenant: string, run: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const part of originals.parts(tenant, run)) pieces.push(...part.pieces);
  return Buffer.concat(pieces);
}
const partsOf = (tenant: string) => store.originals('parts').countDocuments({ tenant });
const idsOf = async (tenant: string, run: string) => {
  const ids: string[] = [];
  for await (const { id } of originals.parts(tenant, run)) ids.push(id.toHexString());
  return ids;
};

/** What may become of a file: bytes are put in, taken out, or changed at a place. */
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.constantFrom(0, 1, 7, 5_000, 700_000),
  insert: fc.constantFrom(0, 1, 7, 5_000, 1_300_000),
});

describe('Files of a feed', () => {
  const base = lines(0, 60_000);

  test('are read back as they came, and go without harm to others, whatever they have in common', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1000, max: 3_000_000 }),
        fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
        async (edits, size, order) => {
          const tenant = newTenant();
          const files = new Map([['run0', base]]);
          let now = base;
          for (const [number, { at, remove, insert }] of edits.entries()) {
            const place = Math.floor(at * now.length);
            const more = lines(1_000_000 * (number + 1), 1_000_000 * (number + 1) + 30_000).subarray(0, insert);
            now = Buffer.concat([now.subarray(0, place), more, now.subarray(place + remove)]);
            files.set(`run${number + 1}`, now);
          }
          for (const [run, bytes] of files) {
            expect(await originals.put({ tenant, run, feed: 'f' }, inChunks(bytes, size), most)).toMatchObject({
              bytes: bytes.length,
            });
          }
          for (const which of order) {
            await originals.remove(tenant, `run${which}`);
            files.delete(`run${which}`);
            const held = new Set<string>();
            for (const [run, bytes] of files) {
              expect((await stored(tenant, run)).equals(bytes)).toBe(true);
              for (const id of await idsOf(tenant, run)) held.add(id);
            }
            expect(await partsOf(tenant)).toBe(held.size);
          }
        },
      ),
      { numRuns: Number(process.env['RUNS'] ?? 5), seed: 20_261_124 },
    );
  });

  test('share what has not changed, though it stands at another place', async () => {
    const tenant = newTenant();
    await originals.put({ tenant, run: 'a', feed: 'f' }, inChunks(base), most);
    const before = await idsOf(tenant, 'a');
    const later = Buffer.concat([Buffer.from('<longer than before/>\n'), base, Buffer.from('<end/>\n')]);
    await originals.put({ tenant, run: 'b', feed: 'f' }, inChunks(later), most);
    const after = await idsOf(tenant, 'b');
    expect(before.length).toBeGreaterThan(4);
    expect(before.filter((id) => after.includes(id)).length).toBeGreaterThanOrEqual(before.length - 2);
  });

  test('share nothing with those of other feeds and tenants', async () => {
    const [one, two] = [newTenant(), newTenant()];
    await originals.put({ tenant: one, run: 'a', feed: 'f' }, inChunks(base), most);
    await originals.put({ tenant: one, run: 'b', feed: 'g' }, inChunks(base), most);
    await originals.put({ tenant: two, run: 'a', feed: 'f' }, inChunks(base), most);
    const all = [...(await idsOf(one, 'a')), ...(await idsOf(one, 'b')), ...(await idsOf(two, 'a'))];
    expect(new Set(all).size).toBe(all.length);
  });

  test('keep their parts when the file before is removed while they arrive', async () => {
    const tenant = newTenant();
    await originals.put({ tenant, run: 'a', feed: 'f' }, inChunks(base), most);
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield base.subarray(0, 100_000);
      await originals.remove(tenant, 'a');
      yield base.subarray(100_000);
    }
    await originals.put({ tenant, run: 'b', feed: 'f' }, slow(), most);
    expect((await stored(tenant, 'b')).equals(base)).toBe(true);
    await expect(stored(tenant, 'a')).rejects.toThrow('gone');
    await originals.remove(tenant, 'b');
    expect(await partsOf(tenant)).toBe(0);
  });

  test('leave nothing behind where they break off, and the one before is whole', async () => {
    const tenant = newTenant();
    await originals.put({ tenant, run: 'a', feed: 'f' }, inChunks(base), most);
    const parts = await partsOf(tenant);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* inChunks(lines(5_000_000, 5_040_000));
      throw new Error('the client has gone');
    }
    await expect(originals.put({ tenant, run: 'b', feed: 'f' }, broken(), most)).rejects.toThrow('the client has gone');
    expect(await partsOf(tenant)).toBe(parts);
    expect((await stored(tenant, 'a')).equals(base)).toBe(true);
    await expect(originals.put({ tenant, run: 'c', feed: 'f' }, inChunks(base), 1000)).rejects.toThrow();
    expect(await store.originals('files').countDocuments({ tenant })).toBe(1);
  });

  test('are given up when their process gives no sign of life for long, and say so should it wake up', async () => {
    const tenant = newTenant();
    let wake: () => void = () => undefined;
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let arrived: () => void = () => undefined;
    const half = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    async function* sleeping(): AsyncGenerator<Uint8Array> {
      yield* inChunks(base);
      arrived();
      await asleep;
    }
    const put = originals.put({ tenant, run: 'a', feed: 'f' }, sleeping(), most);
    await half;
    await originals.sweep(new Date());
    expect(await store.originals('files').countDocuments({ tenant })).toBe(1);
    await originals.sweep(new Date(Date.now() + 3_600_000));
    expect(await store.originals('files').countDocuments({ tenant })).toBe(0);
    wake();
    await expect(put).rejects.toThrow('took too long');
    expect(await partsOf(tenant)).toBe(0);
  });

  test('keep what was learned of their parts as long as one of them is there', async () => {
    const tenant = newTenant();
    await originals.put({ tenant, run: 'a', feed: 'f' }, inChunks(base), most);
    const all: FilePart[] = [];
    for await (const part of originals.parts(tenant, 'a')) all.push(part);
    const [, second] = all;
    const passage = { name: 'n', from: 10, to: 20, lines: 1, rank: 2, hashes: Buffer.from('0123456789abcdef', 'hex') };
    if (second === undefined) throw new Error('too few parts');
    await originals.learn(tenant, 'a', [{ id: second.id, passage }]);
    const seen: FilePart[] = [];
    const watch = (part: FilePart) => {
      seen.push(part);
      return Promise.resolve();
    };
    await originals.put({ tenant, run: 'b', feed: 'f' }, inChunks(base), most, watch);
    expect(Buffer.concat(seen.flatMap(({ pieces }) => pieces)).equals(base)).toBe(true);
    expect(seen.map((part) => part.passage)).toEqual(
      seen.map((_, at) => (at === 1 ? expect.objectContaining({ name: 'n', from: 10, to: 20 }) : undefined)),
    );
    await originals.remove(tenant, 'a');
    expect(await store.originals('passages').countDocuments({ tenant })).toBe(1);
    await originals.remove(tenant, 'b');
    await originals.learn(tenant, 'b', [{ id: second.id, passage }]);
    expect(await store.originals('passages').countDocuments({ tenant })).toBe(0);
  });
});

test('Files that were kept whole before they were kept in parts are let go of at the next start', async () => {
  const tenant = newTenant();
  await originals.put({ tenant, run: 'a' }, inChunks(lines(0, 100)), most);
  await store.originals('files').insertOne({ filename: `${tenant}/old`, metadata: { tenant } });
  await store.connection.collection('originals.chunks').insertOne({ n: 0, data: 'old' });
  await store.rows('migration').deleteOne({ _id: '0003-originals-in-parts' });
  await migrate(store);
  const names = (await store.connection.listCollections()).map(({ name }) => name);
  expect(names).toContain('originals.parts');
  expect(names).not.toContain('originals.chunks');
  expect(await store.originals('files').countDocuments({ filename: { $exists: true } })).toBe(0);
  expect((await stored(tenant, 'a')).equals(lines(0, 100))).toBe(true);
});
