import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { makeListCsvReader } from '../../../src/protocols/list-csv/index.ts';
import { defaultList, type FeedItem, UnreadableFile } from '../../../src/sync/index.ts';
import { header, type Lists, list, openLists, row } from './lists.ts';

let lists: Lists;
let workFolder: string;
beforeAll(async () => {
  lists = await openLists();
  workFolder = await mkdtemp(join(tmpdir(), 'rostergate-lists-'));
});
afterAll(async () => {
  await lists.end();
  await rm(workFolder, { recursive: true });
});

/** What the reader finds in pieces of these lengths, without a store: nothing is known by its hash. */
async function read(text: string | Uint8Array, piece = 65_536): Promise<FeedItem[]> {
  const bytes = Buffer.from(text as Uint8Array);
  const items: FeedItem[] = [];
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  };
  const fingerprints = { container: () => 0n, known: () => false, hash: () => '0123456789abcdef' };
  const options = { file: 'list.csv', namespace: 'n', sourceInKey: false, timeZone: 'UTC', mode: 'changes' } as const;
  const found = makeListCsvReader().read(pieces(), {
    ...options,
    list: defaultList,
    workFolder,
    fingerprints,
  });
  for await (const batch of found) items.push(...batch);
  return items;
}
const persons = (items: readonly FeedItem[]) => items.flatMap((item) => (item.kind === 'record' ? [item] : []));
const named = (items: readonly FeedItem[]) =>
  persons(items).map(({ line, change }) => [line, 'data' in change && (change.data as { name: object }).name]);
const remarks = (items: readonly FeedItem[]) =>
  items.flatMap((item) => (item.kind === 'notice' || item.kind === 'rejected' ? [[item.notice, item.line]] : []));
const refused = async (text: string | Uint8Array) => {
  const error = await read(text).catch((thrown: unknown) => thrown);
  if (!(error instanceof UnreadableFile)) throw new Error('it was not refused', { cause: error });
  return error;
};

describe('How a list may be written', () => {
  const text = `${header}\nÅse,"Ek, Jr.",a@x.example,1,2027,Student\n`;
  const ase = [[2, { given: 'Åse', family: 'Ek, Jr.' }]];

  test.each([
    ['UTF-8', Buffer.from(text), []],
    ['UTF-8 with its mark', Buffer.from(`\uFEFF${text}`), []],
    ['UTF-16 LE', iconv.encode(text, 'utf-16le', { addBOM: true }), [['repair.encoding', 1]]],
    ['UTF-16 BE', iconv.encode(text, 'utf-16be', { addBOM: true }), [['repair.encoding', 1]]],
    ['UTF-16 LE without a mark', iconv.encode(text, 'utf-16le'), [['repair.encoding', 1]]],
    ['windows-1252', iconv.encode(text, 'windows-1252'), [['repair.encoding', 2]]],
  ])('%s is recognised, and told of where it is not UTF-8', async (_, bytes, told) => {
    for (const piece of [1, 7, 65_536]) {
      const items = await read(bytes, piece);
      expect([named(items), remarks(items)]).toEqual([ase, told]);
    }
  });

  test.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
    ['vertical bars', '|'],
  ])('%s between cells are recognised and told of', async (name, delimiter) => {
    const columns = header.replaceAll(',', delimiter);
    const cells = ['Åse', `"Ek${delimiter} Jr., ""B"""`, 'a@x.example', '1', '2027', 'Student'];
    const items = await read(`${columns}\r\n${cells.join(delimiter)}\r\n`, 3);
    expect(named(items)).toEqual([[2, { given: 'Åse', family: `Ek${delimiter} Jr., "B"` }]]);
    expect(items).toContainEqual(
      expect.objectContaining({ notice: 'repair.delimiter', text: `cells are divided by ${name}, not by commas` }),
    );
  });

  test('The line by which Excel names the delimiter is no header', async () => {
    const items = await read(`sep=;\r\n${header.replaceAll(',', ';')}\r\n${row('1').replaceAll(',', ';')}\r\n`);
    expect(named(items)).toEqual([[3, { given: 'Ann', family: 'Ek' }]]);
    expect(remarks(items)).toEqual([['repair.delimiter', 1]]);
  });

  test('Line feeds within quotes keep the lines of what follows right', async () => {
    const items = await read(list(row('1', { first: '"A\nn\r\nn"' }), row('2'), '', row('3', { email: '' })));
    expect(named(items).map(([line]) => line)).toEqual([2, 5]);
    expect(remarks(items)).toEqual([['rejected.no-email', 7]]);
  });

  test('Quotes that are none of RFC 4180 are taken as they stand where the row has all its cells', async () => {
    const items = await read(
      list(row('1', { first: 'Dwayne "Rock" J' }), row('2', { first: '"The \\"Man\\" X"' }), row('3')),
    );
    expect(named(items)).toEqual([
      [2, { given: 'Dwayne "Rock" J', family: 'Ek' }],
      [3, { given: 'The "Man" X', family: 'Ek' }],
      [4, { given: 'Ann', family: 'Ek' }],
    ]);
    expect(remarks(items)).toEqual([
      ['repair.quoting', 2],
      ['repair.quoting', 3],
    ]);
  });

  test('A row with fewer or more cells than the header is rejected with its line; empty ones behind it are left out', async () => {
    const items = await read(
      list('Ann,Ek', `${row('2')},`, `${row('3')},x`, row('4'), 'Ann,Ek, Jr.,5@x.example,5,2027,S'),
    );
    expect(named(items).map(([line]) => line)).toEqual([3, 5]);
    expect(remarks(items)).toEqual([
      ['rejected.invalid-data', 2],
      ['repair.field-count', 3],
      ['rejected.invalid-data', 4],
      ['rejected.invalid-data', 6],
    ]);
    // Whichever cell is too many, the person whom the row may mean is protected.
    const bent = items.findLast((item) => item.kind === 'rejected');
    expect(bent).toMatchObject({ keys: expect.arrayContaining(['person:n:5']), withMemberships: true });
  });
});

