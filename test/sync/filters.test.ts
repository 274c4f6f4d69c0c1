import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Feeds, file, group, ids, membership, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

const school = (prefix: string, count: number, from = 0) =>
  file(
    ...ids(prefix, count, from).map((id) => person(id)),
    group(`${prefix}g`),
    membership(`${prefix}g`, ids(prefix, count, from)),
  );
const exceeded = (run: { filters: { filter: string; exceeded: boolean }[] }) =>
  run.filters.filter((verdict) => verdict.exceeded).map(({ filter }) => filter);
const users = async () => (await feeds.roster.counts(feeds.context))('active.person');

describe('Safety filters (decisions 4.3)', () => {
  test('A percentage counts from 26 changes of a type and action on', async () => {
    for (const name of ['a', 'b']) await feeds.sync.putFeed(feeds.context, name, { smallerFilePercent: null });
    await feeds.take(school('a', 40), { feed: 'a', mode: 'full' });
    const small = await feeds.take(school('a', 15), { feed: 'a', mode: 'full' });
    expect(small).toMatchObject({ state: 'done', counts: { person: { trashed: 25 } } });
    await feeds.take(school('b', 41), { feed: 'b', mode: 'full' });
    const held = await feeds.take(school('b', 15), { feed: 'b', mode: 'full' });
    expect(held.state).toBe('held');
    expect(exceeded(held)).toEqual(['person.delete', 'membership.delete']);
    expect(held.counts.person).toMatchObject({ trashed: 26, totalBefore: 41, totalAfter: 15 });
  });

  test('A held run changes nothing, blocks the feed until somebody decides, and is applied as approved', async () => {
    const before = await users();
    const { items } = (await ok(feeds.sync.runs(feeds.context, { feed: 'b', state: 'held', limit: 10 }))) ?? {
      items: [],
    };
    const id = items[0]?.id ?? '';
    await expect(feeds.take(school('b', 41), { feed: 'b', mode: 'full' })).rejects.toThrow(id);
    expect((await feeds.take(school('b', 41), { feed: 'b', mode: 'full', dryRun: true })).state).toBe('done');
    expect(await users()).toBe(before);
    const approved = await feeds.sync.approve(feeds.context, id);
    expect(approved).toMatchObject({ ok: true });
    const run = await feeds.sync.wait(feeds.context, id);
    expect(run).toMatchObject({
      state: 'done',
      decision: { by: 'admin:sis', approved: true },
      counts: { person: { trashed: 26, totalAfter: 15 } },
    });
    expect(await users()).toBe(before - 26);
    expect(await feeds.sync.approve(feeds.context, id)).toMatchObject({ ok: false, problem: { code: 'conflict' } });
  });

  test('A run that would change more than was approved is held again', async () => {
    await feeds.take(school('m', 60), { feed: 'm', mode: 'full' });
    const held = await feeds.take(school('m', 30), { feed: 'm', mode: 'full' });
    expect(held.state).toBe('held');
    await feeds.sync.putFeed(feeds.context, 'm', { mode: 'changes' });
    const more = { ...feeds.context, writer: 'feed:m', source: 'file' as const };
    await feeds.roster.execute(
      more,
      ids('late', 5).map((id) => ({
        op: 'upsert',
        type: 'person',
        key: `person:default:${id}`,
        data: { name: { family: 'L' } },
        hash: '00000000000000aa',
      })),
    );
    await feeds.sync.approve(feeds.context, held.id);
    const again = await feeds.sync.wait(feeds.context, held.id);
    expect(again).toMatchObject({ state: 'held', counts: { person: { trashed: 35 } } });
    expect(await feeds.sync.reject(feeds.context, held.id)).toMatchObject({ ok: true, value: { state: 'rejected' } });
  });

  test('Insert limits start with the second completed run', async () => {
    expect((await feeds.take(school('i', 60), { feed: 'i' })).state).toBe('done');
    const held = await feeds.take(school('i', 60, 1000), { feed: 'i' });
    expect([held.state, ...exceeded(held)]).toEqual(['held', 'person.insert', 'membership.insert']);
  });

  test('A type that is missing altogether is held, whatever the percentages say', async () => {
    await feeds.take(school('e', 3), { feed: 'e', mode: 'full' });
    const held = await feeds.take(file(group('eg')), { feed: 'e', mode: 'full' });
    expect([held.state, ...exceeded(held)]).toEqual(['held', 'empty-type', 'empty-type', 'smaller-file']);
  });

  test('A dry run shows the verdict and changes nothing', async () => {
    await feeds.take(school('y', 60), { feed: 'y', mode: 'full' });
    const before = await users();
    const run = await feeds.take(school('y', 10), { feed: 'y', mode: 'full', dryRun: true });
    expect(run).toMatchObject({ state: 'done', dryRun: true, counts: { person: { trashed: 50 } } });
    expect(exceeded(run)).toEqual(['person.delete', 'membership.delete', 'smaller-file']);
    expect(await users()).toBe(before);
  });

  test('By setting a breach applies all but removals, or fails', async () => {
    await feeds.take(school('n', 60), { feed: 'n', mode: 'full' });
    await feeds.sync.putFeed(feeds.context, 'n', { onBreach: 'no-deletes', smallerFilePercent: null });
    const run = await feeds.take(school('n', 31, 30), { feed: 'n', mode: 'full' });
    expect(run).toMatchObject({ state: 'done', counts: { person: { created: 1, trashed: 0, totalAfter: 61 } } });
    await feeds.sync.putFeed(feeds.context, 'n', { onBreach: 'abort' });
    expect((await feeds.take(school('n', 10), { feed: 'n', mode: 'full' })).state).toBe('failed');
  });

  test('Limits are set per type and action; a wrong setting is named', async () => {
    const set = await feeds.sync.putFeed(feeds.context, 'l', { limits: { person: { delete: { number: 1 } } } });
    expect(set).toMatchObject({
      ok: true,
      value: { limits: { person: { delete: { percent: 10, number: 1 }, insert: { percent: 25 } } } },
    });
    await feeds.take(school('l', 5), { feed: 'l', mode: 'full' });
    const held = await feeds.take(school('l', 3), { feed: 'l', mode: 'full' });
    expect(exceeded(held)).toContain('person.delete');
    for (const [settings, field] of [
      [{ limits: { person: { delete: { percent: 200 } } } }, 'limits.person.delete.percent'],
      [{ mode: 'everything' }, 'mode'],
      [{ surprise: 1 }, 'surprise'],
    ] as const) {
      const refused = await feeds.sync.putFeed(feeds.context, 'l', settings);
      expect(refused).toMatchObject({ ok: false, problem: { code: 'invalid-request', place: { field } } });
    }
    expect(await feeds.sync.putFeed(feeds.context, 'no.dots', {})).toMatchObject({
      ok: false,
      problem: { code: 'invalid-request' },
    });
  });
});

async function ok<T>(result: Promise<{ ok: true; value: T } | { ok: false }>): Promise<T | undefined> {
  const settled = await result;
  return settled.ok ? settled.value : undefined;
}
