import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { key } from '../../src/model/index.ts';
import type { Run } from '../../src/sync/index.ts';
import { type Feeds, file, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

async function undo(id: string, dryRun = false): Promise<Run> {
  const queued = await feeds.sync.undo(feeds.context, id, { dryRun });
  if (!queued.ok) throw new Error(queued.problem.text);
  const run = await feeds.sync.wait(feeds.context, queued.value.id);
  if (run === undefined) throw new Error('the run is gone');
  return run;
}
const family = async (id: string) => {
  const [found] = await feeds.roster.find(feeds.context, 'person', [key('person', 'default', id)]);
  return found?.data.name?.family;
};

test('An undone run says by whom, is undone once, and is done again when its undo is undone', async () => {
  await feeds.take(file(person('a', 'One'), person('b', 'One')), { feed: 'u', mode: 'full' });
  const second = await feeds.take(file(person('a', 'Two'), person('c', 'Two')), { feed: 'u', mode: 'full' });
  const dry = await undo(second.id, true);
  expect(dry).toMatchObject({ kind: 'undo', dryRun: true, state: 'done', of: second.id });
  expect(await family('a')).toBe('Two');

  const undone = await undo(second.id);
  expect(undone).toMatchObject({
    state: 'done',
    counts: { person: { updated: 1, restored: 1, trashed: 1, totalBefore: 2, totalAfter: 2 } },
  });
  expect([await family('a'), await family('b'), await family('c')]).toEqual(['One', 'One', undefined]);
  const look = () => feeds.sync.run(feeds.context, second.id);
  expect(await look()).toMatchObject({ state: 'undone', undoneBy: undone.id });
  await expect(undo(second.id)).rejects.toThrow('has been undone already');
  await expect(undo(dry.id)).rejects.toThrow('dry run');
  await expect(undo('nobody')).rejects.toThrow('There is no run');

  await undo(undone.id);
  expect([await family('a'), await family('b'), await family('c')]).toEqual(['Two', undefined, 'Two']);
  expect(await look()).toMatchObject({ state: 'done', undoneBy: null });
  expect(await feeds.sync.run(feeds.context, undone.id)).toMatchObject({ state: 'undone' });
});

test('A rollover is a run of its owner’s feed, in the name of who asked for it', async () => {
  await feeds.take(
    file(
      '<group><sourcedid><source>t</source><id>year</id></sourcedid><description><short>year</short></description></group>',
    ),
    {
      feed: 'r',
    },
  );
  const queued = await feeds.sync.rollover(feeds.context, { under: 'year', dryRun: false });
  if (!queued.ok) throw new Error(queued.problem.text);
  expect(queued.value).toMatchObject({ kind: 'rollover', feed: 'r', file: { name: '', bytes: 0 } });
  expect(await feeds.sync.wait(feeds.context, queued.value.id)).toMatchObject({
    state: 'done',
    counts: { group: { trashed: 1, totalBefore: 1, totalAfter: 0 } },
  });
  const [gone] = await feeds.roster.find(feeds.context, 'group', [key('group', 'default', 'year')], { trashed: true });
  expect(gone).toMatchObject({ state: 'trashed', trash: { by: 'admin:sis', run: queued.value.id } });
  const listed = await feeds.sync.runs(feeds.context, { kind: 'rollover', limit: 10 });
  expect(listed).toMatchObject({ ok: true, value: { total: 1 } });
  const nobody = await feeds.sync.rollover(feeds.context, { under: 'never', dryRun: true });
  expect(nobody).toMatchObject({ ok: false, problem: { code: 'unknown-object' } });
});
