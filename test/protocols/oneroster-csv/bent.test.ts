import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Run } from '../../../src/sync/index.ts';
import { header, manifest, packageOf, zipOf } from './packages.ts';
import { changes, openServed, type Served } from './served.ts';

let rest: Served;
beforeAll(async () => {
  rest = await openServed();
});
afterAll(() => rest.end());

const user = (id: string, more = '') => `${id},,,true,${id},,Given,Family,${more},,,,,,,,,,,,,,`;
const org = (id: string) => `${id},,,${id},school,,`;
const many = (from: number, to: number, prefix = 'u') =>
  Array.from({ length: to - from }, (_, at) => user(`${prefix}${from + at}`));
const problems = (run: Run) =>
  run.problems.map(({ kind, count, first }) => [kind, count, first.file, first.line, first.id]);

/** More than a mebibyte that cannot be packed to nothing. */
const filler = (end: string) =>
  Array.from({ length: 150_000 }, (_, at) => `${Math.imul(at + 1, 2_654_435_761).toString(36)},y${end}`).join('');

describe('A field that does not end', () => {
  test.each([
    [
      'for want of a quote',
      'open',
      ['open,,,true,b,,"Given,Family,,,,,,,,,,,,,,,,', 'more, of it', '', 'and more'],
      'rejected.unreadable',
    ],
    ['in lines of more than a mebibyte', 'lines', [user('lines', `"${filler('\n')}"`)], 'rejected.too-large'],
    ['in a line of more than a mebibyte', 'line', [user('line', `"${filler('')}"`)], 'rejected.too-large'],
  ])('%s is one problem; the rows behind it are read, and its record is protected', async (_, feed, rows, kind) => {
    await rest.take(await packageOf('bulk', { users: [user(feed), ...many(0, 60, feed)] }), feed);
    const run = await rest.take(
      await packageOf('bulk', { users: [user(`${feed}0`, 'new'), ...rows, ...many(1, 60, feed)] }),
      feed,
    );
    expect(problems(run)).toEqual([[kind, 1, 'users.csv', 3, feed]]);
    expect([run.state, changes(run)['person']]).toEqual([
      'done',
      { inFile: 61, created: 0, updated: 1, trashed: 0, rejected: 1 },
    ]);
  });
});

describe('A header', () => {
  const columns = header('orgs').trim().split(',');
  const take = async (feed: string, first: string) =>
    rest.take(
      await zipOf({
        'manifest.csv': manifest({ orgs: 'delta' }),
        'orgs.csv': `${first}\n${feed},active,,${feed},school,,\n`,
      }),
      feed,
    );

  test('with quotes, blanks and capitals of its own is read and told of', async () => {
    const run = await take('h1', `"SourcedID" , STATUS,${columns.slice(2).join(',')}`);
    expect([run.state, changes(run)['group']?.created]).toEqual(['done', 1]);
    expect(run.problems.filter(({ kind }) => kind === 'repair.header-spelling')).toMatchObject([
      { count: 3, first: { file: 'orgs.csv', line: 1 } },
    ]);
    const blanks = await take('h2', columns.join(' , '));
    expect(blanks.problems.filter(({ kind }) => kind === 'repair.header-spelling')).toMatchObject([{ count: 1 }]);
  });

  test('that cannot be read names file, column and what was expected', async () => {
    const quoted = await take('h3', columns.join(',').replace('name', 'na"me'));
    expect([quoted.state, quoted.reason]).toEqual([
      'failed',
      'The package is not imported: orgs.csv: column 4 of the header, na"me, holds a double quote; the name of a column was expected, plain or in one pair of quotes.',
    ]);
    const lacking = await take('h4', 'id,status,dateLastModified,name,kind');
    expect(lacking.reason).toBe(
      'The package is not imported: orgs.csv: the header lacks sourcedId, type; it has id, status, dateLastModified, name, kind.',
    );
  });
});

test('Lists of ids lose blanks, empty items and repetitions, which is counted', async () => {
  const run = await rest.take(
    await packageOf('bulk', {
      orgs: [org('o1')],
      academicSessions: ['t1,,,One,term,2026-08-01,2027-01-01,,2027', 't2,,,Two,term,2027-01-01,2027-08-01,,2027'],
      courses: ['c1,,,,Course,,,o1,,'],
      classes: ['k1,,,Class,,c1,,scheduled,,o1," t1 ,, t2,t1,",,,'],
      users: [
        user('a1'),
        user('a2'),
        user('a3')
          .replace(/(,){14}$/, ',,,,,"a1 , ,a2",,,,,,,,,')
          .slice(0),
      ],
    }),
    'lists',
  );
  expect(run.problems.filter(({ kind }) => kind === 'repair.trimmed-id')).toMatchObject([{ count: 2 }]);
  const { objects } = await rest.read('rostering/v1p2/classes/k1');
  expect(objects).toMatchObject([{ terms: ['t1', 't2'] }]);
  expect((await rest.read('rostering/v1p2/users/a3')).objects).toMatchObject([{ agents: ['a1', 'a2'] }]);
});

describe('A file that is much smaller than the last one', () => {
  const exceeded = (run: Run) =>
    run.filters.filter((one) => one.exceeded).map(({ filter, reason }) => [filter, reason]);

  test('is compared by itself: a part of the package holds nothing, a shrunken file of a grown one does', async () => {
    const take = async (files: Parameters<typeof packageOf>[1]) => rest.take(await packageOf('bulk', files), 'sizes');
    expect((await take({ orgs: [org('s1')], users: many(100, 160) })).state).toBe('done');
    expect((await take({ orgs: [org('s1'), org('s2')] })).state).toBe('done');
    const orgs = Array.from({ length: 500 }, (_, at) => org(`s${at + 1}`));
    const held = await take({ orgs, users: many(100, 110) });
    expect([held.state, exceeded(held)]).toEqual([
      'held',
      [
        [
          'smaller-file',
          expect.stringMatching(/^users\.csv has \d+ bytes, the last one had \d+; less than 50 % of it is held\.$/),
        ],
      ],
    ]);
    await rest.feeds.sync.reject(rest.feeds.context, held.id);
    expect((await take({ orgs, users: many(100, 160) })).state).toBe('done');
    const delta = await rest.take(
      await packageOf('delta', { users: [`u100,active,2026-09-01T00:00:00.000Z,${user('u100').slice(7)}`] }),
      'sizes',
    );
    expect(delta.state).toBe('done');
    expect((await take({ users: many(100, 159) })).state).toBe('done');
  });
});
