import { enrollmentsOf, oneRosterWords, type Role, type StoredRecord } from '../../../../model/index.ts';
import type { Data } from '../../body/fields.ts';
import type { Merging, PushNoun } from './noun.ts';

/**
 * An enrollment (OneRoster 1.2, `Enrollment`): one role of a membership, by the enrollment's id. Its school is that of the
 * class. The data have that role alone; `enrollmentChange` knows what becomes of the others.
 */
export const pushEnrollment: PushNoun = {
  read({ fields, reference }) {
    fields.pass('school');
    return {
      class: reference('class', 'class'),
      user: reference('user', 'user'),
      role: fields.word('role', oneRosterWords.enrollmentRole),
      primary: fields.flag('primary'),
      beginDate: fields.day('beginDate'),
      endDate: fields.day('endDate'),
      metadata: fields.metadata(),
    };
  },
  data(merging) {
    const { sent, known, guidOf, sourcedId } = merging;
    const ends = { group: guidOf(String(sent['class'])), member: guidOf(String(sent['user'])), memberType: 'person' };
    if (known === undefined) return { ...ends, roles: [{ ...roleOf(merging), sourcedId }] };
    const old = enrollmentsOf(known.record as StoredRecord<'membership'>)[known.role ?? 0]?.role;
    return { ...ends, roles: [roleOf(merging, old)] };
  },
};

/** A role of a membership as it is sent; what OneRoster cannot say of it stays, and it is active. */
function roleOf({ sent, changed }: Merging, old?: Role): Data {
  const timeFrame = {
    ...old?.timeFrame,
    ...(changed('beginDate') && { start: sent['beginDate'] }),
    ...(changed('endDate') && { end: sent['endDate'] }),
  };
  const { status, ...rest } = old ?? {};
  return {
    ...rest,
    ...(status === true && { status }),
    ...(changed('role') && { type: String(sent['role']).replace(/^ext:/i, '') }),
    ...(changed('primary') && { primary: sent['primary'] }),
    timeFrame,
    ...(changed('metadata') && {
      extension: { ...old?.extension, oneRoster: { ...old?.extension?.oneRoster, metadata: sent['metadata'] } },
    }),
  };
}
