import type { PlanDeps } from '../planners/planner.ts';
import type { FilterVerdict, Pair } from '../run.ts';
import { type Candidate, keyChangeCandidates, matchCandidates } from './candidates.ts';
import { type Merges, noMerges } from './merges.ts';

/** Pairs that a person has chosen to be made one. */
export type MergeChoice = { readonly all: true } | { readonly newIds: readonly string[] };

/** What looking for pairs needs beside the plan. */
export interface PairDeps extends PlanDeps {
  /** Whether what the file does not list is removed. */
  readonly removesMissing: boolean;
  /** Whether the feed has not completed a run yet, and the roster has records. */
  readonly first: boolean;
  readonly choice: MergeChoice | undefined;
  /** Pairs that this plan makes one already. */
  readonly merges: Merges;
}

/** What was found of pairs. */
export interface FoundPairs {
  readonly verdicts: readonly FilterVerdict[];
  /** Pairs that are to be made one, for which the file must be planned again. */
  readonly merges: Merges;
}

/**
 * Finds records that are probably one: a person who would be removed and one who would be made under another key; on the
 * first run of a feed, a known person and one who would be made (`feeds.md` 0.9). A pair is merged where the feed's
 * setting or a person says so and it is no other's partner too.
 */
export async function findPairs(deps: PairDeps): Promise<FoundPairs> {
  const { feed, roster, context, spool, merges } = deps;
  for (const { pair } of merges.values()) deps.findings.pair(pair);
  const looking = { roster, context, feed: feed.name, spool, progress: () => deps.progress(0) };
  const keyChanges = deps.removesMissing ? await keyChangeCandidates(looking) : [];
  const matches = deps.first && feed.reviewMatches ? await matchCandidates(looking) : [];
  const chosen = new Map<string, { guid: string; pair: Pair }>();
  if (merges.size === 0) {
    const wanted = chosenOf(deps.choice);
    choose(keyChanges, 'key-change', (one) => feed.keyChanges === 'merge' || wanted(one), chosen);
    choose(matches, 'match', wanted, chosen);
  }
  if (chosen.size > 0) return { verdicts: [], merges: chosen };
  report(deps, 'key-change', keyChanges);
  report(deps, 'match', matches);
  return { verdicts: verdictsOn(deps, keyChanges.length, matches.length), merges: noMerges };
}

function chosenOf(choice: MergeChoice | undefined): (one: Candidate) => boolean {
  if (choice === undefined) return () => false;
  if ('all' in choice) return () => true;
  const ids = new Set(choice.newIds);
  return ({ newId }) => ids.has(newId);
}

/** Takes the wanted pairs of which neither has another wanted partner, and the new person no other at all. */
function choose(
  candidates: readonly Candidate[],
  kind: Pair['kind'],
  wanted: (one: Candidate) => boolean,
  chosen: Map<string, { guid: string; pair: Pair }>,
): void {
  const ofNew = countBy(candidates, ({ newKey }) => newKey);
  const taken = candidates.filter(wanted);
  const ofKnown = countBy(taken, ({ guid }) => guid);
  const guids = new Set([...chosen.values()].map(({ guid }) => guid));
  for (const one of taken) {
    if (ofNew.get(one.newKey) !== 1 || ofKnown.get(one.guid) !== 1) continue;
    if (chosen.has(one.newKey) || guids.has(one.guid)) continue;
    chosen.set(one.newKey, { guid: one.guid, pair: pairOf(one, kind, true) });
  }
}

function countBy(candidates: readonly Candidate[], name: (one: Candidate) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of candidates) counts.set(name(one), (counts.get(name(one)) ?? 0) + 1);
  return counts;
}

function pairOf({ guid, knownId, newId, name, by }: Candidate, kind: Pair['kind'], merged: boolean): Pair {
  return { kind, guid, knownId, newId, name, by: [...by], merged };
}

function report({ findings, remarks, fileName }: PairDeps, kind: Pair['kind'], candidates: readonly Candidate[]): void {
  for (const one of candidates) {
    findings.pair(pairOf(one, kind, false));
    const same = one.by.join(', ');
    const message =
      kind === 'key-change'
        ? `The new person ${one.newId} is probably the person ${one.knownId}, who would be removed (same ${same}).`
        : `The new person ${one.newId} is probably the known person ${one.knownId} (same ${same}).`;
    const notice = kind === 'key-change' ? 'warning.key-change' : 'warning.probable-match';
    remarks.add(notice, { file: fileName, id: one.newId, type: 'person', message });
  }
}

function verdictsOn({ feed, counts }: PairDeps, keyChanges: number, matches: number): FilterVerdict[] {
  const verdicts: FilterVerdict[] = [];
  const base = counts.person.totalBefore;
  if (keyChanges > 0) {
    const reason = `${keyChanges} persons who would be removed are probably the same as new ones under another id; look at the pairs, and merge those that are one.`;
    const exceeded = feed.keyChanges === 'hold';
    verdicts.push({
      filter: 'key-changes',
      type: 'person',
      action: 'guard',
      changes: keyChanges,
      base,
      exceeded,
      reason,
    });
  }
  if (matches > 0) {
    const reason = `${matches} new persons are probably known already under another id; look at the pairs, and merge those that are one.`;
    verdicts.push({
      filter: 'matches',
      type: 'person',
      action: 'guard',
      changes: matches,
      base,
      exceeded: true,
      reason,
    });
  }
  return verdicts;
}
