import type { View } from '../../../roster/index.ts';

/** The class of object that a view shows, by the name that wraps one of it. */
export const nounOf = {
  user: 'user',
  student: 'user',
  teacher: 'user',
  org: 'org',
  school: 'org',
  course: 'course',
  class: 'class',
  academicSession: 'academicSession',
  term: 'academicSession',
  gradingPeriod: 'academicSession',
  enrollment: 'enrollment',
  demographics: 'demographics',
  resource: 'resource',
  category: 'category',
  lineItem: 'lineItem',
  result: 'result',
  scoreScale: 'scoreScale',
  assessmentLineItem: 'assessmentLineItem',
  assessmentResult: 'assessmentResult',
} as const satisfies Readonly<Record<View, string>>;

/** A class of OneRoster objects. */
export type Noun = (typeof nounOf)[View];

/** The last part of a collection's path, by view. */
export const collectionOf = {
  user: 'users',
  student: 'students',
  teacher: 'teachers',
  org: 'orgs',
  school: 'schools',
  course: 'courses',
  class: 'classes',
  academicSession: 'academicSessions',
  term: 'terms',
  gradingPeriod: 'gradingPeriods',
  enrollment: 'enrollments',
  demographics: 'demographics',
  resource: 'resources',
  category: 'categories',
  lineItem: 'lineItems',
  result: 'results',
  scoreScale: 'scoreScales',
  assessmentLineItem: 'assessmentLineItems',
  assessmentResult: 'assessmentResults',
} as const satisfies Readonly<Record<View, string>>;

const views: ReadonlyMap<string, View> = new Map(
  Object.entries(collectionOf).map(([view, collection]) => [collection, view as View]),
);

/** The view of a collection's part of a path; a name that is none is a defect of the table. */
export function viewOf(collection: string | undefined): View {
  const view = views.get(collection ?? '');
  if (view === undefined) throw new Error(`no collection ${collection}`);
  return view;
}
