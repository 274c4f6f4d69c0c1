import type { Change, Context, ListedEffect, Roster } from '../../roster/index.ts';
import type { Findings } from '../report/findings.ts';
import { type CountedType, type Counts, countedTypeOf, countedTypes } from '../run.ts';
import { type Planned, renameOf, type Spool, type Step } from '../spool.ts';
import type { LastWord } from './last-word.ts';

/** What listing a plan's changes needs. */
export interface PreviewDeps {
  readonly roster: Roster;
  readonly context: Context;
  readonly spool: Spool;
  readonly findings: Findings;
  /** The feed whose records the totals count, and the counts with the totals before. */
  readonly feed: string;
  readonly counts: Readonly<Record<CountedType, Counts>>;
  /** What later records of the file have left of its removals. */
  readonly lastWord: LastWord | undefined;
  /** Called after each batch with the planned changes looked at so far; may throw to stop. */
  progress(done: number): Promise<void>;
}

const steps: readonly Step[] = ['group', 'person', 'membership', 'removals'];
/** Planned changes looked at together; a rename makes two changes of one. */
const batchSize = 500;

/**
 * Lists what a plan would change, before and after, cascades under their own types: for a run that is held, and for a
 * dry run. Each record once. Works out `totalAfter`, whichever feeds list what goes along. Memory: a number for each
 * changed record, and one for each that the feed begins or ceases to list.
 */
export async function listChanges(deps: PreviewDeps): Promise<void> {
  const seen: Seen = { changed: new Set(), moved: new Set() };
  for (const type of countedTypes) deps.counts[type].totalAfter = deps.counts[type].totalBefore;
  let done = 0;
  for (const step of steps) {
    for await (const planned of deps.spool.read(step)) {
      for (let from = 0; from < planned.length; from += batchSize) {
        const part = planned.slice(from, from + batchSize);
        await listBatch(deps, part, seen);
        done += part.length;
        await deps.progress(done);
      }
    }
  }
  await deps.findings.flush();
}

/** Numbers of the records that are listed, and of those that are in `totalAfter` as what they become. */
interface Seen {
  readonly changed: Set<number>;
  readonly moved: Set<number>;
}

async function listBatch(deps: PreviewDeps, batch: readonly Planned[], seen: Seen): Promise<void> {
  const changes: Change[] = [];
  const causes: Planned[] = [];
  for (const planned of batch) {
    const change = left(deps, planned);
    if (change === undefined) continue;
    const rename = renameOf(planned);
    if (rename !== undefined) {
      changes.push(rename);
      causes.push(planned);
    }
    changes.push(change);
    causes.push(planned);
  }
  if (changes.length === 0) return;
  const { effects, listed } = await deps.roster.preview(deps.context, changes);
  for (const one of listed) {
    if (one.feed !== deps.feed || !isNew(seen.moved, one)) continue;
    deps.counts[countedTypeOf(one.type, one.kind)].totalAfter += one.listed ? 1 : -1;
  }
  for (const effect of effects) {
    if (!isNew(seen.changed, effect)) continue;
    const line = effect.cause === undefined ? 0 : (causes[effect.cause]?.line ?? 0);
    deps.findings.change({
      type: countedTypeOf(effect.type, effect.kind),
      action: effect.outcome,
      id: effect.id,
      guid: effect.guid,
      name: effect.name ?? null,
      line: line > 0 ? line : null,
      before: effect.before,
      after: effect.after,
    });
  }
  await deps.findings.flush();
}

/** A change without what later records of the file have taken back of it. */
function left({ lastWord }: PreviewDeps, { change, removal }: Planned): Change | undefined {
  if (removal === undefined || change.op !== 'release' || lastWord === undefined) return change;
  return lastWord.left(removal, change);
}

/**
 * Adds a record to a set; answers whether it was new there. 52 bits of the guid, which is a hash itself, are enough to
 * know a record again, at an eighth of the memory.
 */
function isNew(set: Set<number>, { guid }: Pick<ListedEffect, 'guid'>): boolean {
  const number = Number.parseInt(guid.slice(0, 13), 16);
  if (set.has(number)) return false;
  set.add(number);
  return true;
}
