import { oneRosterDemographics, oneRosterWords } from '../../../model/index.ts';
import type { Noun, Version } from '../operations/index.ts';
import {
  day,
  type Field,
  type Fields,
  flag,
  moment,
  number,
  objects,
  reference,
  references,
  required,
  some,
  text,
  texts,
  uri,
  vocabulary,
  words,
} from './field.ts';

const old = (version: Version) => version === '1.1';

/** The part of an object that every class has (OneRoster 1.2 information model, `Base`). */
const base: Fields = {
  sourcedId: required(text),
  status: required(words(['active', 'tobedeleted'], false)),
  dateLastModified: required(moment),
  metadata: { answer: { type: 'object' }, body: { type: 'object' }, required: false },
};

const userIds = objects({ type: required(text), identifier: required(text) });
const userRoles = objects({
  roleType: required(words(['primary', 'secondary'], false)),
  role: required(vocabulary('userRole')),
  org: required(reference('org')),
  userProfile: uri,
  beginDate: day,
  endDate: day,
});
const userProfiles = objects({
  profileId: required(uri),
  profileType: required(text),
  vendorId: required(text),
  applicationId: text,
  description: text,
  credentials: objects({ type: required(text), username: required(text) }),
});
/** Roles of users, and of those whom resources are for, in 1.1 (final revision). */
const roles1p1 = oneRosterWords.resourceRole;

function user(version: Version): Fields {
  const shared = {
    userIds,
    enabledUser: required(flag),
    givenName: required(text),
    familyName: required(text),
    middleName: text,
    identifier: text,
    email: text,
    sms: text,
    phone: text,
    agents: references('user'),
    grades: texts,
    password: text,
  };
  if (old(version)) {
    return {
      username: required(text),
      ...shared,
      role: required(words(roles1p1)),
      orgs: required(some(references('org'))),
    };
  }
  return {
    userMasterIdentifier: text,
    username: text,
    ...shared,
    preferredFirstName: text,
    preferredMiddleName: text,
    preferredLastName: text,
    pronouns: text,
    roles: required(some(userRoles)),
    userProfiles,
    primaryOrg: reference('org'),
    resources: references('resource'),
  };
}

const listed = { grades: texts, subjects: texts, subjectCodes: texts, resources: references('resource') };
const source: Field = {
  answer: {
    anyOf: [
      { type: 'string', enum: ['case', 'unknown'] },
      { type: 'string', pattern: '^/[a-z0-9]+$' },
    ],
  },
  body: { type: 'string' },
  required: true,
};
const objectives = objects({ source, learningObjectiveIds: required(some(texts)) });
const objectiveScores = objects({
  source,
  learningObjectiveResults: required(
    some(objects({ learningObjectiveId: required(text), score: number, textScore: text })),
  ),
});
const scored = {
  scoreScale: reference('scoreScale'),
  textScore: text,
  learningObjectiveSet: objectiveScores,
  inProgress: flag,
  incomplete: flag,
  late: flag,
  missing: flag,
};

/** The fields of each class besides those of {@link base} (OneRoster 1.2 information model; 1.1, section 4). */
const tables: Readonly<Record<Noun, (version: Version) => Fields>> = {
  user,
  org: () => ({
    name: required(text),
    type: required(vocabulary('orgType')),
    identifier: required(text),
    parent: reference('org'),
    children: references('org'),
  }),
  course: () => ({
    title: required(text),
    schoolYear: reference('academicSession'),
    courseCode: required(text),
    org: reference('org'),
    ...listed,
  }),
  class: () => ({
    title: required(text),
    classCode: text,
    classType: vocabulary('classType'),
    location: text,
    course: required(reference('course')),
    school: required(reference('org')),
    terms: required(some(references('academicSession'))),
    periods: texts,
    ...listed,
  }),
  academicSession: () => ({
    title: required(text),
    startDate: required(day),
    endDate: required(day),
    type: required(vocabulary('sessionType')),
    parent: reference('academicSession'),
    children: references('academicSession'),
    schoolYear: required(text),
  }),
  enrollment: () => ({
    user: required(reference('user')),
    class: required(reference('class')),
    school: required(reference('org')),
    role: required(vocabulary('enrollmentRole')),
    primary: flag,
    beginDate: day,
    endDate: day,
  }),
  demographics: (version) => ({
    birthDate: day,
    sex: old(version) ? words(['male', 'female']) : vocabulary('sex'),
    ...Object.fromEntries(oneRosterDemographics.flags.map((name) => [name, flag])),
    ...Object.fromEntries(oneRosterDemographics.texts.map((name) => [name, text])),
  }),
  resource: (version) => {
    const one = old(version) ? words(roles1p1) : vocabulary('resourceRole');
    return {
      title: text,
      roles: {
        answer: { type: 'array', items: one.answer },
        body: { type: 'array', items: one.body },
        required: false,
      },
      importance: words(['primary', 'secondary'], false),
      vendorResourceId: required(text),
      vendorId: text,
      applicationId: text,
    };
  },
  category: (version) => ({ title: required(text), ...(old(version) ? {} : { weight: number }) }),
  lineItem: (version) => {
    const least = old(version) ? required : (one: Field) => one;
    return {
      title: required(text),
      description: text,
      assignDate: required(moment),
      dueDate: required(moment),
      class: required(reference('class')),
      category: required(reference('category')),
      gradingPeriod: least(reference('academicSession')),
      resultValueMin: least(number),
      resultValueMax: least(number),
      ...(old(version)
        ? {}
        : {
            school: required(reference('org')),
            academicSession: reference('academicSession'),
            scoreScale: reference('scoreScale'),
            learningObjectiveSet: objectives,
          }),
    };
  },
  result: (version) => ({
    lineItem: required(reference('lineItem')),
    student: required(reference('user')),
    scoreStatus: required(vocabulary('scoreStatus')),
    score: old(version) ? required(number) : number,
    scoreDate: required(day),
    comment: text,
    ...(old(version) ? {} : { class: reference('class'), ...scored }),
  }),
  scoreScale: () => ({
    title: required(text),
    type: required(text),
    course: reference('course'),
    class: required(reference('class')),
    scoreScaleValue: required(some(objects({ itemValueLHS: required(text), itemValueRHS: required(text) }))),
  }),
  assessmentLineItem: () => ({
    title: required(text),
    description: text,
    class: reference('class'),
    parentAssessmentLineItem: reference('assessmentLineItem'),
    scoreScale: reference('scoreScale'),
    resultValueMin: number,
    resultValueMax: number,
    learningObjectiveSet: objectives,
  }),
  assessmentResult: () => ({
    assessmentLineItem: required(reference('assessmentLineItem')),
    student: required(reference('user')),
    scoreDate: required(day),
    score: number,
    scorePercentile: number,
    scoreStatus: required(vocabulary('scoreStatus')),
    comment: text,
    ...scored,
  }),
};

/** The fields of a class in a version. */
export function fieldsOf(version: Version, noun: Noun): Fields {
  return { ...base, ...tables[noun](version) };
}
