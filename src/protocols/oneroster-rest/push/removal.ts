import { enrollmentsOf, type Role, type StoredRecord } from '../../../model/index.ts';
import { type Change, typeOfView, type ViewItem } from '../../../roster/index.ts';
import type { Pushed } from './nouns/index.ts';

/** The change that takes away what a view shows: of an enrollment its role alone, of demographics all there are. */
export function removal(noun: Pushed, { record, role = 0 }: ViewItem): Change {
  const base = { type: typeOfView(noun), key: record.guid };
  if (noun === 'demographics') {
    return { ...base, op: 'upsert', must: 'exist', data: { demographics: null } } as Change;
  }
  if (noun !== 'enrollment') return { ...base, op: 'remove' };
  return removalOfRole(record as StoredRecord<'membership'>, role);
}

/**
 * A role goes by the id of its sender, or by its type where no other role has that; else the others are written. The
 * membership goes with its last role.
 */
function removalOfRole(record: StoredRecord<'membership'>, at: number): Change {
  const base = { type: 'membership', key: record.guid } as const;
  const { roles } = record.data;
  const role = enrollmentsOf(record)[at]?.role as Role;
  if (roles.length === 1) return { ...base, op: 'remove' };
  const isNamed = (name: string) => roles.every((one) => one === role || (one.type !== name && one.sourcedId !== name));
  const name = [role.sourcedId, role.type].find((word) => word !== undefined && isNamed(word));
  if (name !== undefined) return { ...base, op: 'remove', roles: [name] };
  return { ...base, op: 'upsert', data: { roles: roles.filter((one) => one !== role) } };
}
