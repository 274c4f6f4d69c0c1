import { failed } from '../../base/result.ts';
import type { ChangeResult, PurgeChange } from '../change.ts';
import { lookUp } from './look-up.ts';
import { idOf } from './remove.ts';
import type { Entry, Unit } from './unit.ts';

const day = 86_400_000;

/**
 * Deletes a trashed record for good, and the trashed memberships that end in it (decisions 2.5). Before the quarantine
 * is over only `force` does it.
 */
export async function purge(unit: Unit, change: PurgeChange, trashDays: number): Promise<ChangeResult> {
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
  await unit.full(found);
  const guid = record.guid;
  drop(unit, found);
  const memberships = await unit.where(
    'membership',
    { $or: [{ 'data.member': guid }, { 'data.group': guid }] },
    (other) => other.data.member === guid || other.data.group === guid,
  );
  let gone = 0;
  for (const membership of memberships) {
    if (membership.record.state !== 'trashed') continue;
    drop(unit, membership as Entry);
    gone += 1;
  }
  return { ok: true, outcome: 'purged', guid, cascade: { person: 0, group: 0, membership: gone } };
}

function drop(unit: Unit, entry: Entry): void {
  unit.purged.set(entry.record.guid, entry);
  entry.changed = false;
}
