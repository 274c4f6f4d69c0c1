import { oneRosterDemographics } from '../../../model/index.ts';
import type { OneRosterVersion, Relation, View } from '../../query.ts';
import { typeOfView } from '../../views.ts';

/** Fields that hold single values, the values of a list of objects (`any`), or a list of texts. */
type Kind = 'text' | 'texts' | 'any' | 'day' | 'moment' | 'number' | 'flag';

/**
 * A field by which a view may be filtered. `at`: the `shown` fields that hold it, of which a record has one; `missing`: what
 * 1.1 shows where there is none; `few`: each field of `at` has an index, and few records share a value.
 */
export type Field =
  | { readonly kind: Kind; readonly at: readonly string[]; readonly missing?: number; readonly few?: true }
  | { readonly kind: 'reference'; readonly to: View; readonly relation: Relation }
  | { readonly kind: 'userRole' | 'enabledUser' | 'enrollmentRole' | 'primary' | 'beginDate' | 'endDate' };

type Table = Readonly<Record<string, Field>>;

const of =
  (kind: Kind) =>
  (...names: readonly string[]): Table =>
    Object.fromEntries(names.map((name) => [name, { kind, at: [name] }]));
const text = of('text');
const texts = of('texts');
const any = of('any');
const day = of('day');
const moment = of('moment');
const number = of('number');
const flag = of('flag');
const reference = (name: string, to: View, relation: Relation): Table => ({
  [`${name}.sourcedId`]: { kind: 'reference', to, relation },
});

const resources = reference('resources', 'resource', 'data.resources');
const listed = { ...texts('grades', 'subjects', 'subjectCodes'), ...resources };

const user: Table = {
  ...text('username', 'givenName', 'familyName', 'middleName', 'identifier', 'email', 'sms', 'phone'),
  ...any('userIds.type', 'userIds.identifier'),
  ...texts('grades'),
  ...reference('agents', 'user', 'agents'),
  enabledUser: { kind: 'enabledUser' },
};

const users: Readonly<Record<OneRosterVersion, Table>> = {
  '1.1': {
    ...user,
    username: { kind: 'text', at: ['username', 'username1p1'], few: true },
    role: { kind: 'userRole' },
    ...reference('orgs', 'org', 'userOrgs'),
  },
  '1.2': {
    ...user,
    ...text('userMasterIdentifier', 'preferredFirstName', 'preferredMiddleName', 'preferredLastName', 'pronouns'),
    'roles.role': { kind: 'userRole' },
    ...reference('roles.org', 'org', 'userOrgs'),
    ...reference('primaryOrg', 'org', 'primaryOrg'),
    ...resources,
  },
};

const ranges = number('resultValueMin', 'resultValueMax');
const scored = {
  ...day('scoreDate'),
  ...text('scoreStatus', 'comment'),
  ...number('score'),
};
const scored1p2 = {
  ...scored,
  ...text('textScore'),
  ...flag('inProgress', 'incomplete', 'late', 'missing'),
  ...reference('scoreScale', 'scoreScale', 'data.scoreScale'),
};
const session = (name: string): Table => reference(name, 'academicSession', `data.${name}`);
const inClass = reference('class', 'class', 'data.class');
const below = (to: View): Table => ({
  ...reference('parent', to, 'derived.parent'),
  ...reference('children', to, 'children'),
});

