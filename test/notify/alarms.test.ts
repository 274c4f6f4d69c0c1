import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Run } from '../../src/sync/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { type MailServer, startMailServer } from '../setup/mail-server.ts';
import { type MovedClock, movedClock } from '../setup/moved-clock.ts';
import { demo, type TestServices, testServices } from '../setup/services.ts';

let clock: MovedClock;
let server: MailServer;
let services: TestServices;

beforeAll(async () => {
  clock = movedClock('2026-03-02T00:00:00Z');
  server = await startMailServer();
  const mails = {
    smtp: { url: server.url, from: 'roster@school.example' },
    publicUrl: 'https://roster.school.example',
  };
  services = await testServices({ clock, mails });
});
afterAll(async () => {
  await services?.close();
  await server?.close();
});
beforeEach(() => {
  server.mails.length = 0;
});

async function feed(name: string, settings: object): Promise<void> {
  const notices = { subscribers: [{ address: 'it@school.example', hears: ['alarm', 'held'] }] };
  const put = await services.sync.putFeed(services.context, name, { notices, ...settings });
  if (!put.ok) throw new Error(put.problem.text);
}

const persons = (name: string, count: number) => enterpriseFile({ persons: manyIds(`${name}-`, count) });
/** Sends a file at a time and waits for its run. */
async function sendAt(time: string, name: string, count: number): Promise<Run> {
  clock.set(time);
  return services.import(persons(name, count), { feed: name, fetched: true });
}

const notices = () =>
  services.store
    .rows('notice')
    .find({ tenant: demo.tenant, 'notice.kind': { $regex: '^(feed|jobs|hold)' } })
    .sort({ _id: 1 })
    .toArray();

/** Looks at a time; the keys of alarms that were not told before. */
async function lookAt(time: string): Promise<string[]> {
  clock.set(time);
  const before = new Set((await notices()).map(({ _id }) => _id));
  await services.notify.look();
  // Another gateway, or this one begun anew, looks as well.
  await services.notify.look();
  const told = (await notices()).filter(({ _id }) => !before.has(_id));
  return told.map((row) => String(row['key']));
}

const subjects = async (count: number) => {
  while (server.mails.length < count) await sleep(10);
  await sleep(50);
  return server.mails.map(({ parsed }) => parsed.subject);
};

