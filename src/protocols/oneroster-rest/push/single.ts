import { randomUUID } from 'node:crypto';
import { failed, ok, type Result } from '../../../base/result.ts';
import type { Scope } from '../../../roster/index.ts';
import type { Fields } from '../body/fields.ts';
import { isObject, unwrapped } from '../body/json-body.ts';
import { nounOf, type Operation, opens, partOf } from '../operations/index.ts';
import { type Ask, isDeletedStatus } from './ask.ts';
import { type Pushed, pushNouns } from './nouns/index.ts';

/** The id in the values of a path; undefined where the path has none. */
export const idIn = (values: readonly string[]): string | undefined => values.at(-1);

function pushedOf({ view }: Operation): Pushed {
  const noun = nounOf[view];
  if (!Object.hasOwn(pushNouns, noun)) throw new Error(`${noun} cannot be pushed`);
  return noun as Pushed;
}

/** The scope that deletes what an operation writes. */
export function deletingScope({ view }: Pick<Operation, 'view'>): Scope {
  if (partOf(nounOf[view]) !== 'gradebook') return 'roster.delete';
  return view === 'assessmentLineItem' || view === 'assessmentResult' ? 'assessment.delete' : 'gradebook.delete';
}

/**
 * What a single operation asks for. A PUT that deletes needs the scope for it too; a POST gets an id of the gateway's where
 * it has none. Problems: `invalid-data` where the body has no object, `forbidden` for a status that no scope opens.
 */
export function askOf(
  operation: Operation,
  sourcedId: string | undefined,
  body: unknown,
  scopes: readonly string[],
): Result<Ask> {
  const noun = pushedOf(operation);
  const { method } = operation;
  if (method === 'DELETE') return ok({ method, noun, sourcedId: sourcedId ?? '' });
  const read = unwrapped(body, operation.body ?? '');
  if (!read.ok) return read;
  const object = read.value;
  if (!isObject(object)) {
    return failed('invalid-data', `${operation.body} must hold an object`, { field: String(operation.body) });
  }
  const deletes = deletingScope(operation);
  if (method === 'PUT' && isDeletedStatus(object['status']) && !opens(scopes, { scopes: [deletes] })) {
    return failed('forbidden', `The status ${object['status']} needs the scope ${deletes}`, { field: 'status' });
  }
  if (method === 'PUT') return ok({ method, noun, sourcedId: sourcedId ?? '', object });
  const given = givenId(object);
  if (given === undefined && noun === 'demographics') {
    return failed('invalid-data', 'sourcedId is required: that of the user', { field: 'sourcedId' });
  }
  return ok({ method: 'POST', noun, sourcedId: given ?? randomUUID(), object });
}

/** The id that a body gives its object; undefined where it leaves that to the gateway. */
export function givenId(object: Fields): string | undefined {
  const id = object['sourcedId'];
  if (typeof id === 'number') return String(id);
  return typeof id === 'string' && id !== '' ? id : undefined;
}
