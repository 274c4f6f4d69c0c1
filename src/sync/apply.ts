import type { NoticeKind } from '../base/problem.ts';
import type { Change, ChangeResult, Checkpoint, Context, Roster } from '../roster/index.ts';
import type { Pace } from './pace.ts';
import type { LastWord } from './plan/last-word.ts';
import type { PerType } from './resume.ts';
import { type CountedType, type Counts, countedTypeOf, countedTypes } from './run.ts';
import { batchSize, type Planned, renameOf, type Spool } from './spool.ts';
import type { Place, Remarks } from './tally.ts';

/** What was done so far: counts, and records of the file that were applied, by type. */
export interface Done {
  readonly counts: Record<CountedType, Counts>;
  readonly applied: PerType;
}

/** What applying needs. */
export interface ApplyDeps extends Done {
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
  /** Notes in the transaction of a batch what is done with it; throws where the run is another worker's by now. */
  note(session: Parameters<Checkpoint>[0], done: Done): Promise<void>;
  /** Called after each batch; may throw to stop. */
  checkpoint(done: number): void;
}

/**
 * Applies a plan in order, 1,000 changes a transaction or few while others call: groups, persons with their memberships,
 * removals. What the store refuses is rejected and stops nobody else.
 */
export async function applyPlan(deps: ApplyDeps): Promise<void> {
  let done = 0;
  let last: Batch | undefined;
  /** Waits for the batch that is on its way. */
  const arrived = async (batch: Batch | undefined) => {
    if (batch === undefined) return;
    await batch.end;
    done += batch.planned;
    deps.checkpoint(done);
    await deps.pace.rest();
  };
  try {
    for await (const batch of ahead(batches(inOrder(deps)))) {
      const asked = standing(deps, batch);
      for (let from = 0; from < asked.length; ) {
        const part = asked.slice(from, from + deps.pace.size(batchSize));
        from += part.length;
        // One more is given to the roster while the one before is on its way; but nobody who calls waits for two.
        if (part.length < batchSize / 2) {
          await arrived(last);
          last = undefined;
        }
        const next = applyBatch(deps, part, last);
        const before = last;
        last = next;
        await arrived(before);
      }
    }
    await arrived(last);
  } finally {
    await last?.end.catch(() => undefined);
  }
}

/** A batch that is on its way. */
interface Batch {
  /** Resolves when it is committed. */
  readonly end: Promise<void>;
  /** Planned changes in it. */
  readonly planned: number;
  failed: boolean;
  /** What is done with it and all before it, once its transaction has come so far. */
  tally: Tally | undefined;
}

/** What is to be applied, step by step. */
async function* inOrder({ spool, withoutRemovals }: ApplyDeps): AsyncGenerator<Planned[]> {
  yield* spool.read('group');
  yield* spool.readMembers();
  if (!withoutRemovals) yield* spool.read('removals');
}

/** Reads and parses the next batch while the store works on this one. */
async function* ahead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next();
  for (;;) {
    const { value, done } = await next;
    if (done === true) return;
    next = source.next();
    // Should applying fail, nobody waits for this one any more.
    next.catch(() => undefined);
    yield value;
  }
}

/** A change that is asked for: a planned one, or the renaming before it. */
interface Asked {
  readonly planned: Planned;
  readonly change: Change;
}

/** The changes of a batch: without removals that were taken back, and each renaming before its record. */
function standing({ lastWord }: ApplyDeps, batch: readonly Planned[]): Asked[] {
  return batch.flatMap((planned): Asked[] => {
    const { change, removal } = planned;
    const rename = renameOf(planned);
    if (rename !== undefined) {
      return [
        { planned, change: rename },
        { planned, change },
      ];
    }
    if (removal === undefined || change.op !== 'release') return [{ planned, change }];
    const left = lastWord.left(removal, change);
    if (left === undefined) return [];
    return [left === change ? { planned, change } : { planned: { ...planned, change: left }, change: left }];
  });
}

/** Joins what the spool gives to full batches. */
async function* batches(source: AsyncGenerator<Planned[]>): AsyncGenerator<Planned[]> {
  let waiting: Planned[] = [];
  for await (const part of source) {
    // What stands together is not cut where there is no need.
    if (waiting.length > 0 && waiting.length + part.length > batchSize) {
      yield waiting;
      waiting = [];
    }
    waiting = waiting.length === 0 ? part : waiting.concat(part);
  }
  if (waiting.length > 0) yield waiting;
}

