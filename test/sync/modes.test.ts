import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { key } from '../../src/model/index.ts';
import type { Run } from '../../src/sync/index.ts';
import { type Feeds, file, group, ids, membership, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

const find = async (type: 'person' | 'group', id: string) =>
  (await feeds.roster.find(feeds.context, type, [key(type, 'default', id)], { trashed: true }))[0];
const totals = async (view: 'user' | 'class' | 'enrollment') =>
  (await feeds.roster.page(feeds.context, { view, limit: 1, offset: 0 })).total;

/** A run that was held, approved. */
async function approved(run: Run): Promise<Run> {
  if (run.state !== 'held') return run;
  await feeds.sync.approve(feeds.context, run.id);
  return (await feeds.sync.wait(feeds.context, run.id)) ?? run;
}

/** A person whose sender says what its id was. */
const renamed = (old: string, now: string, family: string) =>
  `<person><sourcedid sourcedidtype="Old"><source>t</source><id>${old}</id></sourcedid><sourcedid sourcedidtype="New"><source>t</source><id>${now}</id></sourcedid><name><fn>X ${family}</fn><n><family>${family}</family></n></name></person>`;

describe('Modes (decisions 4.1)', () => {
  test('changes: what is not listed stays; a list of a person merges; recstatus 3 removes', async () => {
    const email = '<email>a@x.example</email>';
    await feeds.take(file(person('c1', 'Ek', email), person('c2'), group('cg'), membership('cg', ['c1', 'c2'])), {
      feed: 'changes',
    });
    const run = await feeds.take(
      file(person('c1', 'Berg'), person('c2').replace('<person>', '<person recstatus="3">')),
      { feed: 'changes' },
    );
    expect(run).toMatchObject({ state: 'done', mode: 'changes' });
    expect(run.counts.person).toMatchObject({ inFile: 2, updated: 1, trashed: 1, totalBefore: 2, totalAfter: 1 });
    expect(run.counts.membership).toMatchObject({ inFile: 0, trashed: 1, totalAfter: 1 });
    expect((await find('person', 'c1'))?.data).toMatchObject({ name: { family: 'Berg' }, email: 'a@x.example' });
    const again = await feeds.take(file(person('c2').replace('<person>', '<person recstatus="3">')), {
      feed: 'changes',
    });
    expect(again.counts.person).toMatchObject({ inFile: 1, unchanged: 1, trashed: 0 });
  });

  test('groups-complete: who is missing inside a listed group has left it, other groups are left alone', async () => {
    const first = file(
      ...ids('g', 3).map((id) => person(id)),
      group('ga'),
      group('gb'),
      membership('ga', ['g0', 'g1']),
      membership('gb', ['g0', 'g2']),
    );
    await feeds.take(first, { feed: 'complete', mode: 'groups-complete' });
    const run = await feeds.take(file(membership('ga', ['g1', 'g2'])), { feed: 'complete', mode: 'groups-complete' });
    expect(run.counts.membership).toMatchObject({
      inFile: 2,
      created: 1,
      unchanged: 1,
      trashed: 1,
      totalBefore: 4,
      totalAfter: 4,
    });
    expect(run.counts.person).toMatchObject({ trashed: 0, totalAfter: 3 });
    const emptied = await feeds.take(file(membership('ga', [])), { feed: 'complete', mode: 'groups-complete' });
    expect(emptied.counts.membership).toMatchObject({ inFile: 0, trashed: 2, totalAfter: 2 });
  });

  test('full: what is missing is removed once under its own type, fields that are missing are cleared', async () => {
    const whole = file(
      person('f1', 'Ek', '<email>f@x.example</email>'),
      person('f2'),
      group('fg'),
      membership('fg', ['f1', 'f2']),
    );
    await feeds.take(whole, { feed: 'full', mode: 'full' });
    const run = await feeds.take(file(person('f1'), group('fg'), membership('fg', ['f1'])), {
      feed: 'full',
      mode: 'full',
    });
    expect(run.counts.person).toMatchObject({ updated: 1, trashed: 1, totalAfter: 1 });
    expect(run.counts.membership).toMatchObject({ unchanged: 1, trashed: 1, totalAfter: 1 });
    expect((await find('person', 'f1'))?.data).not.toHaveProperty('email');
    const gone = await find('person', 'f2');
    expect(gone).toMatchObject({ state: 'trashed', trash: { by: 'feed:full', run: run.id } });
    const back = await feeds.take(whole, { feed: 'full', mode: 'full' });
    expect(back.counts.person).toMatchObject({ restored: 1, totalAfter: 2 });
    expect(back.counts.membership).toMatchObject({ totalAfter: 2, rejected: 0 });
  });

  test('A feed removes only what it claims itself', async () => {
    const shared = file(person('s1'), person('s2'));
    await feeds.take(shared, { feed: 'one', mode: 'full' });
    await feeds.take(shared, { feed: 'two', mode: 'full' });
    const run = await feeds.take(file(person('s1')), { feed: 'one', mode: 'full' });
    expect(run.counts.person).toMatchObject({ trashed: 0, totalAfter: 1 });
    expect(await find('person', 's2')).toMatchObject({ state: 'active', owner: 'feed:two', claims: [{ feed: 'two' }] });
  });

  test('When ownership passes to another feed, its next file is looked at again, and its values win', async () => {
    const ours = file(person('h1', 'Hone', '<email>one@x.example</email>'), person('h2'));
    const theirs = file(person('h1', 'Htwo'), person('h2'));
    await feeds.take(ours, { feed: 'h-one', mode: 'full' });
    await feeds.take(theirs, { feed: 'h-two', mode: 'full' });
    expect((await find('person', 'h1'))?.data).toMatchObject({ name: { family: 'Hone' } });
    await feeds.take(file(person('h2')), { feed: 'h-one', mode: 'full' });
    const run = await feeds.take(theirs, { feed: 'h-two', mode: 'full' });
    expect(run.counts.person).toMatchObject({ updated: 1, unchanged: 1 });
    const after = await find('person', 'h1');
    expect(after).toMatchObject({ owner: 'feed:h-two', data: { name: { family: 'Htwo' } } });
    expect(after?.data).not.toHaveProperty('email');
  });

  test('A file that calls itself a delta is refused in mode full and changes nothing', async () => {
    const delta = file(person('d1')).replace('<datetime>', '<type>delta</type><datetime>');
    const before = await totals('user');
    const run = await feeds.take(delta, { feed: 'delta', mode: 'full' });
    expect(run).toMatchObject({ state: 'failed' });
    expect(run.problems).toEqual(expect.arrayContaining([expect.objectContaining({ kind: 'unreadable-input' })]));
    expect(await totals('user')).toBe(before);
  });
});

describe('What a run knows', () => {
  test('The same file is named so, though it has a record twice and must be read twice', async () => {
    const twice = file(person('twice', 'Ek'), person('once'), person('twice', 'Berg'));
    await feeds.take(twice, { feed: 'same-twice' });
    const same = await feeds.take(twice, { feed: 'same-twice' });
    const kinds = same.problems.map(({ kind }) => kind).sort();
    expect(kinds).toEqual(['repair.duplicate-record', 'warning.same-file']);
  });

  test('An unchanged file is known by its hashes; a record that somebody else touched is looked at again', async () => {
    const whole = file(...ids('u', 40).map((id) => person(id)), group('ug'), membership('ug', ids('u', 40)));
    await feeds.take(whole, { feed: 'known', mode: 'full' });
    const same = await feeds.take(whole, { feed: 'known', mode: 'full' });
    expect(same.counts.person).toMatchObject({ inFile: 40, unchanged: 40, updated: 0, totalAfter: 40 });
    expect(same.counts.membership).toMatchObject({ inFile: 40, unchanged: 40 });
    expect(same.problems).toEqual(expect.arrayContaining([expect.objectContaining({ kind: 'warning.same-file' })]));
    await feeds.roster.execute({ ...feeds.context, writer: 'credential:sis', source: 'soap' }, [
      { op: 'upsert', type: 'person', key: key('person', 'default', 'u1'), data: { name: { family: 'Other' } } },
      { op: 'remove', type: 'person', key: key('person', 'default', 'u2') },
    ]);
    const third = await feeds.take(whole, { feed: 'known', mode: 'full' });
    expect(third.counts.person).toMatchObject({ inFile: 40, unchanged: 38, updated: 1, restored: 1, totalAfter: 40 });
    expect(third.counts.membership).toMatchObject({ totalAfter: 40 });
    expect((await find('person', 'u1'))?.data).toMatchObject({ name: { family: 'Ek' } });
  });

  test('A reference to what has not arrived is kept with its line, and completed by a later file', async () => {
    const run = await feeds.take(file(group('wg'), '', membership('wg', ['w1', 'w2'])), { feed: 'wait' });
    expect(run.counts.membership).toMatchObject({ created: 2, totalAfter: 2 });
    const warning = run.problems.find(({ kind }) => kind === 'warning.expected-reference');
    expect(warning).toMatchObject({ count: 2, first: { file: 'file.xml', line: 4 } });
    const before = await totals('enrollment');
    await feeds.take(file(person('w1'), person('w2')), { feed: 'wait' });
    expect((await totals('enrollment')) - before).toBe(2);
  });

  test('A member who stands in a group twice has both roles; a person who stands twice counts once', async () => {
    const twice = file(
      person('t1', 'First'),
      person('t1', 'Last'),
      group('tg'),
      membership('tg', ['t1']),
      membership('tg', ['t1'], '02'),
    );
    const run = await feeds.take(twice, { feed: 'twice' });
    expect(run.counts.person).toMatchObject({ inFile: 2, totalAfter: 1 });
    expect(run.problems).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'repair.duplicate-record', count: 2 })]),
    );
    const stored = await find('person', 't1');
    expect(stored?.data).toMatchObject({ name: { family: 'Last' } });
    const [joined] = await feeds.roster.membershipsOf(feeds.context, { person: stored?.guid ?? '' });
    expect(joined?.data.roles.map(({ type }) => type)).toEqual(['Learner', 'Instructor']);
    const again = await feeds.take(twice, { feed: 'twice' });
    expect(again.counts.person).toMatchObject({ inFile: 2, created: 0, totalAfter: 1 });
    const later = await find('person', 't1');
    expect(later?.data).toMatchObject({ name: { family: 'Last' } });
    expect(later?.updatedAt).toEqual(stored?.updatedAt);
    const [still] = await feeds.roster.membershipsOf(feeds.context, { person: stored?.guid ?? '' });
    expect(still?.data.roles.map(({ type }) => type)).toEqual(['Learner', 'Instructor']);
  });

  test('sourcedidtype Old and New is a rename, not a delete and a create', async () => {
    await feeds.take(file(person('old-1', 'Ek'), group('rg'), membership('rg', ['old-1'])), {
      feed: 'rename',
      mode: 'full',
    });
    const renamed =
      '<person><sourcedid sourcedidtype="Old"><source>t</source><id>old-1</id></sourcedid><sourcedid sourcedidtype="New"><source>t</source><id>new-1</id></sourcedid><name><fn>X Ek</fn><n><family>Ek</family></n></name></person>';
    const run = await feeds.take(file(renamed, group('rg'), membership('rg', ['new-1'])), {
      feed: 'rename',
      mode: 'full',
    });
    expect(run.counts.person).toMatchObject({ renamed: 1, created: 0, trashed: 0, totalAfter: 1 });
    expect(run.counts.membership).toMatchObject({ created: 0, trashed: 0, totalAfter: 1 });
    expect((await find('person', 'old-1'))?.imsId).toBe('new-1');
  });

  test('a chain of Old and New in one file is two renames, and no person becomes another', async () => {
    await feeds.take(
      file(person('dd2', 'Second'), person('dd3', 'Third'), group('dg'), membership('dg', ['dd2', 'dd3'])),
      { feed: 'chain' },
    );
    const [second, third] = [await find('person', 'dd2'), await find('person', 'dd3')];
    for (const family of ['A', 'B']) {
      const chain = file(
        renamed('dd3', 'dd9', `Third${family}`),
        renamed('dd2', 'dd3', `Second${family}`),
        membership('dg', ['dd9', 'dd3']),
      );
      const run = await feeds.take(chain, { feed: 'chain', mode: 'changes' });
      expect(run.counts.person).toMatchObject({ rejected: 0, updated: 2 });
      if (family === 'A') expect(run.counts.person).toMatchObject({ renamed: 2 });
      expect(run.counts.membership).toMatchObject({ created: 0, rejected: 0 });
      const [dd9, dd3] = [await find('person', 'dd9'), await find('person', 'dd3')];
      expect(dd9).toMatchObject({ guid: third?.guid, imsId: 'dd9', sourcedId: 'dd9' });
      expect(dd9?.data).toMatchObject({ name: { family: `Third${family}` } });
      expect(dd3).toMatchObject({ guid: second?.guid, imsId: 'dd3', sourcedId: 'dd3' });
      expect(dd3?.data).toMatchObject({ name: { family: `Second${family}` } });
    }
  });

  test('a chain may stand in the file in any order, and New before Old', async () => {
    await feeds.take(file(person('ee2', 'Second'), person('ee3', 'Third')), { feed: 'order' });
    const [second, third] = [await find('person', 'ee2'), await find('person', 'ee3')];
    const newFirst = (from: string, to: string, family: string) =>
      renamed(from, to, family).replace(
        /(<sourcedid sourcedidtype="Old">.*?<\/sourcedid>)(<sourcedid sourcedidtype="New">.*?<\/sourcedid>)/,
        '$2$1',
      );
    const chain = file(newFirst('ee2', 'ee3', 'Second'), newFirst('ee3', 'ee9', 'Third'));
    expect(chain.indexOf('"New"')).toBeLessThan(chain.indexOf('"Old"'));
    const run = await feeds.take(chain, { feed: 'order', mode: 'changes' });
    expect(run.counts.person).toMatchObject({ renamed: 2, rejected: 0 });
    expect(await find('person', 'ee9')).toMatchObject({ guid: third?.guid, data: { name: { family: 'Third' } } });
    expect(await find('person', 'ee3')).toMatchObject({ guid: second?.guid, data: { name: { family: 'Second' } } });
  });

  test.each(['after', 'before'])(
    'a removal of the old id %s the rename takes nobody away, the next time either',
    async (where) => {
      const [old, now] = [`gone-${where}-1`, `gone-${where}-2`];
      await feeds.take(file(person(old), group(`g-${old}`), membership(`g-${old}`, [old])), { feed: where });
      const parts = [renamed(old, now, 'Ek'), person(old).replace('<person>', '<person recstatus="3">')];
      const text = file(...(where === 'after' ? parts : parts.reverse()));
      for (const again of [false, true]) {
        const run = await feeds.take(text, { feed: where, mode: 'changes' });
        expect(run.counts.person).toMatchObject({ inFile: 2, trashed: 0, renamed: again ? 0 : 1, totalAfter: 1 });
        expect(run.counts.membership).toMatchObject({ trashed: 0, totalAfter: 1 });
        expect(await find('person', now)).toMatchObject({ state: 'active', imsId: now });
      }
      // Alone, the old id still means the record.
      const alone = await feeds.take(file(parts.find((part) => part.includes('recstatus')) ?? ''), { feed: where });
      expect(alone.counts.person).toMatchObject({ trashed: 1 });
    },
  );

  test('a chain whose parts stand far apart in the file is two renames too', async () => {
    await feeds.take(file(person('ff2', 'Second'), person('ff3', 'Third')), { feed: 'far' });
    const [second, third] = [await find('person', 'ff2'), await find('person', 'ff3')];
    const between = ids('between', 1200).map((id) => person(id));
    const chain = file(renamed('ff3', 'ff9', 'Third'), ...between, renamed('ff2', 'ff3', 'Second'));
    const run = await approved(await feeds.take(chain, { feed: 'far', mode: 'changes' }));
    expect(run.counts.person).toMatchObject({ renamed: 2, created: 1200, rejected: 0 });
    expect((await find('person', 'ff9'))?.guid).toBe(third?.guid);
    expect((await find('person', 'ff3'))?.guid).toBe(second?.guid);
  });

  test('a new record with an id that another one of the file has given up is rejected with its members, not written over it', async () => {
    await feeds.take(file(person('t3', 'Third'), group('tg')), { feed: 'given-up' });
    const third = await find('person', 't3');
    const text = file(renamed('t3', 't9', 'Third'), person('t3', 'Other'), membership('tg', ['t3', 't9']));
    const run = await feeds.take(text, { feed: 'given-up', mode: 'changes' });
    expect(run.counts.person).toMatchObject({ inFile: 2, renamed: 1, rejected: 1, created: 0 });
    expect(run.counts.membership).toMatchObject({ created: 1, rejected: 1 });
    expect(run.problems.find(({ kind }) => kind === 'rejected.invalid-data')?.first).toMatchObject({
      id: 't3',
      message: expect.stringContaining('The id t3 was given up by another record of this file, which is t9 now'),
    });
    const ninth = await find('person', 't9');
    expect(ninth).toMatchObject({ guid: third?.guid, imsId: 't9', data: { name: { family: 'Third' } } });
  });

  test('what an archived course lets pass by counts as ignored each time, and is claimed once the course is restored', async () => {
    const course = [group('ar-c', undefined, 'course'), membership('ar-c', ['ar-p'])];
    const [rest, all] = [file(person('ar-p')), file(person('ar-p'), ...course)];
    const options = { feed: 'archived', mode: 'full' } as const;
    await feeds.sync.putFeed(feeds.context, 'archived', { smallerFilePercent: null });
    await feeds.take(all, options);
    const courseNow = () => find('group', 'ar-c');
    expect((await approved(await feeds.take(rest, options))).counts.group).toMatchObject({ archived: 1 });
    for (const _time of [1, 2]) {
      const run = await approved(await feeds.take(all, options));
      expect(run).toMatchObject({ state: 'done' });
      expect(run.counts).toMatchObject({
        group: { inFile: 1, ignored: 1, unchanged: 1 },
        membership: { inFile: 1, ignored: 1, unchanged: 1 },
      });
    }
    const restored = await feeds.roster.execute(feeds.context, [
      { op: 'restore', type: 'group', key: (await courseNow())?.guid ?? '' },
    ]);
    expect(restored).toMatchObject([{ ok: true }]);
    const run = await feeds.take(all, options);
    expect(run.counts.group).toMatchObject({ ignored: 0 });
    const claimed = { claims: [{ feed: 'archived' }] };
    expect(await courseNow()).toMatchObject(claimed);
    const [member] = await feeds.roster.membershipsOf(feeds.context, {
      person: (await find('person', 'ar-p'))?.guid ?? '',
    });
    expect(member).toMatchObject(claimed);
  });

  test('A rejected record is counted and protects what it means in the store', async () => {
    await feeds.take(file(person('r1'), person('r2')), { feed: 'reject', mode: 'full' });
    const huge = person('r2', 'Ek', `<extension>${'<x>y</x>'.repeat(30_000)}</extension>`);
    const run = await feeds.take(file(person('r1'), huge, '<person><name><fn>nobody</fn></name></person>'), {
      feed: 'reject',
      mode: 'full',
    });
    expect(run.counts.person).toMatchObject({ inFile: 3, rejected: 2, unchanged: 1, trashed: 0, totalAfter: 2 });
    expect(run.problems.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['rejected.too-large', 'rejected.missing-id']),
    );
  });
});
