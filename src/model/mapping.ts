import type { Group, GroupKind } from './group.ts';
import type { Role } from './membership.ts';
import { oneRosterWords } from './oneroster.ts';
import type { Person } from './person.ts';

/** IMS role types 01–08 by number (IMS Enterprise 1.1, `roletype`). */
export const roleTypes = {
  '01': 'Learner',
  '02': 'Instructor',
  '03': 'ContentDeveloper',
  '04': 'Member',
  '05': 'Manager',
  '06': 'Mentor',
  '07': 'Administrator',
  '08': 'TeachingAssistant',
} as const;

/** The IMS name of a role type given as number (`01`, `1`) or name in any case; other words as they are. */
export function roleTypeName(word: string): string {
  const trimmed = word.trim();
  const number = trimmed.padStart(2, '0');
  if (Object.hasOwn(roleTypes, number)) return roleTypes[number as keyof typeof roleTypes];
  const lower = trimmed.toLowerCase();
  return Object.values(roleTypes).find((name) => name.toLowerCase() === lower) ?? trimmed;
}

/** The IMS number of a role type's name, or undefined for words that IMS does not number. */
export function roleTypeNumber(name: string): string | undefined {
  return Object.entries(roleTypes).find(([, known]) => known === name)?.[0];
}

/** Numbers of the IMS roles that OneRoster's enrollment roles stand for, so that a role keeps its id in both standards. */
const enrollmentRoleNumbers: ReadonlyMap<string, string> = new Map([
  ['student', '01'],
  ['teacher', '02'],
  ['administrator', '07'],
]);

/**
 * What is appended to a membership's id for each of its roles (decisions 1.6): the IMS number, else the sender's word with
 * `_` for what a sourcedId may not hold, and `-2`, `-3` … where a word repeats among those after the first, which has `-0` for
 * the case that it must be told from the membership's id. It holds no dot, so that the last dot of an id divides the two.
 */
export function roleSuffixes(roles: readonly Role[]): string[] {
  const used = new Map<string, number>();
  return roles.map((role, index) => {
    const number = roleTypeNumber(role.type) ?? enrollmentRoleNumbers.get(role.type);
    const word = number ?? role.type.replace(/[^0-9a-zA-Z\-_]/g, '_');
    if (index === 0) return `${word}-0`;
    const times = (used.get(word) ?? 0) + 1;
    used.set(word, times);
    return times === 1 ? word : `${word}-${times}`;
  });
}

/** OneRoster roles of users from weakest to strongest, by which the strongest membership role is chosen (decisions 1.8). */
const userRoleOrder = [
  'student',
  'guardian',
  'relative',
  'parent',
  'proctor',
  'aide',
  'counselor',
  'teacher',
  'principal',
  'siteAdministrator',
  'districtAdministrator',
  'systemAdministrator',
] as const;

const membershipUserRoles: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Learner: 'student',
    Member: 'student',
    Default: 'student',
    Guest: 'student',
    Mentor: 'guardian',
    TeachingAssistant: 'aide',
    ContentDeveloper: 'teacher',
    Instructor: 'teacher',
    Manager: 'siteAdministrator',
    Administrator: 'siteAdministrator',
    student: 'student',
    teacher: 'teacher',
    proctor: 'proctor',
    administrator: 'siteAdministrator',
  }),
);

/** The OneRoster user role that a membership's role speaks for. */
export function userRoleOfMembership(role: Role): string {
  return membershipUserRoles.get(role.type) ?? 'student';
}

/** The stronger of two OneRoster user roles. */
export function strongerRole(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const rank = (role: string) => (userRoleOrder as readonly string[]).indexOf(role);
  return rank(b) > rank(a) ? b : a;
}

const institutionUserRoles: ReadonlyMap<string, string> = new Map(
  Object.entries({
    student: 'student',
    learner: 'student',
    prospectivestudent: 'student',
    alumni: 'student',
    member: 'student',
    guest: 'student',
    other: 'student',
    faculty: 'teacher',
    instructor: 'teacher',
    teacher: 'teacher',
    staff: 'teacher',
    mentor: 'guardian',
    observer: 'guardian',
    carer: 'parent',
    parent: 'parent',
    guardian: 'guardian',
    administrator: 'siteAdministrator',
    'system administrator': 'systemAdministrator',
    sysadmin: 'systemAdministrator',
  }),
);

