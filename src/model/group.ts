import Type, { type Static } from 'typebox';
import { Comment, Extension, optionalFlag, optionalList, optionalText, Relationship, TimeFrame } from './parts.ts';

/** What a group is; decides its OneRoster view (decisions 1.2). */
export const groupKinds = ['org', 'course', 'class', 'session', 'other'] as const;
/** One of {@link groupKinds}. */
export type GroupKind = (typeof groupKinds)[number];

/** Type and level of a group within a scheme (IMS `grouptype`). */
export const GroupType = Type.Object({
  scheme: optionalText('Vocabulary'),
  values: Type.Array(Type.Object({ type: optionalText('Type'), level: optionalText('Level') })),
});
export type GroupType = Static<typeof GroupType>;

/** A group of any kind: every field that IMS-ES 1.0, IMS Enterprise 1.1 and OneRoster orgs, courses, classes and academicSessions carry. */
export const Group = Type.Object({
  kind: Type.Union(
    groupKinds.map((kind) => Type.Literal(kind)),
    { description: 'org, course, class, session or other' },
  ),
  types: optionalList(GroupType, 'Types as the sender classifies the group'),
  description: Type.Optional(
    Type.Object({
      short: optionalText('Short title; the OneRoster title or name'),
      long: optionalText('Long title'),
      full: optionalText('Full description'),
    }),
  ),
  org: Type.Optional(
    Type.Object({
      name: optionalText('Name of the organisation'),
      units: optionalList(Type.String(), 'Units'),
      type: optionalText('Type'),
      id: optionalText('Id'),
    }),
  ),
  timeFrame: Type.Optional(TimeFrame),
  enrollControl: Type.Optional(
    Type.Object({ accept: optionalFlag('Accepts enrolments'), allowed: optionalFlag('Target may enrol') }),
  ),
  email: optionalText('E-mail address'),
  url: optionalText('Home page'),
  relationships: optionalList(Relationship, 'Relationships to other groups; the first parent is the parent'),
  orgType: optionalText('OneRoster org type'),
  sessionType: optionalText('OneRoster academicSession type'),
  schoolYear: optionalText('OneRoster schoolYear: YYYY of its end'),
  identifier: optionalText('OneRoster org identifier'),
  courseCode: optionalText('OneRoster courseCode'),
  classCode: optionalText('OneRoster classCode'),
  classType: optionalText('OneRoster classType'),
  location: optionalText('OneRoster location'),
  grades: optionalList(Type.String(), 'OneRoster grades'),
  subjects: optionalList(Type.String(), 'OneRoster subjects'),
  subjectCodes: optionalList(Type.String(), 'OneRoster subjectCodes'),
  periods: optionalList(Type.String(), 'OneRoster periods'),
  resources: optionalList(Type.String(), 'OneRoster resources'),
  dataSource: optionalText('Where the data come from'),
  comments: Type.Optional(Comment),
  extension: Type.Optional(Extension),
});
/** See {@link Group}; `kind` narrowed. */
export type Group = Omit<Static<typeof Group>, 'kind'> & { kind: GroupKind };

/** The title of a group: short, else long, else the organisation's name, else nothing. */
export function groupTitle(group: Group): string | undefined {
  return group.description?.short ?? group.description?.long ?? group.org?.name;
}

/** Label of the parent that is a course's or class's org by the sender's word (OneRoster `org`, `school`), whatever its type. */
export const orgLabel = 'oneRoster org';

/** The parents that a group names, in order. */
export function relationParents(group: Group): string[] {
  return (group.relationships ?? []).filter(({ relation }) => relation === 'parent').map(({ target }) => target);
}
