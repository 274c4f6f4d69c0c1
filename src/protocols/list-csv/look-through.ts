import { join } from 'node:path';
import { type FeedItem, type ListSettings, UnreadableFile } from '../../sync/index.ts';
import { fieldsOf, makeRowText, type RowHandler, type RowSplitter } from '../../wire/index.ts';
import { cellsOf, isBlank, textOf } from './cells.ts';
import { type Dialect, delimiterNames, dialectOf, headBytes } from './dialect.ts';
import { type Layout, meanings, readHeader } from './header.ts';
import { type IdentityOf, makeIdentityOf, noteUnique } from './identity.ts';
import { type KeyTable, makeKeyTable } from './key-table.ts';
import { putAside } from './put-aside.ts';
import { makeListSplitter } from './rows.ts';

/** A list that was looked through once: it can be used, and lies in `path` in UTF-8. */
export interface LookedThrough {
  readonly path: string;
  readonly dialect: Dialect;
  readonly layout: Layout;
  /** The names of the columns as they are hashed. */
  readonly header: string;
  readonly headerLine: number;
  /** What must stand in one row each. */
  readonly table: KeyTable;
}

/**
 * Puts a list aside, reads its header, and notes what its rows must not share. Throws `UnreadableFile` or `CsvError` where the
 * file cannot be used at all: no text, no header, a column missing (`feeds.md` 3.1), no data record (3.5).
 */
export async function lookThrough(
  bytes: AsyncIterable<Uint8Array>,
  folder: string,
  file: string,
  settings: ListSettings,
  items: FeedItem[],
): Promise<LookedThrough> {
  const meaning = meanings(settings);
  const table = makeKeyTable();
  const path = join(folder, 'list.csv');
  let head: Buffer | undefined = Buffer.alloc(0);
  let dialect: Dialect | undefined;
  let splitter: RowSplitter | undefined;
  let layout: Layout | undefined;
  let identityOf: IdentityOf | undefined;
  let header = '';
  let headerLine = 0;
  let records = 0;

  const repaired = (text: string, line = 1) =>
    items.push({ kind: 'notice', notice: 'repair.encoding', line, text: `the file ${text}` });
  const decode = makeRowText(repaired);

  const handler: RowHandler = (row, from, to, line, fault) => {
    const { delimiter, named } = dialect as Dialect;
    if (named && headerLine === 0 && /^"?sep=/i.test(row.toString('latin1', from, Math.min(to, from + 8)))) return;
    const text = textOf(decode, row, from, to, line, fault);
    if (layout === undefined || identityOf === undefined) {
      const cells = fieldsOf(text.text, delimiter) ?? text.text.split(delimiter);
      if (isBlank(cells)) return;
      const read = readHeader(cells, settings);
      if ('fault' in read) throw new UnreadableFile('unreadable-input', read.fault, line, file);
      layout = read;
      // What is not quite an address is noted too; nobody asks for it later.
      identityOf = makeIdentityOf(read, settings, (email) => email.includes('@'));
      header = [delimiter, ...cells].join('\n');
      headerLine = line;
      return;
    }
    const cells = cellsOf(text, { delimiter, width: layout.width }, () => undefined);
    if ('refused' in cells) records += 1;
    else if (!isBlank(cells)) {
      records += 1;
      noteUnique(table, identityOf(cells), line);
    }
  };

  const begin = (first: Buffer): void => {
    head = undefined;
    dialect = dialectOf(first.subarray(0, headBytes), (cell) => meaning(cell) !== undefined);
    const { delimiter } = dialect;
    if (delimiter !== ',') {
      const text = `cells are divided by ${delimiterNames[delimiter]}, not by commas`;
      items.push({ kind: 'notice', notice: 'repair.delimiter', line: 1, text });
    }
    splitter = makeListSplitter(delimiter, () => layout?.width ?? 1, handler);
    splitter.push(first);
  };

  const take = (piece: Buffer): void => {
    if (head === undefined) splitter?.push(piece);
    else {
      head = Buffer.concat([head, piece]);
      if (head.length >= headBytes) begin(head);
    }
  };

  await putAside(bytes, path, take, repaired);
  if (head !== undefined) begin(head);
  splitter?.end();
  const ignored = 'it is ignored: nothing was changed or removed';
  if (layout === undefined || dialect === undefined) {
    throw new UnreadableFile('unreadable-input', `The file is empty; ${ignored}.`, 1, file);
  }
  if (records === 0) {
    const text = `The file has a header and no data record; ${ignored}. Send the list with its rows.`;
    throw new UnreadableFile('unreadable-input', text, headerLine, file);
  }
  return { path, dialect, layout, header, headerLine, table };
}
