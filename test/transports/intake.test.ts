import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { problem } from '../../src/base/problem.ts';
import { failed, ok } from '../../src/base/result.ts';
import { dropOutdated, makeArrivals } from '../../src/store/index.ts';
import type { TransportKind } from '../../src/sync/index.ts';
import { type Arrival, ArrivalBroken, makeIntake, type Taken } from '../../src/transports/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { type MovedClock, movedClock } from '../setup/moved-clock.ts';
import { type TestServices, testServices } from '../setup/services.ts';

const day = 86_400_000;
let services: TestServices;
let clock: MovedClock;
beforeAll(async () => {
  clock = movedClock('2026-03-02T02:00:00Z');
  services = await testServices({ clock });
});
afterAll(() => services.close());

const never = new AbortController().signal;
const school = (count: number) => enterpriseFile({ persons: manyIds('p', count) });

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** A file that counts how often it is read, and what became of it. */
function file(name: string, version: string, text: string, rest: Partial<Arrival> = {}) {
  const facts = { reads: 0, settled: [] as string[] };
  const arrival: Arrival = {
    name,
    version,
    bytes: Buffer.byteLength(text),
    async open() {
      facts.reads += 1;
      return ok(bytesOf(text));
    },
    async settle(outcome) {
      facts.settled.push(outcome);
    },
    ...rest,
  };
  return { facts, arrival };
}

const take = (feed: string, arrival: Arrival, via: TransportKind = 'folder', signal = never) =>
  services.transports.intake.take({ tenant: services.context.tenant, feed }, via, arrival, signal);

async function listed(feed: string) {
  const found = await services.transports.arrivals(services.context, feed, { limit: 50 });
  if (!found.ok) throw new Error(found.problem.text);
  return found.value.items;
}

function runOf(taken: Taken): string {
  if (taken.state !== 'taken') throw new Error(`${taken.state}: ${JSON.stringify(taken)}`);
  return taken.run;
}

