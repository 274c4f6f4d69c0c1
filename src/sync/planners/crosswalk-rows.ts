import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { type RosterSpace, type RosterType, rosterSpaces } from '../../model/index.ts';
import { UnreadableFile } from '../reader.ts';

/** A row of a crosswalk, with its line (from 1). */
export interface CrosswalkRow {
  readonly type: RosterType;
  /** What the row calls its record: a record type, or the OneRoster type as which it is served. */
  readonly space: RosterSpace;
  readonly oldId: string;
  readonly newId: string;
  readonly line: number;
  /** Why it cannot be used. */
  readonly problem?: string;
}

interface Columns {
  readonly oldId: number;
  readonly newId: number;
  readonly type: number;
}

/** Types as a row may call them, with the record types that they are. */
const types: Readonly<Record<RosterSpace, RosterType>> = {
  person: 'person',
  user: 'person',
  group: 'group',
  org: 'group',
  course: 'group',
  class: 'group',
  academicSession: 'group',
  membership: 'membership',
  enrollment: 'membership',
};

/** Longest row in bytes. */
const longestRow = 65_536;

/**
 * Reads a crosswalk: CSV (RFC 4180, UTF-8 with or without byte order mark) with the columns `oldId` or `old`, `newId` or
 * `new`, and perhaps `type` (a {@link RosterSpace}), in any case and order; others are passed over.
 */
export async function* crosswalkRows(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<CrosswalkRow> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longestRow,
  });
  const source = Readable.from(bytes, { objectMode: false });
  source.once('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let columns: Columns | undefined;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (columns === undefined) columns = columnsOf(record);
      else yield rowOf(columns, record, info.lines);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? error['lines'] : undefined;
    throw new UnreadableFile('unreadable-input', `The file is no CSV that can be read (${wordsOf(error.code)}).`, line);
  } finally {
    source.destroy();
  }
  if (columns === undefined) throw noColumns();
}

/** An id as the row means it: the same id of another type, or of another kind of group, is another one. */
export function nameOf({ type, space }: CrosswalkRow, id: string): string {
  return `${type === 'group' ? space : type} ${id}`;
}

function columnsOf(header: readonly string[]): Columns {
  const names = header.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_-]/g, ''),
  );
  const place = (...wanted: string[]) => names.findIndex((name) => wanted.includes(name));
  const columns = { oldId: place('oldid', 'old'), newId: place('newid', 'new'), type: place('type') };
  if (columns.oldId < 0 || columns.newId < 0) throw noColumns();
  return columns;
}

function noColumns(): UnreadableFile {
  const text = 'The first line must name the columns oldId and newId, and may name type.';
  return new UnreadableFile('unreadable-input', text, 1);
}

function rowOf(columns: Columns, record: readonly string[], line: number): CrosswalkRow {
  const field = (at: number) => (at < 0 ? '' : (record[at] ?? '').trim());
  const oldId = field(columns.oldId);
  const newId = field(columns.newId);
  const word = field(columns.type).toLowerCase();
  const space = word === '' ? 'person' : rosterSpaces.find((one) => one.toLowerCase() === word);
  const row = { type: types[space ?? 'person'], space: space ?? ('person' as const), oldId, newId, line };
  if (space === undefined) {
    return { ...row, problem: `The type ${word.slice(0, 40)} is none of ${rosterSpaces.join(', ')}.` };
  }
  if (oldId === '' || newId === '') return { ...row, problem: `The ${oldId === '' ? 'old' : 'new'} id is empty.` };
  if (oldId.includes('\uFFFD') || newId.includes('\uFFFD')) return { ...row, problem: 'The row is not UTF-8.' };
  return row;
}

/** What the library calls a fault, in words; its own message repeats what the file holds. */
function wordsOf(code: string): string {
  return code.replace(/^CSV_/, '').replaceAll('_', ' ').toLowerCase();
}
