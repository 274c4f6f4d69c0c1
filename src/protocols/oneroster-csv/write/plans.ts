import type { RosterType, StoredRecord } from '../../../model/index.ts';
import type { View } from '../../../roster/index.ts';
import type { RosterFile } from '../columns.ts';
import type { Values, Writing } from './cells.ts';
import { enrollmentRows } from './enrollments.ts';
import { academicSessionRow, classRow, courseRow, orgRow, referredBy } from './groups.ts';
import { demographicsRows, referredByUser, roleRows, userProfileRows, userRow } from './users.ts';

/** How the records of a view become rows of a file. */
export interface Plan<T extends RosterType = RosterType> {
  readonly type: T;
  readonly view: View;
  readonly metadata: boolean;
  /** The field without which a record has no rows. */
  readonly having?: string;
  /** Loads what the rows of a batch refer to. */
  load(writing: Writing, batch: readonly StoredRecord<T>[]): Promise<void>;
  rows(writing: Writing, record: StoredRecord<T>): readonly Values[];
}

const groupPlan = (
  view: View,
  row: (writing: Writing, record: StoredRecord<'group'>) => Values | undefined,
): Plan<'group'> => ({
  type: 'group',
  view,
  metadata: true,
  load: ({ references }, batch) => references.load('group', batch.flatMap(referredBy)),
  rows(writing, record) {
    const values = row(writing, record);
    return values === undefined ? [] : [values];
  },
});

async function loadUsers({ references }: Writing, batch: readonly StoredRecord<'person'>[]): Promise<void> {
  const referred = batch.map(referredByUser);
  await references.load(
    'group',
    referred.flatMap(({ groups }) => groups),
  );
  await references.load(
    'person',
    referred.flatMap(({ persons }) => persons),
  );
}

const userPlan = (
  rows: Plan<'person'>['rows'],
  more: Partial<Pick<Plan, 'metadata' | 'having'>> = {},
): Plan<'person'> => ({
  type: 'person',
  view: 'user',
  metadata: false,
  load: loadUsers,
  rows,
  ...more,
});

const enrollmentPlan: Plan<'membership'> = {
  type: 'membership',
  view: 'enrollment',
  metadata: true,
  async load({ references }, batch) {
    await references.loadClasses(batch.map(({ data }) => data.group));
    const schools = batch.flatMap(({ data }) => references.classOf(data.group)?.school ?? []);
    await references.load('group', schools);
    await references.load(
      'person',
      batch.map(({ data }) => data.member),
    );
  },
  rows: enrollmentRows,
};

/** How each file is written. */
export const plans: Readonly<Record<RosterFile, Plan>> = {
  academicSessions: groupPlan('academicSession', academicSessionRow),
  courses: groupPlan('course', courseRow),
  classes: groupPlan('class', classRow),
  users: userPlan((writing, record) => [userRow(writing, record)], { metadata: true }),
  roles: userPlan(roleRows),
  userProfiles: userPlan(userProfileRows, { having: 'userProfiles' }),
  demographics: userPlan(demographicsRows, { having: 'demographics' }),
  enrollments: enrollmentPlan,
  orgs: groupPlan('org', orgRow),
} satisfies Record<RosterFile, Plan<'person'> | Plan<'group'> | Plan<'membership'>> as unknown as Record<
  RosterFile,
  Plan
>;

/** The order of the files; orgs come last, when it is known which of those that the gateway made are referred to. */
export const order = Object.keys(plans) as RosterFile[];

/** Files in which a purged record has a row, and the view in which it was then. */
export const withTombstones: Readonly<Partial<Record<RosterFile, View>>> = {
  academicSessions: 'academicSession',
  courses: 'course',
  classes: 'class',
  users: 'user',
  demographics: 'demographics',
  enrollments: 'enrollment',
  orgs: 'org',
};
