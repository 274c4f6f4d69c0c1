import {
  enrollmentRole,
  type Membership,
  oneRosterWords,
  type Role,
  type StoredRecord,
  vocabularyWord,
} from '../../../model/index.ts';
import { type Change, keyOfView, type ViewItem } from '../../../roster/index.ts';
import type { Data } from '../body/fields.ts';

/**
 * The change that writes an enrollment, a role of a membership; `data` have the role alone. `known` is the enrollment as it is
 * there; `there` is the membership of its ends where that is not known by the id.
 */
export function enrollmentChange(
  sourcedId: string,
  data: Data,
  known: ViewItem | undefined,
  there: StoredRecord<'membership'> | undefined,
): Change {
  const record = (known?.record as StoredRecord<'membership'> | undefined) ?? there;
  const [role] = data['roles'] as Role[];
  const key = known?.record.guid ?? keyOfView('enrollment', sourcedId);
  const change = { op: 'upsert', type: 'membership', key, strict: true, data } as const;
  if (record === undefined || role === undefined) return { ...change, addRoles: true } as Change;
  // What was taken away by itself begins anew; what went along with a class or user keeps its other roles.
  if (record.state === 'trashed' && record.trash?.cause === undefined) return change as Change;
  // Roles with ids are told apart when they are written, so that two writers do not undo each other's.
  const areTold = [role, ...record.data.roles].every((one) => one.sourcedId !== undefined);
  if (areTold) return { ...change, addRoles: true } as Change;
  const roles = known === undefined ? joined(record.data, role) : placed(record.data, role, known.role ?? 0);
  return { ...change, data: { ...data, roles } } as Change;
}

/** Roles with one in its place, or behind them where it was taken away before. */
function placed({ roles }: Membership, role: Role, at: number): Role[] {
  return at < roles.length ? roles.with(at, role) : [...roles, role];
}

/** Roles with one that is new: it takes over the one that reads show with the same word and that has no sender's id yet. */
function joined({ roles }: Membership, role: Role): Role[] {
  const at = roles.findIndex((old) => old.sourcedId === undefined && old.status !== false && word(old) === word(role));
  const old = roles[at];
  if (old === undefined) return [...roles, role];
  const timeFrame = { ...old.timeFrame, ...role.timeFrame };
  const extension = role.extension && { ...old.extension, ...role.extension };
  return roles.with(at, { ...old, ...role, type: old.type, timeFrame, ...(extension && { extension }) });
}

const word = (role: Role) => vocabularyWord(oneRosterWords.enrollmentRole, enrollmentRole(role));
