import type { PlanDeps, PlanResult } from '../planners/planner.ts';
import type { Attempt } from './attempt.ts';
import type { Chosen } from './import-of.ts';
import { plannerOf } from './planner-of.ts';

/** A plan with what its applying and its end need. */
export interface PlanOf extends Omit<Chosen, 'planner'> {
  readonly result: PlanResult;
  /** Changes that are planned. */
  planned(): number;
}

/** Has the run's planner make its plan. */
export async function planOf(attempt: Attempt): Promise<PlanOf> {
  const { deps, run, progress, guard, pace } = attempt;
  let planned = 0;
  const planDeps: PlanDeps = {
    roster: deps.roster,
    context: attempt.context,
    feed: attempt.feed,
    timeZone: attempt.timeZone,
    dryRun: run.dryRun,
    spool: {
      ...attempt.spool,
      add(step, changes) {
        planned += changes.length;
        return attempt.spool.add(step, changes);
      },
    },
    counts: attempt.counts,
    remarks: attempt.remarks,
    findings: attempt.findings,
    fileName: run.file.name,
    workFolder: deps.workFolder,
    pace,
    async progress(records) {
      guard();
      await pace.rest();
      await progress.at(records);
    },
    async restart() {
      planned = 0;
      await attempt.restart();
    },
  };
  const { planner, ...more } = await plannerOf(attempt);
  const result = await planner(planDeps);
  if (result.files.length > 0) run.files = [...result.files];
  // A package follows its own data, not the setting (decisions 4.1).
  if (result.complete !== undefined) run.mode = result.complete.length > 0 ? 'full' : 'changes';
  // Where nothing was rehearsed, applying looks for what records refer to.
  const inFile = result.guessed ? more.inFile : undefined;
  return { result, planned: () => planned, ...more, inFile };
}
