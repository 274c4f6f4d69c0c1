import {
  type Group,
  isCourseworkType,
  oneRosterTypeOf,
  orgTypeOf,
  type Person,
  sessionTypeOf,
} from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import { sameData } from '../acts/merge.ts';
import type { Unit } from '../unit.ts';

/** The views in which OneRoster shows a record; `partial`: one that was read without its data. */
export function viewsOf(record: Working, partial = false): string[] | undefined {
  if (record.state === 'expected') return undefined;
  if (record.type === 'person') {
    const roles = record.derived?.roles ?? [];
    const views = ['user'];
    if (roles.includes('student')) views.push('student');
    if (roles.includes('teacher')) views.push('teacher');
    const demographics = partial
      ? record.views?.includes('demographics') === true
      : (record.data as Person).demographics !== undefined;
    if (demographics) views.push('demographics');
    return views;
  }
  if (record.type === 'group') {
    const group = record.data as Group;
    const type = oneRosterTypeOf(group.kind);
    if (type === undefined) return undefined;
    if (type === 'org' && orgTypeOf(group) === 'school') return ['org', 'school'];
    if (type === 'academicSession') {
      const session = sessionTypeOf(group);
      if (session === 'term' || session === 'semester') return ['academicSession', 'term'];
      if (session === 'gradingPeriod') return ['academicSession', 'gradingPeriod'];
    }
    return [type];
  }
  return isCourseworkType(record.type) ? [record.type] : record.views;
}

/** Views of persons follow their roles. */
export function deriveViews(unit: Unit): void {
  for (const person of unit.entries.person.values()) {
    if (!person.changed || person.record.state === 'trashed') continue;
    const views = viewsOf(person.record as Working, person.partial);
    if (!sameData(person.record.views, views)) person.record.views = views;
  }
}
