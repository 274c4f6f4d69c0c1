import { failed, ok, type Result } from '../../../base/result.ts';
import { isCourseworkType, keyParts, relationParents } from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import type { ChangeResult, PurgeChange } from '../../change.ts';
import { handOver, isNamed, purgeDependents } from '../coursework/dependents.ts';
import { unmake } from '../derive/groups.ts';
import { letGo } from '../derive/members.ts';
import type { Entry, Unit } from '../unit.ts';
import { lookUp } from './look-up.ts';
import { blank } from './references.ts';
import { idOf } from './remove.ts';

const day = 86_400_000;

/**
 * The record that a change may purge; `not-in-trash` and, before the quarantine is over, `in-quarantine` unless forced;
 * `conflict` for a category that line items name.
 */
export async function purgeable(unit: Unit, change: PurgeChange, trashDays: number): Promise<Result<Entry>> {
  const id = idOf(change);
  const found = await lookUp(unit, change.type, change.key);
  if (found === undefined) return failed('unknown-object', `There is no ${change.type} ${id}.`, { id });
  const record = found.record;
  if (record.state !== 'trashed' || record.trash === undefined) {
    return failed('not-in-trash', `The ${change.type} ${record.imsId} is not in the trash.`, { id: record.imsId });
  }
  const free = new Date(record.trash.at.getTime() + trashDays * day);
  if (change.force !== true && free > unit.at) {
    return failed(
      'in-quarantine',
      `It can be purged from ${free.toISOString()} on; until then an administrator must say force.`,
      { id: record.imsId },
    );
  }
  if (await isNamed(unit, record.type, record.guid)) {
    const text = `Line items, perhaps in the trash, are in the category ${record.imsId}; they must be purged first.`;
    return failed('conflict', text, { id: record.imsId });
  }
  return ok(found);
}

/**
 * Deletes a trashed record for good (decisions 2.5), with the trashed memberships that end in it and, of OneRoster's own
 * nouns, what cannot be without it.
 */
export async function purge(unit: Unit, change: PurgeChange, trashDays: number): Promise<ChangeResult> {
  const allowed = await purgeable(unit, change, trashDays);
  if (!allowed.ok) return allowed;
  const found = allowed.value;
  const { record } = found;
  await unit.full(found);
  const guid = record.guid;
  if (change.heir !== undefined) await handOver(unit, record.type, guid, change.heir);
  const coursework = await purgeDependents(unit, record.type, new Set([guid]));
  if (isCourseworkType(record.type)) {
    unit.purge(found);
    return { ok: true, outcome: 'purged', guid, cascade: { person: 0, group: 0, membership: 0, coursework } };
  }
  const memberships = await unit.where(
    'membership',
    { $or: [{ 'data.member': guid }, { 'data.group': guid }] },
    (other) => other.data.member === guid || other.data.group === guid,
  );
  let gone = 0;
  for (const membership of memberships) {
    if (membership.record.state !== 'trashed') continue;
    unit.purge(membership as Entry);
    gone += 1;
  }
  // What followed from a removal just before is not worked out yet, and could not be any more.
  if (record.type === 'group') await unmake(unit, record as Working<'group'>);
  if (record.type === 'person') letGo(unit, found as Entry<'person'>);
  unit.purge(found);
  if (memberships.length > gone || (await hasChildren(unit, record))) expectAgain(unit, record);
  return { ok: true, outcome: 'purged', guid, cascade: { person: 0, group: 0, membership: gone, coursework } };
}

/** Whether groups that live on name a group as their parent. */
async function hasChildren(unit: Unit, { type, guid }: Working): Promise<boolean> {
  if (type !== 'group') return false;
  const children = await unit.where('group', { 'data.relationships.target': guid }, ({ data }) =>
    relationParents(data).includes(guid),
  );
  return children.length > 0;
}

/** What others still wait for is expected again, as if it had never arrived (decisions 1.7): a key, nothing else. */
function expectAgain(unit: Unit, { type, guid, keys }: Working): void {
  const first = keys.find((key) => unit.guid(key) === guid);
  if (first === undefined) return;
  const record = blank(unit, type, guid, (type === 'group' ? { kind: 'class' } : {}) as Working['data']);
  record.state = 'expected';
  record.keys = [first];
  record.imsId = keyParts(first).id;
  unit.create(record);
}
