import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { key } from '../../src/model/index.ts';
import type { Run } from '../../src/sync/index.ts';
import { type Feeds, file, group, ids, membership, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds({ start: false });
});
afterAll(() => feeds.end());

const school = (prefix: string, count: number) =>
  file(
    ...ids(prefix, count).map((id) => person(id)),
    group(`${prefix}g`),
    membership(`${prefix}g`, ids(prefix, count)),
  );

async function submit(text: string, feed: string, dryRun = false): Promise<Run> {
  const bytes = (async function* () {
    yield Buffer.from(text);
  })();
  const run = await feeds.sync.submit(feeds.context, { feed, mode: 'full', dryRun, fileName: 'f.xml' }, bytes);
  if (!run.ok) throw new Error(run.problem.text);
  return run.value;
}
const look = async (id: string) => {
  const run = await feeds.sync.run(feeds.context, id);
  if (run === undefined) throw new Error('the run is gone');
  return run;
};
const until = async (holds: () => Promise<boolean>) => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
};

describe('A held run', () => {
  let held: Run;
  let behind: Run;

  test('It says why and until when it is held, and what is queued behind it waits and says so', async () => {
    await feeds.sync.start();
    await feeds.take(school('a', 60), { feed: 'a', mode: 'full' });
    await feeds.sync.stop();
    const first = await submit(school('a', 30), 'a');
    behind = await submit(school('a', 59), 'a');
    expect(await look(behind.id)).toMatchObject({ state: 'queued', reason: null });
    await feeds.sync.start();
    held = (await feeds.sync.wait(feeds.context, first.id)) ?? first;
    expect(held).toMatchObject({ state: 'held', endedAt: null });
    expect(held.reason).toContain('30 of 60 (50 %) person deletes; the limit is 10 %.');
    const days = (Date.parse(held.expiresAt ?? '') - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(7);
    expect(await look(behind.id)).toMatchObject({ state: 'queued', reason: expect.stringContaining(held.id) });
  });

  test('It refuses what would change more, by file or by question, and lets dry runs pass', async () => {
    await expect(submit(school('a', 60), 'a')).rejects.toThrow(`The run ${held.id} of the feed a is held`);
    const rollover = await feeds.sync.rollover(feeds.context, { under: 'ag', dryRun: false });
    expect(rollover).toMatchObject({ ok: false, problem: { code: 'conflict' } });
    const { value } = (await feeds.sync.runs(feeds.context, { feed: 'a', state: 'done', limit: 1 })) as {
      value: { items: Run[] };
    };
    const undo = await feeds.sync.undo(feeds.context, value.items[0]?.id ?? '', { dryRun: false });
    expect(undo).toMatchObject({ ok: false, problem: { code: 'conflict' } });
    const dry = await feeds.take(school('a', 10), { feed: 'a', mode: 'full', dryRun: true });
    expect(dry).toMatchObject({ state: 'done', counts: { person: { trashed: 50 } } });
    expect(await look(behind.id)).toMatchObject({ state: 'queued' });
  });

  test('It lists every change, with what goes along, before and after', async () => {
    const persons = await feeds.sync.changes(feeds.context, held.id, { type: 'person', limit: 100 });
    expect(persons).toMatchObject({ ok: true, value: { total: 30 } });
    if (!persons.ok) return;
    expect(persons.value.items[0]).toMatchObject({ action: 'trashed', after: null, name: 'X Ek' });
    expect(persons.value.items[0]?.before).toMatchObject({ name: { family: 'Ek' } });
    const members = await feeds.sync.changes(feeds.context, held.id, { type: 'membership', limit: 100 });
    expect(members).toMatchObject({ ok: true, value: { total: 30 } });
  });

  test('Rejected, it changes nothing, and what waited goes on', async () => {
    const rejected = await feeds.sync.reject(feeds.context, held.id);
    expect(rejected).toMatchObject({ ok: true, value: { decision: { by: 'admin:sis', approved: false } } });
    const next = await feeds.sync.wait(feeds.context, behind.id);
    expect(next).toMatchObject({ state: 'done', reason: null, counts: { person: { trashed: 1, totalAfter: 59 } } });
  });

  test('Nobody decides: after the days of the setting it expires and says so, cannot be approved, and what waited goes on', async () => {
    await feeds.sync.putFeed(feeds.context, 'a', { holdDays: 2 });
    await feeds.sync.stop();
    const { id } = await submit(school('a', 20), 'a');
    const next = await submit(school('a', 58), 'a');
    await feeds.sync.start();
    const run = (await feeds.sync.wait(feeds.context, id)) as Run;
    expect(run.state).toBe('held');
    expect(Math.round((Date.parse(run.expiresAt ?? '') - Date.now()) / 3_600_000)).toBe(48);
    await feeds.sync.stop();
    await feeds.runs.updateOne({ _id: run.id as never }, { $set: { expiresAt: new Date(Date.now() - 1) } });
    const late = { code: 'conflict', text: expect.stringMatching(/has expired and changes nothing\. Send its file/) };
    expect(await feeds.sync.approve(feeds.context, run.id)).toMatchObject({ ok: false, problem: late });
    expect(await look(run.id)).toMatchObject({ state: 'held' });
    await feeds.sync.start();
    expect(await feeds.sync.wait(feeds.context, next.id)).toMatchObject({
      state: 'done',
      reason: null,
      counts: { person: { trashed: 1, totalAfter: 58 } },
    });
    const expired = await look(run.id);
    expect(expired).toMatchObject({ state: 'expired', expiresAt: null, reason: expect.stringContaining('in time') });
    expect(expired.endedAt).not.toBeNull();
    for (const decide of [feeds.sync.approve, feeds.sync.reject]) {
      expect(await decide(feeds.context, run.id)).toMatchObject({ ok: false, problem: late });
    }
  });

  test('Approved, it is planned again against the store as it is by then', async () => {
    const run = await feeds.take(school('a', 20), { feed: 'a', mode: 'full' });
    expect(run.state).toBe('held');
    await feeds.roster.execute(feeds.context, [{ op: 'remove', type: 'person', key: key('person', 'default', 'a30') }]);
    await feeds.sync.approve(feeds.context, run.id);
    const done = await feeds.sync.wait(feeds.context, run.id);
    expect(done).toMatchObject({
      state: 'done',
      reason: null,
      expiresAt: null,
      decision: { approved: true },
      counts: { person: { trashed: 37, totalAfter: 20 } },
    });
    expect(Date.parse(done?.keptUntil ?? '')).toBeGreaterThan(Date.now() + 300 * 86_400_000);
  });
});

describe('A feed’s schedule', () => {
  test('Files wait for its next time, dry runs do not; without it they go on', async () => {
    await feeds.sync.putFeed(feeds.context, 's', { schedule: '0 0 1 1 *', timeZone: 'Europe/Oslo' });
    const { id } = await submit(school('s', 3), 's');
    const dry = await feeds.take(school('s', 3), { feed: 's', mode: 'full', dryRun: true });
    expect(dry).toMatchObject({ state: 'done', counts: { person: { created: 3 } } });
    const waiting = await look(id);
    expect(waiting).toMatchObject({ state: 'queued', reason: expect.stringContaining('schedule') });
    expect(waiting.notBefore).toMatch(/-12-31T23:00:00.000Z$/);
    await feeds.sync.putFeed(feeds.context, 's', { schedule: null });
    expect(await feeds.sync.wait(feeds.context, id)).toMatchObject({ state: 'done', notBefore: null, reason: null });
  });

  test('Whose time comes while another run is held waits for that one, and whose time has not come waits for it after', async () => {
    await feeds.take(school('w', 60), { feed: 'w', mode: 'full' });
    await feeds.sync.putFeed(feeds.context, 'w', { schedule: '0 0 1 1 *' });
    const [held, due, early] = [
      await submit(school('w', 30), 'w'),
      await submit(school('w', 29), 'w'),
      await submit(school('w', 28), 'w'),
    ];
    const timeComes = (id: string) =>
      feeds.runs.updateOne({ _id: id as never }, { $set: { notBefore: new Date(Date.now() - 1) } });
    await timeComes(held.id);
    await until(async () => (await look(held.id)).state === 'held');
    await timeComes(due.id);
    // Another run of the feed shows that the worker has looked.
    const dry = await feeds.take(school('w', 60), { feed: 'w', mode: 'full', dryRun: true });
    expect(dry).toMatchObject({ state: 'done', counts: { person: { unchanged: 60 } } });
    for (const { id } of [due, early]) {
      expect(await look(id)).toMatchObject({ state: 'queued', reason: expect.stringContaining(held.id) });
    }
    await feeds.sync.approve(feeds.context, held.id);
    const goes = { state: 'done', reason: null };
    expect(await feeds.sync.wait(feeds.context, held.id)).toMatchObject({
      ...goes,
      counts: { person: { trashed: 30 } },
    });
    expect(await feeds.sync.wait(feeds.context, due.id)).toMatchObject({ ...goes, counts: { person: { trashed: 1 } } });
    expect(await look(early.id)).toMatchObject({ state: 'queued', reason: expect.stringContaining('schedule') });
    await feeds.sync.putFeed(feeds.context, 'w', { schedule: null });
    expect(await feeds.sync.wait(feeds.context, early.id)).toMatchObject({
      ...goes,
      counts: { person: { trashed: 1 } },
    });
  });
});

describe('A file that contradicts the feed’s setting', () => {
  const says = (type: string, text: string) => text.replace('<datetime>', `<type>${type}</type><datetime>`);

  test('stops the run, which says what to do', async () => {
    await feeds.sync.putFeed(feeds.context, 'c', { mode: 'full' });
    const delta = await feeds.take(says('delta', school('c', 3)), { feed: 'c' });
    expect(delta).toMatchObject({ state: 'failed', reason: expect.stringContaining('"delta"') });
    await feeds.sync.putFeed(feeds.context, 'c', { mode: 'changes' });
    const full = await feeds.take(says('full', school('c', 3)), { feed: 'c' });
    expect(full).toMatchObject({ state: 'failed', reason: expect.stringContaining('"full"') });
    expect(full.counts.person.created).toBe(0);
  });

  test('is remarked only where the mode was asked for, or nothing can be lost', async () => {
    const kinds = (run: Run) => run.problems.map(({ kind }) => kind);
    const asked = await feeds.take(says('full', school('c', 3)), { feed: 'c', mode: 'changes' });
    expect([asked.state, ...kinds(asked)]).toEqual(['done', 'warning.mode-mismatch']);
    await feeds.sync.putFeed(feeds.context, 'c', { mode: 'groups-complete' });
    const groups = await feeds.take(says('full', school('c', 4)), { feed: 'c' });
    expect([groups.state, ...kinds(groups)]).toEqual(['done', 'warning.mode-mismatch']);
  });
});

describe('A feed that is forgotten', () => {
  test('It is refused while the feed lists a record', async () => {
    await feeds.take(school('d', 2), { feed: 'd', mode: 'full' });
    expect(await feeds.sync.deleteFeed(feeds.context, 'd')).toMatchObject({ ok: false, problem: { code: 'conflict' } });
    expect(await feeds.sync.deleteFeed(feeds.context, 'nobody')).toMatchObject({
      ok: false,
      problem: { code: 'unknown-object' },
    });
    await feeds.roster.execute(feeds.context, [
      ...ids('d', 2).map((id) => ({ op: 'remove', type: 'person', key: key('person', 'default', id) }) as const),
      { op: 'remove', type: 'group', key: key('group', 'default', 'dg') },
    ]);
    expect(await feeds.sync.deleteFeed(feeds.context, 'd')).toEqual({ ok: true, value: { name: 'd' } });
    expect(await feeds.sync.feed(feeds.context, 'd')).toBeUndefined();
  });
});
