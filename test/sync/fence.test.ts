import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Run } from '../../src/sync/index.ts';
import { type Feeds, file, group, ids, membership, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

const count = 4000;

test('A worker that has lost its run to another one writes nothing more, and the other one ends it as if alone', async () => {
  const list = ids('f', count);
  const text = file(...list.map((id) => person(id)), group('fg'), membership('fg', list));
  const submitted = await feeds.sync.submit(
    feeds.context,
    { feed: 'fence', dryRun: false, fileName: 'fence.xml' },
    (async function* () {
      yield Buffer.from(text);
    })(),
  );
  if (!submitted.ok) throw new Error(submitted.problem.text);
  const _id = submitted.value.id;
  const noted = async () => {
    const work = (await feeds.runs.findOne({ _id }))?.['work'] as { applied?: Run['counts'] } | undefined;
    return work?.applied;
  };
  while (((await noted())?.person.created ?? 0) === 0) await sleep(5);
  // As another worker's claim does, while this one is at work and knows nothing of it.
  const lost = { 'lease.owner': 'another worker', 'lease.until': new Date(Date.now() + 600_000) };
  await feeds.runs.updateOne({ _id }, { $set: lost, $inc: { 'lease.fence': 1 } });
  const stored = async () => (await feeds.roster.counts(feeds.context))('active.person');
  const persons = await stored();
  const applied = await noted();
  expect(persons).toBeLessThan(count);
  expect(applied?.person.created).toBe(persons);
  await sleep(1000);
  expect(await stored()).toBe(persons);
  expect(await noted()).toEqual(applied);
  // The other one dies, and the run is taken over.
  await feeds.runs.updateOne({ _id }, { $set: { 'lease.until': new Date(0) } });
  const run = await feeds.sync.wait(feeds.context, submitted.value.id);
  expect(run).toMatchObject({ state: 'done', counts: { person: { created: count }, membership: { created: count } } });
  expect(await stored()).toBe(count);
}, 60_000);
