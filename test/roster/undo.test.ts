import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Change, Context, RunEntry } from '../../src/roster/index.ts';
import { faultsOf } from './invariants.ts';
import {
  admin,
  done,
  feed,
  g,
  group,
  m,
  member,
  one,
  openRoster,
  p,
  person,
  remove,
  sis,
  stateOf,
  type TestRoster,
} from './roster.ts';
import { revertsOf } from './undo-plan.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
});
afterAll(() => room.close());

const undo: Context = { ...admin, run: 'undo' };

/** Undoes a run; answers the outcomes by how often they came, and the remarks. */
async function undone(run: string, context: Context = undo) {
  const { changes } = await revertsOf(room.roster, context, run);
  const results = await room.roster.execute(context, changes);
  const outcomes: Record<string, number> = {};
  for (const result of results) {
    const name = result.ok ? result.outcome : result.problem.code;
    outcomes[name] = (outcomes[name] ?? 0) + 1;
  }
  return { outcomes, remarks: results.flatMap((result) => (result.ok ? (result.remarks ?? []) : [])) };
}

/** What readers see of a tenant's records, by guid. */
async function seen(tenant: string): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  for (const type of ['person', 'group', 'membership'] as const) {
    const states = { $in: ['active', 'disabled', 'archived'] };
    for (const row of await room.store
      .records(type)
      .find({ tenant, state: states, made: { $ne: true } })
      .toArray()) {
      const { state, data, imsId, sourcedId, owner, claims, views, waitsFor, locks } = row;
      const keys = [...((row['keys'] as string[] | undefined) ?? [])].sort();
      // Of several homes the one that was said last counts, which no value says: the invariants look at those.
      const of = row['derived'] as { home?: string } | undefined;
      const derived = of?.home === undefined ? of : undefined;
      const ids = { keys, imsId, sourcedId };
      found.set(`${type} ${row._id}`, { state, data, ids, owner, claims, views, waitsFor, locks, derived });
    }
  }
  return found;
}

