import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import type { Context } from '../../src/roster/index.ts';
import type { Run } from '../../src/sync/index.ts';
import { type Feeds, openFeeds } from '../sync/feeds.ts';
import { dialects } from './dialects.ts';
import { type Chance, chanceOf, type RandomRoster, randomRoster } from './random-roster.ts';
import { calmTenant, queueCrosswalk, queueRollover, queueUndo, submit } from './rooms.ts';
import { expected, joined, renamed, type Snapshot, snapshot, told } from './snapshot.ts';

const root = new URL('../..', import.meta.url);

/** A process that is loaded and waits for work. */
interface Spare {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
}

/** By this name the database knows the processes that are killed. */
const appName = `kills-${process.pid}`;

let feeds: Feeds;
let database: Awaited<ReturnType<typeof connect>>;
let spares: Promise<Spare>[];

async function startSpare(): Promise<Spare> {
  const child = spawn(process.execPath, ['test/differential/worker.js'], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('loaded');
  return { child, lines };
}

/** A connection beside that of the services. */
async function connect(uri: string) {
  const connection = await mongoose.createConnection(uri).asPromise();
  const { db } = connection;
  if (db === undefined) throw new Error('there is no database');
  return { db, close: () => connection.close() };
}

/** Ends what dead processes have begun, as the database would do by itself after a while. */
async function endTheirTransactions(): Promise<void> {
  const pipeline = [
    { $currentOp: { allUsers: true, idleSessions: true } },
    { $match: { appName, lsid: { $exists: true } } },
  ];
  const { cursor: found } = (await database.db.admin().command({ aggregate: 1, pipeline, cursor: {} })) as {
    cursor: { firstBatch: { lsid: { id: unknown; uid: unknown } }[] };
  };
  const patterns = found.firstBatch.map(({ lsid: { id, uid } }) => ({ lsid: { id, uid } }));
  if (patterns.length > 0) await database.db.admin().command({ killAllSessionsByPattern: patterns });
}

beforeAll(async () => {
  feeds = await openFeeds({ start: false });
  database = await connect(feeds.database.uri);
  spares = [startSpare(), startSpare()];
});
afterAll(async () => {
  for (const spare of spares) (await spare).child.kill('SIGKILL');
  await database.close();
  await feeds.end();
});

/** Has a fresh process work on the queue; answers how to kill it. */
async function work(): Promise<() => Promise<void>> {
  const spare = await (spares.shift() as Promise<Spare>);
  spares.push(startSpare());
  const uri = new URL(feeds.database.uri);
  uri.searchParams.set('appName', appName);
  spare.child.stdin?.write(`${JSON.stringify({ ...feeds.database, uri: uri.href })}\n`);
  const { value } = await spare.lines.next();
  const folder = String(value).replace('works in ', '');
  return async () => {
    const ended = new Promise((resolve) => spare.child.once('exit', resolve));
    spare.child.kill('SIGKILL');
    await ended;
    await endTheirTransactions();
    await rm(folder, { recursive: true, force: true });
  };
}

/** Has processes work on a run that are killed at random moments, and then this one; the run when it is done. */
async function workedWithKills(context: Context, { id }: Run, chance: Chance, longestMs: number): Promise<Run> {
  for (let kills = Math.floor(chance() * 3); kills > 0; kills -= 1) {
    const kill = await work();
    await sleep(chance() * longestMs);
    await kill();
  }
  await feeds.sync.start();
  const run = await feeds.sync.wait(context, id);
  await feeds.sync.stop();
  if (run?.state !== 'done') throw new Error(`the run is ${run?.state}: ${JSON.stringify(run?.problems)}`);
  return run;
}

const histories = Number(process.env['KILL_RUNS'] ?? 10);
const seedOfAll = Number(process.env['KILL_SEED'] ?? process.env['SEED'] ?? 703_663);

/** What befalls a roster after two files, in turn, so that each dialect sees both. */
const endings = [undone, undone, moved, moved];

test(`Runs that are killed at random moments end as if nobody had killed them: ${histories} histories from seed ${seedOfAll}`, async () => {
  for (let at = 0; at < histories; at += 1) {
    const seed = seedOfAll + at;
    const chance = chanceOf(seed);
    const dialect = dialects[at % dialects.length];
    if (dialect === undefined) throw new Error('there is no dialect');
    const size = { persons: 400, groups: 30, members: 1500, kinds: dialect.kinds, joined: dialect.joined };
    const context = await calmTenant(feeds, `kill-${at}`, dialect.protocol);
    const a = randomRoster(chance, size);
    const b = randomRoster(chance, size, a);
    const queue = async (roster: typeof a, stamp: string) =>
      submit(feeds, context, await dialect.fileOf(roster, stamp), dialect.name);

    await workedWithKills(context, await queue(a, '2026-01-01'), chance, 700);
    const stateOfA = await snapshot(feeds.roster, context);
    expect([seed, told(stateOfA)]).toEqual([seed, expected(a, a)]);

    const second = await workedWithKills(context, await queue(b, '2026-01-02'), chance, 700);
    expect([seed, told(await snapshot(feeds.roster, context))]).toEqual([seed, expected(a, b)]);
    const gone = [...a.persons.keys()].filter((id) => !b.persons.has(id)).length;
    const fresh = [...b.persons.keys()].filter((id) => !a.persons.has(id)).length;
    expect([seed, second.counts.person]).toEqual([
      seed,
      expect.objectContaining({ inFile: b.persons.size, created: fresh, trashed: gone, totalAfter: b.persons.size }),
    ]);
    await endings[at % endings.length]?.({ seed, chance, context, a, b, stateOfA, second });
  }
}, 3_000_000);

/** A roster after its second file. */
interface Grown {
  readonly seed: number;
  readonly chance: Chance;
  readonly context: Context;
  readonly a: RandomRoster;
  readonly b: RandomRoster;
  readonly stateOfA: Snapshot;
  readonly second: Run;
}

/** The undo of the second file gives back what was there before it. */
async function undone({ seed, chance, context, stateOfA, second }: Grown): Promise<void> {
  await workedWithKills(context, await queueUndo(feeds, context, second), chance, 700);
  const shot = await snapshot(feeds.roster, context);
  const differing = [...stateOfA]
    .filter(([key, record]) => !isDeepStrictEqual(shot.get(key), record))
    .map(([key, record]) => [record, shot.get(key)]);
  expect([seed, differing]).toEqual([seed, []]);
  const more = [...shot].filter(([key, record]) => !stateOfA.has(key) && record.state !== 'trashed');
  expect([seed, more]).toEqual([seed, []]);
}

/** All records get new ids, many of them each other's; then all below one school is retired. */
async function moved({ seed, chance, context, a, b }: Grown): Promise<void> {
  const ids = newIds(b, chance);
  const rows = [...ids].map(([id, next]) => `${id},${next},${b.persons.has(id) ? 'person' : 'group'}`);
  const walk = await workedWithKills(
    context,
    await queueCrosswalk(feeds, context, ['oldId,newId,type', ...rows]),
    chance,
    500,
  );
  expect([seed, walk.problems]).toEqual([seed, []]);
  expect([seed, told(await snapshot(feeds.roster, context))]).toEqual([seed, renamed(expected(a, b), ids)]);

  const below = (school: string) => [...b.groups.values()].filter(({ parent }) => parent === school);
  const [school] = [...b.groups.values()]
    .filter(({ kind }) => kind === 'school')
    .sort((one, other) => below(other.id).length - below(one.id).length);
  if (school === undefined) throw new Error('there is no school');
  const retired = new Set([school, ...below(school.id)].map(({ id }) => id));
  const left: RandomRoster = {
    persons: b.persons,
    groups: new Map([...b.groups].filter(([id]) => !retired.has(id))),
    members: new Map([...b.members].filter(([, { group }]) => !retired.has(group))),
  };
  await workedWithKills(context, await queueRollover(feeds, context, ids.get(school.id) ?? school.id), chance, 500);
  const end = joined(expected(a, b), expected(b, left));
  expect([seed, told(await snapshot(feeds.roster, context))]).toEqual([seed, renamed(end, ids)]);
}

/** New ids for most persons and groups: a third has the next one's, the others ids that nobody has had. */
function newIds({ persons, groups }: RandomRoster, chance: Chance): Map<string, string> {
  const ids = new Map<string, string>();
  for (const list of [[...persons.keys()], [...groups.keys()]]) {
    const part = list.filter(() => chance() < 0.9);
    const ring = part.slice(0, part.length / 3);
    ring.forEach((id, at) => {
      const next = ring[(at + 1) % ring.length];
      if (next !== undefined && next !== id) ids.set(id, next);
    });
    for (const id of part.slice(ring.length)) ids.set(id, `new-${id}`);
  }
  return ids;
}
