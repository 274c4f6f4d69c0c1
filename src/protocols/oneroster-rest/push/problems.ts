import { type Problem, problem } from '../../../base/problem.ts';
import { keyParts } from '../../../model/index.ts';
import type { Readable } from './ask.ts';
import type { Named } from './nouns/index.ts';

/** The problem of a reference to what is not there. */
export function unknownReference({ field, key }: Named): Problem {
  const { id } = keyParts(key);
  return problem('invalid-data', `${field} names ${id}, which does not exist or is deleted`, { field, id });
}

/** The ends of a membership by their fields of an enrollment. */
const endOf: Readonly<Record<string, string>> = { groupSourcedId: 'class', memberSourcedId: 'user' };

/** The roster's problem with a reference in the words of the body. */
export function saidOf({ named }: Readable, found: Problem): Problem {
  const { field, id } = found.place ?? {};
  const end = field === undefined ? undefined : endOf[field];
  if (found.code === 'invalid-data' && end !== undefined) {
    const text = `${end} of an enrollment does not change; delete it, or use another sourcedId`;
    return problem('invalid-data', text, { field: end });
  }
  const parent = named.find((one) => one.field === 'parent');
  if (found.code === 'invalid-data' && field === 'relationship' && parent !== undefined) {
    const above = keyParts(parent.key).id;
    return problem('invalid-data', `parent names ${above}, which is the object itself or below it`, {
      field: 'parent',
      id: above,
    });
  }
  if (found.code !== 'unknown-object' || field === undefined) return found;
  const reference = named.find(({ key }) => keyParts(key).id === id);
  return reference === undefined ? { ...found, code: 'invalid-data' } : unknownReference(reference);
}
