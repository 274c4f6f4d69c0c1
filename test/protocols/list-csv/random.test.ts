import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { makeKeyTable } from '../../../src/protocols/list-csv/key-table.ts';
import { header, type Lists, openLists } from './lists.ts';

let lists: Lists;
beforeAll(async () => {
  lists = await openLists();
});
afterAll(() => lists.end());

/** Numbers from 0 to below `end`, the same for each seed. */
function dice(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

const community = { column: 'PROGRAM', group: 'Program', kind: 'other', communities: [], values: [], anyValue: true };
const programs = ['', 'Economics', 'Maths', 'Economics;Maths', 'maths ; Law', 'Law'];

/** A list of up to 30 persons, some of whom have rows that cannot be used. */
function randomList(roll: (end: number) => number): string {
  const rows = Array.from({ length: 30 }, (_, at) => at).flatMap((id) => {
    if (roll(4) === 0) return [];
    const email = roll(12) === 0 ? '' : roll(15) === 0 ? 'shared@x.example' : `${id}@x.example`;
    const first = roll(15) === 0 ? '' : ['Ann', 'Bo', '"Cy, ""C"""', 'Åse'][roll(4)];
    const type = roll(20) === 0 ? 'Student;Alumni' : ['Student', 'Alumni', ''][roll(3)];
    const removed = roll(15) === 0 ? 'yes' : '';
    return [`${first},Ek,${email},${id},${2020 + roll(3)},${type},"${programs[roll(programs.length)]}",${removed}`];
  });
  return `${header},PROGRAM,DELETE\n${rows.join('\n')}\n`;
}

interface Known {
  readonly first: string;
  readonly year: string;
  readonly type: string;
  readonly groups: readonly string[];
}

/** What the rules say of a list, in the plainest words: who is there afterwards, by id. */
function byTheRules(text: string, before: ReadonlyMap<string, Known>): Map<string, Known> {
  const rows = parse(text, { columns: true }) as Record<string, string>[];
  const after = new Map<string, Known>();
  for (const row of rows) {
    const { FIRST_NAME: first = '', EMAIL: email = '', USER_ID: id = '', STAKEHOLDERS: type = '' } = row;
    const shared = email !== '' && rows.filter((other) => other['EMAIL'] === email).length > 1;
    const removed = row['DELETE'] === 'yes';
    const unusable = shared || email === '' || (!removed && (first === '' || type.includes(';')));
    const was = before.get(id);
    if (unusable && was !== undefined) after.set(id, was);
    if (unusable || removed) continue;
    const values = (row['PROGRAM'] ?? '').split(';').map((value) => value.trim().toLowerCase());
    const groups = [...new Set(values)].filter((value) => value !== '').sort();
    after.set(id, { first, year: row['GRADUATION'] ?? '', type, groups });
  }
  return after;
}

async function stored(feed: string): Promise<Map<string, Known>> {
  const found = new Map<string, Known>();
  for (let id = 0; id < 30; id += 1) {
    const person = await lists.person(feed, String(id));
    if (person === undefined) continue;
    const metadata = person.data.extension?.oneRoster?.['metadata'] as { classYear?: string } | undefined;
    const groups = (await lists.groupsOf(feed, String(id))).map((title) => title.toLowerCase());
    const [role] = person.data.institutionRoles ?? [];
    found.set(String(id), {
      first: person.data.name?.given ?? '',
      year: metadata?.classYear ?? '',
      type: role?.type ?? '',
      groups: groups.sort(),
    });
  }
  return found;
}

/** Takes a list in, and approves its run where it is held. */
async function take(feed: string, text: string): Promise<void> {
  const { sync, context } = lists.feeds;
  const run = await lists.take(feed, text);
  if (run.state !== 'held') return;
  await sync.approve(context, run.id);
  await sync.wait(context, run.id);
}

describe('Random lists', () => {
  test.each([1, 2, 3, 4])(
    'one after the other leave the roster as the rules say (seed %i)',
    async (seed) => {
      const feed = `random-${seed}`;
      await lists.make(feed, { list: { communities: [community] } });
      const roll = dice(seed);
      let expected = new Map<string, Known>();
      for (let night = 0; night < 6; night += 1) {
        const text = randomList(roll);
        expected = byTheRules(text, expected);
        await take(feed, text);
        const sorted = (map: ReadonlyMap<string, Known>) => [...map].sort(([a], [b]) => Number(a) - Number(b));
        // Who comes back brings the memberships that went along; those that the list does not have go with the next file.
        await take(feed, text);
        expect([night, sorted(await stored(feed))]).toEqual([night, sorted(expected)]);
      }
    },
    60_000,
  );
});

test('What rows share is found among a million values, and nothing else is', () => {
  const table = makeKeyTable();
  for (let line = 1; line <= 1_000_000; line += 1) table.add('email', `person${line}@school.example`, line);
  expect(table.hasShared).toBe(false);
  table.add('login', 'person7@school.example', 7);
  expect(table.hasShared).toBe(false);
  for (let line = 2_000_001; line <= 2_000_020; line += 1) table.add('email', 'person7@school.example', line);
  expect(table.hasShared).toBe(true);
  expect(table.others('email', 'person7@school.example', 2_000_001)).toEqual({
    lines: [7, 2_000_002, 2_000_003, 2_000_004, 2_000_005, 2_000_006, 2_000_007, 2_000_008, 2_000_009, 2_000_010],
    count: 20,
  });
  expect(table.others('email', 'person8@school.example', 8)).toBeUndefined();
});
