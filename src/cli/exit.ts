import type { Problem } from '../base/problem.ts';
import type { Run } from '../sync/index.ts';

/** Exit codes of every command; scripts rely on them. */
export const exitCodes = { done: 0, failed: 1, usage: 2, held: 3, interrupted: 130 } as const;

/**
 * The exit code of a command that ended with a run: a dry run that could be read is done, whatever its filters say, and
 * so is one that was skipped because its feed is paused.
 */
export function exitOfRun(run: Run): number {
  if (run.state === 'done' || run.state === 'skipped' || run.state === 'undone') return exitCodes.done;
  return run.state === 'held' ? exitCodes.held : exitCodes.failed;
}

/** The exit code of a problem: what was asked for wrongly is a matter of usage. */
export function exitOfProblem({ code }: Problem): number {
  return code === 'invalid-request' ? exitCodes.usage : exitCodes.failed;
}
