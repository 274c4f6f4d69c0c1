import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/base/clock.ts';
import { makeWorker } from '../../src/jobs/index.ts';
import { key } from '../../src/model/index.ts';
import { makeImsEnterpriseXmlReader } from '../../src/protocols/ims-enterprise-xml/index.ts';
import { makeRoster, type Roster } from '../../src/roster/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { makeSync, type Sync } from '../../src/sync/index.ts';
import { watchedLog } from '../setup/watched-log.ts';
import { type Feeds, file, group, ids, membership, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds({ start: false });
});
afterAll(() => feeds.end());

/** A gateway's engine on the database of the test, and what may go wrong with its process. */
interface Engine {
  readonly sync: Sync;
  /** After so many more batches the process stands still: no heartbeat, no answer of the roster. */
  freeze(batches?: number): Promise<void>;
  /** The process goes on. */
  thaw(): void;
  end(): Promise<void>;
}

async function openEngine(): Promise<Engine> {
  const store: Store = await openStore(feeds.database.uri, feeds.database.name);
  const rooms = makeRoster(store, systemClock);
  const workFolder = await mkdtemp(join(tmpdir(), 'rostergate-engine-'));
  let frozen: Promise<void> | undefined;
  let thaw = () => {};
  let standing = () => {};
  let left = 0;
  const pass = async () => {
    if (frozen === undefined) return;
    left -= 1;
    if (left >= 0) return;
    standing();
    await frozen;
  };
  const roster: Roster = {
    ...rooms.roster,
    async execute(...args) {
      await pass();
      return rooms.roster.execute(...args);
    },
  };
  const sync = makeSync({
    store,
    clock: systemClock,
    roster,
    audit: rooms.audit,
    readers: [makeImsEnterpriseXmlReader()],
    workFolder,
    maxFileBytes: 100_000_000,
    originalsDays: 1,
    reportDays: 1,
    exclusive: false,
    guidKey: async (tenant) => (await rooms.tenants.info(tenant)).guidKey,
    timeZone: (tenant) => rooms.tenants.timeZone(tenant),
    worker: (work) =>
      makeWorker(
        {
          ...work,
          async beat(item, leaseMs) {
            if (frozen !== undefined && left < 0) return true;
            return work.beat(item, leaseMs);
          },
        },
        watchedLog,
        { leaseMs: 900, pollMs: 50 },
      ),
  });
  return {
    sync,
    freeze(batches = 0) {
      left = batches;
      frozen = new Promise((resolve) => {
        thaw = resolve;
      });
      return new Promise((resolve) => {
        standing = resolve;
      });
    },
    thaw() {
      frozen = undefined;
      thaw();
    },
    async end() {
      thaw();
      await sync.stop();
      await store.close();
      await rm(workFolder, { recursive: true, force: true });
    },
  };
}

async function submit(sync: Sync, feed: string, text: string): Promise<string> {
  const bytes = (async function* () {
    yield Buffer.from(text);
  })();
  const run = await sync.submit(feeds.context, { feed, mode: 'full', dryRun: false, fileName: 'f.xml' }, bytes);
  if (!run.ok) throw new Error(run.problem.text);
  return run.value.id;
}

const open = () => ({ insert: { percent: null }, update: { percent: null }, delete: { percent: null } });

const school = (prefix: string, count: number, family = 'Ek') =>
  file(
    ...ids(prefix, count).map((id) => person(id, family)),
    group(`${prefix}g`),
    membership(`${prefix}g`, ids(prefix, count)),
  );

