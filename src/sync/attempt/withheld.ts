import type { Spool } from '../spool.ts';
import { keepAdditions, withholdAllButAdditions } from './additions.ts';
import type { Attempt } from './attempt.ts';
import type { PlanOf } from './planning.ts';

/** The plan as the feed's windows let it be: in a window of additions only, without all else. */
export async function leaveOut(attempt: Attempt, plan: PlanOf): Promise<Spool> {
  const { windows, counts, deps, context, progress, guard } = attempt;
  if (windows.additionsOnly === undefined) return attempt.spool;
  const to = await attempt.openSpool();
  progress.enter('removals', plan.planned());
  await keepAdditions({
    roster: deps.roster,
    context,
    from: attempt.spool,
    to,
    async progress(done) {
      guard();
      await attempt.pace.rest();
      await progress.at(done);
    },
  });
  const withheld = withholdAllButAdditions(counts);
  if (withheld > 0)
    remarkWithheld(attempt, withheld, `the window ${windows.additionsOnly} lets additions through only`);
  return to;
}

/** Says once how much was left out, and why. */
export function remarkWithheld({ remarks, run }: Attempt, count: number, why: string): void {
  const message = `${count} changes were left out: ${why}. The next run sees them again.`;
  remarks.add('warning.withheld', { file: run.file.name, message }, count);
}
