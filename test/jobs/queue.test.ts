import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { failed } from '../../src/base/result.ts';
import { delayAfter, type Job, type JobEnd, type JobKind, type Jobs, makeJobs } from '../../src/jobs/index.ts';
import type { Context } from '../../src/roster/index.ts';
import { migrate, openStore, type Store } from '../../src/store/index.ts';
import { type TestDatabase, testDatabase } from '../setup/database.ts';
import { type MovedClock, movedClock } from '../setup/moved-clock.ts';
import { watchedLog } from '../setup/watched-log.ts';

const start = '2026-03-01T00:00:00.000Z';
const done: JobEnd = { done: true };
const down = failed('busy', 'The other server is down.');

let database: TestDatabase;
let store: Store;
let clock: MovedClock;
const made: Jobs[] = [];

beforeAll(async () => {
  database = await testDatabase();
  store = await openStore(database.uri, database.name);
  await migrate(store);
});
afterEach(async () => {
  await Promise.all(made.splice(0).map((jobs) => jobs.stop()));
  await store.rows('job').deleteMany({});
});
afterAll(async () => {
  await store.close();
  await database.close();
});

/** A queue as a process has it, on the database that all share. */
async function process(kinds: readonly JobKind[], over: Store = store): Promise<Jobs> {
  const worker = { pollMs: 50, leaseMs: 30_000 };
  const jobs = makeJobs({ store: over, clock, log: watchedLog, exclusive: false, random: () => 0, worker });
  made.push(jobs);
  for (const kind of kinds) jobs.handle(kind);
  await jobs.start();
  return jobs;
}

const contextOf = (tenant: string): Context => ({ tenant, writer: 'admin:x', namespace: 'default', source: 'admin' });
const rowOf = (key: string) => store.rows('job').findOne({ key });
const name = { tenant: 'a', kind: 'k', key: 'one' } as const;

function noted<T>(list: T[], item: T, end: JobEnd = done): JobEnd {
  list.push(item);
  return end;
}

/** Resolves when something holds. */
async function until(holds: () => unknown): Promise<void> {
  while (!(await holds())) await sleep(5);
}

beforeAll(() => {
  clock = movedClock(start);
});

test('A job is worked on once its time has come, one of its name is not added twice, and it is gone when done', async () => {
  clock.set(start);
  const worked: Job[] = [];
  const jobs = await process([{ kind: 'k', work: async (job) => noted(worked, job) }]);
  expect(await jobs.add({ ...name, payload: { run: '$r' }, dueAt: new Date('2026-03-02T00:00:00Z') })).toBe(true);
  expect(await jobs.add(name)).toBe(false);
  expect(await jobs.add({ ...name, key: 'now' })).toBe(true);
  await until(() => worked.length === 1);
  expect(worked[0]?.key).toBe('now');
  clock.set('2026-03-02T00:00:00Z');
  jobs.wake();
  await until(() => worked.length === 2);
  expect(worked[1]).toMatchObject({ ...name, payload: { run: '$r' }, attempt: 1, fence: 1 });
  await until(async () => (await rowOf('one')) === null);
  expect(await jobs.add(name)).toBe(true);
});

test('A job that fails is tried again later and later, and is a dead letter in the end, which can be sent again or deleted', async () => {
  clock.set(start);
  const attempts: number[] = [];
  let end: JobEnd = down;
  const retry = { attempts: 3, firstMs: 60_000, mostMs: 90_000 };
  const jobs = await process([{ kind: 'k', retry, work: async ({ attempt }) => noted(attempts, attempt, end) }]);
  await jobs.add(name);
  const due = async (state: string, dueAt: string) =>
    until(async () => {
      const row = await rowOf('one');
      return row?.['state'] === state && (row['dueAt'] as Date).toISOString() === dueAt;
    });
  await due('waiting', '2026-03-01T00:01:00.000Z');
  clock.pass(60_000);
  jobs.wake();
  await due('waiting', '2026-03-01T00:02:30.000Z');
  clock.pass(90_000);
  jobs.wake();
  await due('dead', '2026-03-01T00:02:30.000Z');
  expect(attempts).toEqual([1, 2, 3]);
  const { items, total } = await jobs.dead(contextOf('a'), { limit: 10 });
  expect(total).toBe(1);
  expect(items[0]).toMatchObject({
    kind: 'k',
    key: 'one',
    state: 'dead',
    attempts: 3,
    problem: { code: 'busy', text: 'The other server is down.' },
    failedAt: '2026-03-01T00:02:30.000Z',
  });
  const id = items[0]?.id ?? '';
  // Nobody else's.
  expect(await jobs.dead(contextOf('b'), { limit: 10 })).toEqual({ items: [], total: 0, next: null });
  expect(await jobs.retry(contextOf('b'), id)).toMatchObject({ problem: { code: 'unknown-object' } });
  expect(await jobs.drop(contextOf('b'), id)).toMatchObject({ problem: { code: 'unknown-object' } });
  end = done;
  expect(await jobs.retry(contextOf('a'), id)).toMatchObject({ ok: true });
  await until(async () => (await rowOf('one')) === null);
  expect(attempts).toEqual([1, 2, 3, 1]);
  end = down;
  await jobs.add({ ...name, dueAt: new Date('2027-01-01T00:00:00Z') });
  const [waiting] = ok(await jobs.list(contextOf('a'), { limit: 10, state: 'waiting' })).items;
  expect(await jobs.drop(contextOf('a'), waiting?.id ?? '')).toMatchObject({ problem: { code: 'conflict' } });
  expect(await jobs.list(contextOf('a'), { limit: 10, state: 'lost' })).toMatchObject({ ok: false });
  await store.rows('job').updateOne({ key: 'one' }, { $set: { state: 'dead' } });
  expect(await jobs.drop(contextOf('a'), waiting?.id ?? '')).toEqual({ ok: true, value: { id: waiting?.id } });
  expect(await rowOf('one')).toBeNull();
});

