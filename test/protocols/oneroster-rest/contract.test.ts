import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  courseworkTypes,
  type Group,
  type Membership,
  type Person,
  type RecordState,
  type StoredRecord,
} from '../../../src/model/index.ts';
import { encodeItems } from '../../../src/protocols/oneroster-rest/nouns/encode.ts';
import { nounOf, partOf } from '../../../src/protocols/oneroster-rest/operations/index.ts';
import type { Context, View, ViewItem } from '../../../src/roster/index.ts';
import { makeListRoster } from './gateway.ts';
import { makeValidators, publishedDocument, services1p2 } from './published.ts';
import { group, membership, person, record, smallSchool } from './records.ts';

const context: Context = { tenant: 't', writer: 'credential:x', namespace: 'default', source: 'rest' };
const origin = 'https://x.org';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '2026-02-30', '2026-12-31', 'http://a b/', 'ext:'),
);
const texts = fc.array(text, { maxLength: 3 });
const guid = fc.constantFrom('g-root', 'g-school', 'g-course', 'g-class', 'g-term', 'p-ann', 'p-mum', 'gone');
const optional = { requiredKeys: [] as [] };
const extension = fc.record({ oneRoster: fc.dictionary(fc.constant('metadata'), fc.jsonValue()) }, optional);
const timeFrame = fc.record({ start: text, end: text }, optional);
const state = fc.constantFrom<RecordState>('active', 'disabled', 'archived', 'trashed');

const people = fc.record(
  {
    name: fc.record({ given: text, family: text, formatted: text, nickname: text, middle: texts }, optional),
    userIds: fc.array(fc.record({ value: text, type: text }, { requiredKeys: ['value'] })),
    username: text,
    email: text,
    phones: fc.array(fc.record({ type: fc.constantFrom('Mobile', 'Voice', 'Fax'), value: text })),
    roles: fc.array(
      fc.record({ role: text, roleType: text, org: guid, beginDate: text, endDate: text, userProfile: text }),
    ),
    primaryOrg: guid,
    pronouns: text,
    grades: texts,
    agents: fc.array(guid),
    userProfiles: fc.array(
      fc.dictionary(fc.constantFrom('profileId', 'profileType', 'vendorId', 'credentials'), fc.jsonValue()),
    ),
    extension,
  },
  optional,
);
const groups = fc.record(
  {
    description: fc.record({ short: text, long: text }, optional),
    orgType: text,
    sessionType: text,
    schoolYear: text,
    identifier: text,
    courseCode: text,
    classCode: text,
    classType: text,
    location: text,
    grades: texts,
    subjects: texts,
    subjectCodes: texts,
    periods: texts,
    timeFrame,
    extension,
  },
  optional,
);
const roles = fc.array(
  fc.record(
    { type: text, status: fc.boolean(), primary: fc.boolean(), timeFrame, extension },
    { requiredKeys: ['type'] },
  ),
  { minLength: 1 },
);

async function answer(view: View, item: ViewItem): Promise<unknown> {
  const roster = makeListRoster(smallSchool(), { page: 0, served: 0, names: 0, find: 0 });
  const { objects } = await encodeItems(roster, context, { version: '1.2', view, origin, items: [item] });
  expect(objects).toHaveLength(1);
  return JSON.parse(JSON.stringify(objects[0]));
}

const documents = {
  rostering: publishedDocument(services1p2.rostering),
  gradebook: publishedDocument(services1p2.gradebook),
  resources: publishedDocument(services1p2.resources),
};

const number = fc.oneof(fc.double(), fc.integer());
const reference = fc.constantFrom('g-class', 'g-school', 'g-term', 'gone');
const objectives = fc.array(
  fc.record({
    source: text,
    learningObjectiveIds: texts,
    learningObjectiveResults: fc.array(
      fc.record(
        { learningObjectiveId: text, score: number, textScore: text },
        { requiredKeys: ['learningObjectiveId'] },
      ),
      { maxLength: 2 },
    ),
  }),
  { maxLength: 2 },
);
const flags = fc.record(
  { inProgress: fc.boolean(), incomplete: fc.boolean(), late: fc.boolean(), missing: fc.boolean() },
  optional,
);

