import { readDay } from './days.ts';
import type { Layout } from './header.ts';
import type { Note } from './note.ts';

/**
 * A cell's value; `null` for an empty one, which clears the field, and `undefined` for a column that is not in the file,
 * which leaves it.
 */
export type Cell<T> = T | null | undefined;

/** Reads the cells of one row after the other; what exporters bend is repaired and noted. */
export interface Cells {
  /** Takes a row; `whole`: columns that are not in the file count as empty, for the file says all about its records. */
  begin(layout: Layout, fields: readonly string[], whole: boolean): void;
  text(column: string): Cell<string>;
  /** A value that the record cannot do without; the first that is empty is {@link Cells.missing}. */
  need(column: string): string;
  /** A required value that the roster can make up for; an empty one is noted. */
  wanted(column: string): Cell<string>;
  /** The items of a list, without blanks around them and empty ones; ids once each, which is noted. */
  list(column: string): Cell<string[]>;
  flag(column: string): Cell<boolean>;
  /** A day `YYYY-MM-DD`; what is none stays as it is. */
  day(column: string): Cell<string>;
  /** A word of a vocabulary in its right case; other words stay as they are. */
  word(column: string, vocabulary: readonly string[]): Cell<string>;
  /** The `metadata.*` columns of the row. */
  metadata(): Cell<Record<string, string | null>>;
  readonly missing: string | undefined;
}

/** Makes a {@link Cells}. */
export function makeCells(note: Note): Cells {
  let layout: Layout;
  let fields: readonly string[] = [];
  let whole = false;
  let missing: string | undefined;

  const text = (column: string): Cell<string> => {
    const place = layout.places.get(column);
    if (place === undefined) return whole ? null : undefined;
    const value = (fields[place] ?? '').trim();
    return value === '' ? null : value;
  };

  const flag = (column: string): Cell<boolean> => {
    const value = text(column);
    if (typeof value !== 'string') return value;
    if (value === 'true') return true;
    if (value === 'false') return false;
    const word = value.toLowerCase();
    const known = ['true', '1', 'yes', 'y', 't'].includes(word)
      ? true
      : ['false', '0', 'no', 'n', 'f'].includes(word)
        ? false
        : undefined;
    const read = known === undefined ? 'is no true or false; it is left out' : `is read as ${known}`;
    note('repair.boolean-format', `"${value.slice(0, 20)}" ${read}`, column);
    return known ?? null;
  };

  const word = (column: string, vocabulary: readonly string[]): Cell<string> => {
    const value = text(column);
    if (typeof value !== 'string' || vocabulary.includes(value)) return value;
    const lower = value.toLowerCase();
    if (lower.startsWith('ext:')) return value;
    const known = vocabulary.find((one) => one.toLowerCase() === lower.replace(/[\s_-]/g, ''));
    if (known !== undefined) note('repair.case-folded', `"${value}" is read as ${known}`, column);
    else note('repair.unknown-vocabulary', `"${value.slice(0, 40)}" is no word of the standard; it is kept`, column);
    return known ?? value;
  };

  return {
    begin(next, row, all) {
      layout = next;
      fields = row;
      whole = all;
      missing = undefined;
    },
    text,
    need(column) {
      const value = text(column);
      if (typeof value === 'string') return value;
      missing ??= column;
      return '';
    },
    wanted(column) {
      const value = text(column);
      if (value === null) note('repair.missing-value', `${column} is required and empty`, column);
      return value;
    },
    list(column) {
      const value = text(column);
      if (typeof value !== 'string') return value;
      const sent = value.split(',');
      const items = sent.map((item) => item.trim()).filter((item) => item !== '');
      if (!column.endsWith('SourcedIds')) return items;
      const ids = [...new Set(items)];
      if (ids.length < sent.length || ids.some((id, at) => id !== sent[at])) {
        note(
          'repair.trimmed-id',
          'blanks, empty items and ids that stand there twice are left out of the list',
          column,
        );
      }
      return ids;
    },
    flag,
    day(column) {
      const value = text(column);
      if (typeof value !== 'string') return value;
      const day = readDay(value);
      if (day !== value) {
        const read = day === undefined ? 'is no day and is kept as it is' : `is read as ${day}`;
        note('repair.date-format', `"${value.slice(0, 30)}" ${read}`, column);
      }
      return day ?? value;
    },
    word,
    metadata() {
      if (layout.metadata.length === 0) return whole ? null : undefined;
      const values: Record<string, string | null> = {};
      for (const { name, place } of layout.metadata) {
        const value = (fields[place] ?? '').trim();
        values[name] = value === '' ? null : value;
      }
      return values;
    },
    get missing() {
      return missing;
    },
  };
}
