import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { key } from '../../src/model/index.ts';
import type { Feed, Run } from '../../src/sync/index.ts';
import { category, grader, lineItem, result } from '../roster/gradebook.ts';
import { type Feeds, file, group, ids, membership, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

async function open(name: string, settings: Partial<Feed> = {}) {
  const free = { percent: null, number: null };
  const all = { insert: free, update: free, delete: free };
  const limits = { person: all, group: all, membership: all, academicSession: all };
  const calm = { mode: 'full', limits, smallerFilePercent: null, reviewMatches: false, ...settings };
  const put = await feeds.sync.putFeed(feeds.context, name, calm);
  if (!put.ok) throw new Error(put.problem.text);
}
const take = (feed: string, ...parts: string[]) => feeds.take(file(...parts), { feed });
const find = async (id: string) =>
  (await feeds.roster.find(feeds.context, 'person', [key('person', 'default', id)], { trashed: true }))[0];
const groupsOf = async (guid: string) =>
  (await feeds.roster.membershipsOf(feeds.context, { person: guid })).map(({ data }) => data.group).sort();
async function pairsOf({ id }: Run) {
  const listed = await feeds.sync.pairs(feeds.context, id, { limit: 100 });
  if (!listed.ok) throw new Error(listed.problem.text);
  return listed.value.items;
}
async function approve({ id }: Run) {
  await feeds.sync.approve(feeds.context, id);
  return feeds.sync.wait(feeds.context, id);
}

const born = (day: string) => `<demographics><bday>${day}</bday></demographics>`;
const mail = (address: string) => `<email>${address}</email>`;
const login = (name: string) => `<userid>${name}</userid>`;
/** A person with a name of their own, as two files have them under different ids. */
const named = (id: string, who: string, more = '') =>
  person(id, who, more).replace('</n>', `<given>G${who}</given></n>`).replace('</name>', '</name>');

describe('Probable key changes', () => {
  test('are shown as such by name and birthday, login or e-mail, and counted apart; by default they are only reported', async () => {
    await open('report');
    await take(
      'report',
      named('a1', 'Ask', born('2010-01-02')),
      person('a2', 'Bo', mail('Bo@x.example')),
      person('a3'),
    );
    const run = await take(
      'report',
      named('b1', 'Ask', born('2010-01-02')),
      person('b2', 'Bodil', mail('bo@x.example')),
      person('b3', 'Cid'),
    );
    expect(run).toMatchObject({
      state: 'done',
      pairs: { keyChanges: 2, matches: 0, merged: 0 },
      counts: { person: { created: 3, trashed: 3 } },
    });
    expect(run.problems).toEqual([expect.objectContaining({ kind: 'warning.key-change', count: 2 })]);
    const pairs = await pairsOf(run);
    expect(pairs).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'key-change', knownId: 'a1', newId: 'b1', by: ['name and birthday'] }),
        expect.objectContaining({ kind: 'key-change', knownId: 'a2', newId: 'b2', by: ['email'], merged: false }),
      ]),
    );
  });

  test('hold the run by setting; merged before the approval, the known person has the new id and keeps all memberships', async () => {
    await open('hold', { keyChanges: 'hold' });
    const rest = [group('hg'), group('hh')];
    await take(
      'hold',
      ...rest,
      person('h1', 'Ek', login('ekek')),
      person('h2', 'Dal', login('dala')),
      membership('hg', ['h1', 'h2']),
    );
    const known = await find('h1');
    const next = [
      ...rest,
      person('n1', 'Ekberg', login('EKEK')),
      person('n2', 'Dal', login('dala')),
      membership('hg', ['n1', 'n2']),
      membership('hh', ['n1']),
    ];
    const run = await take('hold', ...next);
    expect(run).toMatchObject({ state: 'held', pairs: { keyChanges: 2, merged: 0 } });
    expect(run.filters).toEqual(
      expect.arrayContaining([expect.objectContaining({ filter: 'key-changes', changes: 2, exceeded: true })]),
    );
    expect(await feeds.sync.merge(feeds.context, run.id, { newIds: ['nobody'] })).toMatchObject({
      ok: false,
      problem: { code: 'unknown-object' },
    });
    const merged = await feeds.sync.merge(feeds.context, run.id, { newIds: ['n1'] });
    expect(merged).toMatchObject({ ok: true, value: { state: 'held', pairs: { merged: 1 } } });
    const done = await approve(run);
    expect(done).toMatchObject({
      state: 'done',
      pairs: { keyChanges: 2, merged: 1 },
      counts: { person: { renamed: 1, updated: 1, created: 1, trashed: 1 } },
    });
    const after = await find('n1');
    expect(after).toMatchObject({
      guid: known?.guid,
      imsId: 'n1',
      state: 'active',
      data: { name: { family: 'Ekberg' } },
    });
    expect((await find('h1'))?.guid).toBe(known?.guid);
    expect(await groupsOf(known?.guid ?? '')).toHaveLength(2);
    expect(await find('h2')).toMatchObject({ state: 'trashed' });
    const again = await take('hold', ...next);
    expect(again).toMatchObject({ state: 'done', pairs: { keyChanges: 0 } });
    expect(again.counts).toMatchObject({
      person: { created: 0, trashed: 0, updated: 0 },
      membership: { created: 0, trashed: 0, totalAfter: 3 },
    });
  });

  test('are made one by setting, but not where there are two candidates', async () => {
    await open('auto', { keyChanges: 'merge' });
    await take(
      'auto',
      group('mg'),
      ...ids('m', 30).map((id) => person(id, id, login(`login-${id}`))),
      membership('mg', ids('m', 30)),
    );
    const known = await find('m3');
    const twins = [person('t1', 'Tvilling', login('login-m0')), person('t2', 'Tvilling', login('login-m0'))];
    const run = await take(
      'auto',
      group('mg'),
      ...ids('m', 29, 1).map((id) => person(`x${id}`, id, login(`login-${id}`))),
      ...twins,
      membership('mg', ids('xm', 29, 1)),
    );
    expect(run).toMatchObject({
      state: 'done',
      pairs: { keyChanges: 31, merged: 29 },
      counts: {
        person: { renamed: 29, created: 2, trashed: 1 },
        membership: { created: 0, trashed: 1, unchanged: 29 },
      },
    });
    expect(await find('xm3')).toMatchObject({ guid: known?.guid, state: 'active' });
    expect(await groupsOf(known?.guid ?? '')).toHaveLength(1);
  });

  test('are merged after the fact: the known person comes back with id, data and memberships of the new one', async () => {
    await open('after');
    const groups = [group('f1'), group('f2'), group('f3')];
    await take(
      'after',
      ...groups,
      person('k1', 'Ek', login('late')),
      membership('f1', ['k1']),
      membership('f2', ['k1']),
    );
    const known = await find('k1');
    const second = [
      ...groups,
      person('l1', 'Ekberg', login('late')),
      membership('f2', ['l1'], '02'),
      membership('f3', ['l1']),
    ];
    const run = await take('after', ...second);
    const fresh = await find('l1');
    const grades = { ...grader, tenant: feeds.context.tenant };
    const line = lineItem('late-essay', { class: key('group', 'default', 'f2') });
    const written = await feeds.roster.execute(grades, [
      category('tests'),
      line,
      result('late-grade', 'late-essay', 'l1', { student: fresh?.guid ?? '' }),
    ]);
    expect(written.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(await feeds.sync.merge(feeds.context, run.id, { all: true })).toMatchObject({
      ok: true,
      value: { state: 'done', pairs: { keyChanges: 1, merged: 1 } },
    });
    expect(await find('l1')).toMatchObject({
      guid: known?.guid,
      imsId: 'l1',
      sourcedId: 'l1',
      state: 'active',
      owner: 'feed:after',
      claims: [{ feed: 'after' }],
      data: { name: { family: 'Ekberg' } },
    });
    expect(
      (await feeds.roster.find(feeds.context, 'person', [fresh?.guid ?? ''], { trashed: true }))[0],
    ).toBeUndefined();
    const grade = await feeds.roster.served(grades, 'result', 'late-grade');
    expect(grade?.record).toMatchObject({ state: 'active', data: { student: known?.guid, score: 7.25 } });
    const memberships = await feeds.roster.membershipsOf(feeds.context, { person: known?.guid ?? '' });
    expect(new Map(memberships.map(({ data, claims }) => [data.roles[0]?.type, claims.length]))).toEqual(
      new Map([
        ['Instructor', 1],
        ['Learner', 1],
      ]),
    );
    expect(await pairsOf(run)).toMatchObject([{ newId: 'l1', merged: true }]);
    const next = await take('after', ...second);
    expect(next.counts).toMatchObject({
      person: { created: 0, updated: 0, trashed: 0, totalAfter: 1 },
      membership: { created: 0, updated: 0, trashed: 0, totalAfter: 2 },
    });
  });

  test('are not merged any more where somebody has changed one of the two', async () => {
    await open('changed');
    await take('changed', person('c1', 'Ek', login('chan')), person('c2', 'Ek', login('ged2')));
    const run = await take('changed', person('d1', 'Ek', login('chan')), person('d2', 'Ek', login('ged2')));
    await feeds.roster.execute(feeds.context, [
      { op: 'upsert', type: 'person', key: key('person', 'default', 'd1'), data: { email: 'by@hand.example' } },
    ]);
    await feeds.trash.purge(feeds.context, (await find('c2'))?.guid ?? '', true);
    for (const newId of ['d1', 'd2']) {
      expect(await feeds.sync.merge(feeds.context, run.id, { newIds: [newId] })).toMatchObject({
        ok: false,
        problem: { code: 'conflict' },
      });
    }
  });
});

