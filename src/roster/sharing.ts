import { oneRosterDemographics } from '../model/index.ts';

/** Fields of OneRoster's classes that a client can do without: the standard requires none of them, in neither version. */
export const hideableFields = {
  user: [
    'metadata',
    'userMasterIdentifier',
    'userIds',
    'middleName',
    'preferredFirstName',
    'preferredMiddleName',
    'preferredLastName',
    'pronouns',
    'userProfiles',
    'primaryOrg',
    'identifier',
    'email',
    'sms',
    'phone',
    'agents',
    'grades',
    'password',
    'resources',
  ],
  org: ['metadata', 'parent', 'children'],
  course: ['metadata', 'schoolYear', 'grades', 'subjects', 'subjectCodes', 'resources'],
  class: ['metadata', 'classCode', 'location', 'grades', 'subjects', 'subjectCodes', 'periods', 'resources'],
  academicSession: ['metadata', 'parent', 'children'],
  enrollment: ['metadata', 'primary', 'beginDate', 'endDate'],
  demographics: ['metadata', 'birthDate', 'sex', ...oneRosterDemographics.flags, ...oneRosterDemographics.texts],
  resource: ['metadata', 'title', 'roles', 'importance', 'vendorId', 'applicationId'],
  category: ['metadata', 'weight'],
  lineItem: ['metadata', 'description', 'academicSession', 'scoreScale', 'learningObjectiveSet'],
  result: [
    'metadata',
    'class',
    'textScore',
    'comment',
    'scoreScale',
    'learningObjectiveSet',
    'inProgress',
    'incomplete',
    'late',
    'missing',
  ],
  scoreScale: ['metadata', 'course'],
  assessmentLineItem: [
    'metadata',
    'description',
    'class',
    'parentAssessmentLineItem',
    'scoreScale',
    'resultValueMin',
    'resultValueMax',
    'learningObjectiveSet',
  ],
  assessmentResult: [
    'metadata',
    'score',
    'textScore',
    'comment',
    'scoreScale',
    'scorePercentile',
    'learningObjectiveSet',
    'inProgress',
    'incomplete',
    'late',
    'missing',
  ],
} as const;

/** A class of OneRoster whose fields can be hidden. */
export type SharedClass = keyof typeof hideableFields;

/** Which of a class's {@link hideableFields} a client does not see: those listed, or all but those listed. */
export type SharedFields = { readonly hidden: readonly string[] } | { readonly allowed: readonly string[] };

/**
 * What of a tenant a OneRoster client may see. All rules hold together; a rule that is absent leaves out nothing. The
 * README of the room says what each means.
 */
export interface Sharing {
  /** `sourcedId`s of orgs: they, what is below them, and the names of what is above them. */
  readonly schools?: readonly string[];
  /** Grades of classes and of students. */
  readonly grades?: readonly string[];
  /** Subjects of classes and courses. */
  readonly subjects?: readonly string[];
  /** OneRoster roles of users. */
  readonly roles?: readonly string[];
  readonly fields?: Readonly<Partial<Record<SharedClass, SharedFields>>>;
}

const words = { type: 'array', uniqueItems: true, items: { type: 'string', minLength: 1, maxLength: 256 } } as const;
const some = (maxItems: number) => ({ ...words, minItems: 1, maxItems }) as const;

const fieldsOf = (names: readonly string[]) => {
  const list = { type: 'array', uniqueItems: true, items: { enum: [...names] } } as const;
  const only = (name: string) => ({
    type: 'object',
    additionalProperties: false,
    required: [name],
    properties: { [name]: list },
  });
  return { oneOf: [only('hidden'), only('allowed')] };
};

/** The JSON Schema of {@link Sharing}, as `PUT /api/v1/credentials/{name}/sharing` takes it. */
export const sharingSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    schools: some(1000),
    grades: some(100),
    subjects: some(100),
    roles: some(50),
    fields: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(Object.entries(hideableFields).map(([name, names]) => [name, fieldsOf(names)])),
    },
  },
} as const;

/** The fields of a class that a client does not see. */
export function hiddenFields(sharing: Sharing | undefined, name: SharedClass): ReadonlySet<string> {
  const rule = sharing?.fields?.[name];
  if (rule === undefined) return new Set();
  if ('hidden' in rule) return new Set(rule.hidden);
  return new Set(hideableFields[name].filter((field) => !rule.allowed.includes(field)));
}

/** What of a collection a client sees. */
export interface SharedCollection {
  /** As the path has it: `users`, `classes`. */
  readonly name: string;
  /** Objects that the client sees. */
  readonly shared: number;
  /** Objects that there are. */
  readonly of: number;
  /** The first of those that it sees. */
  readonly first: readonly { readonly sourcedId: string; readonly name: string | null }[];
}

/** What a client sees of a tenant, for administrators. */
export interface SharingPreview {
  readonly sharing: Sharing;
  readonly collections: readonly SharedCollection[];
  /** Schools of the rules that are not there; nothing is shared by them. */
  readonly unknownSchools: readonly string[];
  /** Fields that are left out, by class. */
  readonly hiddenFields: Readonly<Partial<Record<SharedClass, readonly string[]>>>;
}
