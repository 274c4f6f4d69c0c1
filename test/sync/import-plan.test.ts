import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { key } from '../../src/model/index.ts';
import { type Feeds, file, group, ids, membership, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

const removed = (element: string) => element.replace(/^<(person|group)>/, '<$1 recstatus="3">');
const stateOf = async (id: string) =>
  (await feeds.roster.find(feeds.context, 'person', [key('person', 'default', id)], { trashed: true }))[0]?.state;

describe('What an import plans', () => {
  test('records that stand twice word for word are unchanged, with a remark', async () => {
    await feeds.take(file(person('w1'), person('w2')), { feed: 'word' });
    const run = await feeds.take(file(person('w1'), person('w2'), person('w1')), { feed: 'word' });
    expect(run.counts.person).toMatchObject({ inFile: 3, unchanged: 3, updated: 0 });
    expect(run.problems).toContainEqual(expect.objectContaining({ kind: 'repair.duplicate-record', count: 1 }));
  });

  test('a record that stands as it is known and otherwise: the last one counts, in either order', async () => {
    const [known, other] = [person('c1', 'Ek'), person('c1', 'Berg')];
    const family = async () =>
      (await feeds.roster.find(feeds.context, 'person', [key('person', 'default', 'c1')]))[0]?.data.name?.family;
    await feeds.take(file(known, person('c2')), { feed: 'contra', mode: 'full' });
    const first = await feeds.take(file(other, person('c2'), known), { feed: 'contra', mode: 'full' });
    expect(first.counts.person).toMatchObject({ inFile: 3, unchanged: 3, updated: 0, trashed: 0, totalAfter: 2 });
    expect(await family()).toBe('Ek');
    const second = await feeds.take(file(known, person('c2'), other), { feed: 'contra', mode: 'full' });
    expect(second.counts.person).toMatchObject({ inFile: 3, trashed: 0, totalAfter: 2 });
    expect(await family()).toBe('Berg');
  });

  test.each([true, false])(
    'what goes along with a removal is counted once under its own type (dry run: %s)',
    async (dryRun) => {
      const feed = `along-${dryRun}`;
      const all = ids(`${feed}-`, 2);
      const classes = [`${feed}-g1`, `${feed}-g2`];
      await feeds.take(
        file(
          ...all.map((id) => person(id)),
          ...classes.map((id) => group(id)),
          ...classes.map((id) => membership(id, all)),
        ),
        {
          feed,
          mode: 'full',
        },
      );
      const [gone = '', stays = ''] = all;
      const next = file(
        removed(person(gone)),
        person(stays),
        ...classes.map((id) => group(id)),
        ...classes.map((id) => membership(id, [stays])),
      );
      const run = await feeds.take(next, { feed, mode: 'full', dryRun });
      expect(run.counts.person).toMatchObject({ inFile: 2, trashed: 1, unchanged: 1, totalAfter: 1 });
      expect(run.counts.membership).toMatchObject({ inFile: 2, trashed: 2, unchanged: 2, totalAfter: 2 });
      const filter = run.filters.find(({ type, action }) => type === 'membership' && action === 'delete');
      expect(filter).toMatchObject({ changes: 2 });
    },
  );

  test('a member that cannot be read protects its membership, also where the person has another id now', async () => {
    await feeds.take(file(person('k1'), person('k2'), group('kg'), membership('kg', ['k1', 'k2'])), {
      feed: 'keep',
      mode: 'full',
    });
    await feeds.roster.execute(feeds.context, [
      { op: 'rename', type: 'person', key: key('person', 'default', 'k1'), newKey: key('person', 'default', 'k1-new') },
    ]);
    const broken = membership('kg', ['k1-new']).replace('</role>', '');
    const run = await feeds.take(file(person('k1-new'), person('k2'), group('kg'), broken), {
      feed: 'keep',
      mode: 'full',
    });
    expect(run.counts.membership).toMatchObject({ rejected: 1, trashed: 1, totalAfter: 1 });
    expect(await stateOf('k1-new')).toBe('active');
    const [left] = await feeds.roster.membershipsOf(feeds.context, {
      person: (await feeds.roster.find(feeds.context, 'person', [key('person', 'default', 'k1-new')]))[0]?.guid ?? '',
    });
    expect(left).toBeDefined();
  });
});

test('An XML file in single bytes is known by its bytes too', async () => {
  const text = `<?xml version="1.0" encoding="ISO-8859-1"?>${file(person('å1', 'Ås'), person('å2', 'Øy'))}`;
  await feeds.take(Buffer.from(text, 'latin1'), { feed: 'latin', mode: 'full' });
  const run = await feeds.take(Buffer.from(text.replace('2026-09-01', '2026-09-02'), 'latin1'), {
    feed: 'latin',
    mode: 'full',
  });
  expect(run.counts.person).toMatchObject({ inFile: 2, unchanged: 2, updated: 0 });
});
