import { orgTypeOf, relationParents } from '../../../model/index.ts';
import type { Entry, Unit } from '../unit.ts';

/** Whether a record is there for others to hang on: arrived, and not in the trash. */
export const isThere = (entry: Entry | undefined): boolean =>
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
