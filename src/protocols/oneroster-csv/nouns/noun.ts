import type { Cells } from '../cells.ts';
import type { CsvVersion } from '../columns.ts';
import type { Note } from '../note.ts';

/** What the codec of a noun reads a row with. */
export interface Reading {
  readonly cells: Cells;
  readonly version: CsvVersion;
  readonly note: Note;
  /** The key of a record by its sourcedId. */
  keyOf(space: 'user' | 'org' | 'course' | 'class' | 'academicSession' | 'enrollment', id: string): string;
}

/** Data of a change, with `null` for what is cleared. */
export type Data = Readonly<Record<string, unknown>>;

/** The metadata of a row as it is kept; undefined where the file has no such columns and leaves them. */
export function metadataOf({ cells }: Reading): Data | undefined {
  const metadata = cells.metadata();
  return metadata === undefined ? undefined : { oneRoster: { metadata } };
}

/**
 * Parents of a group: those that the cells name. Null where they name none. `label` is what the first is to the group,
 * where that must be told apart from other parents.
 */
export function parentsOf(
  reading: Reading,
  named: readonly (readonly ['org' | 'course' | 'academicSession', string | null | undefined])[],
  label?: string,
): Data[] | null {
  const parents = named.flatMap(([space, id], at) =>
    typeof id === 'string'
      ? [{ relation: 'parent', target: reading.keyOf(space, id), ...(at === 0 && label !== undefined && { label }) }]
      : [],
  );
  return parents.length === 0 ? null : parents;
}
