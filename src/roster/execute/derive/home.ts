import { type Group, type Membership, orgTypeOf, type Role } from '../../../model/index.ts';
import type { Remark } from '../../change.ts';
import { type Entry, touch, type Unit } from '../unit.ts';
import { isThere } from './school.ts';

/** Whether a role says that the group is the member's home organisation; a mentor's does not count (itslearning). */
export const saysHome = ({ type, status, homeOrganisation }: Role): boolean =>
  homeOrganisation === true && status !== false && type !== 'Mentor';

/** Whether a group may be a home organisation: a school, a site, or what is above those. */
export const isHome = (group: Group): boolean => group.kind === 'org' && orgTypeOf(group) !== 'department';

/** The group of a membership, if a role of it says that it is the member's home organisation and it may be one. */
export function homeIn(unit: Unit, { roles, group: guid }: Membership): string | undefined {
  if (!roles.some(saysHome)) return undefined;
  const group = unit.get('group', guid)?.record.data;
  return group !== undefined && isHome(group) ? guid : undefined;
}

/** Roles of an update: where they do not speak of the home organisation, they keep what the earlier ones said of it. */
export function keepingHome(old: readonly Role[], roles: readonly Role[]): Role[] {
  const said = old.find(({ type, homeOrganisation }) => homeOrganisation === true && type !== 'Mentor');
  if (said === undefined || roles.some(({ homeOrganisation }) => homeOrganisation !== undefined)) return [...roles];
  const same = roles.findIndex(({ type }) => type === said.type);
  const at = same >= 0 ? same : roles.findIndex(({ type }) => type !== 'Mentor');
  return roles.map((role, index) => (index === at ? { ...role, homeOrganisation: true } : role));
}

/**
 * Of several homes the one that was said last counts, by a change that does not only leave it as it was: a membership
 * that says it again while another group is the home is newer from now on.
 */
export async function sayHome(unit: Unit, entry: Entry<'membership'>): Promise<void> {
  const { group, member } = entry.record.data;
  if (homeIn(unit, entry.record.data) === undefined) return;
  await unit.loadEnds([member]);
  const now = unit.homes.get(member) ?? unit.get('person', member)?.record.derived?.home;
  unit.homes.set(member, group);
  if (now === undefined || now === group) return;
  entry.restated = true;
  touch(unit, entry as Entry);
  unit.stalePersons.add(member);
}

/** Adds a remark where roles say home of a group that cannot be one. */
export function noteHome(unit: Unit, { roles, group: guid }: Membership, remarks: Remark[]): void {
  if (!roles.some(saysHome)) return;
  const group = unit.get('group', guid);
  if (group === undefined || !isThere(group as Entry) || isHome(group.record.data)) return;
  remarks.push({
    kind: 'warning.home-not-an-org',
    text: `The group ${group.record.imsId} is neither a school nor a site and cannot be a home organisation.`,
    id: group.record.imsId,
  });
}
