import Type, { type Static } from 'typebox';
import {
  Comment,
  Extension,
  optionalFlag,
  optionalList,
  optionalText,
  RoleResult,
  TimeFrame,
  text,
  UserId,
} from './parts.ts';

/**
 * A role of a membership. `type` is the IMS name (Learner, Instructor, ContentDeveloper, Member, Manager, Mentor,
 * Administrator, TeachingAssistant), else the sender's own word; codecs translate 01–08.
 */
export const Role = Type.Object({
  type: text('Role type'),
  sourcedId: optionalText('Id of the OneRoster enrollment that gave the role; tells it from others of its type'),
  subRole: optionalText('Sub-role'),
  status: optionalFlag('false: inactive'),
  primary: optionalFlag('OneRoster: the primary teacher'),
  homeOrganisation: optionalFlag('The group is the member’s home organisation (itslearning)'),
  comments: Type.Optional(Comment),
  userId: Type.Optional(UserId),
  timeFrame: Type.Optional(TimeFrame),
  dateTime: optionalText('When the sender last changed it, as written'),
  email: optionalText('E-mail address in this role'),
  interimResults: optionalList(RoleResult, 'Interim results'),
  finalResults: optionalList(RoleResult, 'Final results'),
  dataSource: optionalText('Where the data come from'),
  extension: Type.Optional(Extension),
});
export type Role = Static<typeof Role>;

/** The words by which a role is meant: its type, and the id that its sender gave it. */
export function roleNames({ type, sourcedId }: Role): string[] {
  return sourcedId === undefined ? [type] : [type, sourcedId];
}

/** Whether two roles are one: by their senders' ids where both have one, else by type. */
export function isSameRole(a: Role, b: Role): boolean {
  return a.sourcedId !== undefined && b.sourcedId !== undefined ? a.sourcedId === b.sourcedId : a.type === b.type;
}

/** A membership: one member of one group, in one or more roles (decisions 1.6). */
export const Membership = Type.Object({
  group: text('The group; a guid in the store'),
  member: text('The person or group; a guid in the store'),
  memberType: Type.Union([Type.Literal('person'), Type.Literal('group')], { description: 'person or group' }),
  roles: Type.Array(Role, { description: 'Roles, the first is the main one' }),
  memberSource: optionalText('Source of the member’s id as sent'),
  comments: Type.Optional(Comment),
  extension: Type.Optional(Extension),
});
export type Membership = Static<typeof Membership>;