/** The OneRoster user role of an institution role type, or undefined when the word says nothing. */
export function userRoleOfInstitution(type: string): string | undefined {
  return institutionUserRoles.get(type.trim().toLowerCase());
}

/** The OneRoster roles that a person's own data name, the primary first; empty when the data name none. */
export function ownUserRoles(person: Person): string[] {
  if (person.roles !== undefined && person.roles.length > 0) {
    const sorted = [...person.roles].sort(
      (a, b) => Number(b.roleType === 'primary') - Number(a.roleType === 'primary'),
    );
    return [...new Set(sorted.map((role) => role.role))];
  }
  const sorted = [...(person.institutionRoles ?? [])].sort((a, b) => Number(b.primary) - Number(a.primary));
  const roles = sorted.map((role) => userRoleOfInstitution(role.type)).filter((role) => role !== undefined);
  if (roles.length === 0 && person.systemRole !== undefined) {
    const system = { SysAdmin: 'systemAdministrator', Administrator: 'siteAdministrator' }[person.systemRole];
    if (system !== undefined) return [system];
  }
  return [...new Set(roles)];
}

/** OneRoster enrollment roles: administrator, proctor, student, teacher, else an `ext:` token (OneRoster 1.2). */
export function enrollmentRole(role: Role): string {
  switch (role.type) {
    case 'Instructor':
      return 'teacher';
    case 'Learner':
    case 'Member':
    case 'Default':
    case 'Guest':
      return 'student';
    case 'Administrator':
    case 'Manager':
      return 'administrator';
    case 'proctor':
    case 'administrator':
    case 'student':
    case 'teacher':
      return role.type;
    default:
      return `ext:${role.type.replace(/[^a-zA-Z0-9.\-_]/g, '_')}`;
  }
}

/** OneRoster 1.1 knows no `ext:` enrollment roles: developers and assistants are its teachers, all others its proctors. */
export function enrollmentRole1p1(role: Role): string {
  const word = enrollmentRole(role);
  if (!word.startsWith('ext:')) return word;
  return ['ContentDeveloper', 'TeachingAssistant'].includes(role.type) ? 'teacher' : 'proctor';
}

/** What a word of a sender's own holds, and 1.1's user role that is nearest to it; the first that fits counts. */
const nearestUserRoles = [
  ['assistant', 'aide'],
  ['admin', 'administrator'],
  ['principal', 'administrator'],
  ['teacher', 'teacher'],
  ['instructor', 'teacher'],
  ['faculty', 'teacher'],
  ['guardian', 'guardian'],
  ['parent', 'parent'],
  ['relative', 'relative'],
  ['proctor', 'proctor'],
] as const;

/**
 * OneRoster 1.1's shorter list of user roles: those of 1.2 that it lacks, and senders' own, by the nearest it has. Who is
 * none of them is an `aide`, for a role is a student's only where it says so.
 */
export function userRole1p1(role: string): string {
  if ((oneRosterWords.resourceRole as readonly string[]).includes(role)) return role;
  const word = role.toLowerCase().replace(/^ext:/, '');
  if (['student', 'pupil', 'learner'].includes(word)) return 'student';
  return nearestUserRoles.find(([part]) => word.includes(part))?.[1] ?? 'aide';
}

const kindWords: ReadonlyMap<string, GroupKind> = new Map(
  Object.entries<GroupKind>({
    // itslearning organisation types
    site: 'org',
    school: 'org',
    unspecified: 'org',
    course: 'class',
    coursegroup: 'class',
    // Banner / Luminis
    term: 'session',
    coursesection: 'class',
    crosslistedsection: 'class',
    department: 'org',
    college: 'org',
    division: 'org',
    // PIFU organisations
    skoleeier: 'org',
    skole: 'org',
    // common words
    organisation: 'org',
    organization: 'org',
    district: 'org',
    institution: 'org',
    faculty: 'org',
    state: 'org',
    section: 'class',
    class: 'class',
    klasse: 'class',
    semester: 'session',
    session: 'session',
    schoolyear: 'session',
    gradingperiod: 'session',
    academicsession: 'session',
    coursetemplate: 'course',
    courseoffering: 'class',
  }),
);

