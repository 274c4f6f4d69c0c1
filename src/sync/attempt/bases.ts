import { type CountedType, type Counts, countedTypes, type Run } from '../run.ts';

/** Kept counts of a tenant by name. */
type Kept = (name: string) => number;

/** Notes how many active records the feed lists. */
export function noteTotals(
  counts: Record<CountedType, Counts>,
  field: 'totalBefore' | 'totalAfter',
  feed: string,
  kept: Kept,
): void {
  for (const type of countedTypes) counts[type][field] = kept(`feed.${feed}.${type}`);
}

/**
 * What the percentages of safety filters are of (decisions 4.3): the active records that the feed lists; for what a
 * person has asked for, those of the tenant where the feed lists none.
 */
export function basesOf(
  kind: Run['kind'],
  counts: Record<CountedType, Counts>,
  kept: Kept,
): Record<CountedType, number> {
  const sessions = Math.min(kept('active.group'), kept('view.academicSession'));
  const ofTenant: Record<CountedType, number> = {
    person: kept('active.person'),
    group: kept('active.group') - sessions,
    membership: kept('active.membership'),
    academicSession: sessions,
  };
  const baseOf = (type: CountedType) => {
    const { totalBefore } = counts[type];
    return kind === 'import' || totalBefore > 0 ? totalBefore : ofTenant[type];
  };
  return {
    person: baseOf('person'),
    group: baseOf('group'),
    membership: baseOf('membership'),
    academicSession: baseOf('academicSession'),
  };
}
