import { applyPlan } from '../apply.ts';
import { makeLastWord } from '../plan/last-word.ts';
import { firstStart, joinProblems, nextStart, type PerType, restStart, type Start } from '../resume.ts';
import type { Spool } from '../spool.ts';
import { project } from '../tally.ts';
import { withholdRemovals } from './additions.ts';
import type { Attempt } from './attempt.ts';
import { noteTotals } from './bases.ts';
import type { PlanOf } from './planning.ts';
import { remarkWithheld } from './withheld.ts';

/** Applies a plan in fenced batches, and keeps what it did with the run, so that any worker can go on with it. */
export async function apply(attempt: Attempt, plan: PlanOf, spool: Spool, withoutRemovals: boolean): Promise<void> {
  const { deps, run, feed, context, counts, remarks, first, earlier, progress, note } = attempt;
  const { result } = plan;
  if (withoutRemovals) {
    const withheld = withholdRemovals(counts);
    if (withheld > 0)
      remarkWithheld(attempt, withheld, 'a safety filter was exceeded, and the feed leaves removals out then');
  }
  // Of what no file has made, the planner has settled what it found unchanged.
  const settled = run.kind === 'import' ? result.settled : unchangedOf(counts);
  const { counts: done, applied } = startOf(attempt, settled);
  // The counts so far, with the totals that follow from them.
  const soFar = (counted: typeof done, of: typeof applied) => {
    const shown = structuredClone(counted);
    project(shown);
    return {
      'work.applied': counted,
      'work.records': of,
      'report.counts': shown,
      'report.problems': joinProblems(earlier, remarks.list()),
    };
  };
  progress.enter('applying', plan.planned());
  await note({
    'work.plan': first ?? { counts, settled, filters: run.filters, withoutRemovals },
    'report.filters': run.filters,
    'report.reason': run.reason,
    ...soFar(done, applied),
  });
  await applyPlan({
    roster: deps.roster,
    context,
    spool,
    counts: done,
    applied,
    lastWord: result.lastWord ?? makeLastWord(),
    remarks,
    pace: attempt.pace,
    fileName: run.file.name,
    withoutRemovals,
    inFile: plan.inFile,
    note: (session, now) => note({ ...soFar(now.counts, now.applied), 'report.progress': progress.now() }, session),
    checkpoint(records) {
      // Each batch saves the progress with the rest; a write beside it would be in the way of the next one's.
      progress.seen(records);
      attempt.guard();
    },
  });
  noteTotals(done, 'totalAfter', feed.name, await deps.roster.counts(context));
  run.counts = done;
  run.problems = joinProblems(earlier, remarks.list());
  await plan.keepWaiting?.();
}

/** Where applying starts: at the beginning, or where the attempt before it was cut. */
function startOf({ run, row, first, counts }: Attempt, settled: PerType): Start {
  if (first === undefined) return firstStart(counts, settled);
  return run.kind === 'import' ? nextStart(first, { counts, settled }, row.work) : restStart(first, row.work);
}

function unchangedOf(counts: Attempt['counts']): PerType {
  const { person, group, membership, academicSession } = counts;
  return {
    person: person.unchanged,
    group: group.unchanged,
    membership: membership.unchanged,
    academicSession: academicSession.unchanged,
  };
}