describe('Two gateways on one database', () => {
  test('The other one takes over from one that stands still, and that one is refused when it wakes up', async () => {
    const [one, two] = [await openEngine(), await openEngine()];
    try {
      const stood = one.freeze();
      await one.sync.start();
      const id = await submit(one.sync, 'two', school('two', 1200));
      await stood;
      await two.sync.start();
      const done = await two.sync.wait(feeds.context, id);
      expect(done).toMatchObject({
        state: 'done',
        counts: {
          person: { inFile: 1200, created: 1200, unchanged: 0, totalAfter: 1200 },
          membership: { inFile: 1200, created: 1200, totalAfter: 1200 },
        },
      });
      const [before] = await feeds.roster.find(feeds.context, 'person', [key('person', 'default', 'two7')]);
      one.thaw();
      await one.sync.stop();
      expect(await two.sync.run(feeds.context, id)).toEqual(done);
      const [after] = await feeds.roster.find(feeds.context, 'person', [key('person', 'default', 'two7')]);
      expect(after).toEqual(before);
      const count = await feeds.roster.counts(feeds.context);
      expect([count('feed.two.person'), count('feed.two.membership')]).toEqual([1200, 1200]);
    } finally {
      await one.end();
      await two.end();
    }
  }, 60_000);

  test.each([1, 2, 3])(
    'What came back before the cut is counted once (cut after %i batches)',
    async (batches) => {
      const [one, two] = [await openEngine(), await openEngine()];
      const feed = `cut${batches}`;
      const list = ids(feed, 10);
      const groups = ids(`${feed}-g`, 3);
      const newcomers = ids(`${feed}-new`, 900);
      const whole = (...more: string[]) =>
        file(
          ...[...more, ...list].map((id) => person(id)),
          ...groups.map((id) => group(id)),
          ...groups.map((id) => membership(id, [...list, ...more])),
        );
      try {
        await feeds.sync.putFeed(feeds.context, feed, {
          limits: { person: open(), group: open(), membership: open() },
        });
        await one.sync.start();
        await one.sync.wait(feeds.context, await submit(one.sync, feed, whole()));
        await feeds.roster.execute(
          feeds.context,
          list.map((id) => ({ op: 'remove', type: 'person', key: key('person', 'default', id) }) as const),
        );
        const stood = one.freeze(batches);
        const id = await submit(one.sync, feed, whole(...newcomers));
        await stood;
        await two.sync.start();
        expect(await two.sync.wait(feeds.context, id)).toMatchObject({
          state: 'done',
          counts: {
            person: { inFile: 910, created: 900, restored: 10, updated: 0, unchanged: 0, totalAfter: 910 },
            group: { inFile: 3, unchanged: 3, updated: 0, restored: 0, totalAfter: 3 },
            membership: { inFile: 2730, created: 2700, restored: 30, updated: 0, unchanged: 0, totalAfter: 2730 },
          },
        });
      } finally {
        await one.end();
        await two.end();
      }
    },
    60_000,
  );

  test('A feed has one run at a time, however many gateways look for work', async () => {
    const engines = [await openEngine(), await openEngine(), await openEngine()];
    try {
      await feeds.sync.putFeed(feeds.context, 'turns', { limits: { person: { update: { percent: null } } } });
      const queued: string[] = [];
      for (let at = 0; at < 4; at += 1) queued.push(await submit(feeds.sync, 'turns', school('turns', 100, `F${at}`)));
      await Promise.all(engines.map(({ sync }) => sync.start()));
      const runs = await Promise.all(queued.map((id) => feeds.sync.wait(feeds.context, id)));
      const times = runs.map((run) => [Date.parse(run?.startedAt ?? ''), Date.parse(run?.endedAt ?? '')] as const);
      expect(runs.map((run) => run?.state)).toEqual(queued.map(() => 'done'));
      for (let at = 1; at < times.length; at += 1) {
        expect(times[at]?.[0]).toBeGreaterThanOrEqual(times[at - 1]?.[1] ?? Number.POSITIVE_INFINITY);
      }
      const [last] = await feeds.roster.find(feeds.context, 'person', [key('person', 'default', 'turns0')]);
      expect(last?.data).toMatchObject({ name: { family: 'F3' } });
    } finally {
      for (const engine of engines) await engine.end();
    }
  }, 60_000);
});
