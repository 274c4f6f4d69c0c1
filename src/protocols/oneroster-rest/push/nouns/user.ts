import { isNationalId, type Person } from '../../../../model/index.ts';
import type { Data } from '../../body/fields.ts';
import { dataOf, type Merging, metadataOf, type PushNoun, picked, resourcesOf, type Sent } from './noun.ts';
import { readProfiles, userProfilesOf } from './user-profiles.ts';
import { readRole1p1, readRoles, userRoles1p1Of, userRolesOf } from './user-roles.ts';

/** What both versions have under the names by which it is kept. */
const names = {
  username: 'username',
  identifier: 'identifier',
  email: 'email',
  grades: 'grades',
  userMasterIdentifier: 'userMasterIdentifier',
  pronouns: 'pronouns',
};
const nameParts = {
  given: 'givenName',
  family: 'familyName',
  preferredGiven: 'preferredFirstName',
  preferredMiddle: 'preferredMiddleName',
  preferredFamily: 'preferredLastName',
};

/** A user (OneRoster 1.2, `User`; 1.1: one `role` and `orgs`). A 1.1 body leaves alone what only 1.2 has. */
export const pushUser: PushNoun = {
  read(reading) {
    const { fields, version, reference, references } = reading;
    const shared = {
      username: fields.text('username'),
      userIds:
        fields.objects('userIds')?.map((item) => {
          const id = { type: item.text('type'), identifier: item.need('identifier') };
          item.finish();
          return id;
        }) ?? null,
      enabledUser: fields.flag('enabledUser'),
      givenName: fields.text('givenName'),
      familyName: fields.text('familyName'),
      middleName: fields.text('middleName'),
      identifier: fields.text('identifier'),
      email: fields.text('email'),
      sms: fields.text('sms'),
      phone: fields.text('phone'),
      agents: references('agents', 'user'),
      grades: fields.texts('grades'),
      password: fields.text('password'),
      metadata: fields.metadata(),
    };
    if (version === '1.1') return { ...shared, ...readRole1p1(reading) };
    return {
      ...shared,
      userMasterIdentifier: fields.text('userMasterIdentifier'),
      preferredFirstName: fields.text('preferredFirstName'),
      preferredMiddleName: fields.text('preferredMiddleName'),
      preferredLastName: fields.text('preferredLastName'),
      pronouns: fields.text('pronouns'),
      roles: readRoles(reading),
      userProfiles: readProfiles(reading),
      primaryOrg: reference('primaryOrg', 'org'),
      resources: references('resources', 'resource'),
    };
  },
  data(merging) {
    const { sent, version, changed } = merging;
    const stored = dataOf(merging, 'person');
    return {
      ...nameOf(merging),
      ...picked(merging, only(sent, names)),
      ...(changed('userIds') && { userIds: userIdsOf(sent, stored) }),
      ...(changed('sms', 'phone') && { phones: phonesOf(merging, stored) }),
      ...(changed('agents') && { agents: agentsOf(merging, stored) }),
      ...(version === '1.1' ? userRoles1p1Of(merging) : userRolesOf(merging)),
      ...(version === '1.2' && {
        ...userProfilesOf(merging),
        ...(changed('primaryOrg') && { primaryOrg: primaryOrgOf(merging) }),
        ...resourcesOf(merging),
      }),
      ...extensionOf(merging, stored),
    };
  },
};

/** The names of the fields that a version's bodies have. */
function only(sent: Sent, all: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([, name]) => Object.hasOwn(sent, name)));
}

function nameOf(merging: Merging): Data {
  const { sent, changed } = merging;
  const name = {
    ...picked(merging, only(sent, nameParts)),
    ...(changed('middleName') && { middle: sent['middleName'] === null ? null : [sent['middleName']] }),
  };
  return Object.keys(name).length === 0 ? {} : { name };
}

const isHidden = ({ type }: { readonly type?: string | undefined }) => isNationalId(type);

/** The user ids as sent; one that reads showed keeps what only IMS says of it. */
function userIdsOf(sent: Sent, stored: Person | undefined): Data[] | null {
  const ids = sent['userIds'] as { type: string | null; identifier: string }[] | null;
  // National identity numbers are hidden from most: who names none does not mean to take them away.
  const hidden = ids?.some(({ type }) => isNationalId(type ?? '')) ? [] : stored?.userIds?.filter(isHidden);
  const named = (ids ?? []).map(({ type, identifier }) => {
    const same = stored?.userIds?.find((id) => id.value === identifier && (id.type || 'userId') === (type ?? 'userId'));
    return { ...(same ?? (type !== null && { type })), value: identifier };
  });
  const all = [...named, ...(hidden ?? [])];
  return all.length === 0 ? null : all;
}

/** Telephone numbers: the first of each kind is OneRoster's and all others stay; all of a kind go with it. */
function phonesOf({ sent }: Merging, stored: Person | undefined): Data[] | null {
  let phones: Data[] = [...(stored?.phones ?? [])];
  for (const [type, name] of [
    ['Voice', 'phone'],
    ['Mobile', 'sms'],
  ] as const) {
    const value = sent[name] as string | null;
    const isOfKind = (one: Data) => String(one['type']).toLowerCase() === type.toLowerCase();
    const at = phones.findIndex((one) => isOfKind(one) && one['value'] !== '');
    if (value === null) phones = phones.filter((one) => !isOfKind(one));
    else if (at < 0) phones.push({ type, value });
    else phones = phones.with(at, { ...phones[at], value });
  }
  return phones.length === 0 ? null : phones;
}

/** Agents without those whom relationships of IMS name already: these are shown all the same. */
function agentsOf({ sent, guidOf }: Merging, stored: Person | undefined): string[] | null {
  const related = stored?.relationships?.map(({ target }) => target) ?? [];
  const agents = (sent['agents'] as string[] | null)?.map(guidOf).filter((guid) => !related.includes(guid));
  return agents === undefined || agents.length === 0 ? null : agents;
}

function primaryOrgOf({ sent, guidOf }: Merging): string | null {
  const key = sent['primaryOrg'] as string | null;
  return key === null ? null : guidOf(key);
}

/** What only OneRoster knows. A password that is not sent stays. */
function extensionOf(merging: Merging, stored: Person | undefined): Data {
  const { sent, changed } = merging;
  const metadata = metadataOf(merging, stored?.extension) as { extension?: { oneRoster: Data } };
  const oneRoster = {
    ...metadata.extension?.oneRoster,
    ...(changed('enabledUser') && { enabledUser: sent['enabledUser'] === false ? false : null }),
    ...(sent['password'] !== null && { password: sent['password'] }),
  };
  return Object.keys(oneRoster).length === 0 ? {} : { extension: { oneRoster } };
}
