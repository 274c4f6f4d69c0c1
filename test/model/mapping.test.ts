import { describe, expect, test } from '@jest/globals';
import {
  enrollmentRole,
  enrollmentRole1p1,
  type Group,
  groupKindOf,
  groupTitle,
  oneRosterTypeOf,
  orgTypeOf,
  ownUserRoles,
  relationParents,
  roleSuffixes,
  roleTypeName,
  roleTypeNumber,
  sessionTypeOf,
  strongerRole,
  userRole1p1,
  userRoleOfInstitution,
  userRoleOfMembership,
} from '../../src/model/index.ts';

/** IMS role types by number and name; OneRoster's enrollment role (1.2 and 1.1) and user role. */
const roleTable = [
  ['01', 'Learner', 'student', 'student', 'student'],
  ['02', 'Instructor', 'teacher', 'teacher', 'teacher'],
  ['03', 'ContentDeveloper', 'ext:ContentDeveloper', 'teacher', 'teacher'],
  ['04', 'Member', 'student', 'student', 'student'],
  ['05', 'Manager', 'administrator', 'administrator', 'siteAdministrator'],
  ['06', 'Mentor', 'ext:Mentor', 'proctor', 'guardian'],
  ['07', 'Administrator', 'administrator', 'administrator', 'siteAdministrator'],
  ['08', 'TeachingAssistant', 'ext:TeachingAssistant', 'teacher', 'aide'],
] as const;

describe('Role types 01–08', () => {
  test.each(roleTable)('%s is %s: enrollment role %s (1.1: %s), user role %s', (number, type, role, role1p1, user) => {
    expect([number, number.slice(1), type, type.toUpperCase(), ` ${type} `].map(roleTypeName)).toEqual(
      Array(5).fill(type),
    );
    expect(roleTypeNumber(type)).toBe(number);
    expect(enrollmentRole({ type })).toBe(role);
    expect(enrollmentRole1p1({ type })).toBe(role1p1);
    expect(userRoleOfMembership({ type })).toBe(user);
    expect(roleSuffixes([{ type: 'x' }, { type }])).toEqual(['x-0', number]);
  });

  test.each([
    ['Default', 'student'],
    ['Guest', 'student'],
  ])('IMS-ES’s %s, which has no number, is a student', (type, role) => {
    expect([enrollmentRole({ type }), userRoleOfMembership({ type }), roleTypeNumber(type)]).toEqual([
      role,
      'student',
      undefined,
    ]);
  });

  test.each([
    ['student', 'student'],
    ['teacher', 'teacher'],
    ['proctor', 'proctor'],
    ['administrator', 'siteAdministrator'],
  ])('OneRoster’s own word %s stays, and makes the user a %s', (type, user) => {
    expect([enrollmentRole({ type }), enrollmentRole1p1({ type }), userRoleOfMembership({ type })]).toEqual([
      type,
      type,
      user,
    ]);
  });

  test('A sender’s own word is an ext: token, with _ for what it may not hold, and a proctor in 1.1', () => {
    expect(enrollmentRole({ type: 'Team Lead!' })).toBe('ext:Team_Lead_');
    expect(enrollmentRole1p1({ type: 'Team Lead!' })).toBe('proctor');
    expect(userRoleOfMembership({ type: 'Team Lead!' })).toBe('student');
  });

  test('What is appended to an enrollment’s id holds only what a sourcedId may hold, and no dot', () => {
    expect(roleSuffixes([{ type: 'Mentor' }, { type: 'Team Lead! v1.2/ø@x' }])).toEqual([
      '06-0',
      'Team_Lead__v1_2___x',
    ]);
  });

  test('A word that repeats is numbered, so that no two enrollments share an id', () => {
    const roles = ['Learner', 'Mentor', 'Mentor', 'a b', 'a_b', 'Learner'].map((type) => ({ type }));
    expect(roleSuffixes(roles)).toEqual(['01-0', '06', '06-2', 'a_b', 'a_b-2', '01']);
  });

  test('Words like those of every object are nothing special', () => {
    for (const type of ['constructor', 'toString', '__proto__', '']) {
      expect(roleTypeName(type)).toBe(type);
      expect(roleTypeNumber(type)).toBeUndefined();
      expect(userRoleOfMembership({ type })).toBe('student');
      expect(userRoleOfInstitution(type)).toBeUndefined();
      expect(groupKindOf([{ values: [{ type }] }])).toBe('class');
    }
  });
});

