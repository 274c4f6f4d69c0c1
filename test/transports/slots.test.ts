import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ok } from '../../src/base/result.ts';
import { type JobKind, type Jobs, makeJobs } from '../../src/jobs/index.ts';
import { type Feed, nextSlot } from '../../src/sync/index.ts';
import { type Arrival, makeSlots, makeTransports, type Transports } from '../../src/transports/index.ts';
import { makeOutbound } from '../../src/wire/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { type MovedClock, movedClock } from '../setup/moved-clock.ts';
import { demo, type TestServices, testServices } from '../setup/services.ts';
import { watchedLog } from '../setup/watched-log.ts';

let root: string;
let clock: MovedClock;
let services: TestServices;
const more: Jobs[] = [];

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'rostergate-slots-')));
  clock = movedClock('2026-03-02T00:00:00Z');
  services = await testServices({ clock, dropFolders: [root] });
});
afterAll(async () => {
  await Promise.all(more.map((jobs) => jobs.stop()));
  await services.close();
  await rm(root, { recursive: true, force: true });
});

const next = async (feed: string) => (await services.transports.slots.next(demo.tenant, feed))?.toISOString() ?? null;
const last = (feed: string) => services.transports.slots.last(demo.tenant, feed);

/** Makes a feed that is fetched from a folder of its name. */
async function folderFeed(name: string, settings: object): Promise<void> {
  await mkdir(join(root, demo.tenant, name), { recursive: true });
  await put(name, { transport: 'folder', folder: { path: name, whole: 'rename' }, ...settings });
}

async function put(name: string, settings: object): Promise<void> {
  const done = await services.sync.putFeed(services.context, name, settings);
  if (!done.ok) throw new Error(done.problem.text);
}

async function until(holds: () => unknown): Promise<void> {
  while (!(await holds())) await sleep(5);
}

/** Moves the clock to an instant and waits until a feed was looked at then. */
async function lookedAt(feed: string, at: string): Promise<void> {
  clock.set(at);
  services.jobs.wake();
  await until(async () => (await last(feed))?.at === new Date(at).toISOString());
  await until(async () => (await services.jobs.find(demo.tenant, 'slot', feed))?.state === 'waiting');
}

const lay = (feed: string, name: string, count: number) =>
  writeFile(join(root, demo.tenant, feed, name), enterpriseFile({ persons: manyIds(`${feed}-`, count) }));

async function runsOf(feed: string) {
  const found = await services.sync.runs(services.context, { feed, limit: 50 });
  if (!found.ok) throw new Error(found.problem.text);
  return found.value.items;
}

/** Another gateway on the same database. */
function secondGateway(): { jobs: Jobs; transports: Transports } {
  const { store, sync } = services;
  const jobs = makeJobs({ store, clock, log: watchedLog, exclusive: false, random: () => 0, worker: { pollMs: 20 } });
  more.push(jobs);
  const transports = makeTransports({
    store,
    sync,
    jobs,
    clock,
    outbound: makeOutbound({ hosts: [] }),
    maxFileBytes: 1_000_000,
    originalsDays: 30,
    dropFolders: [root],
    timeZone: async () => 'UTC',
    tenants: async () => [demo.tenant],
  });
  return { jobs, transports };
}

