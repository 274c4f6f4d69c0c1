import type { Scope, View } from '../../../roster/index.ts';
import { type Operation, operationOf, type Row, readsOf, writesOf } from './operation.ts';

const all = (view: View): Row[] => [...readsOf(view), ...writesOf(view)];

const shared: readonly Row[] = [
  ...(['category', 'lineItem', 'result'] as const).flatMap(all),
  ['getLineItemsForClass', 'GET', '/classes/{classSourcedId}/lineItems'],
  ['getResultsForClass', 'GET', '/classes/{classSourcedId}/results'],
  ['getResultsForLineItemForClass', 'GET', '/classes/{classSourcedId}/lineItems/{lineItemSourcedId}/results'],
  ['getResultsForStudentForClass', 'GET', '/classes/{classSourcedId}/students/{studentSourcedId}/results'],
];

const only1p2: readonly Row[] = [
  ...all('scoreScale'),
  ['getCategoriesForClass', 'GET', '/classes/{classSourcedId}/categories'],
  ['getScoreScalesForClass', 'GET', '/classes/{classSourcedId}/scoreScales'],
  ['getScoreScalesForSchool', 'GET', '/schools/{schoolSourcedId}/scoreScales'],
  ['postLineItemsForClass', 'POST', '/classes/{classSourcedId}/lineItems'],
  ['postLineItemsForSchool', 'POST', '/schools/{schoolSourcedId}/lineItems'],
  ['postResultsForLineItem', 'POST', '/lineItems/{lineItemSourcedId}/results'],
  [
    'postResultsForAcademicSessionForClass',
    'POST',
    '/classes/{classSourcedId}/academicSessions/{academicSessionSourcedId}/results',
  ],
];

const assessments: readonly Row[] = (['assessmentLineItem', 'assessmentResult'] as const).flatMap(all);

function gradebookScopes(nested: boolean, [, method]: Row): readonly Scope[] {
  if (method === 'PUT') return ['gradebook.createput'];
  if (method === 'POST') return ['gradebook.createpost'];
  if (method === 'DELETE') return ['gradebook.delete'];
  return nested ? ['gradebook.readonly'] : ['gradebook.readonly', 'gradebook-core.readonly'];
}

function assessmentScopes(_nested: boolean, [, method]: Row): readonly Scope[] {
  if (method === 'PUT') return ['assessment.createput'];
  return method === 'DELETE' ? ['assessment.delete'] : ['assessment.readonly'];
}

/** The gradebook operations of 1.1 (tables 3.1c). */
export const gradebook1p1: readonly Operation[] = shared.map((row) => operationOf(row, gradebookScopes));

/** The operations of the 1.2 Gradebook Service, those of the Assessment Results Profile among them. */
export const gradebook1p2: readonly Operation[] = [
  ...gradebook1p1,
  ...only1p2.map((row) => operationOf(row, gradebookScopes)),
  ...assessments.map((row) => operationOf(row, assessmentScopes)),
];