describe('Institution roles', () => {
  test.each([
    ...['Student', 'Learner', 'ProspectiveStudent', 'Alumni', 'Member', 'Guest', 'Other'].map(
      (word) => [word, 'student'] as const,
    ),
    ...['Faculty', 'Instructor', 'Teacher', 'Staff'].map((word) => [word, 'teacher'] as const),
    ...['Mentor', 'Observer', 'Guardian'].map((word) => [word, 'guardian'] as const),
    ...['Parent', 'Carer'].map((word) => [word, 'parent'] as const),
    ['Administrator', 'siteAdministrator'],
    ['System Administrator', 'systemAdministrator'],
    ['SysAdmin', 'systemAdministrator'],
  ])('%s is a OneRoster %s, in any case', (word, role) => {
    expect([word, word.toUpperCase(), ` ${word}`].map(userRoleOfInstitution)).toEqual([role, role, role]);
  });

  test('A word that says nothing gives no role', () => {
    expect(userRoleOfInstitution('Janitor')).toBeUndefined();
    expect(ownUserRoles({ institutionRoles: [{ type: 'Janitor', primary: true }] })).toEqual([]);
  });

  test('The primary role comes first, each role once', () => {
    const institutionRoles = [
      { type: 'Student', primary: false },
      { type: 'Faculty', primary: true },
      { type: 'Staff', primary: false },
    ];
    expect(ownUserRoles({ institutionRoles })).toEqual(['teacher', 'student']);
  });

  test('OneRoster roles go before institution roles, the primary first', () => {
    const roles = [
      { role: 'aide', roleType: 'secondary', org: 'o' },
      { role: 'teacher', roleType: 'primary', org: 'o' },
    ];
    expect(ownUserRoles({ roles, institutionRoles: [{ type: 'Student', primary: true }] })).toEqual([
      'teacher',
      'aide',
    ]);
  });

  test('A system role speaks where no other does', () => {
    expect(ownUserRoles({ systemRole: 'SysAdmin' })).toEqual(['systemAdministrator']);
    expect(ownUserRoles({ systemRole: 'Administrator' })).toEqual(['siteAdministrator']);
    expect(ownUserRoles({ systemRole: 'User' })).toEqual([]);
    expect(ownUserRoles({ systemRole: 'SysAdmin', institutionRoles: [{ type: 'Student', primary: true }] })).toEqual([
      'student',
    ]);
  });
});

describe('The stronger of two user roles', () => {
  const order = [
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
  ];
  test.each(order.slice(1).map((role, at) => [order[at], role]))('%s is weaker than %s', (weak, strong) => {
    expect([strongerRole(weak, strong), strongerRole(strong, weak)]).toEqual([strong, strong]);
  });
  test('One role is stronger than none', () => {
    expect([
      strongerRole(undefined, 'student'),
      strongerRole('student', undefined),
      strongerRole(undefined, undefined),
    ]).toEqual(['student', 'student', undefined]);
  });
  test.each([
    ['counselor', 'aide'],
    ['principal', 'administrator'],
    ['siteAdministrator', 'administrator'],
    ['districtAdministrator', 'administrator'],
    ['systemAdministrator', 'administrator'],
    ['student', 'student'],
    ['teacher', 'teacher'],
    ['guardian', 'guardian'],
    ['ext:janitor', 'aide'],
    ['ext:Vice_Principal', 'administrator'],
    ['ext:substituteTeacher', 'teacher'],
    ['ext:teachingAssistant', 'aide'],
    ['ext:grandparent', 'parent'],
    ['ext:pupil', 'student'],
  ])('1.1 has for %s the role %s', (role, expected) => {
    expect(userRole1p1(role)).toBe(expected);
  });
});

const typed = (type: string | undefined, level?: string, scheme?: string): Group['types'] => [
  {
    ...(scheme === undefined ? {} : { scheme }),
    values: [{ ...(type === undefined ? {} : { type }), ...(level === undefined ? {} : { level }) }],
  },
];

