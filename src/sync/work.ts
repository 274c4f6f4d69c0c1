import type { Context, Roster } from '../roster/index.ts';
import type { Doc, Originals, RunRow, RunStore } from '../store/index.ts';
import { encodeBlock } from '../store/index.ts';
import { applyPlan } from './apply.ts';
import { judge } from './filters.ts';
import { makePace } from './pace.ts';
import { type FeedIndex, makeFeedIndex } from './plan/feed-index.ts';
import { makeHasher } from './plan/hasher.ts';
import { makePlan, type PlanDeps } from './plan/plan.ts';
import { planRemovals } from './plan/removals.ts';
import { type FeedReader, UnreadableFile } from './reader.ts';
import { firstPlanOf, firstStart, joinProblems, nextStart } from './resume.ts';
import { countedTypes, type FilterVerdict, type Run } from './run.ts';
import { openSpool } from './spool.ts';
import { makeRemarks, placeOf, project, zeroAll } from './tally.ts';
import type { Feed } from './types.ts';

/** What working on a run needs. */
export interface WorkDeps {
  readonly roster: Roster;
  readonly runs: RunStore;
  readonly originals: Originals;
  readonly readers: ReadonlyMap<string, FeedReader>;
  /** Folder for plans between reading and applying. */
  readonly workFolder: string;
  feed(tenant: string, name: string): Promise<Feed & { lastSha256?: string }>;
  guidKey(tenant: string): Promise<Uint8Array>;
}

/** Thrown where a run must stop without an end: the gateway stops, or another worker has taken over. */
export class Interrupted extends Error {}

/** Tells whether the work may go on; throws {@link Interrupted} when not. */
export type Guard = () => void;

/** Works on one leased run until it is done, held or failed (issue order: plan, filters, apply, report). */
export async function workOn(deps: WorkDeps, row: RunRow, guard: Guard): Promise<void> {
  const { runs } = deps;
  const fence = row.lease?.fence ?? 0;
  const report = row.report as unknown as Run;
  const save = (set: Doc) => runs.change(row.tenant, row._id, ['running'], set, fence);
  const run: Run = { ...report, state: 'running', startedAt: report.startedAt ?? new Date().toISOString() };
  await save({ report: run });
  const feed = await deps.feed(row.tenant, row.feed);
  const reader = deps.readers.get(feed.protocol);
  const spool = await openSpool(deps.workFolder);
  try {
    if (reader === undefined) throw new UnreadableFile('unreadable-input', `There is no reader for ${feed.protocol}.`);
    await planAndApply(deps, row, run, feed, reader, spool, save, guard);
  } catch (error) {
    if (error instanceof Interrupted) return;
    const known = error instanceof UnreadableFile;
    const message = known
      ? error.message
      : 'The run failed by a defect or a lost database; nothing more of it is applied. The log has the details.';
    run.problems = [
      ...run.problems,
      {
        kind: known ? error.code : 'internal',
        count: 1,
        first: placeOf({ file: run.file.name, line: known ? error.line : undefined, message }),
      },
    ];
    await end(deps, row, run, 'failed');
    if (!known) throw error;
  } finally {
    await spool.remove();
  }
}