const tables: Readonly<Record<string, (version: OneRosterVersion) => Table>> = {
  user: (version) => users[version],
  demographics: (version) => ({
    ...day('birthDate'),
    sex: { kind: 'text', at: [version === '1.1' ? 'sex1p1' : 'sex'] },
    ...flag(...oneRosterDemographics.flags),
    ...text(...oneRosterDemographics.texts),
  }),
  org: () => ({ ...text('name', 'type', 'identifier'), ...below('org') }),
  course: () => ({
    ...text('title', 'courseCode'),
    ...listed,
    ...reference('org', 'org', 'derived.school'),
    ...reference('schoolYear', 'academicSession', 'derived.terms.0'),
  }),
  class: () => ({
    ...text('title', 'classCode', 'classType', 'location'),
    ...listed,
    ...texts('periods'),
    ...reference('course', 'course', 'derived.course'),
    ...reference('school', 'org', 'derived.school'),
    ...reference('terms', 'academicSession', 'derived.terms'),
  }),
  academicSession: () => ({
    ...text('title', 'type', 'schoolYear'),
    ...day('startDate', 'endDate'),
    ...below('academicSession'),
  }),
  enrollment: () => ({
    role: { kind: 'enrollmentRole' },
    primary: { kind: 'primary' },
    beginDate: { kind: 'beginDate' },
    endDate: { kind: 'endDate' },
    ...reference('user', 'user', 'data.member'),
    ...reference('class', 'class', 'data.group'),
    ...reference('school', 'org', 'classSchool'),
  }),
  resource: () => ({
    ...text('title', 'importance', 'vendorResourceId', 'vendorId', 'applicationId'),
    ...texts('roles'),
  }),
  category: (version) => ({ ...text('title'), ...(version === '1.1' ? {} : number('weight')) }),
  lineItem: (version) => ({
    ...text('title', 'description'),
    ...moment('assignDate', 'dueDate'),
    ...inClass,
    ...reference('category', 'category', 'data.category'),
    ...(version === '1.1'
      ? {
          resultValueMin: { kind: 'number', at: ['resultValueMin'], missing: 0 },
          resultValueMax: { kind: 'number', at: ['resultValueMax'], missing: 100 },
          ...reference('gradingPeriod', 'academicSession', 'gradingPeriod1p1'),
        }
      : {
          ...ranges,
          ...session('gradingPeriod'),
          ...session('academicSession'),
          ...reference('school', 'org', 'lineItemSchool'),
          ...reference('scoreScale', 'scoreScale', 'data.scoreScale'),
        }),
  }),
  result: (version) => ({
    ...reference('lineItem', 'lineItem', 'data.lineItem'),
    ...reference('student', 'user', 'data.student'),
    ...(version === '1.1'
      ? { ...scored, score: { kind: 'number', at: ['score', 'score1p1'] } }
      : { ...scored1p2, ...inClass }),
  }),
  scoreScale: () => ({
    ...text('title', 'type'),
    ...any('scoreScaleValue.itemValueLHS', 'scoreScaleValue.itemValueRHS'),
    ...inClass,
    ...reference('course', 'course', 'data.course'),
  }),
  assessmentLineItem: () => ({
    ...text('title', 'description'),
    ...ranges,
    ...inClass,
    ...reference('parentAssessmentLineItem', 'assessmentLineItem', 'data.parentAssessmentLineItem'),
    ...reference('scoreScale', 'scoreScale', 'data.scoreScale'),
  }),
  assessmentResult: () => ({
    ...scored1p2,
    ...number('scorePercentile'),
    ...reference('assessmentLineItem', 'assessmentLineItem', 'data.assessmentLineItem'),
    ...reference('student', 'user', 'data.student'),
  }),
};

/** The view whose fields a view of the same class has. */
function classOf(view: View): string {
  if (view === 'student' || view === 'teacher') return 'user';
  if (view === 'school') return 'org';
  return view === 'term' || view === 'gradingPeriod' ? 'academicSession' : view;
}

/** The field of a view that a dotted path of OneRoster names. */
export function fieldAt(version: OneRosterVersion, view: View, path: string): Field | undefined {
  const table = tables[classOf(view)]?.(version) ?? {};
  return Object.hasOwn(table, path) ? table[path] : undefined;
}

/** Whether objects of a view have metadata by which they may be filtered. */
export function hasMetadata(view: View): boolean {
  return view !== 'demographics' && typeOfView(view) !== 'membership';
}
