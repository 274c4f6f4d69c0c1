import { failed, ok, type Result } from '../../../base/result.ts';
import {
  type Clause,
  type Comparison,
  type Condition,
  type Operator,
  readClause,
  type View,
} from '../../../roster/index.ts';
import type { Version } from '../operations/index.ts';

/** The longest value that a filter may compare with, in UTF-16 units. */
export const maxFilterValue = 256;

/** A filter as written: one comparison, or two that are joined. */
export interface Filter {
  readonly join: 'and' | 'or';
  readonly comparisons: readonly Comparison[];
}

const wrong = (text: string) => failed('invalid-filter-field', text);

const grammar = "a filter is field='value', or two of those joined by AND or OR; predicates are = != > >= < <= ~";

/** Reads one comparison that begins at a place; `end` is the place after it. */
function readComparison(text: string, from: number): Result<Comparison & { readonly end: number }> {
  const head = /\s*([A-Za-z][A-Za-z0-9_.:-]{0,127})\s*(!=|>=|<=|=|>|<|~)\s*'/y;
  head.lastIndex = from;
  const match = head.exec(text);
  const [, field, operator] = match ?? [];
  if (field === undefined || operator === undefined) return wrong(`The filter cannot be read: ${grammar}`);
  let value = '';
  let at = head.lastIndex;
  for (;;) {
    const quote = text.indexOf("'", at);
    if (quote < 0) return wrong(`The value of ${field} has no closing quote: ${grammar}`);
    value += text.slice(at, quote);
    if (value.length > maxFilterValue) {
      return wrong(`The value of ${field} is longer than ${maxFilterValue} characters`);
    }
    if (text[quote + 1] !== "'") return ok({ field, operator: operator as Operator, value, end: quote + 1 });
    value += "'";
    at = quote + 2;
  }
}

/**
 * Parses a filter (OneRoster 1.2 REST binding, filtering): one comparison, or two joined by a single AND or OR. Values
 * are in single quotes; a quote inside is doubled. Linear in the length of the text.
 */
export function parseFilter(text: string): Result<Filter> {
  const first = readComparison(text, 0);
  if (!first.ok) return first;
  const rest = text.slice(first.value.end);
  if (rest.trim() === '') return ok({ join: 'and', comparisons: [first.value] });
  const word = /^\s+(and|or)\s/i.exec(rest)?.[1]?.toLowerCase();
  if (word !== 'and' && word !== 'or') return wrong(`The filter cannot be read after its first value: ${grammar}`);
  const second = readComparison(rest, rest.toLowerCase().indexOf(word) + word.length);
  if (!second.ok) return second;
  if (rest.slice(second.value.end).trim() !== '') return wrong('A filter joins two comparisons at most');
  return ok({ join: word, comparisons: [first.value, second.value] });
}

/** The condition that a filter stands for; fields that are unknown or cannot be filtered by are problems that name them. */
export function conditionOf(
  version: Version,
  view: View,
  filter: Filter,
  fields: ReadonlySet<string>,
): Result<Condition> {
  const clauses: Clause[] = [];
  for (const comparison of filter.comparisons) {
    const clause = readClause(version, view, comparison, fields);
    if (!clause.ok) return clause;
    clauses.push(clause.value);
  }
  return ok({ join: filter.join, clauses });
}
