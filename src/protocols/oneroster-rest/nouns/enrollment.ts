import { enrollmentRole, enrollmentRole1p1, roleSuffixes, type StoredRecord } from '../../../model/index.ts';
import type { ViewItem } from '../../../roster/index.ts';
import { day, flag, metadataOf, modified, statusOf, vocabularyWord } from './base.ts';
import { type Encoder, isOf, requiredReference } from './scene.ts';

const enrollmentRoles = ['administrator', 'proctor', 'student', 'teacher'];

/**
 * The OneRoster id of one role of a membership (decisions 1.6): the first keeps the membership's id, the others append
 * `.` and the role type, as IMS number where it has one.
 */
export function enrollmentSourcedId(record: StoredRecord<'membership'>, index: number): string {
  if (index === 0) return record.sourcedId;
  const suffix = roleSuffixes(record.data.roles)[index];
  return suffix === undefined ? record.sourcedId : `${record.sourcedId}.${suffix}`;
}

function classOf({ record }: ViewItem): string | undefined {
  return isOf(record, 'membership') ? record.data.group : undefined;
}

/**
 * The enrollment of a OneRoster answer (OneRoster 1.2, `Enrollment`): one role of a membership, `tobedeleted` also
 * when only the role is inactive. The school is that of the class.
 */
export const enrollmentEncoder: Encoder = {
  classOf,
  wants: ({ record }, wanted, classes) => {
    if (!isOf(record, 'membership')) return;
    wanted.persons.add(record.data.member);
    const group = classes.get(record.data.group);
    if (group === undefined) wanted.groups.add(record.data.group);
    if (group?.derived?.school !== undefined) wanted.groups.add(group.derived.school);
  },
  encode: ({ record, role: index = 0 }, scene) => {
    if (!isOf(record, 'membership')) return undefined;
    const { data } = record;
    const role = data.roles[index];
    const group = scene.classes.get(data.group);
    const school = group?.derived?.school;
    if (role === undefined || group === undefined || school === undefined) return undefined;
    return {
      sourcedId: enrollmentSourcedId(record, index),
      status: role.status === false ? 'tobedeleted' : statusOf(record),
      dateLastModified: modified(record),
      metadata: metadataOf(record, role.extension ?? data.extension),
      user: requiredReference(scene, 'user', data.member),
      class: scene.reference('class', group.sourcedId),
      school: requiredReference(scene, 'org', school),
      role: scene.version === '1.1' ? enrollmentRole1p1(role) : vocabularyWord(enrollmentRoles, enrollmentRole(role)),
      primary: role.primary === undefined ? undefined : flag(role.primary),
      beginDate: day(role.timeFrame?.start),
      endDate: day(role.timeFrame?.end),
    };
  },
};
