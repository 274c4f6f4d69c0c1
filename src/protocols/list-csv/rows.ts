import { type Delimiter, fieldsOf, makeRowSplitter, type RowHandler, type RowSplitter } from '../../wire/index.ts';
import { longestRow } from './cells.ts';

/** Makes the splitter of a list; lines of fewer cells than `width()` behind a quote that is not closed belong to its row. */
export function makeListSplitter(delimiter: Delimiter, width: () => number, handler: RowHandler): RowSplitter {
  const isRow = (bytes: Buffer, from: number, to: number) =>
    (fieldsOf(bytes.toString('latin1', from, to), delimiter)?.length ?? 0) >= width();
  return makeRowSplitter(handler, longestRow, isRow, delimiter.charCodeAt(0));
}
