import type { RowFault } from '../../../wire/index.ts';

/** A row of a file that is joined to users. */
export interface SideRow {
  /** Place of its file among the joined ones. */
  readonly file: number;
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  readonly line: number;
  readonly fault: RowFault | undefined;
}

/** Rows of joined files by the id of their user (as bytes in latin1). Keeps a copy of each row's bytes, packed. */
export interface SideIndex {
  add(user: string, row: SideRow): void;
  /** The rows of a user in the order in which they came; marks them as used. */
  take(user: string): SideRow[];
  /** Rows of users that nobody has taken. */
  left(): Generator<{ user: string; rows: SideRow[] }>;
}

const faults: readonly (RowFault | undefined)[] = [undefined, 'stray-quote', 'open-quote', 'too-large'];

/** Makes a {@link SideIndex}; `bytes` is about what the rows will need. */
export function makeSideIndex(bytes: number): SideIndex {
  let store = Buffer.allocUnsafe(Math.max(bytes, 4096));
  let length = 0;
  /** Last row of each user; rows point to the one before. */
  const last = new Map<string, number>();
  /** Last rows of users that were taken. */
  const taken = new Set<number>();
  const starts: number[] = [];
  const ends: number[] = [];
  const lines: number[] = [];
  const kinds: number[] = [];
  const before: number[] = [];

  const rowsOf = (lastOne: number): SideRow[] => {
    const rows: SideRow[] = [];
    for (let at = lastOne; at >= 0; at = before[at] ?? -1) {
      const kind = kinds[at] ?? 0;
      rows.push({
        file: kind >> 2,
        bytes: store,
        from: starts[at] ?? 0,
        to: ends[at] ?? 0,
        line: lines[at] ?? 0,
        fault: faults[kind & 3],
      });
    }
    return rows.reverse();
  };

  return {
    add(user, row) {
      const size = row.to - row.from;
      if (length + size > store.length) {
        const larger = Buffer.allocUnsafe(Math.max(store.length * 2, length + size));
        store.copy(larger, 0, 0, length);
        store = larger;
      }
      row.bytes.copy(store, length, row.from, row.to);
      before.push(last.get(user) ?? -1);
      last.set(user, starts.length);
      starts.push(length);
      ends.push(length + size);
      lines.push(row.line);
      kinds.push(row.file * 4 + faults.indexOf(row.fault));
      length += size;
    },
    take(user) {
      const at = last.get(user);
      if (at === undefined) return [];
      taken.add(at);
      return rowsOf(at);
    },
    *left() {
      for (const [user, at] of last) if (!taken.has(at)) yield { user, rows: rowsOf(at) };
    },
  };
}
