import type { ChangeItem, Pair, ProblemItem } from '../run.ts';

/**
 * The lists of a run that grow with its file, written packed as they come: problems with places, changes that a hold
 * or dry run would make, pairs of records that are probably one. A new attempt at the run begins anew.
 */
export interface Findings {
  problem(item: ProblemItem): void;
  change(item: ChangeItem): void;
  pair(item: Pair): void;
  /** Writes what waits; call it now and then, and at the end of an attempt. */
  flush(): Promise<void>;
}
