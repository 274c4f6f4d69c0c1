import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { makeDownstreamStore, type Rows } from '../../src/store/index.ts';
import type { DownstreamReport } from '../../src/sync/index.ts';
import { done, group, member, p, person, remove, sis } from '../roster/roster.ts';
import {
  type Behaviour,
  closeSides,
  type Delivering,
  type Middle,
  openSide,
  type Side,
  school,
  startDelivering,
  startMiddle,
  target,
} from './downstreams.ts';

let ours: Side;
let theirs: Side;
let middle: Middle;
let delivering: Delivering;
beforeEach(async () => {
  [ours, theirs] = await Promise.all([openSide(), openSide()]);
  middle = await startMiddle(theirs.url);
  delivering = await startDelivering(ours);
});
afterEach(async () => {
  await delivering.stop();
  await middle.close();
  await Promise.all([ours.close(), theirs.close()]);
});
afterAll(closeSides);

const change = (...changes: Parameters<typeof done>[2][]) => done(ours.roster, sis, ...changes);
const down: Behaviour = () => ({ status: 503, body: 'down' });

async function put(settings: object): Promise<DownstreamReport> {
  const result = await delivering.put(school, settings);
  if (!result.ok) throw new Error(result.problem.text);
  return result.value;
}

/** Times of the transactions so far, in order. */
async function times(): Promise<string[]> {
  const rows = await ours.store.rows('change').find({ tenant: 'school' }).sort({ sequence: 1 }).toArray();
  return [...new Set(rows.map((row) => (row['at'] as Date).toISOString()))];
}

describe('An address at another server', () => {
  test('needs the password in the same call: the stored one goes nowhere else', async () => {
    await put(target(theirs.url));
    await delivering.settled();
    await change(person('p1'));
    const before = await delivering.settled();
    const refused = await delivering.put(school, { url: middle.url });
    expect(refused).toMatchObject({ ok: false, problem: { code: 'invalid-request', place: { field: 'password' } } });
    await change(person('p2'));
    expect((await delivering.settled()).delivered.written).toBe(before.delivered.written + 1);
    expect(middle.passed).toEqual([]);
    await put(target(middle.url));
    await put({ url: `${middle.url}elsewhere-on-it` });
    await delivering.settled();
    expect(middle.passed).not.toEqual([]);
  });

  test('is delivered to as if nothing had been before', async () => {
    await change(group('c1'), person('p1'), person('p2'), member('c1', 'p1'));
    await put(target(middle.url));
    await delivering.settled();
    middle.behave(() => ({ rewrite: (answer) => answer.replaceAll('>success<', '>unsupported<') }));
    await change(person('p2', { email: 'b@example.org' }));
    expect(await delivering.settled()).toMatchObject({ deadLetters: 1 });
    await put({ paused: true });
    await change(remove('person', p('p1')));
    middle.behave(() => 'pass');
    middle.passed.length = 0;
    const begun = await put({ url: `${middle.url}other`, paused: false });
    expect(begun).toMatchObject({ deadLetters: 0, deliveredUntil: null, behind: 0 });
    expect(begun.delivered).toEqual({ written: 0, removed: 0, renamed: 0 });
    const ended = await delivering.settled();
    expect(ended).toMatchObject({ deadLetters: 0, delivered: { written: 2, removed: 0, renamed: 0 } });
    expect(middle.passed.map(({ operation, ids }) => [operation, ids.length])).toEqual([
      ['replaceGroups', 1],
      ['replacePersons', 1],
    ]);
  });
});

describe('Why a delivery waits', () => {
  test('stays known when settings change that have nothing to do with it', async () => {
    await put(target(middle.url));
    middle.behave(down);
    await change(person('p1'));
    const { failing } = await delivering.until((report) => (report.failing?.attempts ?? 0) >= 4);
    const since = failing?.since ?? 'nothing';
    const paused = await put({ paused: true });
    expect(paused).toMatchObject({ state: 'paused', failing: { since } });
    const same = await put({ url: middle.url, user: paused.settings.user, batchSize: 100 });
    expect(same.failing).toEqual(paused.failing);
    expect((await put({ paused: false })).failing).toBeNull();
    await delivering.until((report) => report.failing !== null);
    expect((await put({ batchSize: 50 })).failing).toBeNull();
    middle.behave(() => 'pass');
    await delivering.settled();
  });
});

