import type { Change, RenameChange } from '../../roster/index.ts';

/** Changes that are planned and applied together. */
export const batchSize = 1000;

/** A planned change with what its report needs. */
export interface Planned {
  readonly change: Change;
  readonly line: number;
  readonly id: string;
  readonly renamedFrom?: string;
  /** The counted type. */
  readonly session?: boolean;
  /** Its record lies in the trash; where another one has brought it back, it is counted already. */
  readonly restored?: boolean;
  /** Number of an explicit removal (`last-word.ts`). */
  readonly removal?: number;
  /** A removal of what is gone already, counted when it was read. */
  readonly idle?: boolean;
}

/**
 * The rename that goes before the write of a record with an old key. An id that another record has given up is the
 * record's from then on, as in a chain of renames.
 */
export function renameOf({
  change,
  renamedFrom,
}: {
  readonly change: Change;
  readonly renamedFrom?: string | undefined;
}): RenameChange | undefined {
  if (renamedFrom === undefined || change.key === undefined) return undefined;
  return { op: 'rename', type: change.type, key: renamedFrom, newKey: change.key, takes: 'alias' };
}
