import {
  calendarDay,
  enrollmentRole,
  enrollmentRole1p1,
  enrollmentsOf,
  oneRosterWords,
  shownStatus,
  vocabularyWord,
} from '../../../model/index.ts';
import type { ViewItem } from '../../../roster/index.ts';
import { metadataOf, modified, optionalFlag } from './base.ts';
import { type Encoder, isOf, requiredReference } from './scene.ts';

function classOf({ record }: ViewItem): string | undefined {
  return isOf(record, 'membership') ? record.data.group : undefined;
}

/**
 * The enrollment of a OneRoster answer (OneRoster 1.2, `Enrollment`): one role of a membership, `tobedeleted` also
 * when only the role is inactive, or the membership has it no more. The school is that of the class.
 */
export const enrollmentEncoder: Encoder = {
  classOf,
  wants: ({ record }, wanted) => {
    if (isOf(record, 'membership')) wanted.person.add(record.data.member);
  },
  wantsOfClass: ({ derived }, groups) => {
    if (derived?.school !== undefined) groups.add(derived.school);
  },
  encode: ({ record, role: index = 0 }, scene) => {
    if (!isOf(record, 'membership')) return undefined;
    const { data } = record;
    const enrollment = enrollmentsOf(record)[index];
    const group = scene.classes.get(data.group);
    const school = group?.derived?.school;
    if (enrollment === undefined || group === undefined || school === undefined) return undefined;
    const { role, sourcedId, dropped } = enrollment;
    return {
      sourcedId,
      status: dropped !== undefined || role.status === false ? 'tobedeleted' : shownStatus(record),
      dateLastModified: modified(record),
      metadata: metadataOf(record, role.extension ?? data.extension),
      user: requiredReference(scene, 'user', data.member),
      class: scene.reference('class', group.sourcedId),
      school: requiredReference(scene, 'org', school),
      role:
        scene.version === '1.1'
          ? enrollmentRole1p1(role)
          : vocabularyWord(oneRosterWords.enrollmentRole, enrollmentRole(role)),
      primary: optionalFlag(role.primary),
      beginDate: calendarDay(role.timeFrame?.start),
      endDate: calendarDay(role.timeFrame?.end),
    };
  },
};