describe('A feed that is fetched', () => {
  test('3.12: by its schedule in its zone, not before; what lies there then is imported, with one more look for what is late', async () => {
    clock.set('2026-03-02T00:00:00Z');
    await folderFeed('weekly', { schedule: '0 2 * * 6', timeZone: 'Europe/Berlin', lookEvery: 120 });
    await lay('weekly', 'list.xml', 3);
    expect(await next('weekly')).toBe('2026-03-07T01:00:00.000Z');
    expect(await last('weekly')).toBeUndefined();
    clock.set('2026-03-07T00:59:59Z');
    services.jobs.wake();
    await lookedAt('weekly', '2026-03-07T01:00:00Z');
    expect(await next('weekly')).toBe('2026-03-14T01:00:00.000Z');
    const [run] = await runsOf('weekly');
    expect(run).toMatchObject({ file: { name: 'list.xml' }, queuedAt: '2026-03-07T01:00:00.000Z', notBefore: null });
    const ended = await services.sync.wait(services.context, run?.id ?? '');
    expect(ended).toMatchObject({ state: 'done', counts: { person: { created: 3 } } });
    await lookedAt('weekly', '2026-03-14T01:00:00Z');
    expect(await next('weekly')).toBe('2026-03-14T01:02:00.000Z');
    await lay('weekly', 'late.xml', 4);
    await lookedAt('weekly', '2026-03-14T01:02:00Z');
    expect(await next('weekly')).toBe('2026-03-21T01:00:00.000Z');
    expect((await runsOf('weekly')).map(({ file }) => file.name)).toEqual(['late.xml', 'list.xml']);
  });

  test('3.12: without a schedule when the place has changed, which is looked at every so many seconds', async () => {
    clock.set('2026-04-01T12:00:00Z');
    await folderFeed('often', { lookEvery: 30 });
    await lookedAt('often', '2026-04-01T12:00:00Z');
    expect(await next('often')).toBe('2026-04-01T12:00:30.000Z');
    await lay('often', 'a.xml', 1);
    await lookedAt('often', '2026-04-01T12:00:30Z');
    expect(await runsOf('often')).toHaveLength(1);
    await lookedAt('often', '2026-04-01T12:01:00Z');
    expect(await runsOf('often')).toHaveLength(1);
  });

  test('is timed anew when its settings change, and no more when it is not fetched any longer', async () => {
    clock.set('2026-04-02T12:00:00Z');
    await folderFeed('moved', { schedule: '0 3 * * *' });
    expect(await next('moved')).toBe('2026-04-03T03:00:00.000Z');
    await put('moved', { schedule: '0 5 * * *' });
    expect(await next('moved')).toBe('2026-04-03T05:00:00.000Z');
    await put('moved', { transport: 'upload' });
    expect(await services.jobs.find(demo.tenant, 'slot', 'moved')).toBeUndefined();
    // What is brought is worked on then.
    expect(await next('moved')).toBe('2026-04-03T05:00:00.000Z');
    await put('moved', { schedule: null });
    expect(await next('moved')).toBeNull();
    await put('moved', { transport: 'folder' });
    await services.sync.deleteFeed(services.context, 'moved');
    expect(await services.jobs.find(demo.tenant, 'slot', 'moved')).toBeUndefined();
    expect(await next('moved')).toBeNull();
  });

  test('a place that cannot be reached is looked at again soon, says why, and at once with other settings', async () => {
    clock.set('2026-04-05T00:00:00Z');
    await put('away', { transport: 'folder', folder: { path: 'gone', whole: 'rename' }, schedule: '0 3 * * *' });
    await lookedAt('away', '2026-04-05T03:00:00Z');
    expect(await last('away')).toMatchObject({ problem: { code: 'conflict', text: expect.stringContaining('gone') } });
    expect(await next('away')).toBe('2026-04-05T03:01:00.000Z');
    await lookedAt('away', '2026-04-05T03:01:00Z');
    expect(await next('away')).toBe('2026-04-05T03:03:00.000Z');
    await mkdir(join(root, demo.tenant, 'away'), { recursive: true });
    await lay('away', 'x.xml', 1);
    clock.set('2026-04-05T03:01:30Z');
    await put('away', { folder: { path: 'away', whole: 'rename' } });
    await lookedAt('away', '2026-04-05T03:01:30Z');
    expect(await last('away')).toEqual({ at: '2026-04-05T03:01:30.000Z', problem: null });
    expect(await runsOf('away')).toHaveLength(1);
    expect(await next('away')).toBe('2026-04-06T03:00:00.000Z');
  });

  test('behind a held run files wait where they lie, and are taken when it is decided on', async () => {
    clock.set('2026-04-10T00:00:00Z');
    await folderFeed('held', { mode: 'full', lookEvery: 60 });
    await lay('held', '1.xml', 40);
    await lookedAt('held', '2026-04-10T00:01:00Z');
    const ended = async () => {
      const [run] = await runsOf('held');
      return services.sync.wait(services.context, run?.id ?? '');
    };
    expect(await ended()).toMatchObject({ state: 'done' });
    await lay('held', '2.xml', 1);
    await lookedAt('held', '2026-04-10T00:02:00Z');
    const held = await ended();
    expect(held).toMatchObject({ state: 'held', file: { name: '2.xml' } });
    await lay('held', '3.xml', 40);
    await lookedAt('held', '2026-04-10T00:03:00Z');
    expect(await last('held')).toMatchObject({ problem: { code: 'conflict' } });
    expect(await readdir(join(root, demo.tenant, 'held'))).toContain('3.xml');
    await services.sync.reject(services.context, held?.id ?? '');
    await lookedAt('held', '2026-04-10T00:04:00Z');
    expect(await ended()).toMatchObject({ state: 'done', file: { name: '3.xml' } });
  });

  test('a file that a fault of the gateway stops keeps no other file waiting, and the look counts as failed', async () => {
    await put('faulty', { transport: 'folder', schedule: '0 0 29 2 *', folder: { path: 'faulty', whole: 'rename' } });
    const kinds: JobKind[] = [];
    const fileOf = (name: string): Arrival => ({
      name,
      version: '1',
      bytes: undefined,
      async open() {
        if (name === 'faulty.xml') throw new Error('a fault');
        return ok(Readable.from([Buffer.from(enterpriseFile({ persons: manyIds('faulty-', 1) }))]));
      },
    });
    const { sync, transports, jobs } = services;
    await makeSlots({
      jobs: { ...jobs, handle: (kind) => void kinds.push(kind) },
      sync,
      intake: transports.intake,
      lookers: [{ kind: 'folder', look: async () => ok(['faulty.xml', 'good.xml'].map(fileOf)) }],
      clock,
      timeZone: async () => 'UTC',
      tenants: async () => [],
    }).start();
    const name = { tenant: demo.tenant, kind: 'slot', key: 'faulty' };
    const job = { ...name, id: 'faulty', fence: 1, payload: {}, attempt: 1, dueAt: clock.now() };
    await expect(kinds[0]?.work(job, new AbortController().signal)).rejects.toThrow('a fault');
    expect((await runsOf('faulty')).map(({ file }) => file.name)).toEqual(['good.xml']);
  });

  test('servers that are read are so by a schedule only', async () => {
    clock.set('2026-04-11T00:00:00Z');
    const pull = { url: 'http://127.0.0.1:1', tokenUrl: 'http://127.0.0.1:1/token', clientId: 'x', secret: 'y' };
    await put('pulled', { protocol: 'oneroster-csv', transport: 'pull', pull });
    expect(await next('pulled')).toBeNull();
    await put('pulled', { schedule: '30 4 * * *' });
    expect(await next('pulled')).toBe('2026-04-11T04:30:00.000Z');
    await lookedAt('pulled', '2026-04-11T04:30:00Z');
    expect((await last('pulled'))?.problem).not.toBeNull();
    await put('pulled', { schedule: null });
    expect(await next('pulled')).toBeNull();
  });
});

