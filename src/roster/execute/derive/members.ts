import {
  type Derived,
  ownUserRoles,
  type Person,
  type Role,
  strongerRole,
  userRoleOfMembership,
} from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import { sameData } from '../acts/merge.ts';
import { type Entry, touch, type Unit } from '../unit.ts';
import { homeIn, saysHome } from './home.ts';
import { madeRoot } from './made.ts';
import { isThere, loadAncestors, nearestSchool } from './school.ts';

/** Ends, waiting and views of memberships that are new or changed; persons gain roles and schools by them. */
export async function deriveMemberships(unit: Unit): Promise<void> {
  const stale = [...unit.staleMemberships]
    .map((guid) => unit.get('membership', guid))
    .filter((entry) => entry !== undefined);
  unit.staleMemberships.clear();
  if (stale.length === 0) return;
  const groups = new Set<string>();
  for (const { record } of stale) {
    groups.add(record.data.group);
    if (record.data.memberType === 'group') groups.add(record.data.member);
  }
  await loadAncestors(unit, groups);
  await unit.loadEnds(
    stale.filter(({ record }) => record.data.memberType === 'person').map(({ record }) => record.data.member),
  );
  for (const entry of stale) {
    const record = entry.record;
    if (record.state !== 'active') continue;
    const { group, member, memberType } = record.data;
    const groupEntry = unit.get('group', group);
    const memberEntry = unit.get(memberType, member) as Entry | undefined;
    const waitsFor: string[] = [];
    if (!isThere(groupEntry as Entry | undefined)) waitsFor.push(group);
    if (!isThere(memberEntry)) waitsFor.push(member);
    const next = waitsFor.length > 0 ? waitsFor : undefined;
    const shown = next === undefined && memberType === 'person' && groupEntry?.record.data.kind === 'class';
    const views = shown ? ['enrollment'] : undefined;
    if (!sameData(record.waitsFor, next) || !sameData(record.views, views)) {
      record.waitsFor = next;
      record.views = views;
      touch(unit, entry as Entry);
    }
    if (next === undefined && memberType === 'person') gain(unit, entry, memberEntry as Entry<'person'>);
  }
}

/** A person gains a role and a school by one more membership, without reading the others. */
function gain(unit: Unit, entry: Entry<'membership'>, person: Entry<'person'>): void {
  if (unit.stalePersons.has(person.record.guid)) return;
  const derived = person.record.derived ?? {};
  const memberRole = strongerRole(derived.memberRole, memberRoleOf(entry.record.data.roles));
  const school = nearestSchool(unit, entry.record.data.group);
  const orgs = derived.orgs ?? [];
  const home = homeIn(unit, entry.record.data);
  if (home !== undefined && derived.home !== undefined && derived.home !== home) {
    // Which of several it is shows when all are read.
    unit.stalePersons.add(person.record.guid);
    return;
  }
  const more =
    school === undefined || orgs.includes(school) ? orgs : [...orgs.filter((org) => org !== rootGuid(unit)), school];
  const next = personDerived(unit, person, { memberRole, orgs: more, home: home ?? derived.home });
  if (!sameData(person.record.derived, next)) setPerson(unit, person, next);
}

const rootGuid = (unit: Unit) => unit.guid('made:root');

/** What a person's memberships give. */
interface Gained {
  readonly memberRole: string | undefined;
  readonly orgs: readonly string[];
  readonly home: string | undefined;
}

/** A person's derived fields from own roles and from memberships; the home organisation is one of the orgs. */
function personDerived(unit: Unit, person: Entry<'person'>, { memberRole, orgs, home }: Gained): Derived {
  const own = ownRolesOf(person);
  const roles = own.length > 0 ? own : [memberRole ?? 'student'];
  const known =
    home === undefined || orgs.includes(home) ? orgs : [...orgs.filter((org) => org !== rootGuid(unit)), home];
  return {
    roles,
    ...(own.length > 0 ? { ownRoles: true as const } : {}),
    ...(memberRole === undefined ? {} : { memberRole }),
    orgs: known.length > 0 ? [...known].sort() : [rootGuid(unit)],
    ...(home === undefined ? {} : { home }),
  };
}

/** Own roles of a person; of a record read without its data, those that were worked out before. */
function ownRolesOf(person: Entry<'person'>): readonly string[] {
  if (!person.partial) return ownUserRoles(person.record.data);
  return person.record.derived?.ownRoles === true ? (person.record.derived.roles ?? []) : [];
}

function setPerson(unit: Unit, person: Entry<'person'>, next: Derived): void {
  const before = person.record.derived;
  person.record.derived = next;
  if (before?.orgs?.includes(rootGuid(unit)) === true && next.orgs?.includes(rootGuid(unit)) !== true) {
    unit.maybeUnused.add(rootGuid(unit));
  }
  touch(unit, person as Entry);
}

/** A person in the trash stays as it was; the root org that was theirs may be unused now. */
export function letGo(unit: Unit, { record }: Entry<'person'>): boolean {
  if (record.state !== 'trashed') return false;
  if (record.derived?.orgs?.includes(rootGuid(unit)) === true) unit.maybeUnused.add(rootGuid(unit));
  return true;
}

