import type { Doc } from '../../../store/index.ts';
import type { Operator } from '../../query.ts';

const comparing = { '=': '$eq', '!=': '$ne', '>': '$gt', '>=': '$gte', '<': '$lt', '<=': '$lte' } as const;

/** A condition that nothing meets. */
export const nothing: Doc = { _id: { $in: [] } };

/** Whether two values compare as an operator says; texts by their code points, as the database does. */
export function holds(operator: Operator, value: string | number, wanted: string | number): boolean {
  if (operator === '~') return String(value).includes(String(wanted));
  const order =
    typeof value === 'number'
      ? value - Number(wanted)
      : Buffer.compare(Buffer.from(value), Buffer.from(String(wanted)));
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    default:
      return order <= 0;
  }
}

/** Whether an expression, a text, compares with a value as an operator says; an expression of the database. */
export function comparison(text: unknown, operator: Operator, value: string): Doc {
  const literal = { $literal: value };
  return operator === '~' ? { $gte: [{ $indexOfCP: [text, literal] }, 0] } : { [comparing[operator]]: [text, literal] };
}

/** A condition on a field of the store that holds one value, or values of which any counts; `!=` is that none equals. */
export function plain(path: string, operator: Operator, value: string | number | Date): Doc {
  if (operator !== '~') return { [path]: { [comparing[operator]]: value } };
  const there = { $ifNull: [`$${path}`, []] };
  const list = { $cond: [{ $isArray: there }, there, [there]] };
  const found = { $map: { input: list, in: comparison('$$this', '~', String(value)) } };
  return { [path]: { $exists: true }, $expr: { $anyElementTrue: [found] } };
}
