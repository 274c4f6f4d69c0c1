import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { key } from '../../src/model/index.ts';
import { type Feeds, file, ids, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

async function* parts(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

describe('A file that is read while it is being stored', () => {
  test('is compared with what the store holds when its run begins, not with what it held before', async () => {
    const feed = 'between';
    const text = file(...ids('b', 3).map((id) => person(id)));
    await feeds.take(text, { feed, mode: 'full' });
    await feeds.sync.stop();
    const submitted = await feeds.sync.submit(
      feeds.context,
      { feed, mode: 'full', dryRun: false, fileName: 'b.xml' },
      parts(text),
    );
    if (!submitted.ok) throw new Error(submitted.problem.text);
    const [gone = ''] = ids('b', 3);
    await feeds.roster.execute({ ...feeds.context, writer: `feed:${feed}` }, [
      { op: 'remove', type: 'person', key: key('person', 'default', gone) },
    ]);
    await feeds.sync.start();
    const run = await feeds.sync.wait(feeds.context, submitted.value.id);
    expect(run?.counts.person).toMatchObject({ inFile: 3, unchanged: 2, restored: 1, totalAfter: 3 });
  });

  test('counts its known, changed, new and missing records like any other', async () => {
    const feed = 'mixed';
    const all = ids('m', 5);
    await feeds.take(file(...all.map((id) => person(id))), { feed, mode: 'full' });
    const [one = '', two = '', , four = '', five = ''] = all;
    const text = file(person(one), person(two, 'Berg'), person('m9'), person(four), person(five), person(five));
    const middle = Math.floor(text.length / 2);
    const submitted = await feeds.sync.submit(
      feeds.context,
      { feed, mode: 'full', dryRun: true, fileName: 'm.xml' },
      parts(text.slice(0, middle), text.slice(middle)),
    );
    if (!submitted.ok) throw new Error(submitted.problem.text);
    const run = await feeds.sync.wait(feeds.context, submitted.value.id);
    expect(run?.counts.person).toMatchObject({ inFile: 6, unchanged: 4, updated: 1, created: 1, trashed: 1 });
    expect(run?.problems).toContainEqual(expect.objectContaining({ kind: 'repair.duplicate-record', count: 1 }));
  });

  test('fails with its line where it is cut off, and leaves the store as it was', async () => {
    const feed = 'cut';
    const text = file(...ids('k', 3).map((id) => person(id)));
    await feeds.take(text, { feed, mode: 'full' });
    const run = await feeds.take(text.slice(0, text.lastIndexOf('<person>') + 12), { feed, mode: 'full' });
    expect(run).toMatchObject({ state: 'failed', problems: [{ kind: 'unreadable-input' }] });
    expect(run.problems[0]?.first.line).toBeGreaterThan(0);
    const again = await feeds.take(text, { feed, mode: 'full' });
    expect(again.counts.person).toMatchObject({ inFile: 3, unchanged: 3, totalBefore: 3, totalAfter: 3 });
  });

  test('leaves nothing behind where the upload breaks off', async () => {
    const feed = 'broken';
    const text = file(...ids('u', 3).map((id) => person(id)));
    await feeds.take(text, { feed, mode: 'full' });
    async function* breaking() {
      yield* parts(text.slice(0, 200));
      throw new Error('the client has gone');
    }
    const request = { feed, mode: 'full', dryRun: false, fileName: 'u.xml' } as const;
    await expect(feeds.sync.submit(feeds.context, request, breaking())).rejects.toThrow('the client has gone');
    const again = await feeds.take(text, { feed, mode: 'full' });
    expect(again.counts.person).toMatchObject({ inFile: 3, unchanged: 3, trashed: 0 });
  });
});
