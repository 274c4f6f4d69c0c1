import type { FilterVerdict } from '../run.ts';
import type { PlanResult } from './planner.ts';

/** The result of a plan that no feed's file made: every record of it is applied, and nothing is guessed. */
export function planResult(records: number, verdicts: readonly FilterVerdict[] = []): PlanResult {
  return {
    unkeyed: 0,
    records,
    guessed: false,
    settled: { person: 0, group: 0, membership: 0, academicSession: 0 },
    lastWord: undefined,
    verdicts,
    files: [],
  };
}
