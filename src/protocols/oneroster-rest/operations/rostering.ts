import type { View } from '../../../roster/index.ts';
import { type Operation, operationOf, type Row, readsOf } from './operation.ts';

const core: readonly View[] = [
  'academicSession',
  'class',
  'course',
  'enrollment',
  'gradingPeriod',
  'org',
  'school',
  'student',
  'teacher',
  'term',
  'user',
];

const nested: readonly Row[] = [
  ['getClassesForCourse', 'GET', '/courses/{courseSourcedId}/classes'],
  ['getClassesForSchool', 'GET', '/schools/{schoolSourcedId}/classes'],
  ['getClassesForStudent', 'GET', '/students/{studentSourcedId}/classes'],
  ['getClassesForTeacher', 'GET', '/teachers/{teacherSourcedId}/classes'],
  ['getClassesForTerm', 'GET', '/terms/{termSourcedId}/classes'],
  ['getClassesForUser', 'GET', '/users/{userSourcedId}/classes'],
  ['getCoursesForSchool', 'GET', '/schools/{schoolSourcedId}/courses'],
  ['getEnrollmentsForSchool', 'GET', '/schools/{schoolSourcedId}/enrollments'],
  ['getEnrollmentsForClassInSchool', 'GET', '/schools/{schoolSourcedId}/classes/{classSourcedId}/enrollments'],
  ['getGradingPeriodsForTerm', 'GET', '/terms/{termSourcedId}/gradingPeriods'],
  ['getStudentsForClass', 'GET', '/classes/{classSourcedId}/students'],
  ['getStudentsForSchool', 'GET', '/schools/{schoolSourcedId}/students'],
  ['getStudentsForClassInSchool', 'GET', '/schools/{schoolSourcedId}/classes/{classSourcedId}/students'],
  ['getTeachersForClass', 'GET', '/classes/{classSourcedId}/teachers'],
  ['getTeachersForSchool', 'GET', '/schools/{schoolSourcedId}/teachers'],
  ['getTeachersForClassInSchool', 'GET', '/schools/{schoolSourcedId}/classes/{classSourcedId}/teachers'],
  ['getTermsForSchool', 'GET', '/schools/{schoolSourcedId}/terms'],
];

/**
 * The rostering operations, the same calls, paths and wrappers in 1.1 (tables 3.1a) and 1.2 (Rostering Service).
 * Demographics are opened by their own scope alone.
 */
export const rostering: readonly Operation[] = [
  ...[...core.flatMap(readsOf), ...nested].map((row) =>
    operationOf(row, (isNested) => (isNested ? ['roster.readonly'] : ['roster.readonly', 'roster-core.readonly'])),
  ),
  ...readsOf('demographics').map((row) => operationOf(row, () => ['roster-demographics.readonly'])),
];
