import { key, servedNamespace } from './key.ts';
import { roleSuffixes } from './mapping.ts';
import type { Role } from './membership.ts';
import type { DroppedRole, StoredRecord } from './record.ts';

/** An enrollment of OneRoster: one role of a membership, which has it or had it. */
export interface Enrollment {
  readonly sourcedId: string;
  readonly role: Role;
  /** When the membership lost the role; undefined for one that it has. */
  readonly dropped?: Date;
}

/** What enrollments are made of. */
type Enrolled = Pick<StoredRecord<'membership'>, 'sourcedId' | 'keys' | 'data'> & {
  readonly droppedRoles?: readonly DroppedRole[] | undefined;
};

/**
 * The enrollments of a membership: its roles in their order, then those that it had. A role goes by its sender's id where
 * that finds the membership (decisions 1.5); else the first by the membership's id, and others append `.` and the role
 * type, as IMS number where it has one (decisions 1.6).
 */
export function enrollmentsOf(record: Enrolled): Enrollment[] {
  const ids = sourcedIdsOf(record);
  const there = record.data.roles.map((role, index) => ({ role, sourcedId: ids[index] ?? record.sourcedId }));
  if (record.droppedRoles === undefined) return there;
  return [...there, ...record.droppedRoles.map(({ sourcedId, role, at }) => ({ sourcedId, role, dropped: at }))];
}

/** The OneRoster `sourcedId` of one enrollment, by its place among {@link enrollmentsOf}. */
export function enrollmentSourcedId(record: Enrolled, index: number): string {
  return enrollmentsOf(record)[index]?.sourcedId ?? record.sourcedId;
}

/** Whether OneRoster finds a membership by a sender's id of one of its roles. */
function isServed({ sourcedId, keys }: Enrolled, id: string): boolean {
  return id === sourcedId || keys.includes(key('enrollment', servedNamespace, id));
}

function sourcedIdsOf(record: Enrolled): string[] {
  const { roles } = record.data;
  const [only] = roles;
  if (roles.length === 1 && (only?.sourcedId === undefined || only.sourcedId === record.sourcedId)) {
    return [record.sourcedId];
  }
  const used = new Set<string>();
  const own = roles.map(({ sourcedId }) => {
    if (sourcedId === undefined || used.has(sourcedId) || !isServed(record, sourcedId)) return undefined;
    used.add(sourcedId);
    return sourcedId;
  });
  const suffixes = roleSuffixes(roles);
  return roles.map((_, index) => {
    const id = own[index];
    if (id !== undefined) return id;
    return index === 0 && !used.has(record.sourcedId) ? record.sourcedId : `${record.sourcedId}.${suffixes[index]}`;
  });
}