describe('The intake', () => {
  test('a fetched file whose place another one has taken waits no more', async () => {
    const locked = file('over.xml', 'v1', school(1), {
      open: async () => failed('conflict', 'The server does not give it out.'),
    });
    expect(await take('over', locked.arrival, 's3')).toMatchObject({ state: 'waiting' });
    clock.pass(1);
    expect(await take('over', file('over.xml', 'v2', school(2)).arrival, 's3')).toMatchObject({ state: 'taken' });
    expect(await listed('over')).toMatchObject([
      { version: 'v2', state: 'taken' },
      { version: 'v1', state: 'refused', problem: { code: 'conflict' } },
    ]);
  });

  test('what was brought waits also behind a newer file of its name', async () => {
    const first = file('brought.xml', 'v1', school(1), { open: async () => failed('busy', 'Not now.') });
    expect(await take('brought', first.arrival, 'sftp-drop')).toMatchObject({ state: 'waiting' });
    clock.pass(1);
    await take('brought', file('brought.xml', 'v2', school(2)).arrival, 'sftp-drop');
    expect(await listed('brought')).toMatchObject([{ state: 'taken' }, { version: 'v1', state: 'waiting' }]);
  });

  test('takes a file once by its name and version, and another version of it again', async () => {
    const first = file('night.xml', 'v1', school(3));
    const run = runOf(await take('once', first.arrival));
    expect(await services.sync.wait(services.context, run)).toMatchObject({
      state: 'done',
      file: { name: 'night.xml' },
    });
    const again = file('night.xml', 'v1', school(3));
    expect(await take('once', again.arrival)).toEqual({ state: 'known', run });
    expect(again.facts).toEqual({ reads: 0, settled: ['taken'] });
    clock.pass(1000);
    const newer = runOf(await take('once', file('night.xml', 'v2', school(4)).arrival));
    expect(newer).not.toBe(run);
    expect(await listed('once')).toMatchObject([
      { name: 'night.xml', version: 'v2', via: 'folder', state: 'taken', run: newer, problem: null },
      { version: 'v1', run, bytes: Buffer.byteLength(school(3)), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  test('two gateways that see a file at once make one run of it', async () => {
    const other = makeIntake({
      arrivals: makeArrivals(services.store),
      sync: services.sync,
      clock,
      maxFileBytes: 1_000_000,
      keptDays: 7,
    });
    const place = { tenant: services.context.tenant, feed: 'two' };
    const taken = await Promise.all([
      ...[1, 2, 3].map(() => take('two', file('n.xml', '1', school(2)).arrival)),
      ...[1, 2, 3].map(() => other.take(place, 'folder', file('n.xml', '1', school(2)).arrival, never)),
    ]);
    expect(taken.filter(({ state }) => state === 'taken')).toHaveLength(1);
    const runs = await services.sync.runs(services.context, { feed: 'two', limit: 10 });
    expect(runs).toMatchObject({ ok: true, value: { total: 1 } });
  });

  test('a gateway killed between queueing the run and noting it leaves one run: whoever comes next finds it', async () => {
    const known = makeArrivals(services.store);
    const { tenant } = services.context;
    const now = clock.now();
    const until = new Date(now.getTime() + 60_000);
    const claim = { via: 'folder', run: 'killed-run', now, until, keptUntil: until };
    await known.claim({ tenant, feed: 'killed', name: 'n.xml', version: '1' }, claim);
    const asked = { feed: 'killed', dryRun: false, fileName: 'n.xml', run: 'killed-run' };
    expect(await services.sync.submit(services.context, asked, bytesOf(school(2)))).toMatchObject({ ok: true });
    const next = file('n.xml', '1', school(2));
    expect(await take('killed', next.arrival)).toMatchObject({ state: 'waiting', problem: { code: 'busy' } });
    clock.pass(120_000);
    expect(await listed('killed')).toMatchObject([{ state: 'waiting', problem: { code: 'busy' } }]);
    expect(await take('killed', next.arrival)).toEqual({ state: 'taken', run: 'killed-run' });
    expect(next.facts).toEqual({ reads: 0, settled: ['taken'] });
    expect(await services.sync.runs(services.context, { feed: 'killed', limit: 10 })).toMatchObject({
      value: { total: 1 },
    });
  });

  test('a file that is fetched waits outside behind a held run and is taken after the decision; a brought one is queued behind it', async () => {
    await services.sync.putFeed(services.context, 'held', { mode: 'full' });
    const first = runOf(await take('held', file('0.xml', '1', school(30)).arrival));
    expect(await services.sync.wait(services.context, first)).toMatchObject({ state: 'done' });
    const held = runOf(await take('held', file('1.xml', '1', school(5)).arrival));
    expect(await services.sync.wait(services.context, held)).toMatchObject({ state: 'held' });
    const fetched = file('2.xml', '1', school(5));
    expect(await take('held', fetched.arrival)).toMatchObject({ state: 'waiting', problem: { code: 'conflict' } });
    expect(fetched.facts.settled).toEqual([]);
    const brought = runOf(await take('held', file('3.xml', '1', school(5)).arrival, 'http-put'));
    expect(await services.sync.run(services.context, brought)).toMatchObject({
      state: 'queued',
      reason: expect.stringContaining(held),
    });
    await services.sync.approve(services.context, held);
    expect(await services.sync.wait(services.context, brought)).toMatchObject({ state: 'done' });
    expect(await take('held', fetched.arrival)).toMatchObject({ state: 'taken' });
  });

  test('what is fetched at a time of the schedule does not wait for the next one', async () => {
    await services.sync.putFeed(services.context, 'nightly', { schedule: '0 2 * * *', timeZone: 'UTC' });
    const run = runOf(await take('nightly', file('1.xml', '1', school(1)).arrival, 's3'));
    expect(await services.sync.wait(services.context, run)).toMatchObject({ state: 'done', notBefore: null });
    const brought = runOf(await take('nightly', file('2.xml', '1', school(1)).arrival, 'sftp-drop'));
    expect(await services.sync.run(services.context, brought)).toMatchObject({
      state: 'queued',
      notBefore: '2026-03-03T02:00:00.000Z',
    });
  });

  test('a file that is none of the feed is refused once, is on record with its problem, and is not tried again', async () => {
    const empty = file('empty.xml', '1', '');
    expect(await take('bad', empty.arrival)).toMatchObject({
      state: 'refused',
      problem: { code: 'unreadable-input', place: { file: 'empty.xml' } },
    });
    expect(await take('bad', empty.arrival)).toEqual({ state: 'known', run: null });
    expect(empty.facts).toEqual({ reads: 1, settled: ['refused', 'refused'] });
    clock.pass(1000);
    const large = file('large.xml', '1', school(1), { bytes: 60_000_000 });
    expect(await take('bad', large.arrival)).toMatchObject({ state: 'refused', problem: { code: 'too-large' } });
    expect(large.facts.reads).toBe(0);
    expect(await listed('bad')).toMatchObject([
      { state: 'refused', run: null, problem: { code: 'too-large' } },
      { state: 'refused', run: null, problem: { code: 'unreadable-input' } },
    ]);
  });

  test('a file that changes or is cut off while it is read leaves nothing, and is taken when it is whole', async () => {
    let broken = true;
    const cut = file('cut.xml', '1', school(3), {
      async open() {
        return ok(
          (async function* () {
            yield Buffer.from(school(3).slice(0, 200));
            if (broken) throw new ArrivalBroken(problem('busy', 'It was changed while it was read.'));
            yield Buffer.from(school(3).slice(200));
          })(),
        );
      },
    });
    expect(await take('cut', cut.arrival)).toMatchObject({ state: 'waiting', problem: { code: 'busy' } });
    expect(cut.facts.settled).toEqual([]);
    const left = { tenant: services.context.tenant, state: { $exists: true } };
    expect(await services.store.originals('files').countDocuments(left)).toBe(0);
    broken = false;
    const run = runOf(await take('cut', cut.arrival));
    expect(await services.sync.wait(services.context, run)).toMatchObject({ state: 'done' });
  });

  test('a full disk loses nothing: what is fetched waits and is taken when there is room, who sends is told at once', async () => {
    let isFull = true;
    const open = async () =>
      ok(
        (async function* () {
          const bytes = Buffer.from(school(2));
          yield bytes.subarray(0, 300);
          if (isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
          yield bytes.subarray(300);
        })(),
      );
    const full = file('disk.xml', '1', school(2), { open });
    expect(await take('disk', full.arrival)).toMatchObject({ state: 'waiting', problem: { code: 'storage-full' } });
    expect(await take('disk', { ...full.arrival, version: '2' }, 'http-put')).toMatchObject({
      state: 'refused',
      problem: { code: 'storage-full' },
    });
    expect(full.facts.settled).toEqual(['refused']);
    expect(await services.sync.runs(services.context, { feed: 'disk', limit: 10 })).toMatchObject({
      value: { total: 0 },
    });
    isFull = false;
    const run = runOf(await take('disk', full.arrival));
    expect(await services.sync.wait(services.context, run)).toMatchObject({
      state: 'done',
      file: { name: 'disk.xml' },
    });
  });

  test('what passes, as a fault of reading or a place that is not there, is tried again', async () => {
    let isFaulty = true;
    const disk = file('faulty.xml', '1', school(1), {
      async open() {
        if (isFaulty) throw Object.assign(new Error('cannot be read'), { code: 'EIO' });
        return ok(bytesOf(school(1)));
      },
    });
    await expect(take('passing', disk.arrival)).rejects.toThrow('cannot be read');
    expect(await listed('passing')).toMatchObject([{ state: 'waiting', problem: { code: 'internal' } }]);
    const away = { ...disk.arrival, open: async () => failed('unknown-object', 'It has gone.') };
    expect(await take('passing', away)).toMatchObject({ state: 'waiting', problem: { code: 'unknown-object' } });
    isFaulty = false;
    expect(await take('passing', disk.arrival)).toMatchObject({ state: 'taken' });
    expect(await listed('passing')).toMatchObject([{ state: 'taken', problem: null }]);
  });

  test('what the gateway’s stop cuts off leaves nothing and is taken by the next one', async () => {
    const stop = new AbortController();
    const slow = file('slow.xml', '1', school(2), {
      async open() {
        return ok(
          (async function* () {
            yield Buffer.from(school(2).slice(0, 100));
            stop.abort();
            yield Buffer.from(school(2).slice(100));
          })(),
        );
      },
    });
    expect(await take('stopped', slow.arrival, 'folder', stop.signal)).toMatchObject({
      state: 'waiting',
      problem: { code: 'busy' },
    });
    expect(await take('stopped', file('slow.xml', '1', school(2)).arrival)).toMatchObject({ state: 'taken' });
  });

  test.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\drop\\night.xml', 'night.xml'],
    ['a\r\nSubject: b.xml', 'aSubject: b.xml'],
    ['\u202egnp.xml/', 'gnp.xml'],
    ['///', 'file'],
  ])('the name %j is told as %j', async (given, told) => {
    await take('names', file(given, given, school(1)).arrival);
    expect((await listed('names')).map(({ name }) => name)).toContain(told);
  });

  test('another tenant has a ledger of its own', async () => {
    const taken = await services.transports.arrivals({ ...services.context, tenant: 'other' }, 'once', { limit: 10 });
    expect(taken).toMatchObject({ ok: true, value: { total: 0 } });
  });

  test('the ledger forgets a file 90 days after it was seen last', async () => {
    const seen = file('old.xml', '1', school(1));
    const run = runOf(await take('old', seen.arrival));
    clock.pass(80 * day);
    expect(await take('old', seen.arrival)).toEqual({ state: 'known', run });
    clock.pass(80 * day);
    await dropOutdated(services.store, { now: clock.now(), changeLogDays: 0, reportDays: 400 });
    expect(await listed('old')).toMatchObject([{ run }]);
    clock.pass(11 * day);
    await dropOutdated(services.store, { now: clock.now(), changeLogDays: 0, reportDays: 400 });
    expect(await listed('old')).toEqual([]);
  });
});
