import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Change } from '../../src/roster/index.ts';
import { readClock } from '../../src/store/index.ts';
import {
  admin,
  done,
  feed,
  g,
  group,
  member,
  one,
  openRoster,
  p,
  person,
  remove,
  sis,
  type TestRoster,
} from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
});
afterAll(() => room.close());

const sequence = async () => (await readClock(room.store, 'school')).sequence;
const lastLog = async () => {
  const at = await sequence();
  return room.store.rows('change').find({ tenant: 'school', sequence: at }).toArray();
};

describe('3.1 Each transaction takes the next sequence number and updatedAt = max(now, last + 1 ms); all its changes share it', () => {
  test('While the clock stands and when it goes back too', async () => {
    const { roster, clock } = room;
    const stamps: { sequence: number; updatedAt: Date }[] = [];
    for (const [at, move] of [0, 0, -5000, -60_000, 0, 3_600_000].entries()) {
      clock.forward(move);
      await done(roster, sis, person(`o${at}`), group(`o${at}`), member(`o${at}`, `o${at}`));
      const made = [await one(roster, 'person', p(`o${at}`)), await one(roster, 'group', g(`o${at}`))];
      for (const record of made) stamps.push({ sequence: record.sequence, updatedAt: record.updatedAt });
      expect(stamps.at(-1)).toEqual(stamps.at(-2));
    }
    const each = stamps.filter((_, index) => index % 2 === 0);
    for (const [at, stamp] of each.entries()) {
      const before = each[at - 1];
      if (before === undefined) continue;
      expect(stamp.sequence).toBeGreaterThan(before.sequence);
      expect(stamp.updatedAt.getTime()).toBeGreaterThan(before.updatedAt.getTime());
    }
    expect(each.at(-1)?.updatedAt).toEqual(room.clock.now());
  });

  test('What does not change keeps its time', async () => {
    const before = await one(room.roster, 'person', p('o0'));
    const [result] = await done(room.roster, sis, person('o0'));
    expect(result?.outcome).toBe('unchanged');
    expect(await one(room.roster, 'person', p('o0'))).toEqual(before);
  });
});

describe('3.2 Single calls that arrive together for one tenant are committed together', () => {
  test('200 calls are far fewer transactions, with one right result for each', async () => {
    const before = await sequence();
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, at) => room.roster.execute(sis, [person(`g${at % 100}`, { email: `${at}@x` })])),
    );
    expect(results.every((list) => list.length === 1)).toBe(true);
    const outcomes = results.map(([result]) => (result?.ok === true ? result.outcome : 'failed'));
    expect(outcomes.slice(0, 100)).toEqual(Array(100).fill('created'));
    expect(outcomes.slice(100)).toEqual(Array(100).fill('updated'));
    expect((await sequence()) - before).toBeLessThan(20);
    expect((await one(room.roster, 'person', p('g7'))).data.email).toBe('107@x');
  });

  test('The same id twice, delete after create and create after delete in one call are done in order', async () => {
    const results = await done(
      room.roster,
      sis,
      person('t', { email: 'a@x' }),
      person('t', { url: 'https://x' }),
      remove('person', p('t')),
      person('t', { email: 'b@x' }),
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(['created', 'updated', 'trashed', 'restored']);
    expect(await one(room.roster, 'person', p('t'))).toMatchObject({
      state: 'active',
      data: { email: 'b@x', url: 'https://x' },
    });
    expect(new Set(results.map(({ guid }) => guid)).size).toBe(1);
  });

  test('Preconditions see what came before in the same call', async () => {
    const results = await room.roster.execute(sis, [
      { ...person('once'), must: 'not-exist' },
      { ...person('once'), must: 'not-exist' },
      { ...person('never'), must: 'exist' },
      { ...person('once', { email: 'x@x' }), must: 'exist' },
    ]);
    expect(results.map((result) => (result.ok ? result.outcome : result.problem.code))).toEqual([
      'created',
      'already-exists',
      'unknown-object',
      'updated',
    ]);
  });

  test('A defect in one call does not fail its neighbours', async () => {
    const broken = { ...person('broken'), data: { 'a\u0000b': 1 } } as unknown as Change;
    const calls = [person('n1'), broken, person('n2'), person('n3')].map((change) =>
      room.roster.execute(sis, [change]),
    );
    const settled = await Promise.allSettled(calls);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(await room.roster.find(sis, 'person', [p('broken')])).toEqual([undefined]);
    expect((await one(room.roster, 'person', p('n3'))).state).toBe('active');
  });

  test('More than 1,000 changes are refused, and none is done', async () => {
    const results = await room.roster.execute(
      sis,
      Array.from({ length: 1001 }, (_, at) => person(`many${at}`)),
    );
    expect(results).toHaveLength(1001);
    expect(results.every((result) => !result.ok && result.problem.code === 'too-large')).toBe(true);
    expect(await room.roster.execute(sis, [])).toEqual([]);
  });

  test('Records larger together than one change-log document are written all the same', async () => {
    const text = 'x'.repeat(400_000);
    const write = (mark: string) =>
      Array.from({ length: 50 }, (_, at) => person(`fat${at}`, { comments: { text: `${mark}${text}` } }));
    await done(room.roster, sis, ...write('a'));
    await done(room.roster, sis, ...write('b'));
    const log = await lastLog();
    expect(log.length).toBeGreaterThan(1);
    expect(log.flatMap((entry) => entry['changed'] as unknown[])).toHaveLength(50);
  });
});

