import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Run } from '../../../src/sync/index.ts';
import { standingClock } from '../../roster/roster.ts';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { demo } from '../../setup/services.ts';
import { collections, everything, type Operation, randomRounds } from './roster-changes.ts';

const bases = { v1p1: '/ims/oneroster/v1p1', v1p2: '/ims/oneroster/rostering/v1p2' } as const;
type Version = keyof typeof bases;
const versions = Object.keys(bases) as Version[];
const tenYears = 10 * 365 * 86_400;

/** A server that two others follow, one in each version. Its records are of days that are past. */
let server: Doors;
const clock = standingClock();
const followers = new Map<Version, Doors>();
beforeAll(async () => {
  server = await startDoors({ clock, tokenSeconds: tenYears });
  for (const version of versions) {
    const doors = await startDoors();
    followers.set(version, doors);
    const pull = {
      url: server.url + bases[version],
      version,
      tokenUrl: `${server.url}/oauth/token`,
      clientId: demo.user,
      secret: demo.password,
      demographics: true,
      pageSize: 1000,
      delta: true,
    };
    const percent = { insert: { percent: null }, update: { percent: null }, delete: { percent: null } };
    const limits = { person: percent, group: percent, membership: percent, academicSession: percent };
    const put = await doors.sync.putFeed(doors.context, 'hop', { pull, limits, smallerFilePercent: null });
    expect(put).toMatchObject({ ok: true });
  }
});
afterAll(() => Promise.all([server, ...followers.values()].map((doors) => doors.close())));

async function pull(doors: Doors): Promise<Run> {
  const started = await doors.sync.pull(doors.context, { feed: 'hop', dryRun: false });
  expect(started.ok).toBe(true);
  for (;;) {
    const now = await doors.sync.pulled(doors.context, 'hop');
    if (now?.state === 'failed') throw new Error(now.problem?.text);
    const run = now?.state === 'submitted' ? await doors.sync.wait(doors.context, now.run ?? '') : undefined;
    if (run !== undefined) return run;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The active objects of a collection by sourcedId, without times and addresses. */
async function shown(doors: Doors, version: Version, name: string): Promise<unknown[]> {
  const { json } = await doors.ask('GET', `${bases[version]}/${name}?limit=1000&filter=status%3D'active'`);
  const text = JSON.stringify(json[name], (key, value: unknown) =>
    key === 'dateLastModified' || key === 'href' ? undefined : value,
  );
  return (JSON.parse(text) as { sourcedId: string }[]).sort((a, b) => (a.sourcedId < b.sourcedId ? -1 : 1));
}

/** Pulls by one version, and compares all that is there. */
async function follow(version: Version, round: number, operations: readonly Operation[]): Promise<void> {
  const doors = followers.get(version) as Doors;
  const run = await pull(doors);
  const kind = round === 0 ? 'full' : 'delta';
  expect({ round, version, ...run }).toMatchObject({ round, version, state: 'done', pull: { kind, note: null } });
  for (const name of collections) {
    const [wanted, got] = await Promise.all([server, doors].map((one) => shown(one, version, name)));
    expect({ round, version, operations, got }).toEqual({ round, version, operations, got: wanted });
  }
}

test('Pulls by changes follow a server through random changes, and have its active objects after each', async () => {
  for (const [round, operations] of [everything(5), ...randomRounds(7, 11)].entries()) {
    const { status, json } = await server.ask('POST', `${bases.v1p2}/batch`, { data: { operations } });
    expect(status).toBe(200);
    if (round === 0) expect(new Set(json.results.map((one: { status: number }) => one.status))).toEqual(new Set([201]));
    // What the round before has changed is no part of the next one.
    clock.forward(600_000);
    await Promise.all(versions.map((version) => follow(version, round, operations)));
  }
}, 60_000);
