import { userRole1p1 } from './mapping.ts';
import { calendarDay, isUri, oneRosterWords, vocabularyWord } from './oneroster.ts';
import type { Person } from './person.ts';
import type { StoredRecord } from './record.ts';

/** Given and family name, both required of a OneRoster user. */
export interface UserNames {
  readonly givenName: string;
  readonly familyName: string;
}

/** Takes a full name apart: `Family, Given`, else the last word is the family name. */
function splitFormatted(formatted: string): Partial<UserNames> {
  const text = formatted.trim().replace(/\s+/g, ' ');
  const comma = text.indexOf(',');
  const [family, given] =
    comma >= 0
      ? [text.slice(0, comma), text.slice(comma + 1)]
      : [text.slice(text.lastIndexOf(' ') + 1), text.slice(0, Math.max(text.lastIndexOf(' '), 0))];
  return {
    ...(given.trim() === '' ? {} : { givenName: given.trim() }),
    ...(family.trim() === '' ? {} : { familyName: family.trim() }),
  };
}

/**
 * The names of a user (OneRoster 1.2, `User.givenName`, `familyName`). What the sender did not give is taken from the
 * full name, else from the nickname (given name only), else from the user name, else from the `sourcedId`.
 */
export function userNames(person: Person, username: string | undefined, sourcedId: string): UserNames {
  const { given, family, formatted, nickname } = person.name ?? {};
  if (given && family) return { givenName: given, familyName: family };
  const split: Partial<UserNames> = formatted ? splitFormatted(formatted) : {};
  return {
    givenName: given || split.givenName || nickname || username || sourcedId,
    familyName: family || split.familyName || username || sourcedId,
  };
}

/** Words in the senders' names of types that mean a national identity number. */
const nationalId = /national|ssn|social.?security|person.?num|f.dsels.?num|cpr|hetu/i;

/** Whether a type of user id means a national identity number, which is hidden unless granted (`feeds.md` 2.11). */
export function isNationalId(type: string | undefined): boolean {
  return type !== undefined && nationalId.test(type);
}

/** A user id as OneRoster shows it. */
export interface ShownUserId {
  readonly type: string;
  readonly identifier: string;
}

/** The user ids that have a value, each with a type: `userId` where the sender named none. */
export function allUserIds(person: Person): ShownUserId[] {
  const ids = person.userIds ?? [];
  return ids.filter((id) => id.value !== '').map((id) => ({ type: id.type || 'userId', identifier: id.value }));
}

/** The same without national identity numbers. */
export function shownUserIds(person: Person): ShownUserId[] {
  return allUserIds(person).filter(({ type }) => !isNationalId(type));
}

/** The guids of a user's agents: OneRoster's agents, and parents and children of IMS relationships. */
export function agentGuids(person: Person): readonly string[] {
  const related = person.relationships?.filter((one) => one.relation !== 'knownAs').map((one) => one.target) ?? [];
  return related.length === 0 ? (person.agents ?? []) : [...(person.agents ?? []), ...related];
}

/** A user's first number of a kind: `voice`, `mobile`. */
export function phoneOf(person: Person, kind: string): string | undefined {
  return person.phones?.find((one) => one.type.toLowerCase() === kind && one.value !== '')?.value;
}

/** Whether a user may log in: there, and not switched off by the gateway or by the sender. */
export function isEnabled({ state, data }: StoredRecord<'person'>): boolean {
  return state !== 'disabled' && state !== 'trashed' && data.extension?.oneRoster?.['enabledUser'] !== false;
}

/** A role of a user in an org, as OneRoster 1.2 shows it; `org` is a guid. What is undefined is not written. */
export interface UserRoleShown {
  /** Its sender's id, which only CSV has. */
  readonly sourcedId?: string | undefined;
  readonly roleType: 'primary' | 'secondary';
  readonly role: string;
  readonly org: string;
  readonly userProfile?: string | undefined;
  readonly beginDate?: string | undefined;
  readonly endDate?: string | undefined;
}

