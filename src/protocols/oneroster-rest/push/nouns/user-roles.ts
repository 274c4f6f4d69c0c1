import { oneRosterWords, type UserRole, vocabularyWord } from '../../../../model/index.ts';
import type { Data } from '../../body/fields.ts';
import { dataOf, type Merging, type Reading, type Sent } from './noun.ts';

const words = [...oneRosterWords.userRole, 'administrator'];

/** The role as the roster keeps it: 1.1's `administrator` is that of a site. */
const kept = (role: string) => (role === 'administrator' ? 'siteAdministrator' : role);

/** The roles of a 1.2 body. */
export function readRoles({ fields, note }: Reading): Data[] | null {
  return (
    fields.objects('roles')?.map((item, at) => {
      const role = kept(item.word('role', words) ?? item.need('role'));
      const roleType = item.word('roleType', ['primary', 'secondary']) ?? 'primary';
      const org = item.reference('org', 'org');
      if (org === null) item.need('org');
      note(`roles[${at}].org`, 'org', org);
      const rest = {
        beginDate: item.day('beginDate'),
        endDate: item.day('endDate'),
        userProfile: item.text('userProfile'),
      };
      item.finish();
      return { role, roleType, org, ...rest };
    }) ?? null
  );
}

/** The one role of a 1.1 body, as it is written there, and the orgs. */
export function readRole1p1({ fields, references }: Reading): Sent {
  return { role: fields.word('role', words), orgs: references('orgs', 'org') };
}

/** The roles of a user as they are sent; one that was there already keeps the id that its sender gave it. */
export function userRolesOf(merging: Merging): Data {
  const { sent, changed, guidOf } = merging;
  if (!changed('roles')) return {};
  const left = [...(dataOf(merging, 'person')?.roles ?? [])];
  const roles = (sent['roles'] as Data[] | null)?.map((role) => {
    const org = guidOf(String(role['org']));
    const at = left.findIndex((old) => old.org === org && vocabularyWord(words, old.role) === role['role']);
    const [same] = at < 0 ? [] : left.splice(at, 1);
    const given = Object.fromEntries(Object.entries(role).filter(([, value]) => value !== null));
    return { ...(same?.sourcedId !== undefined && { sourcedId: same.sourcedId }), ...given, org };
  });
  return { roles: roles ?? null };
}

/**
 * The roles of a user by 1.1's one role and its orgs: orgs that are named no more lose theirs, new ones get one, and
 * another role takes the place of the primary one. All else that 1.2 says of roles stays.
 */
export function userRoles1p1Of(merging: Merging): Data {
  const { sent, changed, guidOf } = merging;
  if (!changed('role', 'orgs')) return {};
  const stored = dataOf(merging, 'person')?.roles ?? [];
  const first = stored.find(({ roleType }) => roleType === 'primary') ?? stored[0];
  const isOther = changed('role') || first === undefined;
  const role = isOther ? kept(String(sent['role'])) : first.role;
  const orgs = ((sent['orgs'] as string[] | null) ?? []).map(guidOf);
  return { roles: orgs.flatMap((org) => rolesIn(org, role, isOther, stored)) };
}

function rolesIn(org: string, role: string, isOther: boolean, stored: readonly UserRole[]): Data[] {
  const here = stored.filter((one) => one.org === org);
  if (here.length === 0) return [{ role, roleType: 'primary', org }];
  if (!isOther) return here;
  const main = here.find(({ roleType }) => roleType === 'primary') ?? here[0];
  return here.filter((one) => one === main || one.role !== role).map((one) => (one === main ? { ...one, role } : one));
}
