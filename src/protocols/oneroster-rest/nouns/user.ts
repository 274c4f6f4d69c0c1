import {
  agentGuids,
  allUserIds,
  isEnabled,
  isUri,
  type Person,
  phoneOf,
  type StoredRecord,
  shownStatus,
  shownUserIds,
  userNames,
} from '../../../model/index.ts';
import { filled, flag, metadataOf, modified } from './base.ts';
import { resourceReferences, wantResources } from './resource-references.ts';
import {
  type Encoder,
  isOf,
  type OneRosterObject,
  optionalReference,
  optionalReferences,
  type Scene,
} from './scene.ts';
import { referredRole1p1AndOrgs, referredRoles, wantOrgs } from './user-roles.ts';

/** The user profiles that have what OneRoster 1.2 requires of one (`UserProfile`); credentials without passwords. */
function profiles(person: Person): OneRosterObject[] {
  const shown: OneRosterObject[] = [];
  for (const profile of person.userProfiles ?? []) {
    const { profileId, profileType, vendorId, applicationId, description, credentials } = profile;
    if (typeof profileId !== 'string' || !isUri(profileId)) continue;
    if (typeof profileType !== 'string' || typeof vendorId !== 'string') continue;
    shown.push({
      profileId,
      profileType,
      vendorId,
      applicationId: typeof applicationId === 'string' ? applicationId : undefined,
      description: typeof description === 'string' ? description : undefined,
      credentials: Array.isArray(credentials) ? filled(credentials.flatMap(credential)) : undefined,
    });
  }
  return shown;
}

function credential(sent: unknown): OneRosterObject[] {
  if (typeof sent !== 'object' || sent === null || !('type' in sent) || !('username' in sent)) return [];
  const { type, username } = sent;
  return typeof type === 'string' && typeof username === 'string' ? [{ type, username }] : [];
}

/** Metadata as they were sent; a person who has said something of mails shows there whether none are to be sent. */
function userMetadata(record: StoredRecord<'person'>): object | undefined {
  const { emailPreferences, extension } = record.data;
  const sent = metadataOf(record, extension);
  return emailPreferences === undefined ? sent : { ...sent, emailOptOut: flag(emailPreferences.optOut) };
}

/** One literal for both versions, for that is several times as fast as putting objects together. */
function encodeUser(record: StoredRecord<'person'>, scene: Scene): OneRosterObject | undefined {
  const { data } = record;
  const old = scene.version === '1.1';
  const own = old ? referredRole1p1AndOrgs(record, scene) : undefined;
  const roles = old ? undefined : filled(referredRoles(record, scene));
  if (own === undefined && roles === undefined) return undefined;
  const ids = shownUserIds(data);
  const username = data.username || ids[0]?.identifier;
  const userIds = scene.nationalIds ? allUserIds(data) : ids;
  const names = userNames(data, username, record.sourcedId);
  return {
    sourcedId: record.sourcedId,
    status: shownStatus(record),
    dateLastModified: modified(record),
    metadata: userMetadata(record),
    userMasterIdentifier: old ? undefined : filled(data.userMasterIdentifier),
    username: username ?? (old ? record.sourcedId : undefined),
    userIds: filled(userIds),
    enabledUser: flag(isEnabled(record)),
    givenName: names.givenName,
    familyName: names.familyName,
    middleName: filled(data.name?.middle?.join(' ')),
    preferredFirstName: old ? undefined : filled(data.name?.preferredGiven),
    preferredMiddleName: old ? undefined : filled(data.name?.preferredMiddle),
    preferredLastName: old ? undefined : filled(data.name?.preferredFamily),
    pronouns: old ? undefined : filled(data.pronouns),
    role: own?.role,
    orgs: own?.orgs,
    roles,
    userProfiles: old || data.userProfiles === undefined ? undefined : filled(profiles(data)),
    primaryOrg: old ? undefined : optionalReference(scene, 'org', data.primaryOrg ?? record.derived?.home),
    identifier: filled(data.identifier),
    email: filled(data.email),
    sms: phoneOf(data, 'mobile'),
    phone: phoneOf(data, 'voice'),
    agents: filled(optionalReferences(scene, 'user', agentGuids(data))),
    grades: filled(data.grades),
    resources: old ? undefined : resourceReferences(scene, data.resources),
  };
}

/** The user of a OneRoster answer (OneRoster 1.2, `User`; 1.1: one `role` and `orgs`). Never holds a password. */
export const userEncoder: Encoder = {
  wants: ({ record }, wanted) => {
    if (!isOf(record, 'person')) return;
    wantOrgs(record, wanted.group);
    for (const agent of agentGuids(record.data)) wanted.person.add(agent);
    wantResources(record, wanted);
  },
  encode: ({ record }, scene) => {
    return isOf(record, 'person') ? encodeUser(record, scene) : undefined;
  },
};