/** Data of the classes that only OneRoster has: whatever a sender may write in the fields of all of them. */
const coursework = fc
  .tuple(
    fc.record(
      {
        title: text,
        description: text,
        weight: number,
        type: text,
        roles: texts,
        importance: text,
        vendorResourceId: text,
        vendorId: text,
        applicationId: text,
        assignDate: text,
        dueDate: text,
        school: reference,
        gradingPeriod: reference,
        academicSession: reference,
        scoreScale: reference,
        course: reference,
        parentAssessmentLineItem: reference,
        resultValueMin: number,
        resultValueMax: number,
        score: number,
        textScore: text,
        scoreStatus: text,
        scoreDate: text,
        scorePercentile: number,
        comment: text,
        learningObjectiveSet: objectives,
        extension,
      },
      optional,
    ),
    flags,
  )
  .map(([data, more]) => ({
    class: 'g-class',
    category: 'gone',
    lineItem: 'gone',
    student: 'p-ann',
    assessmentLineItem: 'gone',
    scoreScaleValue: [{ itemValueLHS: 'A', itemValueRHS: '1-2' }],
    ...data,
    ...more,
  }));
const demographics = fc.record(
  {
    gender: text,
    birthDate: text,
    asian: fc.boolean(),
    white: fc.boolean(),
    cityOfBirth: text,
    countryOfBirthCode: text,
  },
  optional,
);
const cases: [string, View, fc.Arbitrary<StoredRecord>][] = [
  [
    'UserDType',
    'user',
    fc
      .tuple(people, state, fc.uniqueArray(text))
      .map(([data, at, words]) =>
        person('p', data as Person, { state: at, derived: { roles: words, orgs: ['g-school'] } }),
      ),
  ],
  ...(
    [
      ['OrgDType', 'org', 'org'],
      ['CourseDType', 'course', 'course'],
      ['ClassDType', 'class', 'class'],
      ['AcademicSessionDType', 'academicSession', 'session'],
    ] as const
  ).map(([schema, view, kind]): [string, View, fc.Arbitrary<StoredRecord>] => [
    schema,
    view,
    fc.tuple(groups, state, guid).map(([data, at, parent]) =>
      group(
        'g',
        { ...(data as Omit<Group, 'kind'>), kind },
        {
          state: at,
          derived: { parent, school: 'g-school', course: 'gone', terms: ['gone', 'g-term'] },
        },
      ),
    ),
  ]),
  [
    'EnrollmentDType',
    'enrollment',
    fc
      .tuple(roles, state, guid)
      .map(([all, at, member]) =>
        membership('m', { group: 'g-class', member, roles: all as Membership['roles'] }, { state: at }),
      ),
  ],
  [
    'DemographicsDType',
    'demographics',
    fc.tuple(demographics, state).map(([known, at]) => person('p', { demographics: known }, { state: at })),
  ],
  ...courseworkTypes.map((type): [string, View, fc.Arbitrary<StoredRecord>] => [
    `${type[0]?.toUpperCase()}${type.slice(1)}DType`,
    type,
    fc.tuple(coursework, state).map(([data, at]) => record(type, 'x', data as never, { state: at })),
  ]),
];

test.each(cases)(
  'whatever a sender wrote, %s is closed and complete by the published schema',
  async (schema, view, records) => {
    const document = documents[partOf(nounOf[view])];
    if (document === undefined) return;
    const validate = makeValidators(document)(`#/components/schemas/${schema}`);
    await fc.assert(
      fc.asyncProperty(records, async (one) => {
        validate(await answer(view, one.type === 'membership' ? { record: one, role: 0 } : { record: one }));
        expect(validate.errors).toBeNull();
      }),
      { numRuns: 200 },
    );
  },
);

test('the published document says what is required', () => {
  if (documents.rostering === undefined) return;
  const validate = makeValidators(documents.rostering)('#/components/schemas/UserDType');
  expect(validate({ sourcedId: 'x' })).toBe(false);
});
