import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '../../src/base/clock.ts';
import type { Change, Context, Roster, View, ViewItem } from '../../src/roster/index.ts';
import { makeRoster } from '../../src/roster/index.ts';
import {
  admin,
  ends,
  feed,
  g,
  group,
  member,
  openRoster,
  p,
  person,
  remove,
  school,
  sis,
  type TestRoster,
} from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
});
afterAll(() => room.close());

const views = ['user', 'class', 'enrollment'] as const;
const writers = 16;
const callsEach = Number(process.env['RUNS'] ?? 20);
const classes = 12;
const persons = 60;

/** What a reader holds of one item; a newer version takes the place of an older one. */
const keyOf = ({ record, role = 0 }: ViewItem) => `${record.guid}.${role}`;
const versionOf = ({ record }: ViewItem) => `${record.sequence} ${record.state} ${record.updatedAt.getTime()}`;

/** Polls what is newer than the newest it has seen, as a learning tool does with `dateLastModified>`. */
function makeReader(roster: Roster, view: View, limit: number) {
  const copy = new Map<string, string>();
  let seen = new Date(0);
  return {
    copy,
    async poll(): Promise<void> {
      const where = {
        join: 'and' as const,
        clauses: [{ field: 'updatedAt' as const, operator: '>' as const, value: seen }],
      };
      let next = seen;
      for (let offset = 0; ; offset += limit) {
        const { items, total } = await roster.page(sis, { view, limit, offset, where });
        for (const item of items) {
          copy.set(keyOf(item), versionOf(item));
          // A page is the store as it was at one moment, and the next page is a later moment: what changes between
          // them on the first page's side is seen by the next poll, if that starts from the first page's time.
          if (offset === 0 && item.record.updatedAt > next) next = item.record.updatedAt;
        }
        if (items.length === 0 || offset + limit >= total) break;
      }
      seen = next;
    },
  };
}

/** A small random number generator, so that a failure can be had again. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

function randomChange(random: (below: number) => number, call: number): Change {
  const who = `p${random(persons)}`;
  const what = `c${random(classes)}`;
  switch (random(8)) {
    case 0:
      return remove('person', p(who));
    case 1:
      return remove('membership', ends(what, who));
    case 2:
      return group(what, 'class', [`s${random(2)}`], { location: `room ${call}` });
    case 3:
    case 4:
      return person(who, { email: `${call}@example.org` });
    default:
      return member(what, who, random(3) === 0 ? ['Instructor', 'Mentor'] : ['Learner']);
  }
}

async function write(roster: Roster, seed: number): Promise<void> {
  const random = makeRandom(seed);
  const context: Context = { ...sis, writer: `credential:w${seed}` };
  for (let call = 0; call < callsEach; call += 1) await roster.execute(context, [randomChange(random, call)]);
}

/** An import beside the single calls: batches of a feed. */
async function importFile(roster: Roster): Promise<void> {
  for (let batch = 0; batch < 6; batch += 1) {
    const changes = Array.from({ length: 300 }, (_, at) => at).flatMap((at): Change[] => [
      person(`i${at}`, { email: `${batch}@example.org` }),
      member(`c${at % classes}`, `i${at}`),
    ]);
    await roster.execute(feed('nightly'), changes);
  }
}

test('3.1 A reader who polls dateLastModified> beside 16 writers and an import misses nothing', async () => {
  const second = makeRoster(room.store, systemClock).roster;
  const { roster } = makeRoster(room.store, systemClock);
  await roster.execute(admin, [
    school('s0'),
    school('s1'),
    ...Array.from({ length: classes }, (_, at) => group(`c${at}`, 'class', ['s0'])),
  ]);
  const whole = views.map((view) => makeReader(roster, view, 100_000));
  const paged = views.map((view) => makeReader(second, view, 40));
  let writing = true;
  const reading = [...whole, ...paged].map(async (reader) => {
    while (writing) await reader.poll();
    await reader.poll();
    await reader.poll();
  });
  await Promise.all([
    ...Array.from({ length: writers }, (_, at) => write(at % 4 === 0 ? second : roster, at + 1)),
    importFile(roster),
  ]);
  writing = false;
  await Promise.all(reading);
  for (const [at, view] of views.entries()) {
    const { items } = await roster.page(sis, { view, limit: 100_000, offset: 0 });
    const store = new Map(items.map((item) => [keyOf(item), versionOf(item)]));
    expect(store.size).toBeGreaterThan(10);
    for (const readers of [whole, paged]) {
      const copy = readers[at]?.copy ?? new Map<string, string>();
      const missed = [...store].filter(([key, value]) => copy.get(key) !== value);
      expect(missed).toEqual([]);
      // What has left the view was last seen as deleted (a membership that waits again), or is a role that was dropped.
      const left = [...copy].filter(
        ([key, value]) => key.endsWith('.0') && !store.has(key) && !value.includes(' trashed '),
      );
      expect(left).toEqual([]);
    }
  }
  expect((await roster.find(sis, 'group', [g('c0')]))[0]?.state).toBe('active');
}, 60_000);
