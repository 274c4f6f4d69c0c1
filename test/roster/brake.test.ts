import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Change, Context } from '../../src/roster/index.ts';
import { done, feed, g, group, openRoster, outcome, p, person, remove, sis, type TestRoster } from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
});
afterAll(() => room.close());

const hour = 3_600_000;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);
const removeAll = (from: number, to: number, context: Context = sis) =>
  room.roster.execute(
    context,
    range(from, to).map((at): Change => remove('person', p(`x${at}`))),
  );
const ok = (results: readonly { ok: boolean }[]) => results.filter((result) => result.ok).length;

describe('2.6 The brake holds at every door: removals by one credential in 24 hours', () => {
  test('never below 100, at most 25 % of what there is: the rest fails with a clear status', async () => {
    await done(room.roster, sis, ...range(0, 300).map((at) => person(`x${at}`)));
    const results = await removeAll(0, 120);
    expect(ok(results)).toBe(100);
    const last = results.at(-1);
    expect(last).toMatchObject({
      problem: { code: 'delete-refused', text: expect.stringContaining('This record was not') },
    });
    expect((await room.roster.counts(sis))('active.person')).toBe(200);
  });

  test('Another credential has a limit of its own; another type too; a feed passes its filters instead', async () => {
    expect(ok(await removeAll(100, 101, { ...sis, writer: 'credential:other' }))).toBe(1);
    await done(room.roster, sis, group('c'));
    expect(await outcome(room.roster, sis, remove('group', g('c')))).toBe('trashed');
    expect(ok(await removeAll(101, 111, feed('f')))).toBe(10);
  });

  test('It holds over calls and gateways, and a rehearsal says so without counting', async () => {
    const rehearsed = await room.roster.rehearse(sis, [remove('person', p('x200'))]);
    expect(rehearsed[0]?.ok).toBe(false);
    expect(await outcome(room.roster, sis, remove('person', p('x200')))).toBe('delete-refused');
    expect(await outcome(room.roster, sis, remove('person', p('unknown')))).toBe('unknown-object');
  });

  test('It holds for 24 hours from the last removal on, and no shorter', async () => {
    room.clock.forward(23.9 * hour);
    expect(await outcome(room.roster, sis, remove('person', p('x200')))).toBe('delete-refused');
    room.clock.forward(1.2 * hour);
    expect(await outcome(room.roster, sis, remove('person', p('x200')))).toBe('trashed');
  });

  test('In a large tenant the limit is 25 % of what there was before the removals', async () => {
    await room.addTenant('large');
    const large = { ...sis, tenant: 'large' };
    for (const from of [0, 1000])
      await done(room.roster, large, ...range(from, from + 800).map((at) => person(`x${at}`)));
    const results = [...(await removeAll(0, 500, large)), ...(await removeAll(500, 800, large))];
    expect(ok(results)).toBe(400);
  });

  test('The groups that go along with a removed group count, and a removal beyond the limit takes nothing', async () => {
    await room.addTenant('tree');
    const tree = { ...sis, tenant: 'tree' };
    await done(
      room.roster,
      tree,
      group('root', 'org'),
      ...range(0, 100).map((at) => group(`c${at}`, 'class', ['root'])),
    );
    expect(await outcome(room.roster, tree, remove('group', g('root')))).toBe('delete-refused');
    expect((await room.roster.counts(tree))('active.group')).toBe(101);
    expect(await outcome(room.roster, tree, remove('group', g('c0')))).toBe('trashed');
  });
});
