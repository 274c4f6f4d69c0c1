import type { RunRow } from '../store/index.ts';
import { apply } from './attempt/applying.ts';
import { type Attempt, openAttempt } from './attempt/attempt.ts';
import { noteTotals } from './attempt/bases.ts';
import { type Guard, Interrupted, type WorkDeps } from './attempt/deps.ts';
import { finish } from './attempt/finish.ts';
import { hold, list } from './attempt/hold.ts';
import { judgementOn } from './attempt/judgement.ts';
import { planOf } from './attempt/planning.ts';
import { verdictsOn } from './attempt/verdicts.ts';
import { leaveOut } from './attempt/withheld.ts';
import { pausedReason, windowsAt } from './feeds/windows.ts';
import { UnreadableFile } from './reader.ts';
import { runOf } from './requests/look.ts';
import { joinProblems } from './resume.ts';
import type { Run } from './run.ts';
import { placeOf, project, unapplied } from './tally.ts';

/** Works on one leased run until it is done, held, skipped or failed: plan, filters, apply, report. */
export async function workOn(deps: WorkDeps, row: RunRow, guard: Guard): Promise<void> {
  const feed = await deps.feed(row.tenant, row.feed);
  const timeZone = await deps.timeZone(row.tenant, feed);
  const before = runOf(row);
  const run: Run = {
    ...before,
    state: 'running',
    notBefore: null,
    reason: null,
    startedAt: before.startedAt ?? deps.clock.now().toISOString(),
  };
  const windows = windowsFor(row, run, windowsAt(feed, timeZone, new Date(run.startedAt ?? 0)));
  if (windows.paused !== undefined) {
    run.reason = pausedReason(feed, windows.paused);
    await finish(deps, row, run, 'skipped');
    return;
  }
  await deps.runs.change(row.tenant, row._id, ['running'], { report: run }, row.lease?.fence ?? 0);
  const attempt = await openAttempt(deps, row, run, feed, timeZone, windows, guard);
  try {
    await planAndApply(attempt);
  } catch (error) {
    if (error instanceof Interrupted) return;
    await fail(attempt, error);
    if (!(error instanceof UnreadableFile)) throw error;
  } finally {
    await attempt.close();
  }
}

/** Windows of a feed hold for its files, and not against what a person has asked for or approved. */
function windowsFor(row: RunRow, run: Run, windows: Attempt['windows']): Attempt['windows'] {
  const free = run.kind !== 'import' || row.work['approved'] !== undefined;
  return {
    ...windows,
    // A dry run shows what the file would do, and what is begun is brought to its end.
    paused: free || run.dryRun || row.work['plan'] !== undefined ? undefined : windows.paused,
    additionsOnly: free ? undefined : windows.additionsOnly,
  };
}

async function planAndApply(attempt: Attempt): Promise<void> {
  const { deps, row, run, feed, counts, remarks, first } = attempt;
  noteTotals(counts, 'totalBefore', feed.name, await deps.roster.counts(attempt.context));
  if (first !== undefined) {
    for (const [type, { totalBefore }] of Object.entries(first.counts)) {
      counts[type as keyof typeof counts].totalBefore = totalBefore;
    }
  }
  const plan = await planOf(attempt);
  // Only now: a file that must be read twice forgets what was remarked before.
  if (run.kind === 'import' && feed.lastSha256 === run.file.sha256) {
    remarks.add('warning.same-file', {
      file: run.file.name,
      message: 'This is the same file as the last one of this feed.',
    });
  }
  const spool = await leaveOut(attempt, plan);
  project(counts);
  run.counts = counts;
  // A plan against a store that is half done says nothing; the first one was judged.
  run.filters = first?.filters ?? (await verdictsOn(attempt, plan.result));
  const judgement = judgementOn(run.filters, row.work, first === undefined ? feed.onBreach : 'no-deletes');
  run.problems = joinProblems(attempt.earlier, remarks.list());
  if (run.dryRun || (judgement.what === 'hold' && first === undefined)) {
    await list(attempt, spool, plan.result.lastWord, plan.planned());
  }
  await attempt.findings.flush();
  if (run.dryRun) {
    await finish(deps, row, run, 'done');
    return;
  }
  if (first === undefined) run.reason = judgement.reason;
  if (first === undefined && judgement.what === 'hold') return hold(attempt);
  if (first === undefined && judgement.what === 'abort') {
    run.counts = unapplied(counts, counts);
    await finish(deps, row, run, 'failed');
    return;
  }
  const withoutRemovals = first?.withoutRemovals ?? judgement.what === 'no-deletes';
  await apply(attempt, plan, spool, withoutRemovals);
  await attempt.findings.flush();
  await finish(deps, row, run, 'done');
}

/** Ends a run that cannot go on; what was applied of it stays, and can be undone. */
async function fail(attempt: Attempt, error: unknown): Promise<void> {
  const { deps, row, run, earlier, remarks, findings, counts, first: begun, progress } = attempt;
  const known = error instanceof UnreadableFile;
  const message = known
    ? error.message
    : 'The run failed by a defect or a lost database; nothing more of it is applied. The log has the details.';
  run.reason = message;
  if (begun === undefined && progress.now().phase !== 'applying') run.counts = unapplied(run.counts, counts);
  const place = { file: (known ? error.file : undefined) ?? run.file.name, line: known ? error.line : undefined };
  const kind = known ? error.code : 'internal';
  const first = placeOf({ ...place, message });
  run.problems = [...joinProblems(earlier, remarks.list()), { kind, count: 1, first }];
  findings.problem({ kind, type: null, ...first, field: null });
  await findings.flush();
  await finish(deps, row, run, 'failed');
}
