import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { key } from '../../src/model/index.ts';
import type { RolloverRequest, Run } from '../../src/sync/index.ts';
import { type Feeds, file, group, ids, membership, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

async function rollover(request: Partial<RolloverRequest> & { under: string }): Promise<Run> {
  const asked = await feeds.sync.rollover(feeds.context, { dryRun: false, ...request });
  if (!asked.ok) throw new Error(asked.problem.text);
  const run = await feeds.sync.wait(feeds.context, asked.value.id);
  if (run === undefined) throw new Error('the run is gone');
  return run;
}
async function approved(run: Run): Promise<Run | undefined> {
  expect(run).toMatchObject({ state: 'held' });
  await feeds.sync.approve(feeds.context, run.id);
  return feeds.sync.wait(feeds.context, run.id);
}
const found = async (id: string) =>
  (await feeds.roster.find(feeds.context, 'group', [key('group', 'default', id)], { trashed: true }))[0];
const setArchive = (archive: boolean) => feeds.tenants.putSettings(feeds.context, { courses: { archive } });

/** A school year with 60 courses of one class each, and a group that has nothing to do with it. */
const year = (name: string, title = 'School year 2025/26') =>
  file(
    ...ids(`${name}p`, 3).map((id) => person(id)),
    group(`${name}school`),
    group(name, `${name}school`).replace(`<short>${name}<`, `<short>${title}<`),
    group(`${name}dept`, name),
    ...ids(`${name}c`, 60).flatMap((id) => [group(id, `${name}dept`, 'Course'), group(`${id}k`, id)]),
    ...ids(`${name}c`, 60).map((id) => membership(`${id}k`, ids(`${name}p`, 3))),
    membership(`${name}school`, ids(`${name}p`, 3)),
  );

describe('Rollover (feeds.md 2.7)', () => {
  test('retires all that is below a group: held, listed, approved; courses are archived, the year moves on', async () => {
    await feeds.take(year('y1'), { feed: 'one', mode: 'full' });
    const request = { under: 'y1', next: { id: 'y1-next' } };
    const shown = await rollover({ ...request, dryRun: true });
    expect(shown).toMatchObject({
      kind: 'rollover',
      feed: 'one',
      state: 'done',
      counts: { group: { created: 1, archived: 60, trashed: 62 }, membership: { trashed: 180 } },
    });
    expect(await found('y1')).toMatchObject({ state: 'active' });
    const done = await approved(await rollover(request));
    expect(done).toMatchObject({
      state: 'done',
      problems: [],
      counts: { group: { created: 1, archived: 60, trashed: 62 }, membership: { trashed: 180, totalAfter: 3 } },
    });
    expect(await found('y1c7')).toMatchObject({ state: 'archived', claims: [] });
    expect(await found('y1c7k')).toMatchObject({
      state: 'trashed',
      trash: { by: feeds.context.writer, run: done?.id },
    });
    expect(await found('y1')).toMatchObject({ state: 'trashed' });
    expect(await found('y1school')).toMatchObject({ state: 'active' });
    expect(await found('y1-next')).toMatchObject({
      state: 'active',
      data: {
        kind: 'class',
        description: { short: 'School year 2026/27' },
        relationships: [{ relation: 'parent', target: (await found('y1school'))?.guid }],
      },
    });
    const asked = await feeds.sync.undo(feeds.context, done?.id ?? '', { dryRun: false });
    if (!asked.ok) throw new Error(asked.problem.text);
    const back = await feeds.sync.wait(feeds.context, asked.value.id);
    const undone = back?.state === 'held' ? await approved(back) : back;
    expect(undone).toMatchObject({ state: 'done', problems: [] });
    expect(await found('y1c7')).toMatchObject({ state: 'active', claims: [{ feed: 'one' }] });
    expect(await found('y1-next')).toMatchObject({ state: 'trashed' });
  });

  test('With the setting archive off courses go to the trash with all else; cycles end', async () => {
    await feeds.take(year('y2'), { feed: 'two', mode: 'full' });
    const target = (await found('y2dept'))?.guid ?? '';
    const data = { relationships: [{ relation: 'parent' as const, target }] };
    const loop = [{ op: 'upsert' as const, type: 'group' as const, key: key('group', 'default', 'y2'), data }];
    expect(await feeds.roster.execute(feeds.context, loop)).toMatchObject([{ ok: true }]);
    await setArchive(false);
    try {
      const done = await approved(await rollover({ under: 'y2' }));
      expect(done).toMatchObject({
        state: 'done',
        problems: [],
        counts: { group: { archived: 0, trashed: 122 }, membership: { trashed: 180 } },
      });
      expect(await found('y2c7')).toMatchObject({ state: 'trashed' });
      expect(await found('y2')).toMatchObject({ state: 'trashed' });
    } finally {
      await setArchive(true);
    }
  });

  test('Of an academic session all classes and sessions below it go; a class of another session too stays', async () => {
    const write = (id: string, kind: 'session' | 'class', parents: readonly string[], more = {}) => ({
      op: 'upsert' as const,
      type: 'group' as const,
      key: key('group', 'default', id),
      data: {
        kind,
        description: { short: id },
        relationships: parents.map((parent) => ({
          relation: 'parent' as const,
          target: key('group', 'default', parent),
        })),
        ...more,
      },
    });
    const frame = {
      timeFrame: { start: '2025-08-01', end: '2026-08-01' },
      schoolYear: '2026',
      sessionType: 'schoolYear',
    };
    await feeds.roster.execute(feeds.context, [
      write('Year 2025-2026', 'session', [], frame),
      write('t1', 'session', ['Year 2025-2026']),
      write('t2', 'session', ['Year 2025-2026']),
      write('other', 'session', []),
      write('in-t1', 'class', ['t1']),
      write('in-both', 'class', ['t1', 't2']),
      write('in-other-too', 'class', ['t2', 'other']),
      write('in-other', 'class', ['other']),
    ]);
    const under = (await found('Year 2025-2026'))?.sourcedId ?? '';
    const run = await rollover({ under, next: { id: 'Year 2026-2027' } });
    expect(run).toMatchObject({
      state: 'done',
      feed: 'default',
      counts: { academicSession: { created: 1, trashed: 3 }, group: { updated: 1, trashed: 2 } },
    });
    expect(await found('in-both')).toMatchObject({ state: 'trashed' });
    expect(await found('in-other-too')).toMatchObject({
      state: 'active',
      data: { relationships: [{ target: (await found('other'))?.guid }] },
    });
    expect(await found('in-other')).toMatchObject({ state: 'active' });
    expect(await found('Year 2026-2027')).toMatchObject({
      state: 'active',
      data: {
        kind: 'session',
        description: { short: 'Year 2026-2027' },
        timeFrame: { start: '2026-08-01', end: '2027-08-01' },
        schoolYear: '2027',
      },
    });
  });

  test('Days that do not exist or do not follow each other are refused by the name of their field', async () => {
    const timeFrame = { start: '2026-08-01', end: '2027-08-01' };
    const data = { kind: 'session' as const, description: { short: 'd1' }, timeFrame };
    const write = [{ op: 'upsert' as const, type: 'group' as const, key: key('group', 'default', 'd1'), data }];
    expect(await feeds.roster.execute(feeds.context, write)).toMatchObject([{ ok: true }]);
    const ask = (next: object) =>
      feeds.sync.rollover(feeds.context, { under: 'd1', dryRun: true, next: { id: 'd2', ...next } });
    for (const [next, field, text] of [
      [{ start: '2027-13-45' }, 'next.start', 'must be a day, as 2026-08-01'],
      [{ start: '2027-02-29' }, 'next.start', 'must be a day, as 2026-08-01'],
      [{ start: '2027-08-01', end: 'soon' }, 'next.end', 'must be a day, as 2026-08-01'],
      [{ start: '2027-08-01', end: '2027-07-31' }, 'next.end', 'must be after start, 2027-08-01'],
      [{ start: '2027-08-01', end: '2027-08-01' }, 'next.end', 'must be after start, 2027-08-01'],
      // What is not given is that of the old year, moved on.
      [{ end: '2027-07-31' }, 'next.end', 'must be after start, 2027-08-01'],
      [{ start: '2028-08-01' }, 'next.start', 'must be before end, 2028-08-01'],
    ] as const) {
      expect(await ask(next)).toMatchObject({
        ok: false,
        problem: { code: 'invalid-request', text: `The field ${field} ${text}.`, place: { field } },
      });
    }
    for (const next of [{}, { end: '2028-07-01' }, { start: '2027-08-16', end: '2027-08-17' }]) {
      expect(await ask(next)).toMatchObject({ ok: true });
    }
  });

  test('A feed that is not there is refused', async () => {
    await feeds.take(file(group('f1')), { feed: 'four' });
    const asked = await feeds.sync.rollover(feeds.context, { under: 'f1', feed: 'nofeed', dryRun: true });
    expect(asked).toMatchObject({ ok: false, problem: { code: 'unknown-object', text: 'There is no feed nofeed.' } });
  });

  test('An unknown group is refused, and a next year that lies below what is retired', async () => {
    expect(await feeds.sync.rollover(feeds.context, { under: 'nothing', dryRun: true })).toMatchObject({
      ok: false,
      problem: { code: 'unknown-object' },
    });
    await feeds.take(file(group('z1'), group('z2', 'z1')), { feed: 'three' });
    expect(await rollover({ under: 'z1', next: { id: 'z2' } })).toMatchObject({ state: 'failed' });
    expect(await found('z1')).toMatchObject({ state: 'active' });
  });
});
