import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeNotify } from '../../src/notify/index.ts';
import { makeMailer } from '../../src/notify/mail/smtp.ts';
import type { Run, RunRequest } from '../../src/sync/index.ts';
import { makeOutbound } from '../../src/wire/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { type CaughtMail, type MailServer, startMailServer } from '../setup/mail-server.ts';
import { type MovedClock, movedClock } from '../setup/moved-clock.ts';
import { demo, type TestServices, testServices } from '../setup/services.ts';
import { watchedLog } from '../setup/watched-log.ts';

const publicUrl = 'https://roster.school.example';
const from = 'Roster <roster@school.example>';

let clock: MovedClock;
let server: MailServer;
let services: TestServices;

beforeAll(async () => {
  clock = movedClock('2026-03-02T02:00:00Z');
  server = await startMailServer();
  services = await testServices({ clock, mails: { smtp: { url: server.url, from }, publicUrl } });
});
afterAll(async () => {
  await services?.close();
  await server?.close();
});
beforeEach(() => {
  server.mails.length = 0;
  server.refused.clear();
});

async function until(holds: () => unknown): Promise<void> {
  while (!(await holds())) await sleep(5);
}

async function jobsOf(kind: string) {
  const found = await services.jobs.list(services.context, { kind, limit: 200 });
  if (!found.ok) throw new Error(found.problem.text);
  return found.value.items;
}

/** Tells of what has ended, and waits until every notice is passed on and every mail was tried once. */
async function told(): Promise<void> {
  await services.notify.sweep();
  await until(async () => (await jobsOf('notice')).length === 0);
  await until(async () => (await jobsOf('mail')).every(({ state, attempts }) => state !== 'running' && attempts > 0));
}

async function feed(name: string, settings: object): Promise<void> {
  const put = await services.sync.putFeed(services.context, name, settings);
  if (!put.ok) throw new Error(put.problem.text);
}

const subscribed = (...addresses: string[]) => ({
  notices: { subscribers: addresses.map((address) => ({ address })) },
});
const persons = (name: string, count: number) => enterpriseFile({ persons: manyIds(`${name}-`, count) });
const send = (name: string, text: string, request: Partial<RunRequest> = {}): Promise<Run> =>
  services.import(text, { feed: name, ...request });

function only(): CaughtMail {
  const [mail] = server.mails;
  if (mail === undefined || server.mails.length !== 1) throw new Error(`${server.mails.length} mails`);
  return mail;
}

describe('2.10 A mail after every attempt', () => {
  test('2.10: says what a run has changed, by type, as text and HTML, with a link to the report', async () => {
    await feed('done', { mode: 'full', ...subscribed('head@school.example') });
    const run = await send('done', persons('done', 3));
    await told();
    const { to, from: sender, parsed } = only();
    expect(to).toEqual(['head@school.example']);
    expect(sender).toBe('roster@school.example');
    expect(parsed.subject).toBe('[Rostergate] Feed done: run done, 3 changes');
    const link = `${publicUrl}/api/v1/runs/${run.id}`;
    expect(parsed.text).toContain('persons: 3 created, 0 unchanged; 0 before, 3 after');
    expect(parsed.text).toContain(link);
    expect(parsed.html).toContain('<li>persons: 3 created, 0 unchanged; 0 before, 3 after</li>');
    expect(parsed.html).toContain(`<a href="${link}">`);
    expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');
  });

  test('2.10: a hold says which limit is exceeded and what to do next, and its rejection is told too', async () => {
    await feed('held', { mode: 'full', ...subscribed('head@school.example') });
    await send('held', persons('held', 30));
    await told();
    server.mails.length = 0;
    const run = await send('held', persons('held', 3));
    expect(run.state).toBe('held');
    await told();
    const { parsed } = only();
    expect(parsed.subject).toBe('[Rostergate] Feed held: run held, somebody must decide');
    expect(parsed.text).toContain('persons, delete: 27 of 30 (90 %); the limit is 10 %');
    expect(parsed.text).toContain(`rostergate approve ${run.id}`);
    expect(parsed.text).toContain(`the run expires at ${run.expiresAt}`);
    server.mails.length = 0;
    await services.sync.reject(services.context, run.id);
    await told();
    expect(only().parsed.subject).toBe('[Rostergate] Feed held: held run rejected');
  });

  test('2.10: a failure says why and where; nobody is told of dry runs, or of what they do not want to hear', async () => {
    await feed('failed', {
      notices: {
        subscribers: [
          { address: 'all@school.example' },
          { address: 'faults@school.example', hears: ['failed', 'held'] },
          { address: 'good@school.example', hears: ['done'] },
        ],
      },
    });
    await send('failed', persons('failed', 2), { dryRun: true });
    expect((await send('failed', '<enterprise><person>')).state).toBe('failed');
    await told();
    expect(server.mails.flatMap(({ to }) => to).sort()).toEqual(['all@school.example', 'faults@school.example']);
    for (const { parsed } of server.mails) {
      expect(parsed.subject).toBe('[Rostergate] Feed failed: run failed');
      expect(parsed.text).toContain('The file could not be read as what the feed is set to take (line 1).');
    }
  });

  test('2.8: a paused feed’s skipped file is told of, with the day when the pause ends', async () => {
    await feed('paused', {
      windows: [{ name: '<b>holidays</b>', from: '2026-03-01', until: '2026-03-08', kind: 'paused' }],
      ...subscribed('head@school.example'),
    });
    expect((await send('paused', persons('paused', 1))).state).toBe('skipped');
    await told();
    expect(only().parsed.subject).toBe('[Rostergate] Feed paused: file skipped');
    expect(only().parsed.text).toContain('paused until 2026-03-08 (window <b>holidays</b>)');
    expect(only().parsed.html).toContain('(window &lt;b&gt;holidays&lt;/b&gt;)');
  });
});

