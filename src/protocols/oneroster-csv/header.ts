import { fieldsOf } from '../../wire/index.ts';
import { type CsvVersion, columnMeant, columnsOf, type RosterFile } from './columns.ts';
import type { Note } from './note.ts';

/** Where the columns of a file stand. */
export interface Layout {
  readonly file: RosterFile;
  /** Place of each column of the binding that the file has. */
  readonly places: ReadonlyMap<string, number>;
  /** Extension columns `metadata.<name>`. */
  readonly metadata: readonly { readonly name: string; readonly place: number }[];
  /** Cells of the header, empty ones at its end not counted. */
  readonly width: number;
  /** Names of the cells, for problems. */
  readonly cells: readonly string[];
  /** Places of columns that a row must not end before. */
  readonly lastRequired: number;
}

const mostColumns = 500;

/** Files of which `metadata.*` columns are kept. */
const withMetadata: readonly RosterFile[] = ['orgs', 'academicSessions', 'courses', 'classes', 'users', 'enrollments'];

/** Whether the name of an extension column can be kept as a name of data. */
const storable = (name: string) => /^[^.$\0][^.\0]*$/.test(name) && name !== '__proto__';

/**
 * The cells of a header; where quotes stand that may not stand there, its names are read without them, which is noted. No column
 * has a quote in its name.
 */
export function headerCells(text: string, note: Note): readonly string[] | { readonly fault: string } {
  const fields = fieldsOf(text);
  if (fields !== undefined) return fields;
  const cells = text.split(',').map((cell) => cell.trim().replace(/^"|"$/g, '').trim());
  const faulty = cells.findIndex((cell) => cell.includes('"'));
  if (faulty >= 0) {
    const place = `column ${faulty + 1} of the header, ${shown(cells[faulty])},`;
    return {
      fault: `${place} holds a double quote; the name of a column was expected, plain or in one pair of quotes`,
    };
  }
  note('repair.header-spelling', 'double quotes of the header stand where none may stand (RFC 4180) and are left out');
  return cells;
}

/** As much of a text as a message has room for. */
function shown(text = '', length = 64): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/**
 * Reads the header of a file: spelling, order, columns of exporters' own and missing optional ones are noted; the answer
 * is a text where the file cannot be used: a column twice, or a required one missing (decisions 4.3).
 */
export function readHeader(
  file: RosterFile,
  version: CsvVersion,
  header: readonly string[],
  note: Note,
): Layout | { readonly fault: string } {
  const cells = header.map((cell) => cell.trim());
  const spaced = cells.findIndex((cell, at) => cell !== '' && cell !== header[at]);
  if (spaced >= 0) note('repair.header-spelling', `blanks around the column "${shown(cells[spaced])}" are left out`);
  while (cells.length > 0 && cells.at(-1) === '') cells.pop();
  if (cells.length > mostColumns)
    return { fault: `the header has ${cells.length} columns; ${mostColumns} are allowed` };
  const places = new Map<string, number>();
  const metadata: { name: string; place: number }[] = [];
  for (const [place, cell] of cells.entries()) {
    const meant = columnMeant(cell, file, version);
    if (meant === undefined) {
      const own = /^metadata\.(.+)$/i.exec(cell)?.[1];
      if (own !== undefined && storable(own) && withMetadata.includes(file)) {
        if (metadata.some(({ name }) => name === own)) return { fault: `the header names the column ${cell} twice` };
        metadata.push({ name: own, place });
      } else note('warning.column-ignored', `the column "${cell.slice(0, 64)}" is not read`);
      continue;
    }
    if (places.has(meant.name)) return { fault: `the header names the column ${meant.name} twice` };
    if (!meant.exact) note('repair.header-spelling', `the column "${cell}" is read as ${meant.name}`, meant.name);
    places.set(meant.name, place);
  }
  const columns = columnsOf(file, version);
  const missing = columns.filter(({ name, required }) => required && !places.has(name));
  if (missing.length > 0) {
    const has = shown(cells.join(', '), 400);
    return { fault: `the header lacks ${missing.map(({ name }) => name).join(', ')}; it has ${has || 'no column'}` };
  }
  if (version !== '1.0') noteShape(columns, places, note);
  const required = columns.filter((column) => column.required).map(({ name }) => places.get(name) ?? 0);
  return { file, places, metadata, width: cells.length, cells, lastRequired: Math.max(...required) };
}

function noteShape(columns: readonly { name: string }[], places: ReadonlyMap<string, number>, note: Note): void {
  const lacking = columns.filter(({ name }) => !places.has(name) && name !== 'resourceSourcedIds');
  if (lacking.length > 0) {
    note('repair.column-order', `the header lacks ${lacking.map(({ name }) => name).join(', ')}; taken as empty`);
  }
  let last = -1;
  for (const { name } of columns) {
    const place = places.get(name);
    if (place === undefined) continue;
    if (place < last) {
      note('repair.column-order', `the column ${name} stands in another place than the standard has it`, name);
      return;
    }
    last = place;
  }
}
