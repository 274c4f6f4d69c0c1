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

/** Opens a feed that no filter holds. */
async function open(name: string, mode: 'full' | 'changes' | 'groups-complete' = 'full') {
  const free = { percent: null, number: null };
  const all = { insert: free, update: free, delete: free };
  const limits = { person: all, group: all, membership: all, academicSession: all };
  const put = await feeds.sync.putFeed(feeds.context, name, { mode, limits, smallerFilePercent: null });
  if (!put.ok) throw new Error(put.problem.text);
}

async function undo(id: string, dryRun = false): Promise<Run> {
  const asked = await feeds.sync.undo(feeds.context, id, { dryRun });
  if (!asked.ok) throw new Error(asked.problem.text);
  const run = await feeds.sync.wait(feeds.context, asked.value.id);
  if (run === undefined) throw new Error('the run is gone');
  return run;
}

const state = (id: string) => feeds.sync.run(feeds.context, id).then((run) => run?.state);
const all = () => snapshot(feeds.roster, feeds.context);
const found = async (type: 'person' | 'group', id: string) =>
  (await feeds.roster.find(feeds.context, type, [key(type, 'default', id)], { trashed: true }))[0];

/** What was there before must be there again; what was not must be in the trash. */
async function expectBack(before: Awaited<ReturnType<typeof all>>) {
  const after = await all();
  for (const [name, record] of before) expect(after.get(name)).toEqual(record);
  for (const [name, record] of after) if (!before.has(name)) expect(record.state).toBe('trashed');
}