describe('How far a delivery is', () => {
  test('is, after everything was delivered, the time at which that began', async () => {
    await put(target(middle.url));
    expect(await delivering.settled()).toMatchObject({ deliveredUntil: null });
    await delivering.remove(school);
    await change(person('p1'));
    await change(person('p2'));
    await put(target(middle.url));
    expect(await delivering.settled()).toMatchObject({ deliveredUntil: (await times())[1] });
    await delivering.resend(school);
    expect(await delivering.settled()).toMatchObject({ deliveredUntil: (await times())[1] });
  });

  test('is the time of the newest transaction that is settled, not of what its records became', async () => {
    await put(target(middle.url));
    await delivering.settled();
    await put({ paused: true, batchSize: 1000 });
    await change(...Array.from({ length: 501 }, (_, at) => person(`p${at}`)));
    await change(person('p0', { email: 'a@example.org' }));
    let calls = 0;
    middle.behave((passed) => {
      calls += 1;
      return calls === 1 ? 'pass' : down(passed);
    });
    await put({ paused: false });
    const waiting = await delivering.until(({ failing }) => failing !== null);
    const [first, second] = await times();
    expect(waiting).toMatchObject({ behind: 1, deliveredUntil: first });
    middle.behave(() => 'pass');
    expect(await delivering.settled()).toMatchObject({ behind: 0, deliveredUntil: second });
  });
});

describe('A call to a server that does not answer', () => {
  let silent: Server;
  let asked: () => Promise<void>;
  let url: string;
  beforeEach(async () => {
    let wake: () => void = () => undefined;
    let calls = 0;
    silent = createServer(() => {
      calls += 1;
      wake();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    asked = async () => {
      if (calls === 0) await new Promise<void>((resolve) => (wake = resolve));
      calls = 0;
    };
    await change(person('p1'));
    await put(target(url));
    await asked();
  });
  afterEach(async () => {
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });

  test('ends when the gateway stops, and is made again by the next one', async () => {
    await delivering.stop();
    expect(await delivering.report(school)).toMatchObject({ failing: null, initial: { done: 0 } });
    delivering = await startDelivering(ours);
    await asked();
  }, 20_000);

  test('ends when settings change, or the delivery is ended', async () => {
    await put({ batchSize: 50 });
    await asked();
    await put(target(middle.url));
    expect(await delivering.settled()).toMatchObject({ delivered: { written: 1 }, failing: null });
    await put(target(url));
    await asked();
    await delivering.remove(school);
    await put(target(middle.url));
    await delivering.settled();
  }, 20_000);
});

test('The end of a delivery that fails half-way is tried again, or begins everything anew', async () => {
  await change(person('p1'));
  await put(target(middle.url));
  await delivering.settled();
  const broken = (rows: Rows): Rows =>
    Object.create(rows, { deleteMany: { value: () => Promise.reject(new Error('lost')) } }) as Rows;
  const store = { ...ours.store };
  store.rows = (name) => (name === 'delivered' ? broken(ours.store.rows(name)) : ours.store.rows(name));
  await expect(makeDownstreamStore(store).remove('school', 'x')).rejects.toThrow('lost');
  expect(await delivering.report(school)).toMatchObject({ state: 'paused', deadLetters: 0 });
  await put({ paused: false });
  expect((await delivering.settled()).delivered).toEqual({ written: 1, removed: 0, renamed: 0 });
  expect(await delivering.remove(school)).toMatchObject({ ok: true });
  expect(await ours.store.rows('delivered').countDocuments({})).toBe(0);
});