describe('A feed that should have come', () => {
  test('and has not is told of once for its time, an hour after it, and so is that it is back', async () => {
    await feed('nightly', { schedule: '0 2 * * *' });
    await sendAt('2026-03-02T02:00:10Z', 'nightly', 3);
    expect(await lookAt('2026-03-02T12:00:00Z')).toEqual([]);
    expect(await lookAt('2026-03-03T02:59:00Z')).toEqual([]);
    expect(await lookAt('2026-03-03T03:01:00Z')).toEqual(['missing:nightly:2026-03-03T02:00:00.000Z']);
    expect(await lookAt('2026-03-03T20:00:00Z')).toEqual([]);
    expect(await subjects(1)).toEqual(['[Rostergate] Feed nightly: nothing has come']);
    expect(server.mails[0]?.parsed.text).toContain('Nothing has come for the scheduled time 2026-03-03T02:00:00.000Z');
    expect(server.mails[0]?.parsed.text).toContain('pause window');
    await sendAt('2026-03-03T21:00:00Z', 'nightly', 3);
    expect(await lookAt('2026-03-03T21:01:00Z')).toEqual(['back:missing:nightly:2026-03-03T02:00:00.000Z']);
    expect(await lookAt('2026-03-03T23:00:00Z')).toEqual([]);
    expect(await subjects(2)).toContain('[Rostergate] Feed nightly: is back');
  });

  test('a little early has come: half an hour before a daily time, not the day before', async () => {
    await feed('early', { schedule: '0 2 * * *' });
    await sendAt('2026-02-10T01:30:00Z', 'early', 3);
    const own = (keys: string[]) => keys.filter((key) => key.includes(':early:'));
    expect(own(await lookAt('2026-02-10T03:05:00Z'))).toEqual([]);
    expect(own(await lookAt('2026-02-11T03:05:00Z'))).toEqual(['missing:early:2026-02-11T02:00:00.000Z']);
    clock.set('2026-03-04T00:00:00Z');
  });

  test('in its own time zone, over the change of the clocks', async () => {
    await feed('oslo', { schedule: '30 2 * * *', timeZone: 'Europe/Oslo' });
    await sendAt('2026-03-28T01:31:00Z', 'oslo', 3);
    // On 29 March there is no half past two in Oslo; the next night it is at half past midnight UTC.
    await lookAt('2026-03-29T00:59:00Z');
    await sendAt('2026-03-29T01:05:00Z', 'oslo', 3);
    expect((await lookAt('2026-03-30T01:29:00Z')).filter((key) => key.includes('oslo'))).toEqual([]);
    expect((await lookAt('2026-03-30T01:31:00Z')).filter((key) => key.includes('oslo'))).toEqual([
      'missing:oslo:2026-03-30T00:30:00.000Z',
    ]);
  });

  test('is not asked for while it is paused, held, new, or has no schedule', async () => {
    clock.set('2026-04-10T12:00:00Z');
    const window = { name: 'holidays', from: '2026-04-11', until: '2026-04-20', kind: 'paused' };
    await feed('resting', { schedule: '0 2 * * *', windows: [window] });
    await feed('fresh', { schedule: '0 2 * * *' });
    await feed('any', {});
    await sendAt('2026-04-10T12:00:00Z', 'resting', 2);
    await sendAt('2026-04-10T12:00:00Z', 'any', 2);
    const own = (keys: string[]) => keys.filter((key) => /resting|fresh|any/.test(key));
    // A feed that was made after its time is asked for from its next one on.
    expect(own(await lookAt('2026-04-10T12:01:00Z'))).toEqual([]);
    expect(own(await lookAt('2026-04-11T03:01:00Z'))).toEqual(['missing:fresh:2026-04-11T02:00:00.000Z']);
    expect(own(await lookAt('2026-04-15T03:01:00Z'))).toEqual(['missing:fresh:2026-04-15T02:00:00.000Z']);
  });
});

describe('A feed that becomes smaller run by run', () => {
  test('is told of after five runs and ten percent, once in a week, though no run was held', async () => {
    await feed('small', { mode: 'full', limits: { person: { delete: { percent: 50 } } } });
    for (const [at, count] of [100, 97, 95, 92, 91].entries()) {
      await sendAt(`2026-05-0${at + 1}T02:00:00Z`, 'small', count);
      expect(await lookAt(`2026-05-0${at + 1}T02:05:00Z`)).not.toContainEqual(expect.stringContaining('shrinking'));
    }
    await sendAt('2026-05-06T02:00:00Z', 'small', 88);
    expect(await lookAt('2026-05-06T02:05:00Z')).toContain('shrinking:small:person:2026-05-06');
    await sendAt('2026-05-07T02:00:00Z', 'small', 85);
    expect(await lookAt('2026-05-07T02:05:00Z')).not.toContainEqual(expect.stringContaining('shrinking'));
    while (!(await subjects(1)).includes('[Rostergate] Feed small: is shrinking')) await sleep(10);
    const mail = server.mails.find(({ parsed }) => parsed.subject?.includes('shrinking'));
    expect(mail?.parsed.text).toContain('from 100 to 88 (12 %)');
  });

  test('is not where it grows once, falls little, or nobody wants to know', async () => {
    await feed('grows', { mode: 'full', limits: { person: { delete: { percent: 50 } } } });
    await feed('little', { mode: 'full' });
    const notSmall = { subscribers: [], shrinkingRuns: null };
    await feed('quiet', { mode: 'full', limits: { person: { delete: { percent: 50 } } }, notices: notSmall });
    for (const [at, count] of [100, 90, 80, 81, 70, 60].entries()) {
      const time = `2026-06-0${at + 1}T02:00:00Z`;
      await sendAt(time, 'grows', count);
      await sendAt(time, 'quiet', 100 - at * 5);
      await sendAt(time, 'little', 100 - at);
    }
    expect((await lookAt('2026-06-06T03:00:00Z')).filter((key) => key.startsWith('shrinking'))).toEqual([]);
  });
});