describe('Each mail once', () => {
  test('two gateways that look at once, and one after a kill, send one mail a run, with a Message-ID that stays', async () => {
    await feed('twice', subscribed('head@school.example'));
    await send('twice', persons('twice', 1));
    const { store, sync, jobs, vault, audit } = services;
    const outbound = makeOutbound({ hosts: [] });
    const other = makeNotify({
      store,
      sync,
      jobs,
      vault,
      audit,
      outbound,
      clock,
      log: watchedLog,
      smtp: { url: server.url, from },
      publicUrl,
      watched: { tenants: async () => [], feeds: async () => [] },
      timeZone: async () => 'UTC',
    });
    const rows = store.rows('run');
    const [row] = await rows.find({ tenant: demo.tenant, feed: 'twice' }).toArray();
    await Promise.all([services.notify.sweep(), other.sweep()]);
    await told();
    // As after a kill between the notice and the end of the mark.
    await rows.updateOne({ _id: String(row?._id), tenant: demo.tenant }, { $set: { unnoticed: true } });
    await store.rows('notice').updateMany({ tenant: demo.tenant }, { $set: { open: true } });
    await Promise.all([services.notify.sweep(), other.sweep()]);
    await told();
    expect(only().parsed.messageId).toMatch(/^<[0-9a-f]{40}@school\.example>$/);
  });

  test('a subscriber whose mails bounce stops nobody else; the mail is tried again, and given up in the end', async () => {
    await feed('bounce', subscribed('gone@school.example', 'head@school.example'));
    server.refused.add('gone@school.example');
    const run = await send('bounce', persons('bounce', 1));
    await told();
    expect(only().to).toEqual(['head@school.example']);
    const [waiting] = await jobsOf('mail');
    expect(waiting).toMatchObject({ state: 'waiting', problem: { code: 'busy' } });
    expect(waiting?.problem?.text).toBe('The mail server has not taken the mail (EENVELOPE 550).');
    expect(JSON.stringify(waiting)).not.toContain('gone@');
    for (let attempts = 1; attempts < 14; attempts += 1) {
      clock.pass(3 * 3_600_000);
      services.jobs.wake();
      await until(async () => (await jobsOf('mail'))[0]?.attempts === attempts + 1);
      await until(async () => (await jobsOf('mail'))[0]?.state !== 'running');
    }
    expect((await jobsOf('mail'))[0]?.state).toBe('dead');
    expect(server.mails).toHaveLength(1);
    expect((await services.sync.run(services.context, run.id))?.state).toBe('done');
    server.refused.clear();
    await services.jobs.retry(services.context, waiting?.id ?? '');
    await until(() => server.mails.length === 2);
    await until(async () => (await jobsOf('mail')).length === 0);
  });
});

