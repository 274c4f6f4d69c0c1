import type { FeedItem } from '../../sync/index.ts';

/** Values that are listed of a column; more are counted together. */
const mostValues = 2_000;
/** Letters of a value that are shown: as many as a setting may have. */
const longestValue = 128;

/** Values and columns of a file that the settings say nothing of, with the rows that they stand in (`feeds.md` 3.11). */
export interface Unmapped {
  /** A value of a column stands in a row; compared in any case. */
  value(column: string, value: string, line: number, setting: string): void;
  /** A column that nothing is known of holds something in a row. */
  column(name: string, line: number): void;
  /** The notices, columns first. */
  items(): Generator<FeedItem>;
}

interface Count {
  readonly value: string;
  readonly line: number;
  rows: number;
}

/** Makes an {@link Unmapped}; memory is bounded by {@link mostValues} for each column. */
export function makeUnmapped(): Unmapped {
  const columns = new Map<string, { readonly line: number; rows: number }>();
  const values = new Map<string, { readonly setting: string; readonly known: Map<string, Count>; further: Count }>();

  function* valuesOf(column: string): Generator<FeedItem> {
    const { setting, known, further } = values.get(column) ?? {};
    for (const { value, line, rows } of known?.values() ?? []) {
      const text = `The value "${value}" of the column ${column} stands in ${rows} row${rows === 1 ? '' : 's'} and means nothing yet; add it to the setting ${setting}.`;
      yield { ...notice, line, field: column, id: value, rows, text };
    }
    if (further === undefined || further.rows === 0) return;
    const text = `The column ${column} has further values that mean nothing yet, in ${further.rows} cells; the first ${mostValues} are listed.`;
    yield { kind: 'notice', notice: 'warning.list-cut', line: further.line, field: column, text };
  }

  return {
    value(column, value, line, setting) {
      const there = values.get(column) ?? { setting, known: new Map<string, Count>(), further: none };
      if (there.further === none) values.set(column, there);
      const name = value.slice(0, longestValue);
      const folded = name.toLowerCase();
      const count = there.known.get(folded);
      if (count !== undefined) count.rows += 1;
      else if (there.known.size < mostValues) there.known.set(folded, { value: name, line, rows: 1 });
      else if (there.further === none) there.further = { value: '', line, rows: 1 };
      else there.further.rows += 1;
    },
    column(name, line) {
      const there = columns.get(name);
      if (there === undefined) columns.set(name, { line, rows: 1 });
      else there.rows += 1;
    },
    *items() {
      for (const [column, { line, rows }] of columns) {
        const text = `The column ${column} holds something in ${rows} row${rows === 1 ? '' : 's'} and is not read; name it in the setting list.communities if its values are communities, or in list.columns.`;
        yield { ...notice, line, field: column, rows, text };
      }
      for (const column of values.keys()) yield* valuesOf(column);
    },
  };
}

const none: Count = { value: '', line: 0, rows: 0 };
const notice = { kind: 'notice', notice: 'warning.unmapped' } as const;