describe('1.2 Group types and levels: which kind a group is', () => {
  test('An untyped group is a class, and so is one of an unknown type', () => {
    expect([groupKindOf(undefined), groupKindOf([]), groupKindOf(typed('Choir'))]).toEqual(['class', 'class', 'class']);
  });

  test.each([
    ...[
      'Site',
      'School',
      'Unspecified',
      'Department',
      'College',
      'Division',
      'Skoleeier',
      'Skole',
      'Organisation',
      'Organization',
      'District',
      'Institution',
      'Faculty',
      'State',
    ].map((word) => [word, 'org'] as const),
    ...[
      'Course',
      'CourseGroup',
      'CourseSection',
      'CrossListedSection',
      'Section',
      'Class',
      'Klasse',
      'CourseOffering',
    ].map((word) => [word, 'class'] as const),
    ...['Term', 'Semester', 'Session', 'SchoolYear', 'GradingPeriod', 'AcademicSession'].map(
      (word) => [word, 'session'] as const,
    ),
    ['CourseTemplate', 'course'],
  ])('%s is a kind of %s, in any case and with spaces, _ or - in it', (word, kind) => {
    const forms = [
      word,
      word.toUpperCase(),
      ` ${word} `,
      word.replace(/(?<=[a-z])(?=[A-Z])/g, ' '),
      word.replace(/(?<=[a-z])(?=[A-Z])/g, '_'),
    ];
    expect(forms.map((form) => groupKindOf(typed(form)))).toEqual(Array(5).fill(kind));
  });

  test('A course of the scheme Luminis is a catalogue course', () => {
    expect(groupKindOf(typed('Course', '1', 'LUMINIS'))).toBe('course');
    expect(groupKindOf(typed('Course', '1', 'itslearning'))).toBe('class');
  });

  test.each([
    ['pifu-ims-go-org', 'anything', '1', 'org'],
    ['pifu-ims-go-grp', 'Skole', '1', 'class'],
    ['itslearningOrganisationTypes', 'own', '0', 'org'],
    ['itslearningOrganisationTypes', 'own', '1', 'org'],
    ['itslearningOrganisationTypes', 'own', '2', 'class'],
    ['itslearningOrganisationTypes', 'own', '-1', 'class'],
    ['itslearningOrganisationTypes', undefined, '-1', 'org'],
  ])('In the scheme %s, %s of level %s is a kind of %s', (scheme, type, level, kind) => {
    expect(groupKindOf(typed(type, level, scheme))).toBe(kind);
    expect(groupKindOf(typed(type, level, ` ${scheme.toUpperCase()}`))).toBe(kind);
  });

  test('The first type that says something decides', () => {
    expect(groupKindOf([...(typed('Choir') ?? []), ...(typed('Term') ?? []), ...(typed('School') ?? [])])).toBe(
      'session',
    );
  });

  test.each([
    ['org', 'org'],
    ['course', 'course'],
    ['class', 'class'],
    ['session', 'academicSession'],
    ['other', undefined],
  ] as const)('A kind of %s is a OneRoster %s', (kind, type) => {
    expect(oneRosterTypeOf(kind)).toBe(type);
  });
});

describe('The OneRoster type of an org', () => {
  test('is the sender’s, if it says so', () => {
    expect(orgTypeOf({ kind: 'org', orgType: 'local', types: typed('School') ?? [] })).toBe('local');
  });
  test.each([
    ['School', undefined, undefined, 'school'],
    ['Skole', undefined, undefined, 'school'],
    ['Institution', undefined, undefined, 'school'],
    ['Site', undefined, undefined, 'district'],
    ['Skoleeier', undefined, undefined, 'district'],
    ['Skole-Eier', undefined, undefined, 'district'],
    ['District', undefined, undefined, 'district'],
    ['Department', undefined, undefined, 'department'],
    ['x', '1', 'pifu-ims-go-org', 'district'],
    ['x', '2', 'PIFU-IMS-GO-ORG ', 'school'],
    ['x', '0', 'itslearningOrganisationTypes', 'district'],
    ['x', '1', ' ITSLEARNINGORGANISATIONTYPES', 'school'],
    ['x', '2', 'itslearningOrganisationTypes', 'department'],
    ['Unspecified', '1', 'itslearningOrganisationTypes', 'department'],
    ['Site', '1', 'itslearningOrganisationTypes', 'district'],
    [undefined, undefined, undefined, 'department'],
  ])('%s of level %s in %s is a %s', (type, level, scheme, expected) => {
    expect(orgTypeOf({ kind: 'org', types: typed(type, level, scheme) ?? [] })).toBe(expected);
  });
});

describe('The OneRoster type of a session', () => {
  test.each([
    ['Semester', 'semester'],
    ['School Year', 'schoolYear'],
    ['school_year', 'schoolYear'],
    ['Grading-Period', 'gradingPeriod'],
    ['Term', 'term'],
    ['x', 'term'],
  ])('%s is a %s', (type, expected) => {
    expect(sessionTypeOf({ kind: 'session', types: typed(type) ?? [] })).toBe(expected);
  });
  test('The sender’s own type wins; without any it is a term', () => {
    expect(sessionTypeOf({ kind: 'session', sessionType: 'semester', types: typed('SchoolYear') ?? [] })).toBe(
      'semester',
    );
    expect(sessionTypeOf({ kind: 'session' })).toBe('term');
  });
});

test('The title of a group is its short one, else the long one, else the organisation’s name', () => {
  expect(groupTitle({ kind: 'class', description: { short: 's', long: 'l' }, org: { name: 'o' } })).toBe('s');
  expect(groupTitle({ kind: 'class', description: { long: 'l' }, org: { name: 'o' } })).toBe('l');
  expect(groupTitle({ kind: 'class', org: { name: 'o' } })).toBe('o');
  expect(groupTitle({ kind: 'class' })).toBeUndefined();
});

test('The parents of a group are its relations of that kind, in order', () => {
  const relation = (target: string, kind: 'parent' | 'child') => ({ relation: kind, target });
  expect(
    relationParents({
      kind: 'class',
      relationships: [relation('a', 'parent'), relation('b', 'child'), relation('c', 'parent')],
    }),
  ).toEqual(['a', 'c']);
  expect(relationParents({ kind: 'class' })).toEqual([]);
});
