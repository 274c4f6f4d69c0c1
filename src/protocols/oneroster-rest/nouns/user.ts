import type { Person, StoredRecord } from '../../../model/index.ts';
import { filled, flag, isUri, metadataOf, modified, statusOf } from './base.ts';
import {
  type Encoder,
  isOf,
  type OneRosterObject,
  optionalReference,
  optionalReferences,
  type Scene,
} from './scene.ts';
import { userNames } from './user-names.ts';
import { userRole1p1AndOrgs, userRoles, wantOrgs } from './user-roles.ts';

/** The guids of a user's agents: OneRoster's agents, and parents and children of IMS relationships. */
function agentGuids(person: Person): readonly string[] {
  const related = person.relationships?.filter((one) => one.relation !== 'knownAs').map((one) => one.target) ?? [];
  return related.length === 0 ? (person.agents ?? []) : [...(person.agents ?? []), ...related];
}

/** The first number of a kind. */
function phone(person: Person, kind: string): string | undefined {
  return person.phones?.find((one) => one.type.toLowerCase() === kind && one.value !== '')?.value;
}

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

/** The user ids that have a value, each with a type: `userId` where the sender named none. */
function userIds(person: Person): { type: string; identifier: string }[] {
  const ids = person.userIds ?? [];
  return ids.filter((id) => id.value !== '').map((id) => ({ type: id.type || 'userId', identifier: id.value }));
}

/** One literal for both versions, for that is several times as fast as putting objects together. */
function encodeUser(record: StoredRecord<'person'>, scene: Scene): OneRosterObject | undefined {
  const { data } = record;
  const old = scene.version === '1.1';
  const own = old ? userRole1p1AndOrgs(record, scene) : undefined;
  const roles = old ? undefined : filled(userRoles(record, scene));
  if (own === undefined && roles === undefined) return undefined;
  const ids = userIds(data);
  const username = data.username || ids[0]?.identifier;
  const names = userNames(data, username, record.sourcedId);
  return {
    sourcedId: record.sourcedId,
    status: statusOf(record),
    dateLastModified: modified(record),
    metadata: metadataOf(record, data.extension),
    userMasterIdentifier: old ? undefined : filled(data.userMasterIdentifier),
    username: username ?? (old ? record.sourcedId : undefined),
    userIds: filled(ids),
    enabledUser: flag(record.state !== 'disabled' && record.state !== 'trashed'),
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
    sms: phone(data, 'mobile'),
    phone: phone(data, 'voice'),
    agents: filled(optionalReferences(scene, 'user', agentGuids(data))),
    grades: filled(data.grades),
  };
}

/** The user of a OneRoster answer (OneRoster 1.2, `User`; 1.1: one `role` and `orgs`). Never holds a password. */
export const userEncoder: Encoder = {
  wants: ({ record }, wanted) => {
    if (!isOf(record, 'person')) return;
    wantOrgs(record, wanted.groups);
    for (const agent of agentGuids(record.data)) wanted.persons.add(agent);
  },
  encode: ({ record }, scene) => {
    return isOf(record, 'person') ? encodeUser(record, scene) : undefined;
  },
};