describe('A person whom the file itself renames', () => {
  test('keeps the memberships that stand far behind in a full file', async () => {
    await open('renamed');
    const others = (family: string) => ids('r', 1100).map((id) => person(id, family));
    await take('renamed', person('old', 'Ek'), ...others('A'), group('rg'), membership('rg', ['old']));
    const renamed = person('new', 'Ek').replace(
      /<sourcedid>.*?<\/sourcedid>/,
      '<sourcedid sourcedidtype="Old"><source>t</source><id>old</id></sourcedid><sourcedid sourcedidtype="New"><source>t</source><id>new</id></sourcedid>',
    );
    const run = await take('renamed', renamed, ...others('B'), group('rg'), membership('rg', ['new']));
    expect(run.counts).toMatchObject({
      person: { renamed: 1, created: 0, trashed: 0 },
      membership: { created: 0, trashed: 0, totalAfter: 1 },
    });
    const guid = (await find('new'))?.guid ?? '';
    expect(await groupsOf(guid)).toHaveLength(1);
  });
});

describe('0.9 Review of matches on the first run', () => {
  test('holds a feed whose persons are known already under other ids; merged, they are adopted', async () => {
    const manual = [
      { id: 'w1', data: { name: { family: 'Wik' }, email: 'wik@x.example' } },
      { id: 'w2', data: { name: { family: 'Win', given: 'Ada' }, demographics: { birthDate: '2011-02-03' } } },
      { id: 'w3', data: { name: { family: 'Same' }, email: 'same@x.example' } },
    ];
    const written = await feeds.roster.execute(
      feeds.context,
      manual.map(({ id, data }) => ({ op: 'upsert', type: 'person', key: key('person', 'default', id), data })),
    );
    expect(written).toMatchObject([{ outcome: 'created' }, { outcome: 'created' }, { outcome: 'created' }]);
    const known = await find('w1');
    await open('first', { reviewMatches: true });
    const whole = [
      person('v1', 'Wik', mail('WIK@x.example')),
      person('v2', 'Win', born('2011-02-03')).replace('</n>', '<given>Ada</given></n>'),
      person('w3', 'Same', mail('same@x.example')),
      person('v4', 'New'),
    ];
    const run = await take('first', ...whole);
    expect(run).toMatchObject({ state: 'held', pairs: { keyChanges: 0, matches: 2, merged: 0 } });
    expect(run.filters).toEqual(
      expect.arrayContaining([expect.objectContaining({ filter: 'matches', changes: 2, exceeded: true })]),
    );
    expect(await pairsOf(run)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'match', knownId: 'w1', newId: 'v1', by: ['email'] }),
        expect.objectContaining({ kind: 'match', knownId: 'w2', newId: 'v2', by: ['name and birthday'] }),
      ]),
    );
    await feeds.sync.merge(feeds.context, run.id, { newIds: ['v1'] });
    const done = await approve(run);
    expect(done).toMatchObject({
      state: 'done',
      pairs: { matches: 2, merged: 1 },
      counts: { person: { created: 2, renamed: 1 } },
    });
    expect(await find('v1')).toMatchObject({ guid: known?.guid, owner: 'feed:first', imsId: 'v1' });
    const second = await take('first', ...whole, person('v5', 'Wik', mail('wik@x.example')));
    expect(second).toMatchObject({ state: 'done', pairs: { matches: 0 }, counts: { person: { created: 1 } } });
  });
});
