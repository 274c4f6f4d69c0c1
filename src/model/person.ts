import Type, { type Static } from 'typebox';
import { Comment, Extension, optionalFlag, optionalList, optionalText, Relationship, text, UserId } from './parts.ts';

/** Names of a person (IMS `name`, OneRoster `givenName` …). */
export const PersonName = Type.Object({
  formatted: optionalText('Full name as one text (fn, formatName)'),
  family: optionalText('Family name'),
  given: optionalText('Given name'),
  middle: optionalList(Type.String(), 'Other names, in order'),
  prefix: optionalText('Prefix'),
  suffix: optionalText('Suffix'),
  nickname: optionalText('Nickname'),
  sort: optionalText('Name to sort by'),
  type: optionalText('Name type'),
  parts: optionalList(
    Type.Object({ type: optionalText('Part type'), value: text('Value'), language: optionalText('Language') }),
    'Further name parts',
  ),
  preferredGiven: optionalText('Preferred given name'),
  preferredMiddle: optionalText('Preferred middle name'),
  preferredFamily: optionalText('Preferred family name'),
});
export type PersonName = Static<typeof PersonName>;

/** A postal address. */
export const Address = Type.Object({
  pobox: optionalText('Post-office box'),
  extended: optionalText('Extended address'),
  streets: optionalList(Type.String(), 'Street lines'),
  locality: optionalText('Town'),
  region: optionalText('Region'),
  postcode: optionalText('Postal code'),
  country: optionalText('Country'),
});
export type Address = Static<typeof Address>;

/** Demographics of IMS and OneRoster 1.1/1.2. */
export const Demographics = Type.Object({
  gender: optionalText('female, male, other or unspecified'),
  birthDate: optionalText('YYYY-MM-DD'),
  disabilities: optionalList(Type.String(), 'Disabilities'),
  americanIndianOrAlaskaNative: optionalFlag('OneRoster demographics'),
  asian: optionalFlag('OneRoster demographics'),
  blackOrAfricanAmerican: optionalFlag('OneRoster demographics'),
  nativeHawaiianOrOtherPacificIslander: optionalFlag('OneRoster demographics'),
  white: optionalFlag('OneRoster demographics'),
  demographicRaceTwoOrMoreRaces: optionalFlag('OneRoster demographics'),
  hispanicOrLatinoEthnicity: optionalFlag('OneRoster demographics'),
  countryOfBirthCode: optionalText('OneRoster demographics'),
  stateOfBirthAbbreviation: optionalText('OneRoster demographics'),
  cityOfBirth: optionalText('OneRoster demographics'),
  publicSchoolResidenceStatus: optionalText('OneRoster demographics'),
});
export type Demographics = Static<typeof Demographics>;

/** A role at the institution (IMS `institutionrole`). */
export const InstitutionRole = Type.Object({
  type: text('Student, Faculty, Staff … or the sender’s own word'),
  primary: Type.Boolean({ description: 'Whether it is the primary role' }),
});
export type InstitutionRole = Static<typeof InstitutionRole>;

/** A OneRoster role of a user in an org (OneRoster 1.2, `Role`). */
export const UserRole = Type.Object({
  sourcedId: optionalText('Id of the row of roles.csv that gave the role; tells it from others'),
  role: text('OneRoster role'),
  roleType: text('primary or secondary'),
  org: text('The org; a guid in the store'),
  beginDate: optionalText('First day'),
  endDate: optionalText('First day after'),
  userProfile: optionalText('Profile address'),
});
export type UserRole = Static<typeof UserRole>;

/** Whether two roles of a user are one: by their senders' ids where both have one, else by role and org. */
export function isSameUserRole(a: UserRole, b: UserRole): boolean {
  if (a.sourcedId !== undefined && b.sourcedId !== undefined) return a.sourcedId === b.sourcedId;
  return a.role === b.role && a.org === b.org;
}

/** A OneRoster profile of a user (OneRoster 1.2, `UserProfile`), and its `sourcedId` where it came by CSV. */
export type UserProfile = Readonly<Record<string, unknown>>;

/** Whether two profiles of a user are one. */
export function isSameUserProfile(a: UserProfile, b: UserProfile): boolean {
  return a['profileId'] === b['profileId'];
}

/**
 * What breaks the rule that a user has exactly one primary role in each org (OneRoster 1.2, `Role`), for people; empty where
 * nothing does. `userRoles` makes up for it.
 */
export function primaryFaults(roles: readonly Pick<UserRole, 'org' | 'roleType'>[]): string[] {
  const primaries = new Map<string, number>();
  for (const { org, roleType } of roles) {
    primaries.set(org, (primaries.get(org) ?? 0) + (roleType === 'primary' ? 1 : 0));
  }
  return [...primaries.values()].flatMap((count) => {
    if (count === 1) return [];
    return count === 0
      ? 'none of the roles in an org is primary; the first is shown as primary'
      : `${count} roles in one org are primary; the first is shown as primary, the others as secondary`;
  });
}

/** How often a person wants mails. */
export const mailFrequencies = ['each', 'daily', 'weekly'] as const;

/** What a person wants of mails: a file's opt-out, until the person or an administrator says more (`feeds.md` 3.9, 3.15). */
export const EmailPreferences = Type.Object({
  optOut: Type.Boolean({ description: 'Whether no mails are to be sent' }),
  frequency: optionalText(`${mailFrequencies.join(', ')}; each where it is absent`),
  revokedLinks: Type.Optional(Type.Integer({ description: 'How often the person’s links were taken back' })),
});
export type EmailPreferences = Static<typeof EmailPreferences>;

/** A person: every field that IMS-ES 1.0, IMS Enterprise 1.1 and OneRoster 1.1/1.2 users carry. */
export const Person = Type.Object({
  name: Type.Optional(PersonName),
  userIds: optionalList(UserId, 'Log-ins and identifiers; the first is the user name of IMS'),
  username: optionalText('OneRoster username'),
  userMasterIdentifier: optionalText('OneRoster userMasterIdentifier'),
  identifier: optionalText('OneRoster identifier'),
  email: optionalText('E-mail address'),
  emailPreferences: Type.Optional(EmailPreferences),
  url: optionalText('Home page'),
  phones: optionalList(
    Type.Object({ type: text('Voice, Fax, Mobile or Pager, else the sender’s word'), value: text('Number') }),
    'Telephone numbers',
  ),
  address: Type.Optional(Address),
  demographics: Type.Optional(Demographics),
  systemRole: optionalText('SysAdmin, SysSupport, Creator, AccountAdmin, User, Administrator or None'),
  institutionRoles: optionalList(InstitutionRole, 'Roles at the institution'),
  roles: optionalList(UserRole, 'Roles as OneRoster sent them'),
  primaryOrg: optionalText('OneRoster primaryOrg; a guid in the store'),
  photo: Type.Optional(Type.Object({ type: optionalText('Image type'), ref: optionalText('Address') })),
  pronouns: optionalText('OneRoster pronouns'),
  grades: optionalList(Type.String(), 'OneRoster grades'),
  relationships: optionalList(Relationship, 'Relationships to other persons'),
  agents: optionalList(Type.String(), 'OneRoster agents; guids in the store'),
  userProfiles: optionalList(Type.Record(Type.String(), Type.Unknown()), 'OneRoster userProfiles'),
  resources: optionalList(Type.String(), 'OneRoster resources'),
  dataSource: optionalText('Where the data come from'),
  comments: Type.Optional(Comment),
  extension: Type.Optional(Extension),
});
export type Person = Static<typeof Person>;