/**
 * How a membership ranks among those that say home of one person, as text that orders them: what was said now, then what
 * has come into effect now, then what is the home; else what changed last.
 */
function homeRank(unit: Unit, { guid, updatedAt, data }: Working<'membership'>, home: string | undefined): string {
  const entry = unit.get('membership', guid);
  const before = entry?.before;
  const appears = before?.['state'] !== 'active' || before['waitsFor'] !== undefined;
  const rank = (unit.homes.get(data.member) === data.group ? 4 : 0) + (appears ? 2 : 0) + (home === data.group ? 1 : 0);
  return `${rank} ${(entry?.changed === true ? unit.at : updatedAt).toISOString()} ${guid}`;
}

/** Loads the orgs that persons' own roles name, and for that the data of persons who have such roles. */
async function loadNamedOrgs(unit: Unit, persons: readonly Entry<'person'>[]): Promise<void> {
  const orgs = new Set<string>();
  await unit.fullAll(
    'person',
    persons.filter(({ record }) => record.derived?.ownRoles === true),
  );
  for (const person of persons) {
    for (const { org } of (person.partial ? undefined : person.record.data.roles) ?? []) orgs.add(org);
  }
  if (orgs.size > 0) await unit.loadGuids('group', [...orgs]);
}

/** The orgs that a person's own roles name and that are there; a person who has one needs no root org. */
function namedOrgs(unit: Unit, person: Entry<'person'>): string[] {
  const roles = (person.partial ? undefined : person.record.data.roles) ?? [];
  const orgs = roles.map(({ org }) => org).filter((org) => isThere(unit.get('group', org) as Entry | undefined));
  return [...new Set(orgs)];
}

/** The strongest user role that roles speak for; those that do not count are left out. */
function memberRoleOf(roles: readonly Role[]): string | undefined {
  let strongest: string | undefined;
  for (const role of roles) {
    if (role.status !== false) strongest = strongerRole(strongest, userRoleOfMembership(role));
  }
  return strongest;
}

/** Whether roles of one membership give its member what others did, so that the member's other memberships need not be read. */
export function giveTheSame(before: readonly Role[], after: readonly Role[]): boolean {
  return memberRoleOf(before) === memberRoleOf(after) && !before.some(saysHome) && !after.some(saysHome);
}

/** Whether a person's own data name the same roles and orgs as before. */
export function nameTheSame(before: Person, after: Person): boolean {
  return (
    sameData(before.roles, after.roles) &&
    sameData(before.institutionRoles, after.institutionRoles) &&
    before.systemRole === after.systemRole
  );
}

/** Works persons out anew from all their memberships. */
export async function derivePersons(unit: Unit): Promise<void> {
  const guids = [...unit.stalePersons];
  unit.stalePersons.clear();
  if (guids.length === 0) return;
  await unit.loadEnds(guids);
  const persons = guids
    .map((guid) => unit.get('person', guid))
    .filter((entry) => entry !== undefined && entry.record.state !== 'expected')
    .filter((entry) => !letGo(unit, entry as Entry<'person'>)) as Entry<'person'>[];
  const old = new Set(persons.filter((entry) => entry.before !== undefined).map((entry) => entry.record.guid));
  const wanted = new Set(guids);
  const list = [...old];
  for (let at = 0; at < list.length; at += 1000) {
    await unit.where('membership', { 'data.member': { $in: list.slice(at, at + 1000) } }, () => false);
  }
  const byPerson = new Map<string, Working<'membership'>[]>();
  for (const { record } of unit.entries.membership.values()) {
    if (!wanted.has(record.data.member) || record.state !== 'active' || (record.waitsFor ?? []).length > 0) continue;
    const there = byPerson.get(record.data.member);
    if (there === undefined) byPerson.set(record.data.member, [record]);
    else there.push(record);
  }
  await loadAncestors(
    unit,
    [...byPerson.values()].flat().map((record) => record.data.group),
  );
  await loadNamedOrgs(unit, persons);
  let needsRoot = false;
  for (const person of persons) {
    let memberRole: string | undefined;
    const orgs = namedOrgs(unit, person);
    let home: { readonly guid: string; readonly rank: string } | undefined;
    for (const membership of byPerson.get(person.record.guid) ?? []) {
      memberRole = strongerRole(memberRole, memberRoleOf(membership.data.roles));
      const school = nearestSchool(unit, membership.data.group);
      if (school !== undefined && !orgs.includes(school)) orgs.push(school);
      const guid = homeIn(unit, membership.data);
      if (guid === undefined) continue;
      const rank = homeRank(unit, membership, person.record.derived?.home);
      if (home === undefined || rank > home.rank) home = { guid, rank };
    }
    const next = personDerived(unit, person, { memberRole, orgs, home: home?.guid });
    if (next.orgs?.includes(rootGuid(unit)) === true) needsRoot = true;
    if (!sameData(person.record.derived, next)) setPerson(unit, person, next);
  }
  if (needsRoot) await madeRoot(unit);
}
