import {
  type Derived,
  type Group,
  groupTitle,
  oneRosterTypeOf,
  orgTypeOf,
  ownUserRoles,
  relationParents,
  sessionTypeOf,
  strongerRole,
  userRoleOfMembership,
} from '../../model/index.ts';
import type { Working } from '../../store/index.ts';
import { dropMadeCourse, madeCourse, madeRoot, madeSession } from './made.ts';
import { sameData } from './merge.ts';
import { type Entry, touch, type Unit } from './unit.ts';

const isThere = (entry: Entry | undefined): boolean =>
  entry !== undefined &&
  (entry.record.state === 'active' || entry.record.state === 'disabled' || entry.record.state === 'archived');

/** Loads the groups above, level by level; cycles end because a loaded group is not loaded again. */
export async function loadAncestors(unit: Unit, guids: Iterable<string>): Promise<void> {
  const seen = new Set<string>();
  let level = [...new Set(guids)];
  while (level.length > 0) {
    await unit.loadGuids('group', level);
    const next: string[] = [];
    for (const guid of level) {
      seen.add(guid);
      const group = unit.get('group', guid);
      for (const parent of group === undefined ? [] : relationParents(group.record.data)) {
        if (!seen.has(parent)) next.push(parent);
      }
    }
    level = [...new Set(next)];
  }
}

/** The nearest school at or above a group, by breadth; else undefined. */
export function nearestSchool(unit: Unit, start: string): string | undefined {
  const seen = new Set<string>();
  let level = [start];
  while (level.length > 0) {
    const next: string[] = [];
    for (const guid of level) {
      if (seen.has(guid)) continue;
      seen.add(guid);
      const entry = unit.get('group', guid);
      if (entry === undefined || !isThere(entry as Entry)) continue;
      const group = entry.record.data;
      if (group.kind === 'org' && orgTypeOf(group) === 'school') return guid;
      next.push(...relationParents(group));
    }
    level = next;
  }
  return undefined;
}

/** The views in which OneRoster shows a record. */
export function viewsOf(record: Working): string[] | undefined {
  if (record.state === 'expected') return undefined;
  if (record.type === 'person') {
    const roles = record.derived?.roles ?? [];
    const views = ['user'];
    if (roles.includes('student')) views.push('student');
    if (roles.includes('teacher')) views.push('teacher');
    return views;
  }
  if (record.type === 'group') {
    const group = record.data as Group;
    const type = oneRosterTypeOf(group.kind);
    if (type === undefined) return undefined;
    if (type === 'org' && orgTypeOf(group) === 'school') return ['org', 'school'];
    if (type === 'academicSession') {
      const session = sessionTypeOf(group);
      if (session === 'term' || session === 'semester') return ['academicSession', 'term'];
      if (session === 'gradingPeriod') return ['academicSession', 'gradingPeriod'];
    }
    return [type];
  }
  return record.views;
}

/** Works out a group's place among orgs, courses and sessions (decisions 1.8), making what OneRoster needs. */
export async function deriveGroups(unit: Unit): Promise<void> {
  const done = new Set<string>();
  while (unit.staleGroups.size > 0) {
    const stale = [...unit.staleGroups];
    unit.staleGroups.clear();
    await loadAncestors(unit, stale);
    const moved: string[] = [];
    for (const guid of stale) {
      done.add(guid);
      const entry = unit.get('group', guid);
      if (entry === undefined || entry.record.state === 'expected' || entry.record.made === true) continue;
      if (entry.record.state === 'trashed') await unmake(unit, entry);
      else if (!(await deriveGroup(unit, entry))) continue;
      moved.push(guid);
    }
    if (moved.length === 0) continue;
    const above = new Set(moved);
    const old = moved.filter((guid) => unit.get('group', guid)?.before !== undefined);
    if (old.length > 0) {
      const children = await unit.where('group', { 'data.relationships.target': { $in: old } }, (group) =>
        relationParents(group.data).some((parent) => above.has(parent)),
      );
      for (const child of children) if (!done.has(child.record.guid)) unit.staleGroups.add(child.record.guid);
      const members = await unit.where('membership', { 'data.group': { $in: old } }, (membership) =>
        above.has(membership.data.group),
      );
      for (const membership of members) {
        unit.staleMemberships.add(membership.record.guid);
        if (membership.record.data.memberType === 'person') unit.stalePersons.add(membership.record.data.member);
      }
    }
  }
}

