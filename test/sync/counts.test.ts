import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { key } from '../../src/model/index.ts';
import {
  type ChangeAction,
  type CountedType,
  type Counts,
  changeActions,
  countedTypes,
  type Run,
} from '../../src/sync/index.ts';
import { firstPlanOf, nextStart } from '../../src/sync/resume.ts';
import { zeroAll, zeroCounts } from '../../src/sync/tally.ts';
import { type Feeds, file, group, ids, membership, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

describe('What a run counts', () => {
  test.each([false, true])('what comes back with another record is counted once (dry run: %s)', async (dryRun) => {
    const feed = `back-${dryRun}`;
    const list = ids(`${feed}-`, 3);
    const whole = file(...list.map((id) => person(id)), group(feed), membership(feed, list));
    await feeds.take(whole, { feed, mode: 'full' });
    await feeds.roster.execute({ ...feeds.context, writer: 'credential:sis', source: 'soap' }, [
      { op: 'remove', type: 'person', key: key('person', 'default', list[0] ?? '') },
    ]);
    const run = await feeds.take(whole, { feed, mode: 'full', dryRun });
    expect(run.counts.person).toMatchObject({ inFile: 3, restored: 1, updated: 0, unchanged: 2, totalAfter: 3 });
    expect(run.counts.membership).toMatchObject({ inFile: 3, restored: 1, updated: 0, unchanged: 2, totalAfter: 3 });
  });

  test('what comes back and does not stand in the file is counted too', async () => {
    const feed = 'alone';
    await feeds.take(file(person('alone'), group('alone'), membership('alone', ['alone'])), { feed });
    await feeds.roster.execute(feeds.context, [
      { op: 'remove', type: 'person', key: key('person', 'default', 'alone') },
    ]);
    for (const dryRun of [true, false]) {
      const run = await feeds.take(file(person('alone')), { feed, dryRun });
      expect(run.counts.membership).toMatchObject({ inFile: 0, restored: 1 });
    }
  });

  test('while it is applied, counts grow', async () => {
    const text = file(...ids('grow', 6000).map((id) => person(id)));
    const submitted = await feeds.sync.submit(
      feeds.context,
      { feed: 'grow', dryRun: false, fileName: 'grow.xml' },
      (async function* () {
        yield Buffer.from(text);
      })(),
    );
    if (!submitted.ok) throw new Error(submitted.problem.text);
    const seen: Counts[] = [];
    await feeds.sync.wait(feeds.context, submitted.value.id, ({ progress, counts }) => {
      if (progress?.phase === 'applying') seen.push(counts.person);
    });
    expect(seen.length).toBeGreaterThan(0);
    for (const { inFile, created, totalAfter } of seen) {
      expect(inFile).toBe(6000);
      expect(created).toBeGreaterThan(0);
      expect(totalAfter).toBe(created);
    }
  });

  test('a run that goes on knows a batch that was committed and not noted', () => {
    const plan = { ...zeroAll(), person: { ...zeroCounts(), inFile: 100, created: 60, updated: 10, unchanged: 30 } };
    const work = {
      plan: { counts: plan, settled: { person: 30, group: 0, membership: 0, academicSession: 0 }, filters: [] },
      applied: { ...zeroAll(), person: { ...zeroCounts(), inFile: 100, created: 40, unchanged: 30 } },
      records: { person: 40, group: 0, membership: 0, academicSession: 0 },
    };
    const first = firstPlanOf(work);
    if (first === undefined) throw new Error('no plan');
    const now = { ...zeroAll(), person: { ...zeroCounts(), inFile: 100, created: 0, updated: 5, unchanged: 95 } };
    const settled = { person: 95, group: 0, membership: 0, academicSession: 0 };
    const start = nextStart(first, { counts: now, settled }, work);
    expect(start.counts.person).toMatchObject({ created: 60, updated: 5, unchanged: 30, inFile: 100 });
    expect(start.applied.person).toBe(65);
  });
});

/** How often the list of a run's changes has each action, as its counts should have it. */
async function listedCounts(run: Run) {
  const counted = (count: (type: CountedType, action: ChangeAction) => number) =>
    Object.fromEntries(
      countedTypes.map((type) => [
        type,
        Object.fromEntries(changeActions.map((action) => [action, count(type, action)])),
      ]),
    );
  const list = await feeds.sync.changes(feeds.context, run.id, { limit: 1000 });
  if (!list.ok) throw new Error(list.problem.text);
  return {
    listed: counted(
      (type, action) => list.value.items.filter((item) => item.type === type && item.action === action).length,
    ),
    counted: counted((type, action) => run.counts[type][action]),
  };
}

const totalsOf = ({ counts }: Run) => countedTypes.map((type) => counts[type].totalAfter);

async function undo(id: string, dryRun: boolean): Promise<Run> {
  const asked = await feeds.sync.undo(feeds.context, id, { dryRun });
  if (!asked.ok) throw new Error(asked.problem.text);
  const run = await feeds.sync.wait(feeds.context, asked.value.id);
  if (run === undefined) throw new Error('the run is gone');
  return run;
}

describe('A dry run and the run itself', () => {
  test('have the same totals where removals take along what other feeds list, and where others list it too', async () => {
    const everyone = ids('tot', 4).map((id) => person(id));
    await feeds.take(file(...everyone, group('tot-a'), group('tot-b'), membership('tot-b', ['tot0'])), {
      feed: 'tot-1',
    });
    // The second feed lists members of the first one's group, and two of its persons.
    const second = file(...everyone.slice(0, 2), membership('tot-a', ['tot0', 'tot1', 'tot2']));
    const totals: number[][] = [];
    for (const dryRun of [true, false]) totals.push(totalsOf(await feeds.take(second, { feed: 'tot-2', dryRun })));
    expect(totals[0]).toEqual(totals[1]);
    expect(totals[1]).toEqual([2, 0, 3, 0]);
    for (const feed of ['tot-1', 'tot-2']) await feeds.sync.putFeed(feeds.context, feed, { smallerFilePercent: null });
    // Without its group the memberships of the second feed go; without two persons one of them goes anyhow.
    const less = file(...everyone.slice(0, 3), group('tot-b'), membership('tot-b', ['tot0']));
    const shown = await feeds.take(less, { feed: 'tot-1', mode: 'full', dryRun: true });
    const done = await feeds.take(less, { feed: 'tot-1', mode: 'full' });
    expect(done.counts).toMatchObject({ group: { trashed: 1 }, membership: { trashed: 3, totalAfter: 1 } });
    expect(totalsOf(shown)).toEqual(totalsOf(done));
    const undone = await undo(done.id, true);
    expect(totalsOf(undone)).toEqual(totalsOf(await undo(done.id, false)));
  });

  test('count what they list, in the undo of an archived course and of a crosswalk too', async () => {
    const feed = 'lists';
    const course = file(
      ...ids('li', 3).map((id) => person(id)),
      group('li-course', undefined, 'Course'),
      membership('li-course', ids('li', 2)),
      group('li-class', 'li-course'),
      membership('li-class', ['li2']),
    );
    await feeds.take(course, { feed, mode: 'full' });
    await feeds.sync.putFeed(feeds.context, feed, { smallerFilePercent: null });
    const bytes = (async function* () {
      yield Buffer.from('oldId,newId,type\nli0,li9,person\nli-course,li-course-9,group\n');
    })();
    const asked = await feeds.sync.crosswalk(feeds.context, { feed, dryRun: false, fileName: 'ids.csv' }, bytes);
    if (!asked.ok) throw new Error(asked.problem.text);
    const crosswalk = await feeds.sync.wait(feeds.context, asked.value.id);
    if (crosswalk === undefined) throw new Error('the run is gone');
    const more = [group('li-new'), membership('li-new', ['li2'])];
    const rest = file(person('li1', 'Berg'), person('li9'), person('li2'), ...more);
    const archives = await feeds.take(rest, { feed, mode: 'full' });
    expect(archives.counts.group).toMatchObject({ archived: 1, trashed: 1 });
    const runs = [crosswalk, archives];
    for (const { id } of [archives, crosswalk]) runs.push(await undo(id, true), await undo(id, false));
    expect(runs[3]?.counts).toMatchObject({ group: { restored: 2 }, person: { updated: 2 } });
    expect(runs[5]?.counts).toMatchObject({ group: { renamed: 1, updated: 0 }, person: { renamed: 1, updated: 0 } });
    for (const run of runs) {
      expect(run).toMatchObject({ state: 'done', problems: [] });
      const { listed, counted } = await listedCounts(run);
      expect(counted).toEqual(listed);
    }
  });
});

describe('What a run leaves and says', () => {
  test('a run that failed before it applied anything leaves what there was', async () => {
    await feeds.take(file(person('f1'), person('f2')), { feed: 'fails' });
    const failed = await feeds.take('<other/>', { feed: 'fails' });
    expect(failed).toMatchObject({ state: 'failed', counts: { person: { totalBefore: 2, totalAfter: 2 } } });
  });

  test('members of an archived course that are missing too are kept, and count as no removal', async () => {
    const course = file(
      ...ids('ac', 3).map((id) => person(id)),
      group('ac-course', undefined, 'Course'),
      membership('ac-course', ids('ac', 3)),
      group('ac-class'),
      membership('ac-class', ['ac0']),
    );
    await feeds.take(course, { feed: 'archives', mode: 'full' });
    const rest = file(person('ac0'), person('ac1'), group('ac-class'), membership('ac-class', ['ac0']));
    await feeds.sync.putFeed(feeds.context, 'archives', { smallerFilePercent: null });
    for (const dryRun of [true, false]) {
      const run = await feeds.take(rest, { feed: 'archives', mode: 'full', dryRun });
      expect(run).toMatchObject({
        state: 'done',
        counts: { group: { archived: 1, trashed: 0 }, person: { trashed: 1 }, membership: { trashed: 1 } },
      });
    }
  });

  test('a record that another feed lists with the same data is no update, and its claim is kept and undone', async () => {
    const text = file(person('two-feeds', 'Ek'));
    await feeds.take(text, { feed: 'two-a', mode: 'full' });
    const guids = [key('person', 'default', 'two-feeds')];
    const claims = async () =>
      (await feeds.roster.find(feeds.context, 'person', guids))[0]?.claims.map(({ feed }) => feed);
    for (const dryRun of [true, false]) {
      const run = await feeds.take(text, { feed: 'two-b', mode: 'full', dryRun });
      expect(run.counts.person).toMatchObject({ unchanged: 1, updated: 0 });
      const changes = await feeds.sync.changes(feeds.context, run.id, { limit: 10 });
      expect(changes).toMatchObject({ ok: true, value: { items: [] } });
      expect(await claims()).toEqual(dryRun ? ['two-a'] : ['two-a', 'two-b']);
      if (dryRun) continue;
      const asked = await feeds.sync.undo(feeds.context, run.id, { dryRun: false });
      if (!asked.ok) throw new Error(asked.problem.text);
      const undone = await feeds.sync.wait(feeds.context, asked.value.id);
      expect(undone).toMatchObject({ state: 'done', counts: { person: { updated: 0, unchanged: 0 } } });
      expect(await claims()).toEqual(['two-a']);
    }
  });

  test('a dry run, an empty file and a refused one make no feed', async () => {
    const run = await feeds.take(file(person('dry')), { feed: 'dry', dryRun: true });
    expect(run).toMatchObject({ state: 'done', counts: { person: { created: 1 } } });
    await expect(feeds.take('', { feed: 'dry' })).rejects.toThrow('empty');
    expect(await feeds.sync.feed(feeds.context, 'dry')).toBeUndefined();
    await feeds.take(file(person('dry')), { feed: 'dry' });
    expect(await feeds.sync.feed(feeds.context, 'dry')).toMatchObject({ name: 'dry' });
  });

  test('the first place of a problem has all four fields', async () => {
    const run = await feeds.take(file(person('p'), membership('pg', ['p'])), { feed: 'four' });
    const failed = await feeds.take('<other/>', { feed: 'four' });
    for (const { first } of [...run.problems, ...failed.problems]) {
      expect(Object.keys(first)).toEqual(['file', 'line', 'id', 'message']);
    }
    expect(failed.problems[0]?.first).toMatchObject({ file: 'file.xml', line: 1, id: null });
  });

  test('a full file is compared with the last full one only', async () => {
    const feed = 'size';
    const whole = file(...ids('size', 5).map((id) => person(id)));
    await feeds.take(whole, { feed, mode: 'full' });
    await feeds.take(file(person('size0', 'Berg', `<extension><x>${'x'.repeat(20_000)}</x></extension>`)), { feed });
    expect(await feeds.take(whole, { feed, mode: 'full' })).toMatchObject({ state: 'done' });
    await feeds.take(file(person('size0', 'Lund')), { feed });
    const small = await feeds.take(file(person('size0')), { feed, mode: 'full' });
    expect(small).toMatchObject({ state: 'held' });
    expect(small.filters.map(({ filter }) => filter)).toContain('smaller-file');
  });

  test('a package that is none is called so, and a bad byte has its line', async () => {
    const zip = await feeds.take(Buffer.from('PK\u0003\u0004 and more'), { feed: 'packed' });
    expect(zip.problems[0]?.first.message).toMatch(/no whole zip package/);
    const long = Buffer.from(
      `<?xml version="1.0" encoding="UTF-8"?>\n${file(...ids('z', 900).map((id) => person(id)))}`,
    );
    long[long.indexOf('z700')] = 0xff;
    const line = long.subarray(0, long.indexOf(0xff)).toString('latin1').split('\n').length;
    const bad = await feeds.take(long, { feed: 'bytes' });
    expect(bad).toMatchObject({ state: 'failed', problems: [{ first: { line } }] });
  });
});