describe('3.3 A change-log entry is written in the same transaction', () => {
  test('with sequence, time, writer, run, and per record the fields’ values before', async () => {
    const run = feed('log', 'run-7');
    const [made] = await done(room.roster, run, person('logged', { email: 'one@x' }));
    expect(await lastLog()).toMatchObject([
      { writer: 'feed:log', run: 'run-7', source: 'file', created: { person: [made?.guid] }, changed: [] },
    ]);
    const before = await one(room.roster, 'person', p('logged'));
    await done(room.roster, sis, person('logged', { email: 'two@x' }));
    const [entry] = await lastLog();
    const after = await one(room.roster, 'person', p('logged'));
    expect(entry).toMatchObject({
      writer: 'credential:sis',
      source: 'soap',
      sequence: after.sequence,
      at: after.updatedAt,
    });
    expect(entry?.['changed']).toEqual([{ type: 'person', guid: made?.guid, before: { data: before.data } }]);
  });

  test('Nothing changed, nothing written', async () => {
    const count = () => room.store.rows('change').countDocuments({ tenant: 'school' });
    const before = await count();
    await done(room.roster, sis, person('logged', { email: 'two@x' }));
    expect(await count()).toBe(before);
  });

  test('Calls of several writers in one transaction each stand under their own, what they take along too', async () => {
    await done(room.roster, sis, group('w'), person('w1'), person('w2'), member('w', 'w1'), member('w', 'w2'));
    const before = await sequence();
    const other = { ...admin, writer: 'admin:other' };
    await Promise.all([
      done(room.roster, sis, remove('person', p('w1'))),
      done(room.roster, other, remove('person', p('w2'))),
    ]);
    expect(await sequence()).toBe(before + 1);
    const byWriter = new Map((await lastLog()).map((entry) => [entry['writer'], entry]));
    for (const [context, id] of [
      [sis, 'w1'],
      [other, 'w2'],
    ] as const) {
      const entry = byWriter.get(context.writer);
      const changed = entry?.['changed'] as { type: string; guid: string }[];
      const { guid } = await one(room.roster, 'person', p(id));
      expect(changed.find(({ type }) => type === 'person')?.guid).toBe(guid);
      expect(changed.filter(({ type }) => type === 'membership')).toHaveLength(1);
    }
  });

  test('A run’s changes share no transaction with the calls that somebody waits for', async () => {
    const before = await sequence();
    await Promise.all([
      done(room.roster, sis, person('prompt')),
      done(room.roster, { ...admin, run: 'undo-1' }, person('bulk')),
    ]);
    expect(await sequence()).toBe(before + 2);
  });
});

test('3.2 A call that somebody waits for goes before what a run asks next, in a transaction of its own; then it is the run’s turn', async () => {
  const { roster } = room;
  const run = { ...sis, run: 'run-of-order' };
  const asked = [roster.execute(run, [person('turn1')])];
  // The first one has begun by then.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  asked.push(roster.execute(run, [person('turn2')]), roster.execute(sis, [person('turn3')]));
  for (const [result] of await Promise.all(asked)) expect(result?.ok).toBe(true);
  const [ran, waited, prompt] = await Promise.all(
    ['turn1', 'turn2', 'turn3'].map(async (id) => (await one(roster, 'person', p(id))).sequence),
  );
  expect([prompt, waited]).toEqual([(ran ?? 0) + 1, (ran ?? 0) + 2]);
});

test.each(['list', 'related', 'names', 'membershipsOf', 'waiting', 'page', 'served'] as const)(
  'The roster is in use after somebody else than a run has called `%s`',
  async (name) => {
    const quiet = await openRoster();
    const { roster } = quiet;
    const ask = (context: typeof sis): Promise<unknown> => {
      const query = { limit: 1, offset: 0 };
      const calls = {
        list: () => roster.list(context, 'person', query),
        related: () => roster.related(context, 'person', ['x']),
        names: () => roster.names(context, 'person', ['x']),
        membershipsOf: () => roster.membershipsOf(context, { person: 'x' }),
        waiting: () => roster.waiting(context, { limit: 1 }),
        page: () => roster.page(context, { view: 'user', ...query }),
        served: () => roster.served(context, 'user', 'x'),
      };
      return calls[name]();
    };
    try {
      await ask({ ...sis, run: 'run-of-order' });
      await ask({ ...sis, source: 'cli' });
      expect(roster.inUse()).toBe(false);
      const asked = ask(sis);
      expect(roster.inUse()).toBe(true);
      await asked;
    } finally {
      await quiet.close();
    }
  },
);

test('The roster is in use for a while after a call, but not by what a run asks', async () => {
  const quiet = await openRoster();
  try {
    await quiet.roster.execute({ ...sis, run: 'run-of-order' }, [person('used')]);
    expect(quiet.roster.inUse()).toBe(false);
    const found = quiet.roster.find(sis, 'person', [p('used')]);
    expect(quiet.roster.inUse()).toBe(true);
    await quiet.roster.settled(60_000);
    expect(
      await Promise.race([found.then(() => 'found'), new Promise((resolve) => setImmediate(resolve, 'waiting'))]),
    ).toBe('found');
  } finally {
    await quiet.close();
  }
});
