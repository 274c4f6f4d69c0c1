import { isKey } from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import type { Change } from '../../change.ts';
import { entryOf } from '../acts/look-up.ts';
import type { Entry, Unit } from '../unit.ts';

/** The active memberships that end in a record, those that wait for it among them. */
export async function hangingOn(unit: Unit, { type, guid }: Working): Promise<Entry<'membership'>[]> {
  if (type !== 'person' && type !== 'group') return [];
  await loadHanging(unit, [guid]);
  const found: Entry<'membership'>[] = [];
  for (const entry of unit.entries.membership.values()) {
    const { state, data } = entry.record;
    if (state === 'active' && (data.member === guid || data.group === guid)) found.push(entry);
  }
  return found;
}

/** Loads at once the memberships of all records that go or come back by reverts. */
export function prefetchHanging(unit: Unit, changes: readonly Change[]): Promise<void> {
  const guids: string[] = [];
  for (const change of changes) {
    if (change.op !== 'revert' || change.key === undefined) continue;
    if (change.type !== 'person' && change.type !== 'group') continue;
    if (change.before !== 'absent' && !('state' in change.before)) continue;
    const guid = isKey(change.key) ? entryOf(unit, change.type, change.key)?.record.guid : change.key;
    if (guid !== undefined) guids.push(guid);
  }
  return loadHanging(unit, guids);
}

async function loadHanging(unit: Unit, guids: readonly string[]): Promise<void> {
  const wanted = guids.filter((guid) => !unit.hanging.has(guid));
  for (const guid of wanted) unit.hanging.add(guid);
  for (let at = 0; at < wanted.length; at += 1000) {
    const list = { $in: wanted.slice(at, at + 1000) };
    const condition = { state: 'active', $or: [{ 'data.member': list }, { 'data.group': list }] };
    await unit.where('membership', condition, () => false);
  }
}