describe('4.4 Undo of a run', () => {
  test('After an import in mode full the undo gives back what was there, and its own undo the import', async () => {
    await open('u-full');
    const first = file(
      ...ids('a', 30).map((id) => person(id, 'Ek', `<email>${id}@x.example</email>`)),
      group('year'),
      group('course', 'year', 'Course'),
      group('class', 'course'),
      membership('class', ids('a', 20)),
      membership('course', ids('a', 5, 20)),
    );
    await feeds.take(first, { feed: 'u-full' });
    const before = await all();
    const second = file(
      ...ids('a', 10).map((id) => person(id, 'Berg')),
      ...ids('b', 5).map((id) => person(id)),
      group('year'),
      group('other', 'year'),
      membership('other', ['a1', 'b1']),
    );
    const run = await feeds.take(second, { feed: 'u-full' });
    expect(run.counts).toMatchObject({
      person: { updated: 10, trashed: 20, created: 5 },
      group: { archived: 1, trashed: 1, created: 1 },
    });
    const after = await all();

    const shown = await undo(run.id, true);
    expect(shown).toMatchObject({ state: 'done', dryRun: true, kind: 'undo', of: run.id });
    expect(await all()).toEqual(after);
    const back = await undo(run.id);
    expect(back).toMatchObject({ state: 'done', problems: [] });
    expect(back.counts).toMatchObject({
      person: { restored: 20, updated: 10, trashed: 5, totalAfter: 30 },
      group: { trashed: 1, restored: 2 },
      membership: { totalAfter: 25 },
    });
    for (const type of ['person', 'group', 'membership'] as const) {
      const { restored, updated, trashed } = shown.counts[type];
      expect(back.counts[type]).toMatchObject({ restored, updated, trashed });
    }
    await expectBack(before);
    expect(await state(run.id)).toBe('undone');

    const again = await undo(back.id);
    expect(again).toMatchObject({ state: 'done', problems: [] });
    const redone = await all();
    for (const [name, record] of after) expect(redone.get(name)).toEqual(record);
    expect(await state(run.id)).toBe('done');
    await undo(run.id);
    await expectBack(before);
    // The next file is looked at anew.
    const next = await feeds.take(second, { feed: 'u-full' });
    expect(next.counts.person).toMatchObject({ updated: 10, trashed: 20, restored: 5 });
  });

  test('In modes changes and groups-complete too', async () => {
    await open('u-changes', 'changes');
    await feeds.take(file(person('c1'), person('c2'), group('cg'), membership('cg', ['c1', 'c2'])), {
      feed: 'u-changes',
    });
    const before = await all();
    const change = file(
      person('c1', 'Berg'),
      person('c2').replace('<person>', '<person recstatus="3">'),
      person('c3'),
      membership('cg', ['c3'], '02'),
    );
    const run = await feeds.take(change, { feed: 'u-changes' });
    expect(await undo(run.id)).toMatchObject({ state: 'done', problems: [] });
    await expectBack(before);

    await open('u-complete', 'groups-complete');
    await feeds.take(file(...ids('d', 3).map((id) => person(id)), group('dg'), membership('dg', ['d0', 'd1'])), {
      feed: 'u-complete',
    });
    const complete = await all();
    const second = await feeds.take(file(membership('dg', ['d1', 'd2'])), { feed: 'u-complete' });
    expect(await undo(second.id)).toMatchObject({ state: 'done', problems: [] });
    await expectBack(complete);
  });

  test('What somebody has changed since stays as it is, and is listed; the rest goes back', async () => {
    await open('u-conflict');
    const first = file(person('k1', 'Ek', '<email>k1@x.example</email>'), person('k2'), person('k3'));
    await feeds.take(first, { feed: 'u-conflict' });
    const run = await feeds.take(
      file(person('k1', 'Berg', '<email>new@x.example</email>'), person('k2', 'Lund'), person('k4'), person('k5')),
      { feed: 'u-conflict' },
    );
    await feeds.roster.execute(feeds.context, [
      { op: 'upsert', type: 'person', key: key('person', 'default', 'k1'), data: { email: 'hand@x.example' } },
      { op: 'upsert', type: 'person', key: key('person', 'default', 'k4'), data: { email: 'k4@x.example' } },
      { op: 'restore', type: 'person', key: key('person', 'default', 'k3') },
      { op: 'remove', type: 'person', key: key('person', 'default', 'k5') },
    ]);
    const back = await undo(run.id);
    expect(back.problems).toEqual([
      expect.objectContaining({ kind: 'warning.undo-conflict', count: expect.any(Number) }),
    ]);
    const listed = await feeds.sync.problems(feeds.context, back.id, { limit: 10, kind: 'warning.undo-conflict' });
    if (!listed.ok) throw new Error(listed.problem.text);
    expect(new Set(listed.value.items.map(({ id }) => id))).toEqual(new Set(['k1', 'k4']));
    expect((await found('person', 'k1'))?.data).toMatchObject({ name: { family: 'Ek' }, email: 'hand@x.example' });
    expect((await found('person', 'k2'))?.data).toMatchObject({ name: { family: 'Ek' } });
    expect(await found('person', 'k3')).toMatchObject({ state: 'active' });
    expect(await found('person', 'k4')).toMatchObject({ state: 'active', data: { email: 'k4@x.example' } });
    expect(await found('person', 'k5')).toMatchObject({ state: 'trashed' });
  });

  test('What was purged since is named and cannot come back', async () => {
    await open('u-lost');
    await feeds.take(file(person('l1'), person('l2'), person('l3')), { feed: 'u-lost' });
    const run = await feeds.take(file(person('l3')), { feed: 'u-lost' });
    const guid = (await found('person', 'l1'))?.guid ?? '';
    expect(await feeds.trash.purge(feeds.context, guid, true)).toMatchObject({ ok: true });
    const back = await undo(run.id);
    expect(back.problems).toEqual([expect.objectContaining({ kind: 'warning.undo-lost', count: 1 })]);
    expect(await found('person', 'l2')).toMatchObject({ state: 'active' });
    expect(await found('person', 'l1')).toBeUndefined();
  });

  test('What the run made and somebody has purged since is told, whether the run changed it again or not', async () => {
    await open('u-made');
    await feeds.take(file(person('m0')), { feed: 'u-made' });
    // The members are named before they are there: made first, and changed when they arrive.
    const run = await feeds.take(
      file(person('m0'), person('m1'), person('m2'), group('mg'), membership('mg', ['m2', 'm-never'])),
      { feed: 'u-made' },
    );
    for (const id of ['m1', 'm2']) {
      const guid = (await found('person', id))?.guid ?? '';
      await feeds.roster.execute(feeds.context, [
        { op: 'remove', type: 'person', key: guid },
        { op: 'purge', type: 'person', key: guid, force: true },
      ]);
    }
    const back = await undo(run.id);
    expect(back.state).toBe('done');
    const listed = await feeds.sync.problems(feeds.context, back.id, { limit: 10, kind: 'warning.undo-lost' });
    if (!listed.ok) throw new Error(listed.problem.text);
    expect(listed.value.items.map(({ type }) => type).sort((a, b) => `${a}`.localeCompare(`${b}`))).toEqual([
      'membership',
      'person',
      'person',
    ]);
    expect(await found('group', 'mg')).toMatchObject({ state: 'trashed' });
  });

  test('Only a run that has changed something is undone, and once; a large undo is held as any other Plan', async () => {
    const dry = await feeds.take(file(person('r1')), { feed: 'u-refused', dryRun: true });
    const refused = await feeds.sync.undo(feeds.context, dry.id, { dryRun: false });
    expect(refused).toMatchObject({ ok: false, problem: { code: 'conflict' } });
    expect(await feeds.sync.undo(feeds.context, 'nothing', { dryRun: false })).toMatchObject({
      ok: false,
      problem: { code: 'unknown-object' },
    });
    const run = await feeds.take(file(...ids('r', 40).map((id) => person(id))), { feed: 'u-refused' });
    const held = await undo(run.id);
    expect(held).toMatchObject({ state: 'held', counts: { person: { trashed: 40 } } });
    expect(await found('person', 'r1')).toMatchObject({ state: 'active' });
    await feeds.sync.approve(feeds.context, held.id);
    expect(await feeds.sync.wait(feeds.context, held.id)).toMatchObject({ state: 'done' });
    expect(await found('person', 'r1')).toMatchObject({
      state: 'trashed',
      trash: { run: held.id, by: feeds.context.writer },
    });
    expect(await feeds.sync.undo(feeds.context, run.id, { dryRun: false })).toMatchObject({
      ok: false,
      problem: { code: 'conflict' },
    });
  });
});
