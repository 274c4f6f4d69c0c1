import { type Problem, problem } from '../../../base/problem.ts';
import { failed, ok, type Result } from '../../../base/result.ts';
import type { Fields } from '../body/fields.ts';
import { isObject, unwrapped } from '../body/json-body.ts';
import type { Operation } from '../operations/index.ts';

/** Objects that a set may have. */
const mostItems = 1000;

/** A problem with one object of a set: text and field say which. */
export function inItem(wrapper: string, at: number, { code, text, place }: Problem): Problem {
  const item = `${wrapper}[${at}]`;
  const field = place?.field === undefined ? item : `${item}.${place.field}`;
  return problem(code, `${item}: ${text}`, { ...place, field });
}

/** The objects of a set's body; one at least, {@link mostItems} at the most. */
export function itemsIn(body: unknown, operation: Pick<Operation, 'body'>): Result<readonly Fields[]> {
  const wrapper = operation.body ?? '';
  const read = unwrapped(body, wrapper);
  if (!read.ok) return read;
  const { value } = read;
  if (!Array.isArray(value) || value.length === 0) {
    return failed('invalid-data', `${wrapper} must be a list of objects`, { field: wrapper });
  }
  if (value.length > mostItems) {
    return failed('too-large', `A set has at most ${mostItems} objects; this one has ${value.length}.`);
  }
  const at = value.findIndex((item) => !isObject(item));
  if (at >= 0) return { ok: false, problem: inItem(wrapper, at, problem('invalid-data', 'must be an object')) };
  return ok(value as readonly Fields[]);
}
