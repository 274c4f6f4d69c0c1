import { sha256 } from '../../../base/ids.ts';
import {
  agentGuids,
  allUserIds,
  calendarDay,
  isEnabled,
  isLegalSourcedId,
  oneRosterDemographics,
  oneRosterWords,
  orgsOfRoles,
  phoneOf,
  type StoredRecord,
  shownUserIds,
  userNames,
  userRole1p1AndOrgs,
  userRoles,
  vocabularyWord,
} from '../../../model/index.ts';
import { profileSourcedId } from '../nouns/user-profile.ts';
import { flagCell, listCell, metadataCells, stateCells, type Values, type Writing } from './cells.ts';

type Person = StoredRecord<'person'>;

/** The guids of the groups and persons that a user's rows refer to. */
export function referredByUser(record: Person): { groups: string[]; persons: readonly string[] } {
  const home = record.derived?.home;
  return {
    groups: [...orgsOfRoles(record), ...(home === undefined ? [] : [home])],
    persons: agentGuids(record.data),
  };
}

const canReferIn =
  ({ references }: Writing) =>
  (guid: string) =>
    references.canRefer('group', guid);

/** `{type:id},{type:id}`; ids that cannot be written so are left out. */
function userIdsCell({ data }: Person): string | undefined {
  const ids = allUserIds(data).filter(
    ({ type, identifier }) => !/[{}:,]/.test(type) && !/[{},]/.test(identifier.trim()) && identifier.trim() !== '',
  );
  return ids.length === 0 ? undefined : ids.map(({ type, identifier }) => `{${type}:${identifier}}`).join(',');
}

/** A user's name to log in with, which CSV requires: the `sourcedId` where the sender gave none. */
function usernameOf({ data, sourcedId }: Person): string {
  return data.username || shownUserIds(data)[0]?.identifier || sourcedId;
}

/** A row of `users.csv` (OneRoster CSV 1.1 and 1.2.1, users). */
export function userRow(writing: Writing, record: Person): Values {
  const { references, version, passwords } = writing;
  const { data } = record;
  const username = usernameOf(record);
  const names = userNames(data, data.username || shownUserIds(data)[0]?.identifier, record.sourcedId);
  const password = data.extension?.oneRoster?.['password'];
  const agents = agentGuids(data).map((guid) => references.refer('person', guid));
  const cells: Record<string, string | undefined> = {
    sourcedId: record.sourcedId,
    ...stateCells(writing, record),
    ...metadataCells(data.extension),
    enabledUser: flagCell(isEnabled(record)),
    username,
    userIds: userIdsCell(record),
    givenName: names.givenName,
    familyName: names.familyName,
    middleName: data.name?.middle?.join(' '),
    identifier: data.identifier,
    email: data.email,
    sms: phoneOf(data, 'mobile'),
    phone: phoneOf(data, 'voice'),
    agentSourcedIds: listCell([...new Set(agents.filter((id) => id !== undefined))]),
    grades: listCell(data.grades),
    password: passwords && typeof password === 'string' ? password : undefined,
  };
  if (version === '1.1') {
    const own = userRole1p1AndOrgs(record, canReferIn(writing));
    cells['role'] = own?.role ?? 'student';
    cells['orgSourcedIds'] = listCell(own?.orgs.map((org) => references.must('group', org)));
    return cells;
  }
  cells['userMasterIdentifier'] = data.userMasterIdentifier;
  cells['preferredGivenName'] = data.name?.preferredGiven;
  cells['preferredMiddleName'] = data.name?.preferredMiddle;
  cells['preferredFamilyName'] = data.name?.preferredFamily;
  cells['primaryOrgSourcedId'] = references.refer('group', data.primaryOrg ?? record.derived?.home);
  cells['pronouns'] = data.pronouns;
  return cells;
}

/** A legal id that follows from texts, the same in each export and in each system. */
const idFrom = (...texts: readonly string[]) => sha256(texts.join('\n')).slice(0, 32);

