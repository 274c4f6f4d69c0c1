import { relationParents, type StoredRecord } from '../../model/index.ts';
import type { Context, Roster } from '../../roster/index.ts';
import { type CountedType, countedTypeOf } from '../run.ts';

/** A group of a school year that is to be retired. */
export interface YearGroup {
  readonly guid: string;
  readonly id: string;
  readonly counted: CountedType;
  /** Steps below the top; 0 for the top itself. */
  readonly depth: number;
  /** Whether it is archived where others go to the trash. */
  readonly course: boolean;
  readonly parents: readonly string[];
  /** Whether it goes; a class that has sessions of another year too stays. */
  goes: boolean;
}

/** Groups that are asked for at once. */
const atOnce = 500;

/**
 * All that is below a group by its parent relationships, the group itself among it, by guid; cycles end. Below an
 * academic session are its sessions and their classes. What is in the trash or archived already is left out.
 */
export async function yearTree(
  roster: Roster,
  context: Context,
  top: StoredRecord<'group'>,
  progress: (records: number) => Promise<void>,
): Promise<ReadonlyMap<string, YearGroup>> {
  const tree = new Map<string, YearGroup>([[top.guid, yearGroup(top, 0)]]);
  let level: StoredRecord<'group'>[] = [top];
  if (top.made === true) {
    // Nobody can name a session that the gateway has made, but its classes know it.
    level = await classesOf(roster, context, top.guid);
    for (const record of level) tree.set(record.guid, yearGroup(record, 1));
  }
  for (let depth = top.made === true ? 2 : 1; level.length > 0; depth += 1) {
    const below: StoredRecord<'group'>[] = [];
    for (let at = 0; at < level.length; at += atOnce) {
      for (const child of await childrenOf(roster, context, level.slice(at, at + atOnce))) {
        if (tree.has(child.guid)) continue;
        tree.set(child.guid, yearGroup(child, depth));
        below.push(child);
      }
      await progress(tree.size);
    }
    level = below;
  }
  if (top.made === true) tree.delete(top.guid);
  if (top.data.kind === 'session') await keepShared(roster, context, tree);
  return tree;
}

function yearGroup(record: StoredRecord<'group'>, depth: number): YearGroup {
  return {
    guid: record.guid,
    id: record.imsId,
    counted: countedTypeOf('group', record.data.kind),
    depth,
    course: isCourse(record),
    parents: relationParents(record.data),
    goes: true,
  };
}

/** A catalogue course, or a class that its sender types as a course (decisions 2.4). */
function isCourse({ data }: StoredRecord<'group'>): boolean {
  if (data.kind === 'course') return true;
  return (data.types ?? []).some(({ values }) => values.some(({ type }) => type?.trim().toLowerCase() === 'course'));
}

async function childrenOf(
  roster: Roster,
  context: Context,
  parents: readonly StoredRecord<'group'>[],
): Promise<StoredRecord<'group'>[]> {
  const related = await roster.related(
    context,
    'group',
    parents.map(({ guid }) => guid),
  );
  const guids = new Set<string>();
  for (const list of related.values()) {
    for (const { from, relation } of list) if (relation === 'parent') guids.add(from.guid);
  }
  const found: StoredRecord<'group'>[] = [];
  const all = [...guids];
  for (let at = 0; at < all.length; at += atOnce) {
    for (const record of await roster.find(context, 'group', all.slice(at, at + atOnce))) {
      if (record !== undefined && record.made !== true && record.state !== 'archived') found.push(record);
    }
  }
  return found;
}

async function classesOf(roster: Roster, context: Context, session: string): Promise<StoredRecord<'group'>[]> {
  const found: StoredRecord<'group'>[] = [];
  for await (const batch of roster.scan(context, 'group', { made: false })) {
    found.push(...batch.filter(({ derived }) => derived?.terms?.includes(session) === true));
  }
  return found;
}

/** What has sessions outside the tree as parents stays, with what only hangs on it. */
async function keepShared(roster: Roster, context: Context, tree: Map<string, YearGroup>): Promise<void> {
  const outside = new Set<string>();
  for (const { parents } of tree.values()) for (const parent of parents) if (!tree.has(parent)) outside.add(parent);
  const sessions = new Set<string>();
  const all = [...outside];
  for (let at = 0; at < all.length; at += atOnce) {
    for (const record of await roster.find(context, 'group', all.slice(at, at + atOnce))) {
      if (record?.data.kind === 'session') sessions.add(record.guid);
    }
  }
  const kept: YearGroup[] = [];
  for (const group of tree.values()) {
    if (group.depth === 0 || group.counted === 'academicSession') continue;
    if (!group.parents.some((parent) => sessions.has(parent))) continue;
    group.goes = false;
    kept.push(group);
  }
  // What hangs on a class that stays, stays with it.
  for (const parent of kept) {
    for (const group of tree.values()) {
      if (!group.goes || group.counted === 'academicSession' || !group.parents.includes(parent.guid)) continue;
      group.goes = false;
      kept.push(group);
    }
  }
}
