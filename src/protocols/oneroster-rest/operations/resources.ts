import { type Operation, operationOf, type Row, readsOf } from './operation.ts';

const of = (row: Row) =>
  operationOf(row, (nested) => (nested ? ['resource.readonly'] : ['resource.readonly', 'resource-core.readonly']));

const shared: readonly Row[] = [
  ...readsOf('resource'),
  ['getResourcesForClass', 'GET', '/classes/{classSourcedId}/resources'],
  ['getResourcesForCourse', 'GET', '/courses/{courseSourcedId}/resources'],
];

/** The operations on resources in 1.1 (tables 3.1b). */
export const resources1p1: readonly Operation[] = shared.map(of);

/** The operations of the 1.2 Resources Service. */
export const resources1p2: readonly Operation[] = [
  ...resources1p1,
  of(['getResourcesForUser', 'GET', '/users/{userSourcedId}/resources']),
];
