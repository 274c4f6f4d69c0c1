import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Context } from '../../src/roster/index.ts';
import type { Run } from '../../src/sync/index.ts';
import { type Feeds, openFeeds } from '../sync/feeds.ts';
import { dialects } from './dialects.ts';
import { type Chance, chanceOf, randomRoster } from './random-roster.ts';
import { calmTenant, queueUndo, submit } from './rooms.ts';
import { expected, snapshot, told } from './snapshot.ts';

const root = new URL('../..', import.meta.url);

/** A process that is loaded and waits for work. */
interface Spare {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
}

let feeds: Feeds;
let spares: Promise<Spare>[];

async function startSpare(): Promise<Spare> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/differential/worker.ts'], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('loaded');
  return { child, lines };
}

beforeAll(async () => {
  feeds = await openFeeds({ start: false });
  spares = [startSpare(), startSpare()];
});
afterAll(async () => {
  for (const spare of spares) (await spare).child.kill('SIGKILL');
  await feeds.end();
});

/** Has a fresh process work on the queue; answers how to kill it. */
async function work(): Promise<() => Promise<void>> {
  const spare = await (spares.shift() as Promise<Spare>);
  spares.push(startSpare());
  spare.child.stdin?.write(`${JSON.stringify(feeds.database)}\n`);
  const { value } = await spare.lines.next();
  const folder = String(value).replace('works in ', '');
  return async () => {
    const ended = new Promise((resolve) => spare.child.once('exit', resolve));
    spare.child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
}

/** Has processes work on a run, each but the last killed at a random moment; the run when it is done. */
async function workedWithKills(context: Context, { id }: Run, chance: Chance, longestMs: number): Promise<Run> {
  for (let kills = Math.floor(chance() * 3); kills > 0; kills -= 1) {
    const kill = await work();
    await sleep(chance() * longestMs);
    await kill();
  }
  const kill = await work();
  const run = await feeds.sync.wait(context, id);
  await kill();
  if (run?.state !== 'done') throw new Error(`the run is ${run?.state}: ${JSON.stringify(run?.problems)}`);
  return run;
}

const histories = Number(process.env['KILL_RUNS'] ?? 10);
const seedOfAll = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

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
    const seen: unknown[] = [seed];

    await workedWithKills(context, await queue(a, '2026-01-01'), chance, 700);
    const stateOfA = await snapshot(feeds.roster, context);
    expect([...seen, told(stateOfA)]).toEqual([...seen, expected(a, a)]);

    const second = await workedWithKills(context, await queue(b, '2026-01-02'), chance, 700);
    expect([...seen, told(await snapshot(feeds.roster, context))]).toEqual([...seen, expected(a, b)]);
    const gone = [...a.persons.keys()].filter((id) => !b.persons.has(id)).length;
    const fresh = [...b.persons.keys()].filter((id) => !a.persons.has(id)).length;
    expect([...seen, second.counts.person]).toEqual([
      ...seen,
      expect.objectContaining({ inFile: b.persons.size, created: fresh, trashed: gone, totalAfter: b.persons.size }),
    ]);

    await workedWithKills(context, await queueUndo(feeds, context, second), chance, 700);
    const undone = await snapshot(feeds.roster, context);
    const differing = [...stateOfA]
      .filter(([key, record]) => !isDeepStrictEqual(undone.get(key), record))
      .map(([key, record]) => [record, undone.get(key)]);
    expect([...seen, differing]).toEqual([...seen, []]);
    const more = [...undone].filter(([key, record]) => !stateOfA.has(key) && record.state !== 'trashed');
    expect([...seen, more]).toEqual([...seen, []]);
  }
}, 3_000_000);
