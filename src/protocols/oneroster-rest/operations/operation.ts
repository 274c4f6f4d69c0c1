import type { Scope, View } from '../../../roster/index.ts';
import { collectionOf, nounOf, viewOf } from './nouns.ts';

/** The served versions of OneRoster. */
export type Version = '1.1' | '1.2';

/** Query parameters of an operation (OneRoster 1.2 REST binding, query parameters). */
export type Parameter = 'limit' | 'offset' | 'sort' | 'orderBy' | 'filter' | 'fields';

/** Methods that operations have. */
export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

/**
 * What an operation does, by which its handler is found: reads, the gradebook's writes (`put`, `delete`, `post-set`),
 * and the gateway's own rostering push.
 */
export type Kind =
  | 'read-one'
  | 'read-many'
  | 'put'
  | 'delete'
  | 'post-set'
  | 'push-put'
  | 'push-post'
  | 'push-delete'
  | 'push-batch';

/** One operation of a OneRoster service. */
export interface Operation {
  /** The call's name in the standard's tables. */
  readonly id: string;
  readonly kind: Kind;
  readonly method: Method;
  /** Template below the service's base path; parameters in braces. */
  readonly path: string;
  /** What is read or written. */
  readonly view: View;
  /** The views of the records that a nested path names, outermost first; they are the first values of the path. */
  readonly within: readonly View[];
  /** The property that holds the answer; none where a write has no body to answer. */
  readonly wrapper?: string;
  /** The property that holds the request's body. */
  readonly body?: string;
  /** Any one of them opens the operation. */
  readonly scopes: readonly Scope[];
  readonly parameters: readonly Parameter[];
  /** Statuses of success, the standard's own first. */
  readonly success: readonly number[];
  /** Whether OneRoster does not define it: the gateway's own extension. */
  readonly extension?: true;
}

/** The parts of OneRoster: each is a service in 1.2, and 1.1 has all in one. */
export type Part = 'rostering' | 'gradebook' | 'resources';

/** A OneRoster service: a base path and the operations below it. */
export interface Service {
  readonly version: Version;
  readonly parts: readonly Part[];
  readonly base: string;
  readonly operations: readonly Operation[];
}

const all: readonly Parameter[] = ['limit', 'offset', 'sort', 'orderBy', 'filter', 'fields'];

/** A row of an operation table: the call's name, its method and its path. */
export type Row = readonly [id: string, method: Method, path: string];

/** The views of a path's collections, in order. */
function viewsOf(path: string): View[] {
  return path
    .split('/')
    .slice(1)
    .filter((_, index) => index % 2 === 0)
    .map(viewOf);
}

/** What follows from a row's method and the shape of its path. */
function shapeOf([, method, path]: Row, view: View): Pick<Operation, 'kind' | 'wrapper' | 'body' | 'success'> {
  const one = nounOf[view];
  const many = collectionOf[one];
  if (method === 'PUT') return { kind: 'put', body: one, success: [201, 200] };
  if (method === 'DELETE') return { kind: 'delete', success: [204] };
  if (method === 'POST') return { kind: 'post-set', body: many, wrapper: 'sourcedIdPairs', success: [201] };
  return path.endsWith('/{sourcedId}')
    ? { kind: 'read-one', wrapper: one, success: [200] }
    : { kind: 'read-many', wrapper: many, success: [200] };
}

/** Makes the operation of a row; `scopes` sees whether it is a nested one. */
export function operationOf(row: Row, scopes: (nested: boolean, row: Row) => readonly Scope[]): Operation {
  const [id, method, path] = row;
  const views = viewsOf(path);
  const view = views.at(-1) as View;
  const within = views.slice(0, -1);
  const shape = shapeOf(row, view);
  const parameters = shape.kind === 'read-many' ? all : shape.kind === 'read-one' ? (['fields'] as const) : [];
  return { id, method, path, view, within, ...shape, scopes: scopes(within.length > 0, row), parameters };
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** The two reads of a view: all its objects, and one by its `sourcedId`. */
export function readsOf(view: View): Row[] {
  const collection = collectionOf[view];
  return [
    [`getAll${capital(collection)}`, 'GET', `/${collection}`],
    [`get${capital(view)}`, 'GET', `/${collection}/{sourcedId}`],
  ];
}

/** The two writes of a view by `sourcedId`. */
export function writesOf(view: View): Row[] {
  const path = `/${collectionOf[view]}/{sourcedId}`;
  return [
    [`put${capital(view)}`, 'PUT', path],
    [`delete${capital(view)}`, 'DELETE', path],
  ];
}
