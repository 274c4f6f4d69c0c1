import type { Doc } from '../../../store/index.ts';
import type { Clause, Condition } from '../../query.ts';
import { plain } from '../where/operators.ts';

/** Whether a reader asks what has changed since a time. */
function asksSince(clause: Clause): boolean {
  return clause.field === 'updatedAt' && (clause.operator === '>' || clause.operator === '>=');
}

/**
 * What a filter means for ids that have gone out of a view; undefined where it does not ask for changes since a time, so
 * that none is listed. They are `tobedeleted` since they went. What else they were is not known: beside the time such a
 * comparison lets them through, so that no delta reader misses one, and as an alternative to it lets none through.
 */
export function goneCondition(where: Condition | undefined): Doc | undefined {
  if (where === undefined || !where.clauses.some(asksSince)) return undefined;
  const { join, clauses } = where;
  const parts = clauses.map((clause) => partOf(clause, join === 'and'));
  const known = parts.filter((part) => typeof part === 'object');
  if (join === 'and') return parts.includes(false) ? undefined : { $and: known };
  return parts.includes(true) ? {} : { $or: known };
}

/** A comparison as a condition on what went; true or false where it holds for all or none. */
function partOf(clause: Clause, unknown: boolean): Doc | boolean {
  switch (clause.field) {
    case 'updatedAt':
      return plain('at', clause.operator, clause.value);
    case 'status':
      return (clause.value === 'tobedeleted') === (clause.operator === '=');
    case 'sourcedId':
      return plain('sourcedId', clause.operator, clause.value);
    default:
      return unknown;
  }
}
