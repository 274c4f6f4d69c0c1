import { failed, ok } from '../../base/result.ts';
import type { Context, Roster } from '../../roster/index.ts';
import type { FindingPlace, RunRow, RunStore } from '../../store/index.ts';
import type { Feeds } from '../feeds/feeds.ts';
import { mergeRecords } from '../pairs/merge-records.ts';
import type { PairList } from '../pairs/pair-list.ts';
import type { MergeChoice } from '../pairs/pairs.ts';
import type { Pair, Run } from '../run.ts';
import type { Sync } from '../types.ts';
import { runOf } from './look.ts';

/** What merging pairs needs. */
export interface MergeRequestDeps {
  readonly runs: RunStore;
  readonly roster: Roster;
  readonly feeds: Feeds;
  readonly pairs: PairList;
}

/** What makes pairs of records one. */
export function makeMerge(deps: MergeRequestDeps): Pick<Sync, 'merge'> {
  const { runs, feeds } = deps;

  /** Merges pairs of a run that is done, at once. */
  async function mergeNow(context: Context, row: RunRow, run: Run, pairs: readonly Pair[], all: boolean) {
    const feed = await feeds.settings(context.tenant, run.feed);
    const writer: Context = {
      tenant: context.tenant,
      writer: `feed:${run.feed}`,
      namespace: feed.namespace,
      source: 'file',
    };
    const results = await mergeRecords({ roster: deps.roster, context: writer, run }, pairs);
    const done = new Set(results.flatMap((result) => (result.ok ? [result.value.newId] : [])));
    const failure = results.find((result) => !result.ok);
    if (done.size === 0 && failure !== undefined && !failure.ok) return failure;
    await deps.pairs.merged(placeOf(row), done);
    const merged = run.pairs.merged + done.size;
    await runs.change(context.tenant, run.id, ['done'], { 'report.pairs.merged': merged });
    // Asked for all, those that could be are merged.
    if (!all && failure !== undefined && !failure.ok) return failure;
    return ok<Run>({ ...run, pairs: { ...run.pairs, merged } });
  }

  return {
    async merge(context, id, what) {
      const row = await runs.get(context.tenant, id);
      if (row === undefined) return failed('unknown-object', `There is no run ${id}.`, { id });
      const run = runOf(row);
      if (run.state !== 'held' && (run.state !== 'done' || run.dryRun)) {
        const text = `The run ${id} is ${run.dryRun ? 'a dry run' : run.state}; pairs of a held run, or of one that is done, can be merged.`;
        return failed('conflict', text, { id });
      }
      const pairs = await deps.pairs.all(placeOf(row));
      const chosen = choiceOf(pairs, what);
      if (!chosen.ok) return chosen;
      if (run.state === 'done') return mergeNow(context, row, run, chosen.value, 'all' in what);
      const earlier = row.work['merge'] as MergeChoice | undefined;
      const newIds = chosen.value.map(({ newId }) => newId);
      const merge: MergeChoice =
        'all' in what || (earlier !== undefined && 'all' in earlier)
          ? { all: true }
          : { newIds: [...new Set([...(earlier?.newIds ?? []), ...newIds])] };
      const merged = run.pairs.merged + newIds.length;
      const set = { 'work.merge': merge, 'report.pairs.merged': merged };
      if ((await runs.change(context.tenant, id, ['held'], set)) === undefined) {
        return failed('conflict', `Somebody else has decided on the run ${id} just now.`, { id });
      }
      await deps.pairs.merged(placeOf(row), new Set(newIds));
      return ok({ ...run, pairs: { ...run.pairs, merged } });
    },
  };
}

/** Where the lists of a run's last attempt are. */
function placeOf({ tenant, _id, lease }: RunRow): FindingPlace {
  return { tenant, run: _id, fence: lease?.fence ?? 0 };
}

/** The pairs that are wanted: each person in one of them only. */
function choiceOf(pairs: readonly Pair[], what: { newIds: readonly string[] } | { all: true }) {
  const wanted = 'all' in what ? undefined : new Set(what.newIds);
  const ofNew = countBy(pairs, ({ newId }) => newId);
  const asked = pairs.filter((pair) => !pair.merged && (wanted === undefined || wanted.has(pair.newId)));
  const ofKnown = countBy(asked, ({ guid }) => guid);
  const isClear = (pair: Pair) => ofNew.get(pair.newId) === 1 && ofKnown.get(pair.guid) === 1;
  const clear = asked.filter(isClear);
  for (const id of wanted ?? []) {
    const pair = pairs.find(({ newId }) => newId === id);
    if (pair === undefined) return failed('unknown-object', `The run has no pair of the new id ${id}.`, { id });
    if (!pair.merged && !isClear(pair)) {
      const text = `The person ${id} has more than one possible partner; such pairs are not merged. Restore or rename by hand.`;
      return failed('conflict', text, { id });
    }
  }
  return ok(clear);
}

function countBy(pairs: readonly Pair[], name: (pair: Pair) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const pair of pairs) counts.set(name(pair), (counts.get(name(pair)) ?? 0) + 1);
  return counts;
}
