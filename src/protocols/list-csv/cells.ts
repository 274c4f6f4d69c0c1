import type { NoticeKind } from '../../base/problem.ts';
import { type Delimiter, fieldsOf, type RowFault, type RowText } from '../../wire/index.ts';

/** Takes a remark on the row at hand. */
export type Note = (notice: NoticeKind, text: string, field?: string) => void;

/** A row that cannot be used; its cells as far as they can be read. */
export interface BadRow {
  readonly refused: 'rejected.invalid-data' | 'rejected.unreadable' | 'rejected.too-large';
  readonly text: string;
  readonly cells: readonly string[];
}

/** Bytes that a row may have, and letters that a cell may have. */
export const longestRow = 262_144;
const longestCell = 4096;

/** Control characters but tab and line ends. */
const controls = /[^\P{Cc}\t\n\r]/gu;

/**
 * The cells of a row (RFC 4180). Empty cells beyond the header are left out and a quote within a cell is taken as it stands, both
 * with a remark; a row that has fewer or more cells than the header is refused, for nobody knows which one is missing.
 */
export function cellsOf(
  row: { readonly text: string; readonly fault: RowFault | undefined },
  { delimiter, width }: { readonly delimiter: Delimiter; readonly width: number },
  note: Note,
): readonly string[] | BadRow {
  if (row.fault === 'too-large') {
    const text = `the row has more than ${longestRow} bytes, or a double quote is not closed`;
    return { refused: 'rejected.too-large', text, cells: [] };
  }
  const clean = row.text.replace(controls, '');
  if (clean !== row.text) note('repair.control-character', 'control characters are left out');
  const cells = (row.fault === undefined ? fieldsOf(clean, delimiter) : undefined) ?? bentCells(clean, delimiter);
  if (row.fault !== undefined && (row.fault === 'open-quote' || cells.length !== width)) {
    const text = row.fault === 'open-quote' ? 'a double quote is not closed' : 'a double quote stands where none may';
    return { refused: 'rejected.unreadable', text: `${text} (RFC 4180)`, cells };
  }
  if (row.fault !== undefined) {
    note('repair.quoting', 'a double quote within a cell is not doubled (RFC 4180); it is taken as it stands');
  }
  if (cells.length < width) {
    const text = `the row has ${cells.length} cells, the header ${width}; a line end may stand in a cell that is not quoted`;
    return { refused: 'rejected.invalid-data', text, cells };
  }
  if (cells.length > width) {
    for (let at = width; at < cells.length; at += 1) {
      if ((cells[at] as string).trim() === '') continue;
      const text = `the row has ${cells.length} cells, the header ${width}; a delimiter may stand in a cell that is not quoted`;
      return { refused: 'rejected.invalid-data', text, cells };
    }
    note('repair.field-count', `the row has ${cells.length - width} empty cells more than the header`);
  }
  if (clean.length > longestCell && cells.some((cell) => cell.length > longestCell)) {
    const text = `a cell has more than ${longestCell} letters`;
    return { refused: 'rejected.too-large', text, cells };
  }
  return cells;
}

/** The cells of a row whose quotes are not those of RFC 4180: one ends where a quote stands before a delimiter. */
function bentCells(row: string, delimiter: Delimiter): string[] {
  const cells: string[] = [];
  for (let from = 0; from <= row.length; ) {
    const quoted = row[from] === '"';
    let end = row.indexOf(quoted ? `"${delimiter}` : delimiter, quoted ? from + 1 : from);
    if (quoted && end < 0 && row.endsWith('"') && row.length > from + 1) end = row.length - 1;
    if (end < 0) end = row.length;
    const inner = row.slice(quoted ? from + 1 : from, end);
    cells.push(quoted ? inner.replaceAll('\\"', '"').replaceAll('""', '"') : inner);
    from = end + (quoted ? 2 : 1);
  }
  return cells;
}

/** Whether no cell holds anything. */
export function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '');
}

/** The text of a row as the splitter gave it. */
export function textOf(
  decode: RowText,
  bytes: Buffer,
  from: number,
  to: number,
  line: number,
  fault: RowFault | undefined,
): { readonly text: string; readonly fault: RowFault | undefined } {
  return { text: fault === 'too-large' ? '' : decode(bytes, from, to, line), fault };
}
