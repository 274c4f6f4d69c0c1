import { userRole1p1 } from '../mapping.ts';
import { calendarDay, oneRosterDemographics, oneRosterWords, vocabularyWord } from '../oneroster.ts';
import { phoneOf, shownUserIds, userNames } from '../oneroster-user.ts';
import type { Person } from '../person.ts';
import type { StoredRecord } from '../record.ts';

/** The roles that OneRoster sent; other users' roles are the derived ones. */
function sentRoles({ roles }: Person): { roles?: object; role1p1?: string } {
  const [first] = roles ?? [];
  if (roles === undefined || first === undefined) return {};
  const words = roles.map(({ role }) => vocabularyWord(oneRosterWords.userRole, role));
  const main = roles.find(({ roleType }) => roleType === 'primary') ?? first;
  return {
    roles: { role: words },
    role1p1: userRole1p1(vocabularyWord(oneRosterWords.userRole, main.role)),
  };
}

function demographics({ demographics: known }: Person): object {
  if (known === undefined) return {};
  const { birthDate, gender, ...rest } = known;
  const sex = gender ? vocabularyWord(oneRosterWords.sex, gender) : undefined;
  const sex1p1 = sex === 'male' || sex === 'female' ? sex : undefined;
  const shown = Object.fromEntries(
    [...oneRosterDemographics.flags, ...oneRosterDemographics.texts].map((name) => [name, rest[name]]),
  );
  return { birthDate: calendarDay(birthDate), sex, sex1p1, ...shown };
}

/** What users and demographics show of a person. */
export function shownPerson({ data, sourcedId }: StoredRecord<'person'>): object {
  const ids = shownUserIds(data);
  const username = data.username || ids[0]?.identifier;
  return {
    username,
    username1p1: username ? undefined : sourcedId,
    ...userNames(data, username, sourcedId),
    middleName: data.name?.middle?.join(' '),
    preferredFirstName: data.name?.preferredGiven,
    preferredMiddleName: data.name?.preferredMiddle,
    preferredLastName: data.name?.preferredFamily,
    pronouns: data.pronouns,
    userMasterIdentifier: data.userMasterIdentifier,
    identifier: data.identifier,
    email: data.email,
    sms: phoneOf(data, 'mobile'),
    phone: phoneOf(data, 'voice'),
    grades: data.grades,
    userIds: { type: ids.map(({ type }) => type), identifier: ids.map(({ identifier }) => identifier) },
    ...sentRoles(data),
    ...demographics(data),
  };
}
