import { type Failed, failed } from '../../../base/result.ts';
import {
  type Group,
  isKey,
  keyParts,
  type Membership,
  type RecordType,
  relationParents,
} from '../../../model/index.ts';
import type { WriteChange } from '../../change.ts';
import { isThere, loadAncestors } from '../derive/school.ts';
import type { Entry, Unit } from '../unit.ts';
import { referencesOf } from './references.ts';

/** What a strict change's references must obey before anything of it is done; undefined when they do. */
export async function strictRefuses(
  unit: Unit,
  change: WriteChange,
  self: string | undefined,
): Promise<Failed | undefined> {
  for (const { type, reference, field } of referencesOf(change)) {
    const found = entryOf(unit, type, reference);
    if (change.type !== 'membership' && meansSelf(unit, change, reference, found, self)) {
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

/** Refuses other ends for a membership that is there. */
export function strictRefusesEnds(
  unit: Unit,
  change: WriteChange<'membership'>,
  known: Entry<'membership'>,
): Failed | undefined {
  const { group, member, memberType } = change.data as Partial<Membership>;
  const { data, imsId } = known.record;
  const differs = (type: RecordType, reference: string | null | undefined, guid: string) =>
    reference !== undefined && reference !== null && entryOf(unit, type, reference)?.record.guid !== guid;
  const refuse = (field: string) =>
    failed('invalid-data', `The membership ${imsId} has another ${field}; it cannot be moved.`, { id: imsId, field });
  if (memberType !== undefined && memberType !== data.memberType) return refuse('memberType');
  if (differs('group', group, data.group)) return refuse('groupSourcedId');
  return differs(data.memberType, member, data.member) ? refuse('memberSourcedId') : undefined;
}

function entryOf(unit: Unit, type: RecordType, reference: string): Entry | undefined {
  return isKey(reference) ? unit.byKey(type, reference) : unit.get(type, reference);
}

const idIn = (reference: string) => (isKey(reference) ? keyParts(reference).id : reference);

function meansSelf(
  unit: Unit,
  change: WriteChange,
  reference: string,
  found: Entry | undefined,
  self: string | undefined,
): boolean {
  if (reference === change.key) return true;
  return self !== undefined && (found?.record.guid ?? (isKey(reference) ? unit.guid(reference) : reference)) === self;
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
