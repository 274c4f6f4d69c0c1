import type { Doc } from '../../../store/index.ts';
import type { PageQuery, View } from '../../query.ts';
import type { StoreCondition } from '../condition.ts';
import { containedIn } from './parents.ts';
import { type Reading, type Related, relations } from './relations.ts';

/** What a nested read means in the store's words. */
export interface Within {
  readonly condition: StoreCondition;
  /** The view that shows what belongs to the records named. */
  readonly view: View;
  /** The index that finds it. */
  readonly index: Related['index'];
}

/**
 * Reads the records that a nested path names, outermost first, as a condition on a view (OneRoster, relationship
 * reads). A record that lies in the one before it stands for both.
 */
export async function withinOf(
  reading: Reading,
  view: View,
  within: NonNullable<PageQuery['within']>,
): Promise<Within> {
  const found: Related[] = [];
  for (const [index, parent] of within.entries()) {
    const next = within[index + 1];
    if (next !== undefined && containedIn(parent.view, next.view)) continue;
    const relation = relations[parent.view]?.[view];
    if (relation === undefined) throw new Error(`no ${view} belongs to a ${parent.view}`);
    found.push(await relation(reading, parent.guid));
  }
  const last = found.at(-1);
  if (last === undefined) throw new Error('a nested read names a record');
  const conditions = found.map(({ condition }) => condition);
  const [only] = conditions;
  const condition: Doc = conditions.length === 1 && only !== undefined ? only : { $and: conditions };
  return {
    condition: { record: condition, item: condition, perRole: false },
    view: last.view ?? view,
    index: last.index,
  };
}