test('A job that works on itself again begins anew at its time, and one that throws counts as failed', async () => {
  clock.set(start);
  const ends: (() => JobEnd)[] = [
    () => {
      throw new TypeError('a defect');
    },
    () => ({ again: new Date('2026-03-05T00:00:00Z'), payload: { seen: '$$NOW' } }),
    () => done,
  ];
  const worked: Job[] = [];
  const retry = { attempts: 2, firstMs: 0, mostMs: 0 };
  const work = async (job: Job) => {
    worked.push(job);
    return (ends.shift() ?? (() => done))();
  };
  const jobs = await process([{ kind: 'k', retry, work }]);
  await jobs.add(name);
  await until(async () => worked.length === 2 && (await rowOf('one'))?.['state'] === 'waiting');
  expect(await jobs.find('a', 'k', 'one')).toMatchObject({
    state: 'waiting',
    dueAt: '2026-03-05T00:00:00.000Z',
    problem: null,
    payload: { seen: '$$NOW' },
  });
  clock.set('2026-03-05T00:00:00Z');
  jobs.wake();
  await until(async () => (await rowOf('one')) === null);
  expect(worked.map(({ attempt, payload }) => [attempt, payload])).toEqual([
    [1, {}],
    [2, {}],
    [1, { seen: '$$NOW' }],
  ]);
});

test('A time that is asked for while a job runs is its next one, and a job that is removed meanwhile is told to stop', async () => {
  clock.set(start);
  const begun: Job[] = [];
  const gates: (() => void)[] = [];
  const jobs = await process([
    {
      kind: 'k',
      async work(job, signal) {
        begun.push(job);
        await new Promise<void>((resolve) => {
          gates.push(resolve);
          signal.addEventListener('abort', () => resolve());
        });
        return signal.aborted ? failed('busy', 'stopped') : done;
      },
    },
  ]);
  await jobs.add(name);
  await until(() => begun.length === 1);
  expect(await jobs.retime('a', 'k', 'one', new Date('2026-03-01T06:00:00Z'))).toBe(true);
  gates[0]?.();
  await until(async () => (await rowOf('one'))?.['state'] === 'waiting');
  expect(begun).toHaveLength(1);
  expect((await rowOf('one'))?.['dueAt']).toEqual(new Date('2026-03-01T06:00:00Z'));
  clock.set('2026-03-01T06:00:00Z');
  jobs.wake();
  await until(() => begun.length === 2);
  await jobs.remove('a', 'k', 'one');
  gates[1]?.();
  await jobs.stop();
  expect(await rowOf('one')).toBeNull();
  expect(await jobs.retime('a', 'k', 'one', new Date())).toBe(false);
});

test('The job of a process that died is taken over, and what the dead one still does to it is refused', async () => {
  clock.set(start);
  const first = await openStore(database.uri, database.name);
  let begun = 0;
  let wakeUp: () => void = () => undefined;
  const asleep = new Promise<void>((resolve) => {
    wakeUp = resolve;
  });
  const late = await process(
    [
      {
        kind: 'k',
        // So that it does not take the job over from itself.
        parallel: 1,
        work: async () => {
          begun += 1;
          await asleep;
          return { again: new Date('2030-01-01T00:00:00Z') };
        },
      },
    ],
    first,
  );
  await late.add(name);
  await until(() => begun === 1);
  const fences: number[] = [];
  let finish: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  await process([
    {
      kind: 'k',
      work: async ({ fence }) => {
        fences.push(fence);
        await held;
        return done;
      },
    },
  ]);
  await sleep(200);
  expect(fences).toEqual([]);
  // Its lease has run out, which it does not know: it slept for longer.
  await store.rows('job').updateOne({ key: 'one' }, { $set: { 'lease.until': new Date(0) } });
  await until(() => fences.length === 1);
  wakeUp();
  await late.stop();
  expect(await rowOf('one')).toMatchObject({ state: 'running', attempt: 2, lease: { fence: 2 } });
  finish();
  await until(async () => (await rowOf('one')) === null);
  expect(fences).toEqual([2]);
  await first.close();
});