describe('What is no list', () => {
  test.each([
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d494844520000', 'hex')],
    ['zero bytes', Buffer.alloc(5_000)],
    ['a list with zero bytes in it', Buffer.from(`${header}\nA\0nn,Ek,a@x.example,1,2027,Student\n`)],
  ])('%s is refused and nothing of it is shown', async (_, bytes) => {
    const error = await refused(bytes);
    expect(error.code).toBe('unreadable-input');
    expect(error.message).not.toContain('PNG');
  });

  test('A file that mixes UTF-8 with something else is refused with the line', async () => {
    const bytes = Buffer.concat([
      Buffer.from(list(row('1', { first: 'Åse' }))),
      Buffer.from(row('2')),
      Buffer.from([0xe5]),
    ]);
    expect(await refused(bytes)).toMatchObject({ code: 'unreadable-input', line: 3 });
  });

  test('A header of 10,000 columns is refused', async () => {
    const columns = Array.from({ length: 10_000 }, (_, at) => `c${at}`).join(',');
    expect((await refused(`${header},${columns}\n${row('1')}\n`)).message).toContain('10006 columns; 500 are allowed');
  });

  test('An endless line takes itself alone, and no more memory than a row may have', async () => {
    const pieces = [`${list(row('1'))}`, 'x'.repeat(40_000_000), `\n${row('2')}\n`];
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }, 5);
    const items = await read(pieces.join(''));
    clearInterval(timer);
    expect(named(items).map(([line]) => line)).toEqual([2, 4]);
    expect(remarks(items)).toEqual([['rejected.too-large', 3]]);
    // The text itself, and what reading it took.
    expect(most).toBeLessThan(40_000_000 + 60_000_000);
  });

  test('A quote that nobody closes takes its line; the rows behind it are read', async () => {
    const items = await read(list(row('1'), row('2', { first: '"Bo' }), row('3'), row('4')));
    expect(named(items).map(([line]) => line)).toEqual([2, 4, 5]);
    expect(remarks(items)).toEqual([['rejected.unreadable', 3]]);
  });

  test('A quoted cell that goes on for megabytes is one row that is too large', async () => {
    const items = await read(list(row('1'), `"${'x\n'.repeat(2_000_000)}`, row('2')));
    expect(named(items).map(([line]) => line)).toEqual([2, 2_000_004]);
    expect(remarks(items)[0]?.[0]).toBe('rejected.too-large');
  }, 60_000);

  test('A cell of more than 4,096 letters is rejected; control characters are left out', async () => {
    const items = await read(list(row('1', { first: 'x'.repeat(5_000) }), row('2', { first: 'A\u0007n\u0001n' })));
    expect(named(items)).toEqual([[3, { given: 'Ann', family: 'Ek' }]]);
    expect(remarks(items)).toEqual([
      ['rejected.too-large', 2],
      ['repair.control-character', 3],
    ]);
  });

  test('Names and values that mean something to JavaScript or to a path are text', async () => {
    const id = '__proto__';
    await lists.make('odd');
    const odd = `${header},constructor,__proto__\n../../x,"<script>",o@x.example,${id},2027,toString,1,2\n`;
    const run = await lists.take('odd', odd);
    expect(run).toMatchObject({ state: 'done', counts: { person: { created: 1 } } });
    expect((await lists.person('odd', id))?.data.name).toEqual({ given: '../../x', family: '<script>' });
    expect((await lists.problems(run)).map(({ field, id: value }) => [field, value])).toEqual([
      ['constructor', null],
      ['__proto__', null],
      ['STAKEHOLDERS', 'toString'],
    ]);
  });

  test('Nothing of a file stays in the work folder, whether it was read or refused', async () => {
    await read(list(row('1')));
    await refused('nothing');
    expect(await readdir(workFolder)).toEqual([]);
  });
});
