import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Connection } from 'mongoose';
import type { Context } from '../../src/roster/index.ts';
import type { FeedHealth } from '../../src/transports/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { type MovedClock, movedClock } from '../setup/moved-clock.ts';
import { type AdminGateway, startAdmin } from './gateway.ts';

let clock: MovedClock;
let gateway: AdminGateway;
let client: ReturnType<Connection['getClient']>;
const connected = (message: unknown) => {
  client = (message as { readonly connection: Connection }).connection.getClient();
};

beforeAll(async () => {
  clock = movedClock('2026-03-02T12:00:00Z');
  subscribe('rostergate.store', connected);
  gateway = await startAdmin({ clock });
  unsubscribe('rostergate.store', connected);
  await gateway.tenancy.create('birch');
});
afterAll(() => gateway.close());

const put = async (name: string, data: object) => {
  const answer = await gateway.ask('PUT', `/feeds/${name}`, { data });
  expect(answer.status).toBe(200);
};
const healthOf = async (name: string) => (await gateway.ask('GET', `/feeds/${name}`)).json['health'] as FeedHealth;
const persons = (prefix: string, count: number) => enterpriseFile({ persons: manyIds(prefix, count) });
const send = (feed: string, count: number) => gateway.import(persons(`${feed}-`, count), { feed });
const at = '2026-03-02T12:00:00.000Z';

describe('The health of a feed', () => {
  test('shows the last runs, the last good one and how many records the feed had after each', async () => {
    await put('well', { namespace: 'well' });
    const none = { lastRun: null, lastGoodRun: null, nextRun: null, lastLook: null, waitingFiles: 0, trend: [] };
    expect(await healthOf('well')).toEqual({
      state: 'never-ran',
      reason: 'No file of this feed has come yet.',
      ...none,
    });
    const first = await send('well', 3);
    const second = await send('well', 5);
    const dry = { feed: 'well', dryRun: true };
    await gateway.import(persons('well-', 9), dry);
    const totals = { group: 0, membership: 0, academicSession: 0 };
    expect(await healthOf('well')).toEqual({
      state: 'ok',
      reason: null,
      ...none,
      lastRun: { id: second.id, state: 'done', at },
      lastGoodRun: { id: second.id, at },
      trend: [
        { run: second.id, at, totals: { person: 5, ...totals } },
        { run: first.id, at, totals: { person: 3, ...totals } },
      ],
    });
  });

  test('is failing after a file that could not be read, with the last good run of before', async () => {
    await put('bad', { namespace: 'bad' });
    const good = await send('bad', 2);
    const failed = await gateway.import('no XML at all', { feed: 'bad' });
    expect(await healthOf('bad')).toMatchObject({
      state: 'failing',
      reason: `The run ${failed.id} failed; its report says why.`,
      lastRun: { id: failed.id, state: 'failed' },
      lastGoodRun: { id: good.id },
      trend: [{ totals: { person: 2 } }],
    });
  });

  test('is held while a run waits for a decision, and counts the files behind it', async () => {
    await put('full', { mode: 'full', namespace: 'full', smallerFilePercent: null });
    await send('full', 60);
    const held = await send('full', 1);
    expect(held.state).toBe('held');
    const behind = { feed: 'full', dryRun: false, fileName: 'next.xml', behindHeld: true } as const;
    const bytes = async function* () {
      yield Buffer.from(persons('full-', 60));
    };
    expect(await gateway.sync.submit(gateway.context, behind, bytes())).toMatchObject({ ok: true });
    expect(await healthOf('full')).toMatchObject({
      state: 'held',
      reason: `The run ${held.id} is held: approve or reject it.`,
      lastGoodRun: { id: expect.not.stringMatching(held.id) },
      waitingFiles: 1,
    });
  });

  test('is paused in a window', async () => {
    const window = { name: 'spring', kind: 'paused', from: '2026-03-01', until: '2026-03-10' };
    await put('paused', { windows: [window] });
    const paused = 'It is paused until 2026-03-10 (window spring).';
    expect(await healthOf('paused')).toMatchObject({ state: 'paused', reason: paused });
  });

  test('is failing while its place cannot be looked at', async () => {
    await put('shut', { transport: 'https-pull', httpsPull: { url: 'http://127.0.0.1:1/roster.xml' } });
    while ((await healthOf('shut')).lastLook === null) await sleep(20);
    const { state, reason, lastLook } = await healthOf('shut');
    expect({ state, reason, lastLook }).toEqual({
      state: 'failing',
      reason: lastLook?.problem?.text,
      lastLook: { at, problem: { code: 'busy', text: expect.any(String) } },
    });
    expect((await gateway.ask('DELETE', '/feeds/shut')).status).toBe(204);
  });

  test('is late an hour after a time of its schedule at which nothing has come, times in pauses aside', async () => {
    await put('night', { namespace: 'night', timeZone: 'UTC' });
    await send('night', 2);
    await put('night', { schedule: '0 2 * * *' });
    expect(await healthOf('night')).toMatchObject({ state: 'ok', nextRun: '2026-03-03T02:00:00.000Z' });
    clock.set('2026-03-03T02:59:00Z');
    expect(await healthOf('night')).toMatchObject({ state: 'ok', nextRun: '2026-03-04T02:00:00.000Z' });
    clock.set('2026-03-03T03:01:00Z');
    const late = 'Nothing has come for the scheduled time 2026-03-03T02:00:00.000Z.';
    expect(await healthOf('night')).toMatchObject({ state: 'late', reason: late });
    const pause = { name: 'a day', kind: 'paused', from: '2026-03-03T01:00:00Z', until: '2026-03-03T02:30:00Z' };
    await put('night', { windows: [pause] });
    expect(await healthOf('night')).toMatchObject({ state: 'ok' });
    await put('night', { windows: [], schedule: null });
    await send('night', 3);
    await put('night', { schedule: '0 2 * * *' });
    expect(await healthOf('night')).toMatchObject({ state: 'ok', reason: null, trend: [{}, {}] });
  });
});