async function planAndApply(
  deps: WorkDeps,
  row: RunRow,
  run: Run,
  feed: Feed & { lastSha256?: string },
  reader: FeedReader,
  spool: Awaited<ReturnType<typeof openSpool>>,
  save: (set: Doc) => Promise<RunRow | undefined>,
  guard: Guard,
): Promise<void> {
  const context: Context = {
    tenant: row.tenant,
    writer: `feed:${row.feed}`,
    namespace: feed.namespace,
    source: 'file',
    run: row._id,
  };
  const first = firstPlanOf(row.work);
  const earlier = first === undefined ? [] : run.problems;
  const counts = zeroAll();
  const remarks = makeRemarks();
  const kept = await deps.roster.counts(context);
  for (const type of countedTypes)
    counts[type].totalBefore = first?.counts[type].totalBefore ?? kept(`feed.${row.feed}.${type}`);
  const index = await loadIndex(deps, row);
  if (feed.lastSha256 === run.file.sha256) {
    remarks.add('warning.same-file', {
      file: run.file.name,
      message: 'This is the same file as the last one of this feed.',
    });
  }
  const pace = makePace(deps.roster);
  let saved = Date.now();
  const note = async (set: Doc) => {
    if (!(await deps.runs.note(row.tenant, row._id, set, row.lease?.fence ?? 0))) throw new Interrupted();
  };
  const progress = (phase: 'reading' | 'applying', records: number): Doc => ({
    'report.progress': { phase, records, bytes: run.file.bytes },
  });
  const plan: PlanDeps = {
    roster: deps.roster,
    context,
    feed,
    mode: run.mode,
    reader,
    index,
    spool,
    counts,
    remarks,
    fileName: run.file.name,
    timeZone: 'UTC',
    dryRun: run.dryRun,
    hash: await makeHasher(await deps.guidKey(row.tenant), [row.feed, reader.version, settingsVersion(feed, run)]),
    pace,
    async progress(records) {
      guard();
      await pace.rest();
      if (Date.now() - saved < 1000) return;
      saved = Date.now();
      await note(progress('reading', records));
    },
  };
  const planned = await makePlan(plan, deps.originals.read(row.tenant, row._id));
  await planRemovals(plan, planned.listed);
  project(counts);
  run.counts = counts;
  run.problems = joinProblems(earlier, remarks.list());
  // A plan against a store that is half done says nothing; the first one was judged.
  run.filters =
    first?.filters ??
    judge({
      feed,
      mode: run.mode,
      counts,
      completed: feed.runs,
      fileBytes: run.file.bytes,
      lastFileBytes: await lastFullBytes(deps, row),
      unkeyed: planned.unkeyed,
    });
  if (run.dryRun) return end(deps, row, run, 'done');
  const exceeded = run.filters.filter((verdict) => verdict.exceeded);
  const breached = exceeded.length > 0 && !isApproved(row, exceeded);
  if (breached && first === undefined) {
    if (feed.onBreach === 'abort') return end(deps, row, run, 'failed');
    if (feed.onBreach === 'hold') {
      const expiresAt = new Date(Date.now() + feed.holdDays * 86_400_000);
      delete run.progress;
      await save({
        state: 'held',
        expiresAt,
        report: { ...run, state: 'held' },
        lease: { fence: row.lease?.fence ?? 0, until: new Date(0), owner: '' },
      });
      return;
    }
  }
  const { counts: done, applied } =
    first === undefined
      ? firstStart(counts, planned.settled)
      : nextStart(first, { counts, settled: planned.settled }, row.work);
  // The counts so far, with the totals that follow from them.
  const soFar = (): Doc => {
    const shown = structuredClone(done);
    project(shown);
    return { 'report.counts': shown, 'report.problems': joinProblems(earlier, remarks.list()) };
  };
  await note({
    'work.plan': first ?? { counts, settled: planned.settled, filters: run.filters },
    'work.applied': done,
    'work.records': applied,
    'report.filters': run.filters,
    ...soFar(),
  });
  await applyPlan({
    roster: deps.roster,
    context,
    spool,
    counts: done,
    applied,
    lastWord: planned.lastWord,
    remarks,
    pace,
    fileName: run.file.name,
    withoutRemovals: breached && feed.onBreach === 'no-deletes',
    inFile: planned.guessed ? (guid) => index.seen(guid) : undefined,
    async checkpoint(records) {
      await note({ 'work.applied': done, 'work.records': applied, ...soFar(), ...progress('applying', records) });
      guard();
    },
  });
  const after = await deps.roster.counts(context);
  for (const type of countedTypes) done[type].totalAfter = after(`feed.${row.feed}.${type}`);
  run.counts = done;
  run.problems = joinProblems(earlier, remarks.list());
  await compactIndex(deps, row, index);
  await end(deps, row, run, 'done');
}

/** Size of the file of the feed's last completed full run; what other modes take says nothing of a whole snapshot. */
async function lastFullBytes({ runs }: WorkDeps, { tenant, feed }: RunRow): Promise<number | undefined> {
  const last = { feed, state: 'done', 'report.mode': 'full', 'report.dryRun': false };
  const { rows } = await runs.list(tenant, last, 1);
  return (rows[0]?.report as unknown as Run | undefined)?.file.bytes;
}

/** What settings of the feed decide which records the same bytes give; part of every hash (decisions 4.2). */
function settingsVersion(feed: Feed, run: Run): string {
  return JSON.stringify([feed.namespace, feed.sourceInKey, run.mode === 'full' ? 'full' : 'merge']);
}

/** An approval holds while the plan does not ask for more than was approved. */
function isApproved(row: RunRow, exceeded: readonly FilterVerdict[]): boolean {
  const approved = row.work['approved'] as Record<string, number> | undefined;
  if (approved === undefined) return false;
  return exceeded.every((verdict) => verdict.changes <= (approved[verdict.filter] ?? 0));
}

async function loadIndex(deps: WorkDeps, row: RunRow): Promise<FeedIndex & { blocks: unknown[] }> {
  const index = makeFeedIndex();
  const blocks: unknown[] = [];
  for await (const block of deps.runs.blocks(row.tenant, row.feed)) {
    index.load(block.bytes);
    blocks.push(block.id);
  }
  return Object.assign(index, { blocks });
}

/** Writes a feed's blocks anew when most of what they hold is out of date. */
async function compactIndex(deps: WorkDeps, row: RunRow, before: FeedIndex & { blocks: unknown[] }): Promise<void> {
  if (before.loaded < before.size * 2 + 20_000) return;
  const index = await loadIndex(deps, row);
  const blocks: Buffer[] = [];
  let entries: { guid: string; type: 'person' | 'group' | 'membership' | 'session'; hash: string }[] = [];
  for (const entry of index.live()) {
    entries.push(entry);
    if (entries.length >= 20_000) {
      blocks.push(encodeBlock(entries));
      entries = [];
    }
  }
  if (entries.length > 0) blocks.push(encodeBlock(entries));
  await deps.runs.compact(row.tenant, row.feed, index.blocks, blocks);
}

async function end(deps: WorkDeps, row: RunRow, run: Run, state: 'done' | 'failed'): Promise<void> {
  delete run.progress;
  const report: Run = { ...run, state, endedAt: new Date().toISOString() };
  const completed = state === 'done' && !run.dryRun ? { sha256: run.file.sha256 } : undefined;
  if (!(await deps.runs.end(row, { state, report, work: {} }, completed))) return;
  await deps.originals.remove(row.tenant, row._id);
}
