import type { Doc } from '../../../store/index.ts';
import type { Clause } from '../../query.ts';
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

/** A list: `=` has the texts of a comma list, no others; `~` has them among its own. */
function listCondition(path: string, operator: ShownClause['operator'], value: string): Doc {
  const items = [...new Set(value.split(',').map((item) => item.trim()))].filter((item) => item !== '');
  if (operator === '!=') return { $nor: [listCondition(path, '=', value)] };
  if (items.length === 0) return nothing;
  return { [path]: operator === '~' ? { $all: items } : { $all: items, $size: items.length } };
}
