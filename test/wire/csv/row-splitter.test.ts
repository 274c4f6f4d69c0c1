import { describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { fieldBytes, fieldsOf, makeRowSplitter, type RowFault } from '../../../src/wire/index.ts';

interface Row {
  readonly text: string;
  readonly line: number;
  readonly fault?: RowFault;
}

/** The rows of a text that comes in pieces of the given sizes, again and again. */
function split(
  text: string,
  sizes: readonly number[] = [65_536],
  limit?: number,
  isRow?: Parameters<typeof makeRowSplitter>[2],
): Row[] {
  const rows: Row[] = [];
  const splitter = makeRowSplitter(
    (bytes, from, to, line, fault) => {
      rows.push({ text: bytes.toString('utf8', from, to), line, ...(fault !== undefined && { fault }) });
    },
    limit,
    isRow,
  );
  const bytes = Buffer.from(text);
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = Math.max(sizes[turn % sizes.length] ?? 1, 1);
    // A piece may be used again by whoever gave it.
    const piece = Uint8Array.from(bytes.subarray(at, at + size));
    splitter.push(piece);
    piece.fill(0);
    at += size;
  }
  splitter.end();
  return rows;
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
const ends = fc.constantFrom('\n', '\r\n', '\r');
const cell = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.stringMatching(/^[a,"\n\r é]{0,6}$/),
  fc.constantFrom('', '"', '""', ',', '\n', '\r\n', 'ø"ß'),
);
const quotedCell = fc.tuple(cell, fc.boolean()).map(([text, always]) => {
  const must = /[",\r\n]/.test(text);
  return always || must ? `"${text.replaceAll('"', '""')}"` : text;
});

describe('Rows are cut out of CSV by their bytes', () => {
  test('Rows and fields are those of csv-parse, wherever the pieces are cut', () => {
    const table = fc
      .integer({ min: 2, max: 4 })
      .chain((width) =>
        fc.array(fc.array(quotedCell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
      );
    fc.assert(
      fc.property(table, ends, fc.boolean(), sizes, (rows, end, last, cuts) => {
        const text = rows.map((row) => row.join(',')).join(end) + (last ? end : '');
        const expected = parse(text, { record_delimiter: end, relax_column_count: false }) as string[][];
        expect(split(text, cuts).map((row) => fieldsOf(row.text))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  const hasThree = (bytes: Buffer, from: number, to: number) =>
    fieldsOf(bytes.toString('latin1', from, to))?.length === 3;

  test('Lines behind a quote that is not closed belong to its row up to the first that is one', () => {
    const rows = split('a,"b,c\nmore, of it\n\nand "more"\n1,2,3\nx\n', [3], undefined, hasThree);
    expect(rows).toEqual([
      { text: 'a,"b,c', line: 1, fault: 'open-quote' },
      { text: '1,2,3', line: 5 },
      { text: 'x', line: 6 },
    ]);
  });

  test('A field in which no line is a row until there is no more room is one row that is too large', () => {
    const text = `a,"${'words\n'.repeat(20)}",c\n1,2,3\n`;
    expect(split(text, [7], 40, hasThree)).toEqual([
      { text: 'a,"words', line: 1, fault: 'too-large' },
      { text: '1,2,3', line: 22 },
    ]);
  });

  test('So it is in pieces of any size', () => {
    const line = fc.constantFrom(
      '1,2,3',
      'a,"b',
      '"',
      'c",d,e',
      'words',
      '',
      'a longer text than there is room for',
      '"x","y","z"',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), ends, sizes, (lines, end, cuts) => {
        const text = lines.join(end);
        expect(split(text, cuts, 20, hasThree)).toEqual(split(text, [65_536], 20, hasThree));
      }),
      { numRuns: 500 },
    );
  });

  test('What is malformed gives the same rows and lines in pieces of any size', () => {
    const dirt = fc.stringMatching(/^[ab,"\n\r]{0,60}$/);
    fc.assert(
      fc.property(dirt, sizes, fc.constantFrom(6, 20, 1000), (text, cuts, limit) => {
        expect(split(text, cuts, limit)).toEqual(split(text, [65_536], limit));
      }),
      { numRuns: 2000 },
    );
  });

  test('A row without a fault is one that RFC 4180 knows, and its fields are found by their bytes', () => {
    const dirt = fc.stringMatching(/^[ab,"\n\r]{0,40}$/);
    fc.assert(
      fc.property(dirt, (text) => {
        for (const row of split(text)) {
          const fields = fieldsOf(row.text);
          expect(fields === undefined).toBe(row.fault !== undefined);
          const bytes = Buffer.from(row.text);
          if (fields === undefined) continue;
          const found = [...fields, undefined].map((_, at) => fieldBytes(bytes, 0, bytes.length, at));
          expect(found).toEqual([...fields, undefined]);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('Lines count from 1, also behind fields that hold line ends and behind empty lines', () => {
    expect(split('a,b\r\n"x\ny\r\nz",1\r\n\r\nlast,2')).toEqual([
      { text: 'a,b', line: 1 },
      { text: '"x\ny\r\nz",1', line: 2 },
      { text: 'last,2', line: 6 },
    ]);
  });

  test('A quote that nobody closes takes its own line only', () => {
    expect(split('a,b\n"x,1\ny,2\n"z",3\n')).toEqual([
      { text: 'a,b', line: 1 },
      { text: '"x,1', line: 2, fault: 'open-quote' },
      { text: 'y,2', line: 3 },
      { text: '"z",3', line: 4 },
    ]);
    expect(split('a\n"x\ny')).toEqual([
      { text: 'a', line: 1 },
      { text: '"x', line: 2, fault: 'open-quote' },
      { text: 'y', line: 3 },
    ]);
  });

  test('A row beyond the limit is told with its line, and no more of it is held than the limit', () => {
    const rows: { length: number; line: number; fault: RowFault | undefined }[] = [];
    let largest = 0;
    const splitter = makeRowSplitter((bytes, from, to, line, fault) => {
      largest = Math.max(largest, bytes.length);
      rows.push({ length: to - from, line, fault });
    }, 1000);
    splitter.push(Buffer.from('a,b\n1,"'));
    for (let turn = 0; turn < 1000; turn += 1) splitter.push(Buffer.alloc(1000, 120));
    splitter.push(Buffer.from('"\n2,y\n'));
    splitter.end();
    expect(rows).toEqual([
      { length: 3, line: 1, fault: undefined },
      { length: 1000, line: 2, fault: 'too-large' },
      { length: 3, line: 3, fault: undefined },
    ]);
    expect(largest).toBeLessThan(3000);
  });
});