describe('GET /feeds', () => {
  test('shows all feeds of the tenant with the same, and nothing of another tenant’s feed of the same name', async () => {
    const birch: Context = { ...gateway.context, tenant: 'birch' };
    const bytes = async function* () {
      yield Buffer.from(persons('b', 4));
    };
    const sent = await gateway.sync.submit(birch, { feed: 'well', dryRun: false, fileName: 'b.xml' }, bytes());
    if (!sent.ok) throw new Error(sent.problem.text);
    const theirs = await gateway.sync.wait(birch, sent.value.id);
    const { items, total } = (await gateway.ask('GET', '/feeds')).json as {
      items: { name: string; health: FeedHealth }[];
      total: number;
    };
    expect(items.map(({ name, health }) => [name, health.state])).toEqual([
      ['bad', 'failing'],
      ['full', 'held'],
      ['night', 'ok'],
      ['paused', 'paused'],
      ['well', 'ok'],
    ]);
    expect(total).toBe(5);
    for (const { name, health } of items) expect(health).toEqual(await healthOf(name));
    const seen = await gateway.transports.feedsWithHealth(birch);
    expect(seen).toMatchObject([
      { name: 'well', health: { lastRun: { id: theirs?.id }, trend: [{ run: theirs?.id }] } },
    ]);
    const limited = await gateway.transports.feedsWithHealth({ ...gateway.context, feeds: ['night'] });
    expect(limited.map(({ name }) => name)).toEqual(['night']);
  });

  test('asks the database once for each kind of fact, however many feeds there are', async () => {
    const asked: string[] = [];
    const note = ({ commandName, command }: { commandName: string; command: Record<string, unknown> }) => {
      const collection = String(command[commandName]);
      // Workers look at the other collections at the same time.
      if (collection === 'feeds' || collection === 'arrivals') asked.push(`${commandName} ${collection}`);
    };
    client.on('commandStarted', note);
    await gateway.transports.feedsWithHealth(gateway.context);
    client.off('commandStarted', note);
    expect(asked.sort()).toEqual(['aggregate arrivals', 'aggregate feeds', 'find feeds']);
  });
});
