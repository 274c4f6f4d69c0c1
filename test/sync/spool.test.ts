import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { key } from '../../src/model/index.ts';
import { batchSize, openSpool, type Planned, type Spool } from '../../src/sync/spool.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rostergate-spool-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const p = (id: number) => key('person', 'default', `p${id}`);
const person = (id: number, more: Partial<Planned> = {}): Planned => ({
  change: { op: 'upsert', type: 'person', key: p(id), data: { name: { formatted: `Ærlig ${id} ${'x'.repeat(200)}` } } },
  line: id,
  id: `p${id}`,
  ...more,
});
const membership = (id: number, group: number): Planned => ({
  change: {
    op: 'upsert',
    type: 'membership',
    data: { group: key('group', 'default', `g${group}`), member: p(id), memberType: 'person', roles: [] },
  },
  line: id,
  id: `g${group}/p${id}`,
});

async function batchesOf(source: AsyncGenerator<Planned[]>): Promise<Planned[][]> {
  const all: Planned[][] = [];
  for await (const batch of source) all.push(batch);
  return all;
}

async function filled(count: number, first: Partial<Planned> = {}): Promise<Spool> {
  const spool = await openSpool(folder);
  const persons = Array.from({ length: count }, (_, id) => person(id, id === 0 ? first : {}));
  await spool.add('person', persons);
  for (const group of [0, 1]) {
    await spool.add(
      'membership',
      persons.map((_, id) => membership(id, group)),
    );
  }
  return spool;
}

// The larger one does not fit into memory at once, as a spool counts it.
test.each([500, 20_000])('Of %d persons each comes right before its memberships, and all come once', async (count) => {
  const spool = await filled(count);
  const batches = await batchesOf(spool.readMembers());
  for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(batchSize);
  const ids = batches.flat().map(({ id }) => id);
  expect(ids).toHaveLength(3 * count);
  expect(new Set(ids).size).toBe(3 * count);
  for (let at = 0; at < ids.length; at += 3) {
    expect(ids.slice(at, at + 3)).toEqual([ids[at], `g0/${ids[at]}`, `g1/${ids[at]}`]);
  }
  expect(batches.flat().find(({ id }) => id === 'p7')).toEqual(person(7));
  await spool.remove();
  expect(await readdir(folder)).toEqual([]);
});

test('Where a record is renamed, all come as they were added', async () => {
  const spool = await filled(50, { renamedFrom: p(99) });
  const ids = (await batchesOf(spool.readMembers())).flat().map(({ id }) => id);
  expect(ids.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, id) => `p${id}`));
  expect(ids.slice(50, 52)).toEqual(['g0/p0', 'g0/p1']);
  await spool.remove();
});
