import type { Context } from '../../roster/index.ts';
import type { Doc, RunRow, Session } from '../../store/index.ts';
import type { StoredFeed } from '../feeds/settings.ts';
import type { InForce } from '../feeds/windows.ts';
import { makePace, type Pace } from '../pace.ts';
import type { Findings } from '../report/findings.ts';
import { type FirstPlan, firstPlanOf } from '../resume.ts';
import { type CountedType, type Counts, countedTypes, type Run, type RunProblem } from '../run.ts';
import { openSpool, type Spool } from '../spool.ts';
import { makeRemarks, type Remarks, zeroAll, zeroCounts } from '../tally.ts';
import { type Guard, Interrupted, type WorkDeps } from './deps.ts';
import { makeProgress, type ProgressMeter } from './progress.ts';

/** One attempt of one worker at a run, from the plan to its end or interruption. */
export interface Attempt {
  readonly deps: WorkDeps;
  readonly row: RunRow;
  /** The run as it will be shown; changed as the attempt goes on. */
  readonly run: Run;
  readonly feed: StoredFeed;
  readonly timeZone: string;
  readonly windows: InForce;
  readonly context: Context;
  readonly counts: Record<CountedType, Counts>;
  readonly remarks: Remarks;
  readonly findings: Findings;
  readonly pace: Pace;
  readonly progress: ProgressMeter;
  /** The plan. */
  readonly spool: Spool;
  /** A spool for another version of the plan. */
  openSpool(): Promise<Spool>;
  /** What an earlier attempt has planned and begun to apply, and what it remarked. */
  readonly first: FirstPlan | undefined;
  readonly earlier: readonly RunProblem[];
  readonly guard: Guard;
  /** Notes how far the run has come, in a transaction if one is given; throws {@link Interrupted} when it is another worker's. */
  note(set: Doc, session?: Session): Promise<void>;
  /** Forgets what is planned, counted and remarked so far. */
  restart(): Promise<void>;
  /** Removes what the attempt has put aside. */
  close(): Promise<void>;
}

/** Opens an attempt at a leased run. */
export async function openAttempt(
  deps: WorkDeps,
  row: RunRow,
  run: Run,
  feed: StoredFeed,
  timeZone: string,
  windows: InForce,
  guard: Guard,
): Promise<Attempt> {
  const spools: Spool[] = [];
  const open = async () => {
    const spool = await openSpool(deps.workFolder);
    spools.push(spool);
    return spool;
  };
  const note = async (set: Doc, session?: Session) => {
    if (!(await deps.runs.note(row.tenant, row._id, set, row.lease?.fence ?? 0, session))) throw new Interrupted();
  };
  const first = firstPlanOf(row.work);
  const counts = zeroAll();
  const findings = await listsOf(deps, row, run, first !== undefined);
  const remarks = makeRemarks(findings);
  let spool = await open();
  return {
    deps,
    row,
    run,
    feed,
    timeZone,
    windows,
    context: {
      tenant: row.tenant,
      // A feed is the owner of what its files list; what a person has asked for is written in the person's name.
      writer: run.kind === 'import' ? `feed:${feed.name}` : row.writer,
      namespace: feed.namespace,
      source: run.kind === 'import' ? 'file' : (row.source as Context['source']),
      run: row._id,
    },
    counts,
    remarks,
    findings,
    pace: makePace(deps.roster),
    progress: makeProgress(run.file.bytes, (progress) => note({ 'report.progress': progress })),
    // One that follows to where a restart leads, for those who were given it before.
    spool: {
      add: (step, planned) => spool.add(step, planned),
      read: (step) => spool.read(step),
      readMembers: () => spool.readMembers(),
      remove: () => spool.remove(),
    },
    openSpool: open,
    first,
    earlier: first === undefined ? [] : run.problems,
    guard,
    note,
    async restart() {
      for (const type of countedTypes) {
        const { totalBefore } = counts[type];
        counts[type] = { ...zeroCounts(), totalBefore };
      }
      remarks.clear();
      await findings.restart();
      spool = await open();
    },
    async close() {
      for (const one of spools) await one.remove();
    },
  };
}

/** The lists of the run, begun anew or gone on with; pairs are counted on their way. */
async function listsOf(
  deps: WorkDeps,
  row: RunRow,
  run: Run,
  goesOn: boolean,
): Promise<Findings & { restart(): Promise<void> }> {
  const open = () => deps.findings({ tenant: row.tenant, run: row._id, fence: row.lease?.fence ?? 0 }, goesOn);
  let findings = await open();
  run.pairs = { keyChanges: 0, matches: 0, merged: 0 };
  return {
    problem: (item) => findings.problem(item),
    change: (item) => findings.change(item),
    flush: () => findings.flush(),
    async restart() {
      // What is being written now must not come after what takes its place.
      await findings.flush();
      findings = await open();
      run.pairs = { keyChanges: 0, matches: 0, merged: 0 };
    },
    pair(pair) {
      run.pairs[pair.kind === 'match' ? 'matches' : 'keyChanges'] += 1;
      if (pair.merged) run.pairs.merged += 1;
      findings.pair(pair);
    },
  };
}
