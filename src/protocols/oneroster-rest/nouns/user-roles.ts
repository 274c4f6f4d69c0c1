import {
  orgsOfRoles,
  type StoredRecord,
  type UserRoleShown,
  userRole1p1AndOrgs,
  userRoles,
} from '../../../model/index.ts';
import { optionalReference, type Reference, requiredReference, type Scene } from './scene.ts';

/** A role of a user as it is written; what is undefined is not written. */
export interface ShownRole extends Omit<UserRoleShown, 'org' | 'sourcedId'> {
  readonly org: Reference;
}

/** Names the orgs whose references a user's roles need. */
export function wantOrgs(record: StoredRecord<'person'>, groups: Set<string>): void {
  for (const org of orgsOfRoles(record)) groups.add(org);
}

const canReferIn = (scene: Scene) => (guid: string) => optionalReference(scene, 'org', guid) !== undefined;

/** The roles of a user (OneRoster 1.2, `Role`) with references to their orgs. */
export function referredRoles(record: StoredRecord<'person'>, scene: Scene): ShownRole[] {
  return userRoles(record, canReferIn(scene)).map(({ sourcedId: _id, ...role }) => ({
    ...role,
    org: requiredReference(scene, 'org', role.org),
  }));
}

/** The single role of a user in 1.1 with references to the orgs; undefined when no org is known. */
export function referredRole1p1AndOrgs(
  record: StoredRecord<'person'>,
  scene: Scene,
): { role: string; orgs: readonly Reference[] } | undefined {
  const found = userRole1p1AndOrgs(record, canReferIn(scene));
  return found && { role: found.role, orgs: found.orgs.map((org) => requiredReference(scene, 'org', org)) };
}