test('A process that stops gives its jobs back without an attempt, and one that is lost each time gives them up', async () => {
  clock.set(start);
  let begun = 0;
  const work = async (_job: Job, signal: AbortSignal) => {
    begun += 1;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    return down;
  };
  const jobs = await process([{ kind: 'k', work }]);
  await jobs.add(name);
  await until(() => begun === 1);
  await jobs.stop();
  expect(await rowOf('one')).toMatchObject({ state: 'waiting', attempt: 0 });
  // Eight processes were killed while they worked on it.
  await store
    .rows('job')
    .updateOne({ key: 'one' }, { $set: { state: 'running', attempt: 8, 'lease.until': new Date(0) } });
  await process([{ kind: 'k', work }]);
  await until(async () => (await rowOf('one'))?.['state'] === 'dead');
  expect(begun).toBe(1);
});

test('Eight processes work on many jobs, and each has its effect once, though some of them fail or are lost', async () => {
  clock.set(start);
  const effects = new Map<string, number>();
  const atOnce = { now: 0, most: 0 };
  const retry = { attempts: 5, firstMs: 0, mostMs: 0 };
  const work = async ({ key, attempt }: Job): Promise<JobEnd> => {
    atOnce.most = Math.max(atOnce.most, ++atOnce.now);
    await sleep(1);
    atOnce.now -= 1;
    if (Number(key) % 7 === 0 && attempt < 3) return down;
    effects.set(key, (effects.get(key) ?? 0) + 1);
    return done;
  };
  const all = await Promise.all(Array.from({ length: 8 }, () => process([{ kind: 'k', parallel: 2, retry, work }])));
  const keys = Array.from({ length: 200 }, (_, n) => String(n));
  const added = await Promise.all(
    keys.flatMap((key) => [0, 1].map((n) => all[(Number(key) + n) % 8]?.add({ ...name, tenant: `t${n}`, key }))),
  );
  expect(added.filter((was) => was === true)).toHaveLength(400);
  await until(async () => (await store.rows('job').countDocuments({})) === 0);
  expect([...effects.values()]).toEqual(keys.map(() => 2));
  expect(atOnce.most).toBeLessThanOrEqual(16);
}, 60_000);

test('Kinds have places of their own: one whose places are taken keeps no other waiting', async () => {
  clock.set(start);
  const order: string[] = [];
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const jobs = await process([
    {
      kind: 'slow',
      parallel: 1,
      work: async ({ key }) => {
        order.push(key);
        await gate;
        return done;
      },
    },
    { kind: 'fast', work: async ({ key }) => noted(order, key) },
  ]);
  for (const key of ['s1', 's2']) await jobs.add({ tenant: 'a', kind: 'slow', key });
  for (const key of ['f1', 'f2', 'f3']) await jobs.add({ tenant: 'a', kind: 'fast', key });
  await until(() => order.length === 4);
  expect(order.filter((key) => key.startsWith('s'))).toEqual(['s1']);
  expect(await jobs.counts()).toContainEqual({ kind: 'slow', state: 'running', count: 1 });
  open();
  await until(async () => (await store.rows('job').countDocuments({})) === 0);
  expect(order).toContain('s2');
});

test('Jobs of a tenant that is suspended wait', async () => {
  clock.set(start);
  await store.rows('tenant').insertOne({ _id: 'asleep', state: 'suspended' });
  const worked: string[] = [];
  const jobs = await process([{ kind: 'k', work: async ({ tenant }) => noted(worked, tenant) }]);
  await jobs.add({ ...name, tenant: 'asleep' });
  await jobs.add(name);
  await until(async () => (await store.rows('job').countDocuments({})) === 1);
  expect(worked).toEqual(['a']);
  await store.rows('tenant').updateOne({ _id: 'asleep' }, { $set: { state: 'active' } });
  await until(() => worked.length === 2);
});

test('The time to the next attempt doubles up to the most, less up to a half by chance', () => {
  const retry = { attempts: 9, firstMs: 1_000, mostMs: 5_000 };
  expect([1, 2, 3, 4, 400].map((attempt) => delayAfter(retry, attempt, 0))).toEqual([1000, 2000, 4000, 5000, 5000]);
  expect(delayAfter(retry, 2, 0.5)).toBe(1500);
});

function ok<T>(result: { ok: true; value: T } | { ok: false; problem: { text: string } }): T {
  if (!result.ok) throw new Error(result.problem.text);
  return result.value;
}

test('a job that is asked for again while its last attempt fails is not given up', async () => {
  let fail = (): void => undefined;
  const seen: number[] = [];
  const jobs = await process([
    {
      kind: 'k',
      retry: { attempts: 1, firstMs: 1, mostMs: 1 },
      async work({ attempt }) {
        seen.push(attempt);
        if (seen.length > 1) return done;
        await new Promise<void>((resolve) => {
          fail = resolve;
        });
        return down;
      },
    },
  ]);
  await jobs.add(name);
  await until(() => seen.length === 1);
  expect(await jobs.retime('a', 'k', 'one', clock.now())).toBe(true);
  fail();
  await until(async () => (await rowOf('one')) === null || (await rowOf('one'))?.['state'] === 'dead');
  expect(seen).toEqual([1, 1]);
});
