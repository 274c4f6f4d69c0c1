import type { Problem } from '../../../base/problem.ts';
import type { Change, ChangeResult, Context, ViewItem } from '../../../roster/index.ts';
import type { Reads } from '../deps.ts';
import type { Version } from '../operations/index.ts';
import { type Ask, marksOf, type Readable, readAsk } from './ask.ts';
import { lookUp, type Records } from './look-up.ts';
import type { Pushed } from './nouns/index.ts';
import { type Cascade, type Plan, planOf } from './plan.ts';
import { saidOf } from './problems.ts';
import { type Shown, shownOf } from './shown.ts';

/** Changes that the roster takes at once. */
const mostChanges = 1000;

/** What became of an operation: the status of success, or its problem. */
export type Outcome = { readonly status: number } | { readonly problem: Problem };

/** Runs operations in order, with an outcome for each; one that fails stops no other. */
export type Run = (context: Context, version: Version, asks: readonly Ask[]) => Promise<Outcome[]>;

interface Entry {
  readonly at: number;
  readonly ask: Readable;
}

/**
 * Makes {@link Run}. Operations are worked out together and written in one transaction as far as they do not touch the
 * same records; one that does waits for those before it.
 */
export function makeRun(roster: Reads): Run {
  async function shown(context: Context, version: Version, entries: readonly Entry[], records: Records) {
    const byNoun = new Map<Pushed, { at: number; item: ViewItem }[]>();
    for (const { at, ask } of entries) {
      const target = records.target(ask);
      if (target === undefined || target === 'other') continue;
      byNoun.set(ask.noun, [...(byNoun.get(ask.noun) ?? []), { at, item: target }]);
    }
    const found = new Map<number, Shown>();
    for (const [noun, items] of byNoun) {
      const objects = await shownOf(
        roster,
        context,
        version,
        noun,
        items.map(({ item }) => item),
      );
      for (const [index, { at }] of items.entries()) {
        const object = objects[index];
        if (object !== undefined) found.set(at, object);
      }
    }
    return found;
  }

  /** Plans and writes entries from the first on; answers how many it has done. */
  async function stretch(
    context: Context,
    version: Version,
    entries: readonly Entry[],
    outcomes: Outcome[],
  ): Promise<number> {
    const records = await lookUp(
      roster,
      context,
      entries.map(({ ask }) => ask),
    );
    const objects = await shown(context, version, entries, records);
    const written = new Set<string>();
    const guids = new Set<string>();
    const planned: { readonly entry: Entry; readonly plan: Plan }[] = [];
    let count = 0;
    let followed: Cascade | undefined;
    for (const entry of entries) {
      const isWritten = (key: string) => written.has(key);
      const plan = planOf(entry.ask, { version, records, shown: objects.get(entry.at), isWritten });
      const cascade = plan.kind === 'changes' ? plan.cascade : undefined;
      // What goes or comes back with others is known once those are written.
      if (followed !== undefined && cascade !== followed) break;
      followed = cascade;
      if (plan.kind === 'changes') {
        if (plan.guid !== undefined && guids.has(plan.guid)) break;
        if (plan.guid !== undefined) guids.add(plan.guid);
        count += plan.changes.length;
        if (count > mostChanges) break;
        for (const key of marksOf(entry.ask).writes) written.add(key);
      }
      planned.push({ entry, plan });
    }
    const changes = planned.flatMap(({ plan }): readonly Change[] => (plan.kind === 'changes' ? plan.changes : []));
    const results = changes.length === 0 ? [] : await roster.execute(context, changes);
    let next = 0;
    for (const { entry, plan } of planned) {
      const own = plan.kind === 'changes' ? results.slice(next, next + plan.changes.length) : [];
      next += own.length;
      outcomes[entry.at] = outcomeOf(entry.ask, plan, own);
    }
    return planned.length;
  }

  return async (context, version, asks) => {
    const outcomes: Outcome[] = [];
    const readable: Entry[] = [];
    for (const [at, ask] of asks.entries()) {
      const read = readAsk(ask, version);
      if (read.ok) readable.push({ at, ask: read.value });
      else outcomes[at] = { problem: read.problem };
    }
    let width = readable.length;
    for (let from = 0; from < readable.length; ) {
      const entries = independent(readable.slice(from, from + width));
      const done = await stretch(context, version, entries, outcomes);
      from += done;
      // Where much must be looked up again, the next step is shorter.
      width = done < entries.length ? Math.max(2 * done, 16) : readable.length;
    }
    return outcomes;
  };
}

/** The first entries of which none needs to know what another of them has written. */
function independent(entries: readonly Entry[]): readonly Entry[] {
  const written = new Set<string>();
  let removes = false;
  const end = entries.findIndex(({ ask }) => {
    const { writes, needs } = marksOf(ask);
    if ((removes && !ask.removes) || [...writes, ...needs].some((key) => written.has(key))) return true;
    removes ||= ask.removes;
    for (const key of writes) written.add(key);
    return false;
  });
  return end < 0 ? entries : entries.slice(0, end);
}

function outcomeOf(ask: Readable, plan: Plan, results: readonly ChangeResult[]): Outcome {
  if (plan.kind === 'failed') return { problem: plan.problem };
  for (const result of results) {
    if (!result.ok) return { problem: saidOf(ask, result.problem) };
    const ignored = result.remarks?.find(({ kind }) => kind === 'warning.archived-ignored');
    if (ignored !== undefined) return { problem: { code: 'invalid-data', text: ignored.text } };
  }
  const [first] = results;
  // Another writer may have made it since it was looked up. Enrollments and demographics are parts of records.
  const isPart = ask.noun === 'enrollment' || ask.noun === 'demographics';
  const isReplaced = plan.status === 201 && !isPart && first?.ok === true && first.outcome !== 'created';
  return { status: isReplaced ? 200 : plan.status };
}
