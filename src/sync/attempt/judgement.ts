import type { Doc } from '../../store/index.ts';
import type { FilterVerdict, Run } from '../run.ts';
import type { Feed } from '../types.ts';

/** What becomes of a plan: it is applied, or without its removals, or held for a person, or nothing of it is done. */
export interface Judgement {
  readonly what: 'apply' | 'no-deletes' | 'hold' | 'abort';
  /** For people; null where all is well. */
  readonly reason: string | null;
}

/** Judges a plan by its verdicts, what a person has approved of it before, and the feed's setting. */
export function judgementOn(verdicts: readonly FilterVerdict[], work: Doc, onBreach: Feed['onBreach']): Judgement {
  const approved = work['approved'] as Record<string, number> | undefined;
  const exceeded = verdicts.filter((verdict) => verdict.exceeded);
  const beyond = exceeded.filter((verdict) => verdict.changes > (approved?.[nameOf(verdict)] ?? -1));
  if (beyond.length === 0) return { what: 'apply', reason: null };
  const reasons = beyond.map(({ reason }) => reason).join(' ');
  // What was approved is held again when it has grown, whatever the setting says by now.
  if (approved !== undefined) {
    return { what: 'hold', reason: `Held again, since it would now change more than was approved: ${reasons}` };
  }
  // Pairs and a first file are for a person to look at, whatever the setting says.
  const toLookAt =
    beyond.every(isReview) || (onBreach === 'no-deletes' && beyond.some(isReview)) || beyond.some(isFirstFile);
  if (onBreach === 'hold' || toLookAt) return { what: 'hold', reason: `Held: ${reasons}` };
  if (onBreach === 'abort') {
    return { what: 'abort', reason: `Stopped, nothing was changed (the feed's setting onBreach is abort): ${reasons}` };
  }
  return {
    what: 'no-deletes',
    reason: `Removals were left out (the feed's setting onBreach is no-deletes): ${reasons}`,
  };
}

/** Whether a verdict asks for a decision about records that are probably one. */
const isReview = ({ filter }: FilterVerdict) => filter === 'key-changes' || filter === 'matches';

/** Whether a verdict asks for a look at the first file of a feed. */
const isFirstFile = ({ filter }: FilterVerdict) => filter === 'first-file';

/** What a person allows when approving: as many changes of each filter as the held plan shows. */
export function approvedChanges(run: Run): Record<string, number> {
  const approved: Record<string, number> = {};
  for (const verdict of run.filters) if (verdict.exceeded) approved[nameOf(verdict)] = verdict.changes;
  return approved;
}

/** A verdict's name as the name of a stored field. */
function nameOf({ filter, type }: FilterVerdict): string {
  return `${filter.replaceAll('.', ':')}/${type}`;
}
