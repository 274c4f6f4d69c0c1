import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { key } from '../../src/model/index.ts';
import type { FeedWindow } from '../../src/sync/index.ts';
import { type Feeds, file, group, ids, membership, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

const day = (from: number) => new Date(Date.now() + from * 86_400_000).toISOString().slice(0, 10);
const open = (window: Omit<FeedWindow, 'from' | 'until'>): FeedWindow => ({ ...window, from: day(-2), until: day(2) });
const over = (window: Omit<FeedWindow, 'from' | 'until'>): FeedWindow => ({ ...window, from: day(-4), until: day(-2) });
const put = async (feed: string, settings: object) => {
  const done = await feeds.sync.putFeed(feeds.context, feed, settings);
  if (!done.ok) throw new Error(done.problem.text);
};
const find = async (id: string) => {
  const [found] = await feeds.roster.find(feeds.context, 'person', [key('person', 'default', id)], { trashed: true });
  return found;
};
const school = (...list: string[]) =>
  file(...list.map((id) => person(id)), group(`${list[0]}-g`), membership(`${list[0]}-g`, list));

describe('A paused feed', () => {
  const paused = { name: 'summer', kind: 'paused' } as const;

  test('A file is not worked on and not kept: its run is skipped and says until when', async () => {
    await put('pause', { windows: [open(paused)] });
    const run = await feeds.take(school('pause'), { feed: 'pause', mode: 'full' });
    expect(run).toMatchObject({ state: 'skipped', counts: { person: { inFile: 0 } }, file: { name: 'file.xml' } });
    expect(run.file.bytes).toBeGreaterThan(0);
    expect(run.reason).toContain(`The feed pause is paused until ${day(2)}`);
    expect(await find('pause')).toBeUndefined();
  });

  test('A dry run shows all the same what the file would do', async () => {
    const run = await feeds.take(school('pause'), { feed: 'pause', dryRun: true });
    expect(run).toMatchObject({ state: 'done', counts: { person: { created: 1 } } });
  });

  test('The window ends by itself', async () => {
    await put('pause', { windows: [over(paused)] });
    const run = await feeds.take(school('pause'), { feed: 'pause' });
    expect(run).toMatchObject({ state: 'done', reason: null, counts: { person: { created: 1 } } });
  });

  test('A run that waited is skipped if the feed is paused by then', async () => {
    await put('later', { schedule: '0 0 1 1 *' });
    const submitted = await feeds.sync.submit(
      feeds.context,
      { feed: 'later', dryRun: false, fileName: 'later.xml' },
      (async function* () {
        yield Buffer.from(school('later'));
      })(),
    );
    if (!submitted.ok) throw new Error(submitted.problem.text);
    await put('later', { schedule: null, windows: [open(paused)] });
    const run = await feeds.sync.wait(feeds.context, submitted.value.id);
    expect(run).toMatchObject({ state: 'skipped', reason: expect.stringContaining('paused until') });
    expect(await find('later')).toBeUndefined();
  });
});

describe('A window of additions only', () => {
  const list = ids('add', 4);

  test('What is new comes in, what is known is neither changed nor removed, and the next run sees it again', async () => {
    await feeds.take(school(...list), { feed: 'add', mode: 'full' });
    await put('add', { windows: [open({ name: 'exams', kind: 'additions-only' })] });
    const changed = file(
      person('add0', 'Other'),
      person('add1'),
      person('add-new'),
      group('add0-g'),
      membership('add0-g', ['add0', 'add1', 'add-new']),
    );
    const run = await feeds.take(changed, { feed: 'add', mode: 'full' });
    expect(run).toMatchObject({
      state: 'done',
      counts: {
        person: { inFile: 3, created: 1, updated: 0, unchanged: 1, trashed: 0, withheld: 3, totalAfter: 5 },
        membership: { inFile: 3, created: 1, unchanged: 2, trashed: 0, withheld: 2, totalAfter: 5 },
      },
    });
    const withheld = run.problems.filter(({ kind }) => kind === 'warning.withheld');
    expect(withheld).toEqual([expect.objectContaining({ count: 5 })]);
    expect(withheld[0]?.first.message).toContain('exams');
    expect((await find('add0'))?.data).toMatchObject({ name: { family: 'Ek' } });
    expect(await find('add3')).toMatchObject({ state: 'active' });

    await put('add', { windows: [] });
    const next = await feeds.take(changed, { feed: 'add', mode: 'full' });
    expect(next).toMatchObject({
      state: 'done',
      counts: {
        person: { created: 0, updated: 1, unchanged: 2, trashed: 2, withheld: 0, totalAfter: 3 },
        membership: { created: 0, trashed: 2, totalAfter: 3 },
      },
    });
    expect(await find('add3')).toMatchObject({ state: 'trashed' });
  });

  test('Who comes back from the trash is restored, a rename waits', async () => {
    await feeds.take(file(person('r0'), person('r1')), { feed: 'back', mode: 'full' });
    await feeds.roster.execute(feeds.context, [{ op: 'remove', type: 'person', key: key('person', 'default', 'r0') }]);
    await put('back', { windows: [open({ name: 'exams', kind: 'additions-only' })] });
    const renamed =
      '<person><sourcedid sourcedidtype="Old"><source>t</source><id>r1</id></sourcedid><sourcedid sourcedidtype="New"><source>t</source><id>r2</id></sourcedid><name><fn>X Ek</fn><n><family>Ek</family></n></name></person>';
    const run = await feeds.take(file(person('r0'), renamed), { feed: 'back' });
    expect(run.counts.person).toMatchObject({ restored: 1, renamed: 0, created: 0, withheld: 1, totalAfter: 2 });
    expect(await find('r2')).toBeUndefined();
  });
});

test('Raised limits let through what is held else, and the verdict names the window', async () => {
  const window = open({
    name: 'back to school',
    kind: 'raised-limits',
    limits: { person: { delete: { percent: 80 } }, membership: { delete: { percent: null } } },
  });
  await put('raise', { windows: [window], smallerFilePercent: null });
  const list = ids('raise', 60);
  await feeds.take(school(...list), { feed: 'raise', mode: 'full' });
  const run = await feeds.take(school(...list.slice(0, 20)), { feed: 'raise', mode: 'full' });
  expect(run).toMatchObject({ state: 'done', counts: { person: { trashed: 40 } } });
  expect(run.filters.find(({ filter }) => filter === 'person.delete')).toMatchObject({
    exceeded: false,
    limitPercent: 80,
    reason: expect.stringContaining('back to school'),
  });
});

test('Removals that a breached filter leaves out are counted as withheld', async () => {
  await put('keep', { onBreach: 'no-deletes', smallerFilePercent: null });
  const list = ids('keep', 40);
  await feeds.take(school(...list), { feed: 'keep', mode: 'full' });
  const run = await feeds.take(school(...list.slice(0, 10), 'keep-new'), { feed: 'keep', mode: 'full' });
  expect(run).toMatchObject({
    state: 'done',
    counts: { person: { created: 1, trashed: 0, withheld: 30, totalAfter: 41 }, membership: { withheld: 30 } },
    reason: expect.stringContaining('no-deletes'),
  });
  expect(run.problems).toEqual(
    expect.arrayContaining([expect.objectContaining({ kind: 'warning.withheld', count: 60 })]),
  );
});
