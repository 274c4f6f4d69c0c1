import { type StoredRecord, userRole1p1 } from '../../../model/index.ts';
import { day, isUri, vocabularyWord } from './base.ts';
import { optionalReference, optionalReferences, type Reference, requiredReference, type Scene } from './scene.ts';

const userRoleWords = [
  'aide',
  'counselor',
  'districtAdministrator',
  'guardian',
  'parent',
  'principal',
  'proctor',
  'relative',
  'siteAdministrator',
  'student',
  'systemAdministrator',
  'teacher',
];

/** A role of a user as it is written; what is undefined is not written. */
export interface ShownRole {
  readonly roleType: 'primary' | 'secondary';
  readonly role: string;
  readonly org: Reference;
  readonly userProfile?: string | undefined;
  readonly beginDate?: string | undefined;
  readonly endDate?: string | undefined;
}

/** The derived orgs of a user, the home organisation first. */
function derivedOrgs({ derived }: StoredRecord<'person'>): readonly string[] {
  const orgs = derived?.orgs ?? [];
  return derived?.home === undefined ? orgs : [...new Set([derived.home, ...orgs])];
}

/** The org guids that a user's roles speak of: those of the sender's roles, else the derived ones. */
function orgGuids(record: StoredRecord<'person'>): readonly string[] {
  const sent = record.data.roles?.map((role) => role.org) ?? [];
  return sent.length > 0 ? sent : derivedOrgs(record);
}

/** Names the orgs whose references a user's roles need. */
export function wantOrgs(record: StoredRecord<'person'>, groups: Set<string>): void {
  for (const role of record.data.roles ?? []) groups.add(role.org);
  for (const org of record.derived?.orgs ?? []) groups.add(org);
  if (record.data.primaryOrg !== undefined) groups.add(record.data.primaryOrg);
}

/** The derived roles: every role in every org; the first is the primary one of each org. */
function derivedRoles(record: StoredRecord<'person'>, scene: Scene): ShownRole[] {
  const { derived, data } = record;
  const words = derived?.roles?.length ? derived.roles : ['student'];
  const orgs = derivedOrgs(record);
  const guids = orgs.length > 0 || data.primaryOrg === undefined ? orgs : [data.primaryOrg];
  return [...new Set(guids)].flatMap((guid) =>
    words.map((word, index) => ({
      roleType: index === 0 ? 'primary' : 'secondary',
      role: vocabularyWord(userRoleWords, word),
      org: requiredReference(scene, 'org', guid),
    })),
  );
}

/** The roles as OneRoster sent them, in orgs that are there; made to have one primary role in each org. */
function sentRoles({ data }: StoredRecord<'person'>, scene: Scene): ShownRole[] {
  const roles: ShownRole[] = [];
  const primaries = new Set<Reference>();
  for (const sent of data.roles ?? []) {
    const org = optionalReference(scene, 'org', sent.org);
    if (org === undefined) continue;
    const primary = sent.roleType === 'primary' && !primaries.has(org);
    if (primary) primaries.add(org);
    roles.push({
      roleType: primary ? 'primary' : 'secondary',
      role: vocabularyWord(userRoleWords, sent.role),
      org,
      userProfile: sent.userProfile !== undefined && isUri(sent.userProfile) ? sent.userProfile : undefined,
      beginDate: day(sent.beginDate),
      endDate: day(sent.endDate),
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
export function userRoles(record: StoredRecord<'person'>, scene: Scene): ShownRole[] {
  const sent = sentRoles(record, scene);
  return sent.length > 0 ? sent : derivedRoles(record, scene);
}

/** The single role of a user in 1.1 and the orgs; undefined when no org is known. `ext:` roles become `student`. */
export function userRole1p1AndOrgs(
  record: StoredRecord<'person'>,
  scene: Scene,
): { role: string; orgs: readonly Reference[] } | undefined {
  const { data, derived } = record;
  const sent = data.roles?.find((role) => role.roleType === 'primary') ?? data.roles?.[0];
  const word = vocabularyWord(userRoleWords, sent?.role ?? derived?.roles?.[0] ?? 'student');
  const role = word.startsWith('ext:') ? 'student' : userRole1p1(word);
  const orgs = optionalReferences(scene, 'org', orgGuids(record));
  if (orgs.length > 0) return { role, orgs };
  const first = derived?.orgs?.[0] ?? data.primaryOrg;
  return first === undefined ? undefined : { role, orgs: [requiredReference(scene, 'org', first)] };
}
