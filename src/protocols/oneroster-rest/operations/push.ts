import type { Scope, View } from '../../../roster/index.ts';
import { collectionOf, nounOf } from './nouns.ts';
import type { Operation } from './operation.ts';

const pushed: readonly View[] = [
  'user',
  'org',
  'course',
  'class',
  'academicSession',
  'enrollment',
  'demographics',
  'resource',
];

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const none = { within: [], parameters: [], extension: true } as const;

/** The three writes of a view that OneRoster does not define. */
function writesOf(view: View): Operation[] {
  const one = nounOf[view];
  const name = capital(one);
  const collection = `/${collectionOf[view]}`;
  const path = `${collection}/{sourcedId}`;
  const of = (scope: Scope) => ({ view, ...none, scopes: [scope] });
  const put = of('roster.createput');
  const post = of('roster.createpost');
  const pairs = 'sourcedIdPairs';
  return [
    { id: `put${name}`, kind: 'push-put', method: 'PUT', path, ...put, body: one, success: [201, 200] },
    {
      id: `post${name}`,
      kind: 'push-post',
      method: 'POST',
      path: collection,
      ...post,
      body: one,
      wrapper: pairs,
      success: [201],
    },
    { id: `delete${name}`, kind: 'push-delete', method: 'DELETE', path, ...of('roster.delete'), success: [204] },
  ];
}

/** Many writes at once; each needs its own scope. */
const batch: Operation = {
  id: 'postBatch',
  kind: 'push-batch',
  method: 'POST',
  path: '/batch',
  view: 'user',
  ...none,
  scopes: ['roster.createput', 'roster.createpost', 'roster.delete'],
  body: 'operations',
  wrapper: 'results',
  success: [200],
};

/** Rostering push for some views: this gateway's extension of OneRoster, by scopes of its own. */
function push(views: readonly View[]): readonly Operation[] {
  return [...views.flatMap(writesOf), batch];
}

/** What can be pushed to 1.1, which serves resources beside the roster. */
export const push1p1 = push(pushed);
/** What can be pushed to the 1.2 Rostering Service. */
export const pushRostering1p2 = push(pushed.filter((view) => view !== 'resource'));
/** What can be pushed to the 1.2 Resources Service. */
export const pushResources1p2 = push(['resource']);
