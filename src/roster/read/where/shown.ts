import type { Doc } from '../../../store/index.ts';
import type { Clause, View } from '../../query.ts';
import { typeOfView } from '../../views.ts';
import { maxTimeMS } from '../served.ts';
import type { Reading } from '../within/relations.ts';
import { holds, nothing, plain } from './operators.ts';

type ShownClause = Extract<Clause, { readonly field: 'shown' }>;

/** Records by what they show (`shownOf`). */
export function shownCondition({ kind, at, operator, value, missing }: ShownClause): Doc {
  if (kind === 'texts') return listCondition(`shown.${at[0]}`, operator, String(value));
  const paths = at.map((name) => `shown.${name}`);
  const parts = paths.map((path) => plain(path, operator, value));
  if (missing !== undefined) {
    const none = { [paths[0] ?? '']: { $exists: false } };
    const there = { [paths[0] ?? '']: { $exists: true } };
    return { $or: [{ $and: [there, ...parts] }, ...(holds(operator, missing, value) ? [none] : [])] };
  }
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return operator === '!=' ? { $and: parts } : { $or: parts };
}

/**
 * Records that show a value in one of several fields, found by the index of each: MongoDB takes partial indexes for no
 * alternatives inside of other conditions.
 */
export async function fewCondition(reading: Reading, view: View, { at, value }: ShownClause): Promise<Doc> {
  const { store, tenant, session } = reading;
  const rows = store.records(typeOfView(view));
  const options = { session, maxTimeMS, projection: { _id: 1 } };
  const ids: string[] = [];
  for (const name of at) {
    const found = await rows.find({ tenant, [`shown.${name}`]: value }, options).toArray();
    ids.push(...found.map(({ _id }) => _id));
  }
  return { _id: { $in: ids } };
}

/** A list: `=` has the texts of a comma list, no others; `~` has them among its own. */
function listCondition(path: string, operator: ShownClause['operator'], value: string): Doc {
  const items = [...new Set(value.split(',').map((item) => item.trim()))].filter((item) => item !== '');
  if (operator === '!=') return { $nor: [listCondition(path, '=', value)] };
  if (items.length === 0) return nothing;
  return { [path]: operator === '~' ? { $all: items } : { $all: items, $size: items.length } };
}
