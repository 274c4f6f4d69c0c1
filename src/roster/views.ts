import {
  type CourseworkType,
  courseworkTypes,
  key,
  type RecordType,
  type Space,
  servedNamespace,
} from '../model/index.ts';
import type { View } from './query.ts';

/** The record type that a view shows. */
export function typeOfView(view: View): RecordType {
  if (isPersons(view)) return 'person';
  if (view === 'enrollment') return 'membership';
  return isCoursework(view) ? view : 'group';
}

/**
 * The key of a view's item by `sourcedId`, as a change may name a record or refer to one: it means the record that reads
 * serve under it. A write whose key means none makes a record with that id of the writer's own (decisions 1.3 to 1.5).
 */
export function keyOfView(view: View, sourcedId: string): string {
  return key(spaceOfView(view), servedNamespace, sourcedId);
}

/** The type in which a view's `sourcedId`s are unique. */
function spaceOfView(view: View): Space {
  if (isPersons(view)) return 'user';
  if (view === 'org' || view === 'school') return 'org';
  if (view === 'course' || view === 'class' || view === 'enrollment' || isCoursework(view)) return view;
  return 'academicSession';
}

function isPersons(view: View): view is 'user' | 'student' | 'teacher' | 'demographics' {
  return view === 'user' || view === 'student' || view === 'teacher' || view === 'demographics';
}

function isCoursework(view: View): view is CourseworkType {
  return (courseworkTypes as readonly string[]).includes(view);
}
