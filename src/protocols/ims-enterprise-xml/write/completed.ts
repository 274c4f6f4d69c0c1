import {
  type Group,
  groupKindOf,
  groupTitle,
  type Membership,
  oneRosterScheme,
  orgTypeOf,
  type Person,
  type Role,
  sessionTypeOf,
  type UserId,
} from '../../../model/index.ts';
import type { ExportRequest } from '../../../sync/index.ts';

/** Words of `grouptype` by which a group's kind and type are known again; the first says the kind. */
function typeWords(group: Group): string[] {
  if (group.kind === 'course') return ['course template'];
  const [kind, type] = group.kind === 'org' ? ['organization', orgTypeOf(group)] : ['session', sessionTypeOf(group)];
  if (group.kind !== 'org' && group.kind !== 'session') return ['section'];
  return groupKindOf([{ scheme: oneRosterScheme, values: [{ type }] }]) === group.kind ? [type] : [kind, type];
}

/** The types of a group; one that its sender's do not tell, or not rightly, comes first. */
function typesOf(group: Group): Group['types'] {
  const { kind, types } = group;
  if (groupKindOf(types) === kind || (kind === 'other' && types !== undefined)) return types;
  const values = typeWords(group).map((type, index) => ({ type, level: String(index + 1) }));
  return [{ scheme: oneRosterScheme, values }, ...(types ?? [])];
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

/** IMS role types by OneRoster's enrollment roles; IMS has none for a proctor, who is no learner. */
const memberRoles: ReadonlyMap<string, string> = new Map([
  ['student', 'Learner'],
  ['teacher', 'Instructor'],
  ['administrator', 'Administrator'],
  ['proctor', 'TeachingAssistant'],
]);

function withoutPassword({ password: _password, passwordEncryption: _encryption, ...rest }: UserId): UserId {
  return rest;
}

/** Log-ins; the first is the user name of IMS, as OneRoster has a field of its own for it. */
function logins({ username, userIds }: Person): UserId[] | undefined {
  if (username === undefined) return userIds;
  const own = userIds?.find(({ value }) => value === username);
  return [own ?? { value: username }, ...(userIds ?? []).filter((one) => one !== own)];
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
  const types = typesOf(group);
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
    ...(role.type === 'proctor' && role.subRole === undefined ? { subRole: role.type } : {}),
    status: role.status ?? true,
    ...(userId === undefined ? {} : { userId: passwords ? userId : withoutPassword(userId) }),
  });
  return { ...membership, roles: membership.roles.map(completed) };
}