function applyBatch(deps: ApplyDeps, asked: readonly Asked[], before: Batch | undefined): Batch {
  const run = async () => {
    await deps.roster.execute(
      deps.context,
      asked.map(({ change }) => change),
      // The transaction may be tried again, so that what is done with it counts when it is committed, not before.
      async (session, results) => {
        // Where the batch before has failed, this one is not applied either.
        if (before?.failed === true) await before.end;
        batch.tally = tallyOf(deps, before?.tally ?? deps, asked, results);
        await deps.note(session, batch.tally);
      },
    );
    for (const type of countedTypes) {
      Object.assign(deps.counts[type], batch.tally?.counts[type]);
      Object.assign(deps.applied, { [type]: batch.tally?.applied[type] });
    }
    for (const { kind, place } of batch.tally?.remarks ?? []) deps.remarks.add(kind, place);
  };
  const planned = asked.filter((one) => one.change === one.planned.change).length;
  const end = run();
  const batch: Batch = { end, planned, tally: undefined, failed: false };
  end.catch(() => {
    batch.failed = true;
  });
  return batch;
}

/** What is done with a batch, and what is to be remarked of it. */
interface Tally extends Done {
  readonly remarks: { readonly kind: NoticeKind; readonly place: Place }[];
}

function tallyOf(deps: ApplyDeps, before: Done, batch: readonly Asked[], results: readonly ChangeResult[]): Tally {
  const tally: Tally = { counts: structuredClone(before.counts), applied: { ...before.applied }, remarks: [] };
  results.forEach((result, at) => {
    const asked = batch[at];
    if (asked === undefined) return;
    if (asked.change === asked.planned.change) count(deps, tally, asked.planned, result);
    else if (result.ok && result.outcome === 'renamed') tally.counts[typeOf(asked.planned)].renamed += 1;
  });
  return tally;
}

function typeOf(planned: Planned): CountedType {
  return countedTypeOf(planned.change.type, planned.session === true ? 'session' : undefined);
}

function count(deps: ApplyDeps, tally: Tally, planned: Planned, result: ChangeResult): void {
  const type = typeOf(planned);
  const counts = tally.counts[type];
  const { change, line, id: ownId } = planned;
  const place = (message: string): Place => ({ file: deps.fileName, line, id: ownId, type, message });
  // What is missing from the file is none of its records; what was gone when it was read is counted already.
  const inFile = change.op !== 'release' || (change.explicit === true && planned.idle !== true);
  if (!result.ok) {
    if (change.op === 'release') {
      if (inFile) counts.unchanged += 1;
      if (inFile) tally.applied[type] += 1;
      return;
    }
    counts.rejected += 1;
    tally.remarks.push({ kind: 'rejected.store', place: place(result.problem.text) });
    return;
  }
  for (const { kind, id, text } of result.remarks ?? []) {
    if (inFile && kind === 'warning.archived-ignored') counts.ignored += 1;
    if (inFile && kind === 'warning.locked-field') counts.locked += 1;
    if (deps.inFile === undefined) continue;
    if (kind === 'warning.expected-reference' && id !== undefined && deps.inFile(id)) continue;
    tally.remarks.push({ kind, place: place(text) });
  }
  if (inFile) tally.applied[type] += 1;
  const { outcome } = result;
  if ((change.op === 'rename' || change.op === 'revert') && outcome === 'renamed') counts.renamed += 1;
  else if (outcome === 'unchanged' || outcome === 'released' || outcome === 'purged' || outcome === 'renamed') {
    // What an undo finds as it was is none of its records.
    if (inFile && planned.restored !== true && change.op !== 'revert') counts.unchanged += 1;
  } else if (planned.restored !== true || outcome !== 'updated') counts[outcome] += 1;
  if (change.op === 'release' || change.op === 'remove') {
    tally.counts.person.trashed += result.cascade?.person ?? 0;
    tally.counts.group.trashed += result.cascade?.group ?? 0;
    tally.counts.membership.trashed += result.cascade?.membership ?? 0;
  } else if (outcome === 'restored') {
    tally.counts.membership.restored += result.cascade?.membership ?? 0;
    tally.counts.group.restored += result.cascade?.group ?? 0;
  }
}
