import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { key } from '../../src/model/index.ts';
import type { Run } from '../../src/sync/index.ts';
import { snapshot } from '../differential/snapshot.ts';
import { type Feeds, file, group, ids, membership, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

async function walk(csv: string | Uint8Array, feed: string, dryRun = false): Promise<Run> {
  const bytes = (async function* () {
    yield typeof csv === 'string' ? Buffer.from(csv) : csv;
  })();
  const asked = await feeds.sync.crosswalk(feeds.context, { feed, dryRun, fileName: 'ids.csv' }, bytes);
  if (!asked.ok) throw new Error(asked.problem.text);
  const run = await feeds.sync.wait(feeds.context, asked.value.id);
  if (run === undefined) throw new Error('the run is gone');
  return run;
}

const found = async (type: 'person' | 'group', id: string) =>
  (await feeds.roster.find(feeds.context, type, [key(type, 'default', id)], { trashed: true }))[0];
const familyOf = async (id: string) => (await found('person', id))?.data;

describe('A crosswalk: old and new ids as CSV', () => {
  test('renames persons and groups; the old ids find them still, and the next file with the new ids changes nothing', async () => {
    const names = (prefix: string) =>
      file(
        person(`${prefix}1`, 'One'),
        person(`${prefix}2`, 'Two'),
        group(`${prefix}g`),
        membership(`${prefix}g`, [`${prefix}1`, `${prefix}2`]),
      );
    await feeds.take(names('o'), { feed: 'default', mode: 'full' });
    const first = await found('person', 'o1');
    const csv = '\uFEFFTYPE,New,OLD\r\n,n1,o1\r\nperson,n2,o2\r\nGroup,ng,og\r\n';
    const shown = await walk(csv, 'default', true);
    expect(shown).toMatchObject({
      kind: 'crosswalk',
      state: 'done',
      dryRun: true,
      counts: { person: { inFile: 2, renamed: 2 }, group: { inFile: 1, renamed: 1 } },
    });
    expect(await found('person', 'n1')).toBeUndefined();
    const run = await walk(csv, 'default');
    expect(run).toMatchObject({
      state: 'done',
      problems: [],
      counts: { person: { inFile: 2, renamed: 2, totalAfter: 2 }, group: { renamed: 1 } },
    });
    expect(await found('person', 'n1')).toMatchObject({ guid: first?.guid, imsId: 'n1', sourcedId: 'n1' });
    expect((await found('person', 'o1'))?.guid).toBe(first?.guid);
    const next = await feeds.take(names('n').replace('>ng</short>', '>og</short>'), { feed: 'default', mode: 'full' });
    expect(next.counts).toMatchObject({
      person: { created: 0, trashed: 0, totalAfter: 2 },
      membership: { created: 0, trashed: 0, unchanged: 2 },
    });
    const again = await walk(csv, 'default');
    expect(again.counts.person).toMatchObject({ renamed: 0, unchanged: 2 });
  });

  test('Chains and swaps come out right as one plan, and its undo gives back all ids', async () => {
    const list = ids('s', 10);
    await feeds.take(file(...list.map((id) => person(id, `F${id}`))), { feed: 'swap' });
    const before = await snapshot(feeds.roster, feeds.context);
    // A swap, a cycle of three, and a chain that ends in a new id.
    const csv = 'oldId,newId\ns0,s1\ns1,s0\ns2,s3\ns3,s4\ns4,s2\ns5,s6\ns6,s7\ns7,t7\n';
    const run = await walk(csv, 'swap');
    expect(run).toMatchObject({ state: 'done', problems: [], counts: { person: { renamed: 8, rejected: 0 } } });
    const wanted = { s1: 's0', s0: 's1', s3: 's2', s4: 's3', s2: 's4', s6: 's5', s7: 's6', t7: 's7', s8: 's8' };
    for (const [id, was] of Object.entries(wanted)) {
      expect(await familyOf(id)).toMatchObject({ name: { family: `F${was}` } });
      expect(await found('person', id)).toMatchObject({ imsId: id, sourcedId: id });
    }
    const asked = await feeds.sync.undo(feeds.context, run.id, { dryRun: false });
    if (!asked.ok) throw new Error(asked.problem.text);
    expect(await feeds.sync.wait(feeds.context, asked.value.id)).toMatchObject({ state: 'done', problems: [] });
    const after = await snapshot(feeds.roster, feeds.context);
    for (const [name, record] of before) expect(after.get(name)).toEqual(record);
  });

  test('Rows that cannot be used are named with their lines, and stop no others', async () => {
    await feeds.take(file(...ids('p', 8).map((id) => person(id))), { feed: 'rows' });
    const csv = [
      'old,new,type',
      'p0,q0,person',
      'nobody,q1,',
      'p1,p2,',
      ',q3,',
      'p3,q4,',
      'p3,q5,',
      'p4,q6,',
      'p5,q6,',
      'p6,p6,',
      'p7,q7,pupil',
      'p2,',
    ].join('\n');
    const run = await walk(csv, 'rows');
    expect(run.counts.person).toMatchObject({ inFile: 11, renamed: 1, unchanged: 1, rejected: 9 });
    expect(await found('person', 'q0')).toMatchObject({ imsId: 'q0' });
    expect(await found('person', 'p1')).toMatchObject({ imsId: 'p1' });
    const listed = await feeds.sync.problems(feeds.context, run.id, { limit: 50 });
    if (!listed.ok) throw new Error(listed.problem.text);
    const lines = listed.value.items.map(({ line }) => line).sort((a, b) => (a ?? 0) - (b ?? 0));
    expect(lines).toEqual([3, 4, 5, 6, 7, 8, 9, 11, 12]);
  });

  test('A row is not used where the record that has its new id keeps it', async () => {
    await feeds.take(file(...ids('e', 4).map((id) => person(id))), { feed: 'ends' });
    const run = await walk('oldId,newId\ne0,e1\ne1,e2\ne2,e3\n', 'ends');
    expect(run.counts.person).toMatchObject({ renamed: 0, rejected: 3 });
    const free = await walk('oldId,newId\ne0,e1\ne1,gone\nnone,e0\n', 'ends');
    expect(free.counts.person).toMatchObject({ renamed: 2, rejected: 1 });
    expect(await found('person', 'e1')).toMatchObject({ imsId: 'e1' });
  });

  test('Many renames are held with each of them listed, and go on when they are approved', async () => {
    await feeds.take(file(...ids('h', 40).map((id) => person(id))), { feed: 'held' });
    const csv = ['oldId,newId', ...ids('h', 40).map((id) => `${id},x${id}`)].join('\n');
    const run = await walk(csv, 'held');
    expect(run).toMatchObject({ state: 'held', counts: { person: { renamed: 40 } } });
    expect(run.filters).toEqual(
      expect.arrayContaining([expect.objectContaining({ filter: 'person.update', exceeded: true })]),
    );
    const listed = await feeds.sync.changes(feeds.context, run.id, { limit: 100, action: 'renamed' });
    expect(listed).toMatchObject({ ok: true, value: { total: 40 } });
    await feeds.sync.approve(feeds.context, run.id);
    expect(await feeds.sync.wait(feeds.context, run.id)).toMatchObject({
      state: 'done',
      counts: { person: { renamed: 40 } },
    });
    expect(await found('person', 'xh39')).toMatchObject({ imsId: 'xh39' });
  });

  test('A feed that is not there is refused, and made by no dry run', async () => {
    for (const dryRun of [true, false])
      await expect(walk('oldId,newId\na,b\n', 'nofeed', dryRun)).rejects.toThrow('There is no feed nofeed.');
    expect(await feeds.sync.feed(feeds.context, 'nofeed')).toBeUndefined();
  });

  test('A file without the columns, or that is no CSV, is refused as a whole', async () => {
    await feeds.sync.putFeed(feeds.context, 'refused', {});
    expect(await walk('a,b\n1,2\n', 'refused')).toMatchObject({ state: 'failed' });
    expect(await walk('oldId,newId\n"a,b\n', 'refused')).toMatchObject({ state: 'failed' });
    expect(await walk('oldId,newId\na"b,c\n', 'refused')).toMatchObject({ state: 'failed' });
  });
});

describe('After a crosswalk has given an id to another record', () => {
  const school = (prefix: string, last: string, members: readonly string[]) =>
    file(
      ...['p0', 'p1', 'p2'].map((id) => person(id)),
      person(prefix, 'Third'),
      person(last, 'Fourth'),
      person('p5'),
      group('G'),
      membership('G', members),
    );

  test('a member in the same bytes is looked at as the person that the id means now', async () => {
    for (const both of [true, false]) {
      const feed = both ? 'bytes-both' : 'bytes-one';
      await feeds.sync.putFeed(feeds.context, feed, { namespace: feed });
      await feeds.take(school('p3', 'p4', ['p3', 'p4']), { feed, mode: 'full' });
      expect((await walk('oldId,newId\np3,p4\np4,new4\n', feed)).counts.person).toMatchObject({ renamed: 2 });
      const next = school('p4', 'new4', both ? ['p4', 'new4'] : ['p4']);
      const run = await feeds.take(next, { feed, mode: 'full' });
      const left = both ? 2 : 1;
      expect(run.counts.membership).toMatchObject({ inFile: left, unchanged: left, created: 0, trashed: 2 - left });
      expect(run.counts.person).toMatchObject({ created: 0, trashed: 0 });
      const of = async (id: string) => {
        const [who] = await feeds.roster.find(feeds.context, 'person', [key('person', feed, id)]);
        const memberships = await feeds.roster.membershipsOf(feeds.context, { person: who?.guid ?? '' });
        return { family: who?.data.name?.family, memberships: memberships.length };
      };
      expect(await of('p4')).toEqual({ family: 'Third', memberships: 1 });
      expect(await of('new4')).toEqual({ family: 'Fourth', memberships: both ? 1 : 0 });
    }
  });
});
