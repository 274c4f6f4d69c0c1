import {
  type Derived,
  type Group,
  type GroupKind,
  groupTitle,
  orgLabel,
  orgTypeOf,
  relationParents,
} from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import { sameData } from '../acts/merge.ts';
import { type Entry, touch, type Unit } from '../unit.ts';
import { isHome } from './home.ts';
import { dropMadeCourse, loadMade, madeCourse, madeRoot, madeSession } from './made.ts';
import { isThere, loadAncestors, nearestSchool } from './school.ts';
import { viewsOf } from './views.ts';

/**
 * Works out the place of groups among orgs, courses and sessions (decisions 1.8), making what OneRoster needs. What
 * hangs below a group that has moved is worked out too, down to schools, with the members.
 */
export async function deriveGroups(unit: Unit): Promise<void> {
  const derived = new Set<string>();
  const followed = new Set<string>();
  const below = new Set<string>();
  while (unit.staleGroups.size > 0) {
    const stale = [...unit.staleGroups];
    unit.staleGroups.clear();
    await loadAncestors(unit, stale);
    await loadMade(unit, stale);
    const moved: string[] = [];
    for (const guid of stale) {
      const entry = unit.get('group', guid);
      if (entry === undefined || entry.record.state === 'expected' || entry.record.made === true) continue;
      if (!derived.has(guid)) await deriveGroup(unit, entry);
      derived.add(guid);
      if (followed.has(guid) || entry.before === undefined) continue;
      if (below.has(guid) ? !isSchool(entry.record) : hasMoved(entry)) {
        followed.add(guid);
        moved.push(guid);
      }
    }
    for (const child of await follow(unit, moved)) {
      below.add(child);
      if (!followed.has(child)) unit.staleGroups.add(child);
    }
  }
}

/** Marks the members of groups that have moved; answers the groups below. */
async function follow(unit: Unit, moved: readonly string[]): Promise<string[]> {
  if (moved.length === 0) return [];
  const above = new Set(moved);
  const members = await unit.where('membership', { 'data.group': { $in: moved } }, ({ data }) => above.has(data.group));
  for (const { record } of members) {
    unit.staleMemberships.add(record.guid);
    if (record.data.memberType === 'person') unit.stalePersons.add(record.data.member);
  }
  const children = await unit.where('group', { 'data.relationships.target': { $in: moved } }, (group) =>
    relationParents(group.data).some((parent) => above.has(parent)),
  );
  return children.map(({ record }) => record.guid);
}

const isSchool = ({ state, data }: Pick<Working<'group'>, 'state' | 'data'>) =>
  state !== 'trashed' && state !== 'expected' && data.kind === 'org' && orgTypeOf(data) === 'school';

/** Whether those below must look for their parents and schools again: other kind, other parents, gone or come. */
function hasMoved({ before, record }: Entry<'group'>): boolean {
  const old = before as unknown as Pick<Working<'group'>, 'state' | 'data'>;
  if (isSchool(old) && isSchool(record)) return false;
  const place = ({ state, data }: typeof old) => [
    state === 'trashed' || state === 'expected' ? undefined : state,
    data.kind,
    isSchool({ state, data }),
    isHome(data),
    relationParents(data),
  ];
  return !sameData(place(old), place(record));
}

/** A group's parent; a course's school; a class's school, course and sessions. */
async function deriveGroup(unit: Unit, entry: Entry<'group'>): Promise<void> {
  const record = entry.record;
  if (record.state === 'trashed') {
    if (entry.before?.['state'] !== 'trashed') await unmake(unit, record);
    return;
  }
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
    const ofKind = (kind: GroupKind) =>
      parents.filter((parent) => parent.record.data.kind === kind).map(({ record: { guid } }) => guid);
    const school = namedOrg(group, ofKind('org')) ?? nearestSchool(unit, record.guid) ?? (await madeRoot(unit));
    const terms = ofKind('session');
    if (group.kind === 'course') derived = { school, ...(terms.length > 0 && { terms }) };
    else {
      const course = ofKind('course')[0];
      const own = await madeCourseOf(unit, record, course, school);
      derived = { course: own, school, terms: terms.length > 0 ? terms : [await madeSession(unit, group)] };
    }
  }
  if (derived?.course === undefined) await dropMadeCourse(unit, record);
  if (!sameData(before, derived)) {
    record.derived = derived;
    noteUnused(unit, before, derived);
    touch(unit, entry as Entry);
  }
  const views = viewsOf(record as Working);
  if (!sameData(record.views, views)) {
    record.views = views;
    touch(unit, entry as Entry);
  }
}

/** The org that the sender calls the group's school or org, as OneRoster does; it need be no school. */
function namedOrg({ relationships }: Group, orgs: readonly string[]): string | undefined {
  return relationships?.find(
    ({ relation, label, target }) => relation === 'parent' && label === orgLabel && orgs.includes(target),
  )?.target;
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
export async function unmake(unit: Unit, record: Working<'group'>): Promise<void> {
  await dropMadeCourse(unit, record);
  noteUnused(unit, record.derived, undefined);
}

function noteUnused(unit: Unit, before: Derived | undefined, after: Derived | undefined): void {
  const used = new Set([after?.school, ...(after?.terms ?? [])]);
  for (const guid of [before?.school, ...(before?.terms ?? [])]) {
    if (guid !== undefined && !used.has(guid)) unit.maybeUnused.add(guid);
  }
}