/** The vocabulary in which a group that has no types of a sender is classified: OneRoster's words, the kind before the type. */
export const oneRosterScheme = 'OneRoster';

/** The last type of a group by {@link oneRosterScheme}: OneRoster's own word. */
function oneRosterWord({ types = [] }: Group): string | undefined {
  return types.findLast(({ scheme }) => scheme === oneRosterScheme)?.values.at(-1)?.type;
}

/** A type word without case, spaces, `_` and `-`. */
function wordOf(type: string | undefined): string {
  return (type ?? '').toLowerCase().replace(/[\s_-]/g, '');
}

function vocabularyOf(scheme: string | undefined): string {
  return scheme?.trim().toLowerCase() ?? '';
}

/**
 * What kind of group an IMS group is, by scheme, type and level (decisions 1.2): an untyped group is a class. Scheme
 * `Luminis` calls catalogue courses `Course`, where itslearning's `Course` is a class with members. PIFU's
 * `pifu-ims-go-org` holds organisations, its `pifu-ims-go-grp` teaching groups.
 */
export function groupKindOf(types: Group['types']): GroupKind {
  for (const { scheme, values } of types ?? []) {
    const vocabulary = vocabularyOf(scheme);
    for (const { type, level } of values) {
      const word = wordOf(type);
      if (vocabulary === 'luminis' && word === 'course') return 'course';
      if (vocabulary === 'pifu-ims-go-org') return 'org';
      if (vocabulary === 'pifu-ims-go-grp') return 'class';
      const known = kindWords.get(word);
      if (known !== undefined) return known;
      if (vocabulary === 'itslearningorganisationtypes' && (level === '0' || level === '1')) return 'org';
      if (vocabulary === 'itslearningorganisationtypes' && word === '' && level === '-1') return 'org';
    }
  }
  return 'class';
}

/** The OneRoster org type of an org group: `school` where the sender says so, `district` for sites and owners, else `department`. */
export function orgTypeOf(group: Group): string {
  const sent = group.orgType ?? oneRosterWord(group);
  if (sent !== undefined) return sent;
  for (const { scheme, values } of group.types ?? []) {
    const vocabulary = vocabularyOf(scheme);
    for (const { type, level } of values) {
      const word = wordOf(type);
      if (word === 'school' || word === 'skole' || word === 'institution') return 'school';
      if (word === 'site' || word === 'skoleeier' || word === 'district') return 'district';
      if (vocabulary === 'pifu-ims-go-org') return level === '2' ? 'school' : 'district';
      if (vocabulary === 'itslearningorganisationtypes') {
        if (word === 'unspecified') return 'department';
        if (level === '0') return 'district';
        if (level === '1') return 'school';
      }
    }
  }
  return 'department';
}

/** The OneRoster session type of a session group: the sender's, else `term`. */
export function sessionTypeOf(group: Group): string {
  const sent = group.sessionType ?? oneRosterWord(group);
  if (sent !== undefined) return sent;
  const words = (group.types ?? []).flatMap((entry) => entry.values.map((value) => wordOf(value.type)));
  if (words.includes('semester')) return 'semester';
  if (words.includes('schoolyear')) return 'schoolYear';
  if (words.includes('gradingperiod')) return 'gradingPeriod';
  return 'term';
}

/** The OneRoster type of a group's kind, or undefined for a kind that OneRoster does not show. */
export function oneRosterTypeOf(kind: GroupKind): 'org' | 'course' | 'class' | 'academicSession' | undefined {
  return ({ org: 'org', course: 'course', class: 'class', session: 'academicSession', other: undefined } as const)[
    kind
  ];
}