describe('Slots of a schedule', () => {
  const feed = (settings: Partial<Feed>) =>
    ({ schedule: null, lookEvery: 60, windows: [], ...settings }) as unknown as Feed;
  const slots = (settings: Partial<Feed>, zone: string, from: string, count: number) => {
    const found: string[] = [];
    for (let at = new Date(from); found.length < count; ) {
      at = nextSlot(feed(settings), zone, at) ?? new Date(Number.NaN);
      found.push(at.toISOString().slice(0, 16));
    }
    return found;
  };

  test.each([
    // In the hour that is left out: at the end of it. In the hour that comes twice: the first time only.
    ['30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00:00Z', ['03-28T01:30', '03-29T01:00', '03-30T00:30']],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-23T12:00:00Z', ['10-24T00:30', '10-25T00:30', '10-26T01:30']],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:45:00Z', ['10-26T01:30', '10-27T01:30']],
    ['30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', ['11-01T05:30', '11-02T06:30']],
    ['0 0 * * *', 'America/Santiago', '2026-09-04T12:00:00Z', ['09-05T04:00', '09-06T04:00', '09-07T03:00']],
    // Every half hour, each hour that there is.
    ['*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:10:00Z', ['03-29T00:30', '03-29T01:00', '03-29T01:30']],
    ['*/30 * * * *', 'Europe/Berlin', '2026-10-25T00:10:00Z', ['10-25T00:30', '10-25T01:00', '10-25T01:30']],
  ])('%s in %s after %s: each once', (schedule, zone, from, expected) => {
    expect(slots({ schedule }, zone, from, expected.length)).toEqual(expected.map((day) => `2026-${day}`));
  });

  test('are left out while the feed is paused, and looks every so many seconds go on when the pause ends', async () => {
    const windows: Feed['windows'] = [
      { name: 'summer', kind: 'paused', from: '2026-07-01', until: '2026-08-15' },
      { name: 'audit', kind: 'paused', from: '2026-08-16T00:00:00+02:00', until: '2026-08-16T12:00:00+02:00' },
    ];
    const zone = 'Europe/Berlin';
    const days = ['06-30T01:00', '08-17T01:00', '08-18T01:00'].map((day) => `2026-${day}`);
    expect(slots({ schedule: '0 3 * * *', windows }, zone, '2026-06-29T12:00:00Z', 3)).toEqual(days);
    expect(slots({ windows: windows.slice(0, 1) }, zone, '2026-06-30T21:59:30Z', 2)).toEqual([
      '2026-08-15T22:00',
      '2026-08-15T22:01',
    ]);
    clock.set('2026-06-01T00:00:00Z');
    await folderFeed('paused', { schedule: '0 3 * * *', timeZone: zone });
    await put('paused', { windows });
    await lay('paused', 'a.xml', 1);
    // Paused by an operator after the slot was set.
    expect(await next('paused')).toBe('2026-06-01T01:00:00.000Z');
    clock.set('2026-07-03T01:00:00Z');
    services.jobs.wake();
    await until(async () => (await next('paused')) === '2026-08-17T01:00:00.000Z');
    expect(await runsOf('paused')).toEqual([]);
    await lookedAt('paused', '2026-08-17T01:00:00Z');
    expect(await runsOf('paused')).toHaveLength(1);
  });

  test('that nobody was there for are made up for once, or left out, as the feed says', async () => {
    clock.set('2026-11-01T00:00:00Z');
    for (const [name, missedSlots] of [
      ['once', 'run-once'],
      ['skip', 'skip'],
    ]) {
      await folderFeed(name ?? '', { schedule: '0 2 * * *', missedSlots });
      await lay(name ?? '', 'a.xml', 1);
    }
    await services.jobs.stop();
    clock.set('2026-11-04T12:00:00Z');
    await services.jobs.start();
    await until(async () => (await last('once'))?.at === '2026-11-04T12:00:00.000Z');
    await until(async () => (await next('once')) === '2026-11-05T02:00:00.000Z');
    await until(async () => (await next('skip')) === '2026-11-05T02:00:00.000Z');
    expect(await runsOf('once')).toHaveLength(1);
    expect(await runsOf('skip')).toEqual([]);
    expect(await last('skip')).toBeUndefined();
    // Some minutes late, as after a restart, is no missed slot.
    await lookedAt('skip', '2026-11-05T02:10:00Z');
    expect(await runsOf('skip')).toHaveLength(1);
  });

  test('of several gateways one looks, and a gateway that starts looks after all feeds that are fetched', async () => {
    clock.set('2026-12-01T00:00:00Z');
    await folderFeed('shared', { lookEvery: 60 });
    await lookedAt('shared', '2026-12-01T00:00:00Z');
    await services.jobs.remove(demo.tenant, 'slot', 'shared');
    const others = [secondGateway(), secondGateway()];
    for (const { jobs, transports } of others) {
      await transports.slots.start();
      await jobs.start();
    }
    await until(async () => (await last('shared'))?.at === '2026-12-01T00:00:00.000Z');
    for (let minute = 1; minute <= 5; minute += 1) {
      await lay('shared', `${minute}.xml`, minute);
      clock.set(`2026-12-01T00:0${minute}:00Z`);
      for (const { jobs } of [...others, services]) jobs.wake();
      await until(async () => (await runsOf('shared')).length === minute);
      await until(async () => (await next('shared')) === `2026-12-01T00:0${minute + 1}:00.000Z`);
    }
    expect((await runsOf('shared')).map(({ file }) => file.name)).toEqual([
      '5.xml',
      '4.xml',
      '3.xml',
      '2.xml',
      '1.xml',
    ]);
  });
});