describe('4.4 Undo', () => {
  test('puts back what nobody has changed since, field by field, and names the rest', async () => {
    const { roster } = room;
    const run = feed('sis', 'fields');
    await done(roster, feed('sis'), person('ada', { email: 'a@old', url: 'https://old', name: { given: 'Ada' } }));
    await done(roster, run, person('ada', { email: 'a@new', url: 'https://new', username: 'ada' }));
    await done(roster, admin, person('ada', { email: 'a@admin' }));
    const { outcomes, remarks } = await undone('fields');
    expect(outcomes).toEqual({ updated: 1 });
    expect(remarks).toEqual([
      {
        kind: 'warning.undo-conflict',
        text: 'Changed since the run and left as it is: email of the person ada.',
        id: 'ada',
      },
    ]);
    const { data } = await one(roster, 'person', p('ada'));
    expect(data).toEqual({ email: 'a@admin', url: 'https://old', name: { given: 'Ada' } });
    expect(await undone('fields')).toMatchObject({ outcomes: { unchanged: 1 } });
  });

  test('of what a run made is the trash, with the memberships made since; one restore brings them back', async () => {
    const { roster } = room;
    await done(roster, sis, group('wc'), member('wc', 'late', ['Learner'], 'early'));
    await done(roster, feed('sis', 'made'), person('late'));
    await done(roster, sis, group('nc'));
    room.clock.forward(1000);
    await done(roster, sis, member('nc', 'late', ['Learner'], 'since'));
    expect((await undone('made')).outcomes).toEqual({ trashed: 1 });
    expect(await one(roster, 'person', p('late'))).toMatchObject({
      state: 'trashed',
      claims: [],
      trash: { run: 'undo' },
    });
    expect(await stateOf(roster, 'membership', m('since'))).toBe('trashed');
    // It was there before the person, and waits for the person again.
    const { guid } = await one(roster, 'person', p('late'));
    expect(await one(roster, 'membership', m('early'))).toMatchObject({ state: 'active', waitsFor: [guid] });
    await done(roster, admin, { op: 'restore', type: 'person', key: p('late') });
    expect(await stateOf(roster, 'membership', m('since'))).toBe('active');
    expect((await one(roster, 'membership', m('early'))).waitsFor).toBeUndefined();
    expect(await faultsOf(room.store, 'school')).toEqual([]);
  });

  test('keeps a record that the run made and another has written since', async () => {
    const { roster } = room;
    await done(roster, feed('sis', 'kept'), person('kept', { email: 'k@run' }));
    await done(roster, feed('sis', 'kept'), person('kept', { email: 'k@run-2' }));
    await done(roster, admin, person('kept', { email: 'k@admin' }));
    const { outcomes, remarks } = await undone('kept');
    expect(outcomes).toEqual({ unchanged: 1 });
    expect(remarks.map(({ text }) => text)).toEqual([
      'Changed since the run and left as it is: email of the person kept.',
    ]);
    expect(await stateOf(roster, 'person', p('kept'))).toBe('active');
  });

  test('of a removal brings back the record with its claims, its members and the course that was archived', async () => {
    const { roster } = room;
    const a = feed('sis');
    await done(roster, a, group('up', 'org'), group('k', 'course', ['up']), group('kc', 'class', ['k']), person('m1'));
    await done(roster, a, member('k', 'm1', ['Learner'], 'in-k'), member('kc', 'm1', ['Learner'], 'in-kc'));
    const before = await seen('school');
    await done(roster, feed('sis', 'gone'), { op: 'release', type: 'group', key: g('up'), as: 'trash' });
    expect(await stateOf(roster, 'group', g('k'))).toBe('archived');
    expect((await one(roster, 'membership', m('in-k'))).owner).toBe('admin:archive');
    expect((await undone('gone')).outcomes).toEqual({ restored: 4, unchanged: 1 });
    expect(Object.fromEntries(await seen('school'))).toEqual(Object.fromEntries(before));
    expect(await faultsOf(room.store, 'school')).toEqual([]);
  });

  test('puts a renamed record back; an id that another has taken meanwhile stays there', async () => {
    const { roster } = room;
    const rename = (from: string, to: string): Change => ({
      op: 'rename',
      type: 'person',
      key: p(from),
      newKey: p(to),
    });
    await done(roster, sis, person('r1'), person('r2'));
    await done(roster, feed('sis', 'names'), rename('r1', 'r1-new'));
    expect((await undone('names')).outcomes).toEqual({ renamed: 1 });
    expect(await one(roster, 'person', p('r1'))).toMatchObject({ imsId: 'r1', sourcedId: 'r1' });
    expect(await roster.find(sis, 'person', [p('r1-new')])).toEqual([undefined]);

    await done(roster, sis, member('nc', 'r1', ['Learner'], 'taken'));
    // The id of a membership in the trash is free for other ends.
    await done(roster, feed('sis', 'ids'), remove('membership', m('taken')), member('nc', 'r2', ['Learner'], 'taken'));
    await done(roster, sis, person('r3'), remove('membership', m('taken')), member('nc', 'r3', ['Learner'], 'taken'));
    const { remarks, outcomes } = await undone('ids');
    const [first] = await roster.membershipsOf(sis, { person: (await one(roster, 'person', p('r1'))).guid });
    expect(remarks.map(({ text }) => text)).toEqual([
      `Changed since the run and left as it is: keys, imsId of the membership ${first?.guid}.`,
    ]);
    expect(outcomes).toEqual({ restored: 1, unchanged: 1 });
    expect((await one(roster, 'membership', m('taken'))).data.member).toBe((await one(roster, 'person', p('r3'))).guid);
    expect(await faultsOf(room.store, 'school')).toEqual([]);
  });

  test('asks the feeds that list the record to look at it again', async () => {
    const { roster } = room;
    await done(roster, feed('sis'), { ...person('hashed', { email: 'a@1' }), hash: '1111111111111111' });
    await done(roster, feed('sis', 'hashes'), { ...person('hashed', { email: 'a@2' }), hash: '2222222222222222' });
    await undone('hashes');
    const { guid } = await one(roster, 'person', p('hashed'));
    const blocks = await room.store
      .rows('block')
      .find({ tenant: 'school', feed: 'sis' })
      .sort({ sequence: -1 })
      .toArray();
    const last = blocks.map((block) =>
      Buffer.from((block['entries'] as { buffer: Uint8Array }).buffer).toString('hex'),
    );
    expect(last[0]).toBe(`00${'0'.repeat(16)}${guid}`);
  });

  test('of what is purged is refused, and the log says that values are lost', async () => {
    const { roster } = room;
    await done(roster, feed('sis'), person('purged', { email: 'purged@1' }));
    await done(roster, feed('sis', 'purges'), person('purged', { email: 'purged@2' }));
    await done(roster, admin, remove('person', p('purged')), {
      op: 'purge',
      type: 'person',
      key: p('purged'),
      force: true,
    });
    expect((await entriesOf('purges')).map(({ before, after, lost }) => ({ before, after, lost }))).toEqual([
      { before: {}, after: {}, lost: true },
    ]);
    expect((await undone('purges')).outcomes).toEqual({ 'unknown-object': 1 });
    const texts = JSON.stringify(await room.store.rows('change').find({ tenant: 'school' }).toArray());
    expect(texts).not.toContain('purged@');
  });
});