/** Answers whether something changed that members or children must follow. */
async function deriveGroup(unit: Unit, entry: Entry<'group'>): Promise<boolean> {
  const record = entry.record;
  const group = record.data;
  const before = record.derived;
  let derived: Derived | undefined;
  const parents = relationParents(group)
    .map((guid) => unit.get('group', guid))
    .filter((parent) => parent !== undefined && isThere(parent as Entry)) as Entry<'group'>[];
  if (group.kind === 'org' || group.kind === 'session') {
    const parent = parents.find((candidate) => candidate.record.data.kind === group.kind);
    derived = parent === undefined ? undefined : { parent: parent.record.guid };
  } else if (group.kind === 'course' || group.kind === 'class') {
    const school = nearestSchool(unit, record.guid) ?? (await madeRoot(unit));
    if (group.kind === 'course') derived = { school };
    else {
      const course = parents.find((candidate) => candidate.record.data.kind === 'course')?.record.guid;
      const terms = parents
        .filter((candidate) => candidate.record.data.kind === 'session')
        .map(({ record: { guid } }) => guid);
      const own = await madeCourseOf(unit, record, course, school);
      derived = { course: own, school, terms: terms.length > 0 ? terms : [await madeSession(unit, group)] };
    }
  }
  const oldViews = record.views;
  const views = record.state === 'trashed' ? record.views : viewsOf(record as Working);
  const stateMoved = entry.before !== undefined && entry.before['state'] !== record.state;
  const changed = !sameData(before, derived);
  if (changed) {
    record.derived = derived;
    noteUnused(unit, before, derived);
    touch(entry as Entry);
  }
  if (!sameData(oldViews, views)) {
    record.views = views;
    touch(entry as Entry);
  }
  const schoolness = (data: Group | undefined) => (data?.kind === 'org' ? orgTypeOf(data) : data?.kind);
  const kindMoved = schoolness(entry.before?.['data'] as Group | undefined) !== schoolness(group);
  return changed || stateMoved || kindMoved;
}

async function madeCourseOf(
  unit: Unit,
  record: Working<'group'>,
  course: string | undefined,
  school: string,
): Promise<string> {
  if (course !== undefined) {
    await dropMadeCourse(unit, record);
    return course;
  }
  return madeCourse(unit, record, groupTitle(record.data) ?? record.imsId, school);
}

/** A class that goes lets go of what was made for it. */
async function unmake(unit: Unit, entry: Entry<'group'>): Promise<void> {
  await dropMadeCourse(unit, entry.record);
  noteUnused(unit, entry.record.derived, undefined);
}

function noteUnused(unit: Unit, before: Derived | undefined, after: Derived | undefined): void {
  const used = new Set([after?.school, ...(after?.terms ?? [])]);
  for (const guid of [before?.school, ...(before?.terms ?? [])]) {
    if (guid !== undefined && !used.has(guid)) unit.maybeUnused.add(guid);
  }
}

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
      touch(entry as Entry);
    }
    if (next === undefined && memberType === 'person') gain(unit, entry, memberEntry as Entry<'person'>);
  }
}

/** A person gains a role and a school by one more membership, without reading the others. */
function gain(unit: Unit, entry: Entry<'membership'>, person: Entry<'person'>): void {
  if (unit.stalePersons.has(person.record.guid)) return;
  const roles = entry.record.data.roles.filter((role) => role.status !== false);
  const derived = person.record.derived ?? {};
  let memberRole = derived.memberRole;
  for (const role of roles) memberRole = strongerRole(memberRole, userRoleOfMembership(role));
  const school = nearestSchool(unit, entry.record.data.group);
  const orgs = derived.orgs ?? [];
  const more =
    school === undefined || orgs.includes(school)
      ? orgs
      : [...orgs.filter((org) => org !== rootGuid(unit)), school].sort();
  const next = personDerived(unit, person, memberRole, more);
  if (!sameData(person.record.derived, next)) setPerson(unit, person, next);
}

const rootGuid = (unit: Unit) => unit.guid('made:root');

/** A person's derived fields from own roles, the strongest membership role and schools. */
function personDerived(
  unit: Unit,
  person: Entry<'person'>,
  memberRole: string | undefined,
  orgs: readonly string[],
): Derived {
  const own = ownRolesOf(person);
  const roles = own.length > 0 ? own : [memberRole ?? 'student'];
  return {
    roles,
    ...(own.length > 0 ? { ownRoles: true as const } : {}),
    ...(memberRole === undefined ? {} : { memberRole }),
    orgs: orgs.length > 0 ? [...orgs] : [rootGuid(unit)],
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
  touch(person as Entry);
}

/** Works persons out anew from all their memberships. */
export async function derivePersons(unit: Unit): Promise<void> {
  const guids = [...unit.stalePersons];
  unit.stalePersons.clear();
  if (guids.length === 0) return;
  await unit.loadEnds(guids);
  const persons = guids
    .map((guid) => unit.get('person', guid))
    .filter((entry) => entry !== undefined && entry.record.state !== 'expected') as Entry<'person'>[];
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
  let needsRoot = false;
  for (const person of persons) {
    let memberRole: string | undefined;
    const orgs: string[] = [];
    for (const membership of byPerson.get(person.record.guid) ?? []) {
      for (const role of membership.data.roles) {
        if (role.status !== false) memberRole = strongerRole(memberRole, userRoleOfMembership(role));
      }
      const school = nearestSchool(unit, membership.data.group);
      if (school !== undefined && !orgs.includes(school)) orgs.push(school);
    }
    const next = personDerived(unit, person, memberRole, orgs.sort());
    if (next.orgs?.includes(rootGuid(unit)) === true) needsRoot = true;
    if (!sameData(person.record.derived, next)) setPerson(unit, person, next);
  }
  if (needsRoot) await madeRoot(unit);
}

/** Views of persons follow their roles. */
export function deriveViews(unit: Unit): void {
  for (const person of unit.entries.person.values()) {
    if (!person.changed || person.record.state === 'trashed') continue;
    const views = viewsOf(person.record as Working);
    if (!sameData(person.record.views, views)) person.record.views = views;
  }
}
