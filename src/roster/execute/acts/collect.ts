import { type Group, type RecordType, relationParents } from '../../../model/index.ts';
import type { Entry, Unit } from '../unit.ts';

/** Whether a removal archives the group: a catalogue course, or a class that its sender types as a course (decisions 2.4). */
export function isCourse(record: { readonly type: RecordType; readonly data: unknown }): boolean {
  if (record.type !== 'group') return false;
  const group = record.data as Group;
  if (group.kind === 'course') return true;
  return (group.types ?? []).some(({ values }) => values.some(({ type }) => type?.trim().toLowerCase() === 'course'));
}

/** What goes along with a removal, by guid: trashed or archived, and the record that takes it along. */
export type Along = Map<string, { readonly entry: Entry; readonly archived: boolean; readonly cause: string }>;

/** Courses that live on below what is removed, with the parents that they lose. */
export type Orphans = Map<Entry<'group'>, Set<string>>;

/** What a removal takes along, and whom it only touches. */
export interface Taken {
  readonly along: Along;
  readonly orphans: Orphans;
}

/**
 * Collects what the removal of a record takes along (decisions 2.3): a person's memberships; a group's descendants with
 * their memberships, courses among them archived or, if so wanted, left to live on; below an archived course the child
 * groups. Cycles end.
 */
export async function collect(
  unit: Unit,
  entry: Entry,
  archived: boolean,
  courses: 'archived' | 'left',
): Promise<Taken> {
  const taken: Taken = { along: new Map(), orphans: new Map() };
  const { along, orphans } = taken;
  const { type, guid } = entry.record;
  if (type === 'person') await collectMemberships(unit, [guid], guid, 'person', along);
  if (type !== 'group') return taken;
  const seen = new Set([guid]);
  // Groups whose descendants are looked for, with the record to which those are reckoned.
  let level: Map<string, string> = new Map([[guid, guid]]);
  const kept = new Set(archived ? [guid] : []);
  if (!archived) await collectMemberships(unit, [guid], guid, 'group', along);
  while (level.size > 0) {
    const above = level;
    const children = await unit.where(
      'group',
      { 'data.relationships.target': { $in: [...above.keys()] } },
      (group) => isLive(group.state) && relationParents(group.data).some((parent) => above.has(parent)),
    );
    level = new Map();
    const trashed = new Map<string, string[]>();
    for (const child of children) {
      const own = child.record.guid;
      if (seen.has(own)) continue;
      const parent = relationParents(child.record.data).find((candidate) => above.has(candidate)) ?? guid;
      const course = isCourse(child.record);
      if (course && kept.has(parent)) continue;
      if (course && courses === 'left') {
        const lost = orphans.get(child) ?? new Set<string>();
        for (const one of relationParents(child.record.data)) if (above.has(one)) lost.add(one);
        orphans.set(child, lost);
        continue;
      }
      seen.add(own);
      const cause = above.get(parent) ?? guid;
      along.set(own, { entry: child as Entry, archived: course, cause });
      if (course) kept.add(own);
      level.set(own, course ? own : cause);
      if (!course) trashed.set(cause, [...(trashed.get(cause) ?? []), own]);
    }
    for (const [cause, groups] of trashed) await collectMemberships(unit, groups, cause, 'group', along);
  }
  return taken;
}

const isLive = (state: string) => state !== 'expected' && state !== 'trashed' && state !== 'archived';

/** Active memberships that end in one of the groups, or in the person. */
async function collectMemberships(
  unit: Unit,
  ends: readonly string[],
  cause: string,
  type: 'person' | 'group',
  along: Along,
): Promise<void> {
  const list = { $in: [...ends] };
  const wanted = new Set(ends);
  const found = await unit.where(
    'membership',
    type === 'person' ? { 'data.member': list } : { $or: [{ 'data.group': list }, { 'data.member': list }] },
    ({ state, data }) =>
      state === 'active' && (wanted.has(data.member) || (type === 'group' && wanted.has(data.group))),
  );
  for (const entry of found) {
    if (!along.has(entry.record.guid)) along.set(entry.record.guid, { entry: entry as Entry, archived: false, cause });
  }
}
