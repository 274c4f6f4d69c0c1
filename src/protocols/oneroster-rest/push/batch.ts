import { type Problem, problem } from '../../../base/problem.ts';
import { failed, ok, type Result } from '../../../base/result.ts';
import { isObject, unwrapped } from '../body/json-body.ts';
import { type Match, makeMatcher, type Operation, opens, type Service } from '../operations/index.ts';
import type { Ask } from './ask.ts';
import { askOf, idIn } from './single.ts';

/** Operations that a batch may have. */
export const mostOperations = 1000;

/** An operation of a batch: what it asks for, or why it cannot be understood. */
export type Step = { readonly ask: Ask; readonly operation: Operation } | { readonly problem: Problem };

/** The operations of a batch's body: `{"operations": [{method, path, body}]}`. */
export function operationsIn(body: unknown): Result<readonly unknown[]> {
  const read = unwrapped(body, 'operations');
  if (!read.ok) return read;
  const { value } = read;
  if (!Array.isArray(value) || value.length === 0) {
    return failed('invalid-data', 'operations must be a list of operations', { field: 'operations' });
  }
  if (value.length <= mostOperations) return ok(value);
  return failed('too-large', `A batch has at most ${mostOperations} operations; this one has ${value.length}.`);
}

const names: ReadonlySet<string> = new Set(['method', 'path', 'body']);

/** Makes the reader of single operations; paths are those of the service, from its base on. */
export function makeStepReader(service: Service, scopes: readonly string[]): (sent: unknown) => Step {
  const match = makeMatcher([service]);
  const base = service.base.split('/').slice(1);

  function find(method: string, path: string): Result<{ operation: Operation; values: readonly string[] }> {
    const found = match([...base, ...segmentsOf(path)]);
    const operations = found !== undefined && 'values' in found ? found.operations.filter(isPush) : [];
    const operation = operations.find((one) => one.method === method);
    if (operation !== undefined) return ok({ operation, values: (found as Match).values });
    if (operations.length === 0) return failed('unknown-object', 'Unknown Object: nothing is written at this path');
    return failed('unsupported-operation', 'This path cannot be used like this');
  }

  return (sent) => {
    if (!isObject(sent)) return { problem: problem('invalid-data', 'An operation must be an object') };
    const other = Object.keys(sent).find((name) => !names.has(name));
    if (other !== undefined) {
      return { problem: problem('invalid-data', `${other} is no field of an operation`, { field: other }) };
    }
    const { method, path, body } = sent;
    if (typeof method !== 'string' || typeof path !== 'string') {
      return { problem: problem('invalid-data', 'An operation must have a method and a path') };
    }
    const found = find(method.toUpperCase(), path);
    if (!found.ok) return found;
    const { operation, values } = found.value;
    if (!opens(scopes, operation)) {
      return { problem: problem('forbidden', `${operation.id} needs the scope ${operation.scopes.join(', ')}`) };
    }
    const ask = askOf(operation, idIn(values), body, scopes);
    return ask.ok ? { ask: ask.value, operation } : ask;
  };
}

const isPush = ({ kind }: Operation) => kind === 'push-put' || kind === 'push-post' || kind === 'push-delete';

function segmentsOf(path: string): string[] {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return [];
  }
}
