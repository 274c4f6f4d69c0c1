import type { Change, Context, Roster } from '../../roster/index.ts';
import { type CountedType, type Counts, countedTypes } from '../run.ts';
import { type Planned, renameOf, type Spool, type Step } from '../spool.ts';

/** What leaving out all but additions needs. */
export interface AdditionsDeps {
  readonly roster: Roster;
  readonly context: Context;
  /** The plan, and where what is left of it goes. */
  readonly from: Spool;
  readonly to: Spool;
  /** Called after each batch with the planned changes looked at so far; may throw to stop. */
  progress(done: number): Promise<void>;
}

const steps: readonly Step[] = ['group', 'person', 'membership'];
/** Planned changes looked at together; a rename makes two changes of one. */
const batchSize = 500;
const additions: ReadonlySet<string> = new Set(['created', 'restored', 'unchanged']);

/**
 * Leaves of a plan what adds to the roster: new records and those that come back. What is left out is not applied, so
 * that its hash is not stored and the next run sees it again.
 */
export async function keepAdditions(deps: AdditionsDeps): Promise<void> {
  let done = 0;
  for (const step of steps) {
    for await (const planned of deps.from.read(step)) {
      for (let at = 0; at < planned.length; at += batchSize) {
        const part = planned.slice(at, at + batchSize);
        await deps.to.add(step, await additionsOf(deps, part));
        done += part.length;
        await deps.progress(done);
      }
    }
  }
}

async function additionsOf({ roster, context }: AdditionsDeps, batch: readonly Planned[]): Promise<Planned[]> {
  const changes: Change[] = [];
  const places = batch.map((planned) => {
    const asked = renameOf(planned);
    const rename = asked === undefined ? undefined : changes.length;
    if (asked !== undefined) changes.push(asked);
    changes.push(planned.change);
    return { rename, write: changes.length - 1 };
  });
  const results = await roster.rehearse(context, changes);
  return batch.filter((_planned, at) => {
    const { rename, write } = places[at] ?? { rename: undefined, write: -1 };
    const renamed = rename === undefined ? undefined : results[rename];
    if (renamed?.ok === true && renamed.outcome === 'renamed') return false;
    const result = results[write];
    // What the store refuses is refused again, with its remark.
    return result?.ok !== true || additions.has(result.outcome);
  });
}

/** Counts what {@link keepAdditions} leaves out as withheld; answers how many records these are. */
export function withholdAllButAdditions(counts: Record<CountedType, Counts>): number {
  let sum = 0;
  for (const type of countedTypes) {
    const entry = counts[type];
    // A renamed record is counted beside what else changes of it.
    const changed = Math.max(entry.updated, entry.renamed);
    entry.updated = 0;
    entry.renamed = 0;
    entry.withheld += changed;
    sum += changed;
  }
  return sum + withholdRemovals(counts);
}

/** Counts removals that are left out as withheld; answers how many they are. */
export function withholdRemovals(counts: Record<CountedType, Counts>): number {
  let sum = 0;
  for (const type of countedTypes) {
    const entry = counts[type];
    const removals = entry.trashed + entry.disabled + entry.archived;
    Object.assign(entry, { trashed: 0, disabled: 0, archived: 0 });
    entry.withheld += removals;
    sum += removals;
  }
  return sum;
}
