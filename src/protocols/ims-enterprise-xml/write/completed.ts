import {
  type Group,
  groupTitle,
  type Membership,
  orgTypeOf,
  type Person,
  type Role,
  sessionTypeOf,
  type UserId,
} from '../../../model/index.ts';
import type { ExportRequest } from '../../../sync/index.ts';

/** Words of `grouptype` by which a group's kind is known again, for groups whose sender gave none. */
function typeWord(group: Group): string | undefined {
  if (group.kind === 'org') {
    const type = orgTypeOf(group);
    return ['school', 'district', 'department', 'state'].includes(type) ? type : 'organization';
  }
  if (group.kind === 'course') return 'course template';
  return group.kind === 'session' ? sessionTypeOf(group) : undefined;
}

/** Institution roles of IMS by OneRoster's user roles. */
const institutionRoles: ReadonlyMap<string, string> = new Map(
  Object.entries({
    student: 'Student',
    teacher: 'Faculty',
    aide: 'Staff',
    counselor: 'Staff',
    proctor: 'Staff',
    principal: 'Administrator',
    siteAdministrator: 'Administrator',
    districtAdministrator: 'Administrator',
    systemAdministrator: 'Administrator',
    guardian: 'Observer',
    parent: 'Observer',
    relative: 'Observer',
  }),
);

/** IMS role types by OneRoster's enrollment roles. */
const memberRoles: ReadonlyMap<string, string> = new Map([
  ['student', 'Learner'],
  ['teacher', 'Instructor'],
  ['administrator', 'Administrator'],
  ['proctor', 'Member'],
]);

function withoutPassword({ password: _password, passwordEncryption: _encryption, ...rest }: UserId): UserId {
  return rest;
}

/** Log-ins; the first is the user name of IMS, as OneRoster has a field of its own for it. */
function logins({ username, userIds }: Person): UserId[] | undefined {
  if (username === undefined || userIds?.some(({ value }) => value === username)) return userIds;
  return [{ value: username }, ...(userIds ?? [])];
}

/**
 * A person with what the DTD requires (`name` with `fn`) and what OneRoster says in other fields, without what the
 * request leaves out.
 */
export function completedPerson(person: Person, id: string, request: ExportRequest): Person {
  const { name } = person;
  const userIds = logins(person);
  const parts = [name?.given, name?.family].filter((part) => part !== undefined && part !== '').join(' ');
  const { demographics, roles = [], ...rest } = person;
  const known = [...new Set(roles.map(({ role }) => institutionRoles.get(role) ?? 'Other'))];
  return {
    ...rest,
    name: { ...name, formatted: name?.formatted ?? (parts || name?.nickname || id) },
    ...(userIds === undefined ? {} : { userIds: request.passwords ? userIds : userIds.map(withoutPassword) }),
    ...(demographics !== undefined && request.demographics ? { demographics } : {}),
    ...(person.institutionRoles === undefined && known.length > 0
      ? { institutionRoles: known.map((type, index) => ({ type, primary: index === 0 })) }
      : {}),
  };
}

/** A group with what the DTD requires: `short`, a `typevalue` in each `grouptype` and its `level`. */
export function completedGroup(group: Group, id: string): Group {
  const word = group.types === undefined ? typeWord(group) : undefined;
  const types = word === undefined ? group.types : [{ scheme: 'OneRoster', values: [{ type: word, level: '1' }] }];
  return {
    ...group,
    description: { ...group.description, short: group.description?.short ?? groupTitle(group) ?? id },
    ...(types === undefined
      ? {}
      : {
          types: types.map(({ values, ...rest }) => ({
            ...rest,
            values: (values.length > 0 ? values : [{}]).map((value) => ({ level: '', ...value })),
          })),
        }),
  };
}

/** A membership with what the DTD requires: a `status` in each role. */
export function completedMembership(membership: Membership, { passwords }: ExportRequest): Membership {
  const completed = ({ userId, ...role }: Role): Role => ({
    ...role,
    type: memberRoles.get(role.type) ?? role.type,
    status: role.status ?? true,
    ...(userId === undefined ? {} : { userId: passwords ? userId : withoutPassword(userId) }),
  });
  return { ...membership, roles: membership.roles.map(completed) };
}