describe('3.3 The change log of a run', () => {
  test('gives each record as it was and as the run left it, without what follows from others, and goes on anywhere', async () => {
    const { roster } = room;
    await done(roster, sis, group('lc'), person('l1', { email: 'l@1' }));
    const run = feed('sis', 'logged');
    await done(roster, run, person('l1', { email: 'l@2' }), person('l2'), member('lc', 'l1'));
    await done(roster, run, person('l2', { email: 'l@3' }));
    await done(roster, { ...run, run: 'other' }, person('l1', { email: 'l@4' }));
    const entries = await entriesOf('logged');
    const l1 = await one(roster, 'person', p('l1'));
    expect(entries.map(({ type }) => type)).toEqual(['person', 'membership', 'person', 'person']);
    expect(entries[2]).toEqual({
      type: 'person',
      guid: l1.guid,
      before: { data: { email: 'l@1' }, claims: null, owner: 'credential:sis' },
      after: { data: { email: 'l@2' }, claims: [{ feed: 'sis', since: expect.any(Date) }], owner: 'feed:sis' },
    });
    for await (const { next } of roster.changesOfRun(sis, 'logged')) {
      const rest: RunEntry[] = [];
      for await (const stretch of roster.changesOfRun(sis, 'logged', next)) rest.push(...stretch.entries);
      expect(rest).toEqual(entries.slice(-rest.length || entries.length));
      const inside: RunEntry[] = [];
      for await (const stretch of roster.changesOfRun(sis, 'logged', { ...next, skip: 1 }))
        inside.push(...stretch.entries);
      expect(inside).toEqual(entries.slice(entries.length - inside.length));
    }
    const other = { ...sis, tenant: 'elsewhere' };
    for await (const stretch of roster.changesOfRun(other, 'logged')) throw new Error(JSON.stringify(stretch));
  });

  test('and what others have changed since, by record, without what follows from others', async () => {
    const { roster } = room;
    const { sequence, guid } = await one(roster, 'person', p('l2'));
    await done(roster, sis, group('sc', 'class'), member('sc', 'l2'));
    await done(roster, feed('sis', 'logged'), person('l2', { email: 'l@5' }));
    expect(await roster.changedSince(sis, sequence, 'logged', new Set([guid]))).toEqual(new Map());
    await done(roster, admin, person('l2', { email: 'l@6' }));
    expect(await roster.changedSince(sis, sequence, 'logged', new Set([guid]))).toEqual(
      new Map([[guid, new Set(['data'])]]),
    );
    expect(await roster.changedSince(sis, sequence, 'logged', new Set(['0'.repeat(32)]))).toEqual(new Map());
  });
});

async function entriesOf(run: string): Promise<RunEntry[]> {
  const entries: RunEntry[] = [];
  for await (const stretch of room.roster.changesOfRun(sis, run)) entries.push(...stretch.entries);
  return entries;
}
