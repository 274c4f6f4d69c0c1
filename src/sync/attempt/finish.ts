import type { RunRow } from '../../store/index.ts';
import type { Run } from '../run.ts';
import type { WorkDeps } from './deps.ts';

/**
 * Ends a run: its report, what its feed remembers of it, and the run that it undoes, all at once. Its file is kept for
 * a while. False where another worker has taken it over.
 */
export async function finish(
  deps: WorkDeps,
  row: RunRow,
  run: Run,
  state: 'done' | 'failed' | 'skipped',
): Promise<boolean> {
  const { progress: _progress, ...shown } = run;
  const ended: Run = { ...shown, state, endedAt: deps.clock.now().toISOString(), expiresAt: null };
  // Of a file that nobody has looked at nothing is kept.
  const report = deps.retention.ended(ended);
  const times = deps.retention.times(state === 'skipped' ? { ...report, dryRun: true } : report);
  const changed = state === 'done' && !run.dryRun;
  return deps.runs.end(
    row,
    { state, report, work: {}, ...times },
    {
      ...(changed && run.kind === 'import' ? { completed: { sha256: run.file.sha256 } } : {}),
      ...(changed && run.kind === 'undo' && run.of !== null
        ? { undone: { run: run.of, redone: await redoneBy(deps, row, run.of) } }
        : {}),
    },
  );
}

/** Undoing an undo brings back what the run before it had done. */
async function redoneBy({ runs }: WorkDeps, { tenant }: RunRow, undone: string): Promise<string | undefined> {
  const report = (await runs.get(tenant, undone))?.report as Partial<Run> | undefined;
  return report?.kind === 'undo' ? (report.of ?? undefined) : undefined;
}
