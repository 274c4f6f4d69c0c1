import type { Change, ChangeResult, Context, Roster } from '../roster/index.ts';
import type { Pace } from './pace.ts';
import type { LastWord } from './plan/last-word.ts';
import type { PerType } from './resume.ts';
import { type CountedType, type Counts, countedTypeOf } from './run.ts';
import { batchSize, type Planned, type Spool, type Step } from './spool.ts';
import type { Remarks } from './tally.ts';

/** What applying needs. */
export interface ApplyDeps {
  readonly roster: Roster;
  readonly context: Context;
  readonly spool: Spool;
  /** Counts of what was done; outcomes are added, what was only read is there already. */
  readonly counts: Record<CountedType, Counts>;
  readonly remarks: Remarks;
  readonly fileName: string;
  /** Whether removals are left out (breach of a filter with `no-deletes`). */
  readonly withoutRemovals: boolean;
  /** Whether a record stands in the file: references to others that are not there are remarked. Undefined where the plan did so. */
  readonly inFile: ((guid: string) => boolean) | undefined;
  /** Records of the file that were applied, by type; added to. */
  readonly applied: PerType;
  /** What later records of the file have left of its removals. */
  readonly lastWord: LastWord;
  readonly pace: Pace;
  /** Called after each batch; may throw to stop. */
  checkpoint(done: number): Promise<void>;
}

const steps: readonly Step[] = ['group', 'person', 'membership', 'removals'];

/**
 * Applies a plan in order, 1,000 changes a transaction or few while others call; what the store refuses is rejected and
 * stops nobody else.
 */
export async function applyPlan(deps: ApplyDeps): Promise<void> {
  let done = 0;
  for (const step of steps) {
    if (step === 'removals' && deps.withoutRemovals) continue;
    const source = batches(deps.spool.read(step));
    // The next batch is read and parsed while the store works on this one.
    let next = source.next();
    for (;;) {
      const { value: batch, done: end } = await next;
      if (end === true) break;
      next = source.next();
      // Should applying fail, nobody waits for this one any more.
      next.catch(() => undefined);
      for (let from = 0; from < batch.length; ) {
        const part = batch.slice(from, from + deps.pace.size(batchSize));
        await applyBatch(deps, standing(deps, part));
        from += part.length;
        done += part.length;
        await deps.checkpoint(done);
        await deps.pace.rest();
      }
    }
  }
}

/** A batch without removals that were taken back. */
function standing({ lastWord }: ApplyDeps, batch: readonly Planned[]): Planned[] {
  return batch.flatMap((planned) => {
    const { change, removal } = planned;
    if (removal === undefined || change.op !== 'release') return [planned];
    const left = lastWord.left(removal, change);
    return left === undefined ? [] : [{ ...planned, change: left }];
  });
}

/** Joins what the spool gives to full batches. */
async function* batches(source: AsyncGenerator<Planned[]>): AsyncGenerator<Planned[]> {
  let waiting: Planned[] = [];
  for await (const part of source) {
    waiting.push(...part);
    while (waiting.length >= batchSize) {
      yield waiting.slice(0, batchSize);
      waiting = waiting.slice(batchSize);
    }
  }
  if (waiting.length > 0) yield waiting;
}

async function applyBatch(deps: ApplyDeps, batch: readonly Planned[]): Promise<void> {
  const renames = batch.filter(({ renamedFrom }) => renamedFrom !== undefined);
  if (renames.length > 0) {
    const asked: Change[] = renames.map(({ change, renamedFrom }) => ({
      op: 'rename',
      type: change.type,
      key: renamedFrom as string,
      newKey: change.key as string,
    }));
    const results = await deps.roster.execute(deps.context, asked);
    results.forEach((result, at) => {
      const planned = renames[at];
      if (planned !== undefined && result.ok && result.outcome === 'renamed') deps.counts[typeOf(planned)].renamed += 1;
    });
  }
  const results = await deps.roster.execute(
    deps.context,
    batch.map(({ change }) => change),
  );
  results.forEach((result, at) => {
    const planned = batch[at];
    if (planned !== undefined) count(deps, planned, result);
  });
}

function typeOf(planned: Planned): CountedType {
  return countedTypeOf(planned.change.type, planned.session === true ? 'session' : undefined);
}

function count(deps: ApplyDeps, planned: Planned, result: ChangeResult): void {
  const type = typeOf(planned);
  const counts = deps.counts[type];
  const { change } = planned;
  // What is missing from the file is none of its records; what was gone when it was read is counted already.
  const inFile = change.op !== 'release' || (change.explicit === true && planned.idle !== true);
  if (!result.ok) {
    if (change.op === 'release') {
      if (inFile) counts.unchanged += 1;
      if (inFile) deps.applied[type] += 1;
      return;
    }
    counts.rejected += 1;
    deps.remarks.add('rejected.store', {
      file: deps.fileName,
      line: planned.line,
      id: planned.id,
      message: result.problem.text,
    });
    return;
  }
  for (const remark of result.remarks ?? []) {
    if (deps.inFile === undefined) break;
    if (remark.kind === 'warning.expected-reference' && remark.id !== undefined && deps.inFile(remark.id)) continue;
    deps.remarks.add(remark.kind, { file: deps.fileName, line: planned.line, id: planned.id, message: remark.text });
  }
  if (inFile) deps.applied[type] += 1;
  const { outcome } = result;
  if (outcome === 'unchanged' || outcome === 'released' || outcome === 'purged' || outcome === 'renamed') {
    if (inFile && planned.restored !== true) counts.unchanged += 1;
  } else if (planned.restored !== true || outcome !== 'updated') counts[outcome] += 1;
  if (change.op === 'release') {
    deps.counts.person.trashed += result.cascade?.person ?? 0;
    deps.counts.group.trashed += result.cascade?.group ?? 0;
    deps.counts.membership.trashed += result.cascade?.membership ?? 0;
  } else if (outcome === 'restored') {
    deps.counts.membership.restored += result.cascade?.membership ?? 0;
    deps.counts.group.restored += result.cascade?.group ?? 0;
  }
}