/** Whether an org can be referred to. */
export type CanRefer = (guid: string) => boolean;

/** The derived orgs of a user, the home organisation first. */
function derivedOrgs({ derived }: StoredRecord<'person'>): readonly string[] {
  const orgs = derived?.orgs ?? [];
  return derived?.home === undefined ? orgs : [...new Set([derived.home, ...orgs])];
}

/** The guids of all orgs that {@link userRoles} and {@link userRole1p1AndOrgs} may ask for. */
export function orgsOfRoles(record: StoredRecord<'person'>): string[] {
  const guids = [...(record.data.roles ?? []).map(({ org }) => org), ...(record.derived?.orgs ?? [])];
  if (record.data.primaryOrg !== undefined) guids.push(record.data.primaryOrg);
  return guids;
}

/** The derived roles: every role in every org; the first is the primary one of each org. */
function derivedRoles(record: StoredRecord<'person'>): UserRoleShown[] {
  const { derived, data } = record;
  const words = derived?.roles?.length ? derived.roles : ['student'];
  const orgs = derivedOrgs(record);
  const guids = orgs.length > 0 || data.primaryOrg === undefined ? orgs : [data.primaryOrg];
  return [...new Set(guids)].flatMap((org) =>
    words.map((word, index) => ({
      roleType: index === 0 ? 'primary' : 'secondary',
      role: vocabularyWord(oneRosterWords.userRole, word),
      org,
    })),
  );
}

/** The roles as OneRoster sent them, in orgs that are there; made to have one primary role in each org. */
function sentRoles({ data }: StoredRecord<'person'>, canRefer: CanRefer): UserRoleShown[] {
  const roles: UserRoleShown[] = [];
  const primaries = new Set<string>();
  for (const sent of data.roles ?? []) {
    const { org, userProfile } = sent;
    if (!canRefer(org)) continue;
    const primary = sent.roleType === 'primary' && !primaries.has(org);
    if (primary) primaries.add(org);
    roles.push({
      sourcedId: sent.sourcedId,
      roleType: primary ? 'primary' : 'secondary',
      role: vocabularyWord(oneRosterWords.userRole, sent.role),
      org,
      userProfile: userProfile !== undefined && isUri(userProfile) ? userProfile : undefined,
      beginDate: calendarDay(sent.beginDate),
      endDate: calendarDay(sent.endDate),
    });
  }
  return roles.map((role) => {
    if (primaries.has(role.org)) return role;
    primaries.add(role.org);
    return { ...role, roleType: 'primary' };
  });
}

/**
 * The roles of a user (OneRoster 1.2, `Role`: one, and only one, primary role for each org): as OneRoster sent them,
 * else the derived roles in the derived orgs (decisions 1.8). Empty only if no org is known at all.
 */
export function userRoles(record: StoredRecord<'person'>, canRefer: CanRefer): UserRoleShown[] {
  const sent = sentRoles(record, canRefer);
  return sent.length > 0 ? sent : derivedRoles(record);
}

/** The single role of a user in 1.1, the nearest to the primary one, and the guids of the orgs; undefined when no org is known. */
export function userRole1p1AndOrgs(
  record: StoredRecord<'person'>,
  canRefer: CanRefer,
): { role: string; orgs: readonly string[] } | undefined {
  const { data, derived } = record;
  const sent = data.roles?.find((role) => role.roleType === 'primary') ?? data.roles?.[0];
  const role = userRole1p1(vocabularyWord(oneRosterWords.userRole, sent?.role ?? derived?.roles?.[0] ?? 'student'));
  const named = data.roles?.map(({ org }) => org) ?? [];
  const orgs = [...new Set(named.length > 0 ? named : derivedOrgs(record))].filter(canRefer);
  if (orgs.length > 0) return { role, orgs };
  const first = derived?.orgs?.[0] ?? data.primaryOrg;
  return first === undefined ? undefined : { role, orgs: [first] };
}