describe('The mail of the day', () => {
  test('has all notices of a day, at the time of the feed’s zone, and each of them once', async () => {
    clock.set('2026-03-03T02:00:00Z');
    await feed('daily', {
      timeZone: 'Europe/Oslo',
      notices: { subscribers: [{ address: 'head@school.example', how: 'digest' }], digestAt: '06:30' },
    });
    const first = await send('daily', persons('daily', 2));
    await told();
    clock.set('2026-03-03T04:00:00Z');
    const second = await send('daily', '<enterprise>');
    await told();
    expect(server.mails).toEqual([]);
    expect((await jobsOf('mail-digest')).map(({ dueAt }) => dueAt)).toEqual(['2026-03-03T05:30:00.000Z']);
    clock.set('2026-03-03T05:30:00Z');
    services.jobs.wake();
    await until(async () => (await jobsOf('mail-digest')).length === 0);
    const { parsed } = only();
    expect(parsed.subject).toBe('[Rostergate] Feed daily: 2 notices of the day');
    expect(parsed.text).toContain(`Run ${first.id}`);
    expect(parsed.text).toContain('2026-03-03T04:00 UTC: run failed');
    expect(parsed.text).toContain(`Run ${second.id}`);
    const third = await send('daily', persons('daily', 4));
    await told();
    clock.set('2026-03-04T05:30:00Z');
    services.jobs.wake();
    await until(() => server.mails.length === 2);
    expect(server.mails[1]?.parsed.text).toContain(`Run ${third.id}`);
    expect(server.mails[1]?.parsed.text).not.toContain(first.id);
  });
});

describe('What a mail never holds', () => {
  test('names and values of records, of broken files and of file names are not in mails', async () => {
    await feed('canary', { mode: 'full', ...subscribed('head@school.example') });
    const withName = (id: string) =>
      enterpriseFile({ persons: [id] })
        .replace(`Person ${id}`, 'Ada Lovelace')
        .replace('Test SIS', 'Lovelace SIS');
    const bad = [
      withName('canary-1'),
      enterpriseFile({ persons: manyIds('canary-', 20) }).replaceAll('Person ', 'Lovelace '),
      '<enterprise><Lovelace>Ada',
      'Lovelace;Ada;ada@lovelace.example',
      `<!DOCTYPE Lovelace>${withName('canary-2')}`,
    ];
    for (const [at, text] of bad.entries()) await send('canary', text, { fileName: `Lovelace-${at}.xml` });
    await told();
    expect(server.mails.length).toBeGreaterThanOrEqual(bad.length);
    for (const { parsed } of server.mails) {
      expect(`${parsed.subject}${parsed.text}${String(parsed.html)}`).not.toMatch(/lovelace|\bAda\b/i);
    }
  });

  test('an address that would add headers or other addresses is refused by the settings', async () => {
    for (const address of [
      'a@b.example\r\nBcc: c@d.example',
      'a@b.example, c@d.example',
      'Head <a@b.example>',
      'a@b.example>',
      '"a\\r\\n"@b.example',
      'a b@c.example',
      'nobody',
    ]) {
      const put = await services.sync.putFeed(services.context, 'refused', subscribed(address));
      expect(put).toMatchObject({
        ok: false,
        problem: { code: 'invalid-request', place: { field: 'notices.subscribers.0.address' } },
      });
    }
  });

  test('a name that would add headers is no name of a feed, and a subject with line ends adds none', async () => {
    const name = 'nightly\r\nBcc: thief@b.example';
    expect(await services.sync.putFeed(services.context, name, {})).toMatchObject({ ok: false });
    const mailer = makeMailer({ url: server.url, from });
    const mail = { to: 'head@school.example', text: 'x', html: '<p>x</p>', date: clock.now(), id: 'subject' };
    expect(await mailer.send({ ...mail, subject: `Feed ${name}: run done` })).toMatchObject({ ok: true });
    const { to, parsed } = only();
    expect(to).toEqual(['head@school.example']);
    expect([...parsed.headers.keys()]).not.toContain('bcc');
    expect(parsed.subject).toContain('thief@b.example');
  });
});
