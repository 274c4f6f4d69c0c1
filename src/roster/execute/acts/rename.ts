import { isGuid } from '../../../base/ids.ts';
import { failed } from '../../../base/result.ts';
import { enrollmentKeyOf, isKey, keyParts } from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import type { ChangeResult, RenameChange } from '../../change.ts';
import { type Context, feedOf } from '../../context.ts';
import { type Entry, touch, type Unit } from '../unit.ts';
import { chooseSourcedId, imsKeyOf, servedKey, servedSpace, takeImsId, takeKey } from './identity.ts';
import { lookUp } from './look-up.ts';
import { touchOthers } from './marks.ts';
import { idOf } from './remove.ts';
import { closesCycle, takeOver } from './take-over.ts';
import { archivedRemark, unusableKey } from './write.ts';

/**
 * Gives a record a new key; the old one stays as an alias that finds it (decisions 1.5). What only others named by the
 * new id is the record from now on, and what waited for it is complete (decisions 1.7). An archived course keeps its id;
 * what a feed sends under the new one finds it all the same, so that it does not come back as another course.
 */
export async function rename(unit: Unit, context: Context, change: RenameChange): Promise<ChangeResult> {
  const id = idOf(change);
  const { newKey } = change;
  if (!isKey(newKey) || keyParts(newKey).id === '') return failed('missing-data', 'The new id is empty.');
  const unusable = unusableKey(newKey);
  if (unusable !== undefined) return unusable;
  const found = await lookUp(unit, change.type, change.key);
  if (found === undefined || found.record.state === 'trashed') {
    return failed('unknown-object', `There is no ${change.type} ${id}.`, { id });
  }
  const record = found.record;
  if (record.state === 'archived') {
    if (feedOf(context.writer) !== undefined && holderOf(unit, change) === undefined) unit.addKey(found, newKey);
    return { ok: true, outcome: 'unchanged', guid: record.guid, remarks: [archivedRemark] };
  }
  const newId = keyParts(newKey).id;
  if (change.takes !== undefined && change.takes !== false) await takeKeys(unit, found, newKey, change.takes);
  const holder = holderOf(unit, change);
  if (holder !== undefined && holder.record.guid !== record.guid) {
    const waiting = holder.record.state === 'expected' && unit.byKey(change.type, newKey) === holder;
    if (waiting && (await closesCycle(unit, found, holder))) {
      const text = `The ${change.type} ${id} is below the one that is named ${newId}; it would be above itself.`;
      return failed('invalid-data', text, { id: newId });
    }
    if (!waiting || !(await takeOver(unit, found, holder, keyParts(newKey).namespace))) {
      return failed('key-in-use', `The id ${newId} is in use already.`, { id: newId });
    }
  }
  await unit.full(found);
  if (record.imsId === newId && holder === found) return { ok: true, outcome: 'unchanged', guid: record.guid };
  // One whose id another record has taken over before is served by its new id again.
  const served = record.sourcedId !== record.guid || change.takes === true;
  if (unit.byKey(change.type, newKey) === undefined && !followsFromGuid(change, newId, record.guid)) {
    unit.addKey(found, newKey);
  }
  renameRoles(record, newId);
  record.imsId = newId;
  takeImsId(unit, found, newKey);
  if (served) {
    const before = record.sourcedId;
    chooseSourcedId(unit, found, newId);
    if (record.sourcedId === record.guid) record.sourcedId = before;
  }
  touch(unit, found);
  touchOthers(unit, found, undefined);
  return { ok: true, outcome: 'renamed', guid: record.guid };
}

/** The role that gave a membership its id has the new one too: a later change of the enrollment means the same role. */
function renameRoles(record: Entry['record'], newId: string): void {
  if (record.type !== 'membership') return;
  const { data, imsId } = record as Working<'membership'>;
  if (!data.roles.some(({ sourcedId }) => sourcedId !== undefined && sourcedId === imsId)) return;
  const roles = data.roles.map((role) => (role.sourcedId === imsId ? { ...role, sourcedId: newId } : role));
  record.data = { ...data, roles };
}

/** Takes an id, and the same as a served one, away from others that have it; those are known by another id, else their guid. */
async function takeKeys(unit: Unit, entry: Entry, newKey: string, takes: true | 'alias'): Promise<void> {
  const { type } = entry.record;
  const { id } = keyParts(newKey);
  const served = servedKey(servedSpace(entry), id);
  for (const key of [newKey, imsKeyOf(type, newKey) ?? newKey, served]) {
    const holder = unit.byKey(type, key);
    if (holder === undefined || holder === entry || holder.record.state === 'expected') continue;
    const { imsId, sourcedId } = holder.record;
    if (takes === 'alias' && (key === served ? sourcedId : imsId) === id) continue;
    await takeKey(unit, holder, key);
    touchOthers(unit, holder, undefined);
  }
}

/** Who is found by the new id now: by its key, or by its guid, which reads take for an id too. */
function holderOf(unit: Unit, { type, newKey }: RenameChange): Entry | undefined {
  const { id } = keyParts(newKey);
  const held = unit.byKey(type, newKey) ?? unit.byKey(type, enrollmentKeyOf(newKey) ?? newKey);
  return held ?? (isGuid(id) ? unit.get(type, id) : undefined);
}

/** A membership is found by its guid without a key (decisions 1.3). */
function followsFromGuid({ type }: RenameChange, newId: string, guid: string): boolean {
  return type === 'membership' && newId === guid;
}
