import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { key } from '../../src/model/index.ts';
import { type Feeds, file, group, membership, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

const school = (feed: string, ...list: string[]) =>
  file(
    ...list.map((id) => person(`${feed}-${id}`)),
    group(`${feed}-g`),
    membership(
      `${feed}-g`,
      list.map((id) => `${feed}-${id}`),
    ),
  );
const take = (feed: string, list: string[], options: object = {}) =>
  feeds.take(school(feed, ...list), { feed, mode: 'full', ...options });
const state = async (id: string) =>
  (await feeds.roster.find(feeds.context, 'person', [key('person', 'default', id)], { trashed: true }))[0]?.state;

describe('Grace before removal (feeds.md 0.5)', () => {
  test('A person goes only after being missing in so many runs in a row, the memberships with the person', async () => {
    await feeds.sync.putFeed(feeds.context, 'g', { grace: { runs: 3 }, smallerFilePercent: null });
    await take('g', ['a', 'b', 'c']);
    for (const missed of [1, 2]) {
      const run = await take('g', ['a', `new${missed}`]);
      expect(run.counts.person).toMatchObject({ waiting: missed + 1, trashed: 0, created: 1 });
      expect(run.counts.membership.waiting).toBe(missed + 1);
      expect(await state('g-b')).toBe('active');
      const remark = run.problems.find(({ kind }) => kind === 'warning.waiting-removal');
      expect(remark).toMatchObject({ first: { id: 'g-b' } });
      // A dry run, and one that fails, are no runs in which somebody is missing.
      await take('g', ['a'], { dryRun: true });
      await feeds.take('<other/>', { feed: 'g', mode: 'full' });
    }
    const third = await take('g', ['a']);
    expect(third.counts.person).toMatchObject({ trashed: 2, waiting: 2 });
    expect([await state('g-b'), await state('g-c'), await state('g-new1'), await state('g-new2')]).toEqual([
      'trashed',
      'trashed',
      'active',
      'active',
    ]);
  });

  test('Who is gone is not waited for again', async () => {
    await feeds.sync.putFeed(feeds.context, 'o', { grace: { runs: 2 }, smallerFilePercent: null });
    await take('o', ['a', 'b']);
    await take('o', ['a']);
    const gone = await take('o', ['a', 'x']);
    expect(gone.counts.person).toMatchObject({ trashed: 1, waiting: 0 });
    for (const file of [
      ['a', 'x', 'y'],
      ['a', 'x'],
    ]) {
      const next = await take('o', file);
      expect(next.counts.person).toMatchObject({ trashed: 0, waiting: file.includes('y') ? 0 : 1 });
      expect(next.counts.membership).toMatchObject({ trashed: 0, waiting: file.includes('y') ? 0 : 1 });
    }
    expect(await feeds.absences.findOne({ feed: 'o', runs: { $gt: 1 } })).toBeNull();
  });

  test('Who is seen again begins anew', async () => {
    await feeds.sync.putFeed(feeds.context, 's', { grace: { runs: 2 }, smallerFilePercent: null });
    await take('s', ['a', 'b']);
    await take('s', ['a']);
    await feeds.take(file(person('s-b', 'Back')), { feed: 's', mode: 'changes' });
    const again = await take('s', ['a']);
    expect(again.counts.person).toMatchObject({ trashed: 0, waiting: 1 });
    const gone = await take('s', ['a', 'x']);
    expect(gone.counts.person).toMatchObject({ trashed: 1, waiting: 0 });
    expect(gone.counts.membership).toMatchObject({ trashed: 1, waiting: 0 });
  });

  test('Days count from the first run that misses a person', async () => {
    await feeds.sync.putFeed(feeds.context, 'd', { grace: { days: 5 }, smallerFilePercent: null });
    await take('d', ['a', 'b']);
    expect((await take('d', ['a', 'x'])).counts.person).toMatchObject({ waiting: 1, trashed: 0 });
    await feeds.absences.updateOne({ feed: 'd' }, { $set: { since: new Date(Date.now() - 6 * 86_400_000) } });
    expect((await take('d', ['a', 'y', 'x'])).counts.person).toMatchObject({ waiting: 0, trashed: 1 });
  });

  test('What a file removes by name goes at once', async () => {
    await feeds.sync.putFeed(feeds.context, 'n', { grace: { runs: 5 } });
    await take('n', ['a', 'b']);
    const run = await feeds.take(file(person('n-b').replace('<person>', '<person recstatus="3">')), { feed: 'n' });
    expect(run.counts.person).toMatchObject({ trashed: 1, waiting: 0 });
  });
});