/** The rows of a user in `roles.csv` (OneRoster CSV 1.2, roles); ids that no sender gave follow from user, org and role. */
export function roleRows(writing: Writing, record: Person): Values[] {
  const { references } = writing;
  const canRefer = canReferIn(writing);
  const profiles = new Map(profilesOf(record).map(({ profileId, sourcedId }) => [profileId, sourcedId]));
  const used = new Map<string, number>();
  return userRoles(record, canRefer)
    .filter(({ org }) => canRefer(org))
    .map(({ sourcedId, roleType, role, org, beginDate, endDate, userProfile }) => {
      const orgSourcedId = references.must('group', org);
      const times = (used.get(`${org} ${role}`) ?? 0) + 1;
      used.set(`${org} ${role}`, times);
      return {
        sourcedId: legal(sourcedId) ?? idFrom('role', record.sourcedId, orgSourcedId, role, String(times)),
        ...stateCells(writing, record),
        userSourcedId: record.sourcedId,
        roleType,
        role,
        beginDate,
        endDate,
        orgSourcedId,
        userProfileSourcedId: userProfile === undefined ? undefined : profiles.get(userProfile),
      };
    });
}

/** An id of a sender that CSV can write. */
const legal = (id: unknown) => (typeof id === 'string' && isLegalSourcedId(id) ? id : undefined);

interface Profile {
  readonly sourcedId: string;
  readonly profileId: string;
  readonly fields: Values;
  readonly credentials: readonly { type: string; username: string; password?: string }[];
}

function profilesOf({ data, sourcedId }: Person): Profile[] {
  return (data.userProfiles ?? []).flatMap((profile) => {
    const { sourcedId: own, profileId, profileType, vendorId, applicationId, description, credentials } = profile;
    if (typeof profileId !== 'string' || typeof profileType !== 'string' || typeof vendorId !== 'string') return [];
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    return {
      profileId,
      sourcedId: legal(own) ?? profileSourcedId(profileId) ?? idFrom('profile', sourcedId, profileId),
      fields: { profileType, vendorId, applicationId: text(applicationId), description: text(description) },
      credentials: Array.isArray(credentials) ? (credentials as Profile['credentials']) : [],
    };
  });
}

/**
 * The rows of a user in `userProfiles.csv` (OneRoster CSV 1.2, userProfiles), one for each credential. One without any
 * is written with the user's name, for the file requires one.
 */
export function userProfileRows(writing: Writing, record: Person): Values[] {
  return profilesOf(record).flatMap(({ sourcedId, profileId, fields, credentials }) => {
    const shown = credentials.length > 0 ? credentials : [{ type: 'unspecified', username: usernameOf(record) }];
    return shown.map((credential, index) => ({
      sourcedId: index === 0 ? sourcedId : idFrom('profile', record.sourcedId, profileId, String(index)),
      ...stateCells(writing, record),
      userSourcedId: record.sourcedId,
      ...fields,
      credentialType: String(credential.type),
      username: String(credential.username),
      password: writing.passwords ? credential.password : undefined,
    }));
  });
}

/** The row of a user in `demographics.csv` (OneRoster CSV 1.2, demographics), where anything is known. */
export function demographicsRows(writing: Writing, record: Person): Values[] {
  const known = record.data.demographics;
  if (known === undefined) return [];
  const cells: Record<string, string | undefined> = { birthDate: calendarDay(known.birthDate) };
  const { gender } = known;
  if (writing.version !== '1.1') {
    cells['sex'] = gender && vocabularyWord(oneRosterWords.sex, gender);
  } else if (gender === 'female' || gender === 'male') cells['sex'] = gender;
  for (const name of oneRosterDemographics.flags) cells[name] = flagCell(known[name]);
  for (const name of oneRosterDemographics.texts) cells[name] = known[name];
  if (!Object.values(cells).some((cell) => cell !== undefined && cell !== '')) return [];
  return [{ sourcedId: record.sourcedId, ...stateCells(writing, record), ...cells }];
}