describe('What nobody looks after', () => {
  test('a held run is told of again after a day, and on the last day before it expires', async () => {
    await feed('held', { mode: 'full', holdDays: 3 });
    await sendAt('2026-07-01T02:00:00Z', 'held', 40);
    const run = await sendAt('2026-07-02T02:00:00Z', 'held', 4);
    expect(run.state).toBe('held');
    const own = (keys: string[]) => keys.filter((key) => key.includes(run.id)).map((key) => key.split(':')[2]);
    expect(own(await lookAt('2026-07-02T20:00:00Z'))).toEqual([]);
    expect(own(await lookAt('2026-07-03T02:10:00Z'))).toEqual(['day']);
    expect(own(await lookAt('2026-07-03T12:00:00Z'))).toEqual([]);
    expect(own(await lookAt('2026-07-04T03:00:00Z'))).toEqual(['last']);
    while (!(await subjects(1)).some((subject) => subject?.includes('still waits'))) await sleep(10);
    await services.sync.reject(services.context, run.id);
    expect(own(await lookAt('2026-07-04T20:00:00Z'))).toEqual([]);
  });

  test('a place that cannot be looked at is told of once a day, and when it can be again', async () => {
    clock.set('2026-08-01T00:00:00Z');
    const list = enterpriseFile({ persons: manyIds('far-', 2) });
    const server = createServer((_request, response) => {
      response.statusCode = isUp ? 200 : 503;
      response.end(isUp ? list : '');
    });
    let isUp = false;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await services.transports.slots.start();
    await feed('far', { transport: 'https-pull', httpsPull: { url: `http://127.0.0.1:${port}/list.xml` } });
    const own = (keys: string[]) => keys.filter((key) => key.includes(':far:'));
    const looked = async (test: (job: { attempts: number; problem: unknown }) => boolean) => {
      for (;;) {
        const job = await services.jobs.find(demo.tenant, 'slot', 'far');
        if (job !== undefined && job.state === 'waiting' && test(job)) return;
        await sleep(20);
      }
    };
    for (let failed = 1; failed <= 6; failed += 1) {
      await looked(({ attempts }) => attempts >= failed);
      const keys = own(await lookAt(clock.now().toISOString()));
      expect([failed, keys]).toEqual([failed, failed < 6 ? [] : ['unreachable:far:2026-08-01']]);
      if (failed < 6) clock.pass(16 * 60_000);
      services.jobs.wake();
    }
    expect(own(await lookAt('2026-08-01T01:30:00Z'))).toEqual([]);
    isUp = true;
    clock.set('2026-08-01T03:00:00Z');
    services.jobs.wake();
    await looked(({ problem }) => problem === null);
    expect(own(await lookAt('2026-08-01T03:01:00Z'))).toEqual(['back:unreachable:far:2026-08-01']);
    await new Promise((resolve) => server.close(resolve));
  });

  test('jobs that were given up are told of to all who hear alarms', async () => {
    const dead = { tenant: demo.tenant, kind: 'mail', key: 'x', payload: {}, attempt: 14, state: 'dead' };
    const failedAt = new Date('2026-09-01T10:00:00Z');
    await services.store.rows('job').insertOne({
      _id: 'given-up',
      ...dead,
      addedAt: failedAt,
      dueAt: failedAt,
      failedAt,
      problem: { code: 'busy', text: '' },
    } as never);
    expect((await lookAt('2026-09-01T10:05:00Z')).filter((key) => key.startsWith('dead'))).toEqual(['dead:2026-09-01']);
    while (!(await subjects(1)).includes('[Rostergate] Gateway: work was given up')) await sleep(10);
  });
});
