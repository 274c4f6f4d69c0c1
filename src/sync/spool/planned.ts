import type { Change } from '../../roster/index.ts';

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
