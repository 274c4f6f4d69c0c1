import { type Failed, failed } from '../../../base/result.ts';
import { type Group, isKey, keyParts, relationParents } from '../../../model/index.ts';
import type { WriteChange } from '../../change.ts';
import { isThere, loadAncestors } from '../derive/school.ts';
import type { Unit } from '../unit.ts';
import { entryOf, guidMeant } from './look-up.ts';
import { referencesOf } from './references.ts';

/** What a strict change's references must obey before anything of it is done; undefined when they do. */
export async function strictRefuses(
  unit: Unit,
  change: WriteChange,
  self: string | undefined,
): Promise<Failed | undefined> {
  for (const { type, reference, field } of referencesOf(change)) {
    const found = entryOf(unit, type, reference);
    if (type === change.type && meansSelf(unit, change, reference, self)) {
      if (field === 'relationship' && isParent(change, reference)) return ownParent(change, field);
      continue;
    }
    if (!isThere(found)) {
      const id = idIn(reference);
      return failed('unknown-object', `The ${type} ${id} that ${field} names does not exist.`, { id, field });
    }
  }
  return change.type === 'group' && self !== undefined
    ? refusesCycle(unit, change as WriteChange<'group'>, self)
    : undefined;
}

const idIn = (reference: string) => (isKey(reference) ? keyParts(reference).id : reference);

function meansSelf(unit: Unit, change: WriteChange, reference: string, self: string | undefined): boolean {
  return reference === change.key || guidMeant(unit, change.type, reference) === self;
}

function isParent(change: WriteChange, reference: string): boolean {
  return change.type === 'group' && relationParents(change.data as Group).includes(reference);
}

function ownParent(change: WriteChange, field: string): Failed {
  const id = change.key === undefined ? '' : idIn(change.key);
  return failed('invalid-data', `The ${change.type} ${id} cannot be its own parent.`, { id, field });
}

/** Refuses a parent that is below the group. */
async function refusesCycle(unit: Unit, change: WriteChange<'group'>, self: string): Promise<Failed | undefined> {
  const parents = relationParents(change.data as Group).map(
    (target) => entryOf(unit, 'group', target)?.record.guid ?? target,
  );
  if (parents.length === 0) return undefined;
  await loadAncestors(unit, parents);
  for (const parent of parents) {
    const seen = new Set<string>();
    const above = [parent];
    for (let guid = above.pop(); guid !== undefined; guid = above.pop()) {
      if (guid === self) {
        const id = unit.get('group', parent)?.record.imsId ?? parent;
        const text = `The group ${id} is below the group ${idIn(change.key ?? self)} and cannot be its parent.`;
        return failed('invalid-data', text, { id, field: 'relationship' });
      }
      if (seen.has(guid)) continue;
      seen.add(guid);
      const group = unit.get('group', guid);
      if (group !== undefined) above.push(...relationParents(group.record.data));
    }
  }
  return undefined;
}
