import { failed } from '../../../base/result.ts';
import { isKey, keyParts } from '../../../model/index.ts';
import type { ChangeResult, RenameChange } from '../../change.ts';
import { touch, type Unit } from '../unit.ts';
import { chooseSourcedId } from './identity.ts';
import { lookUp } from './look-up.ts';
import { touchOthers } from './marks.ts';
import { idOf } from './remove.ts';

/** Gives a record a new key; the old one stays as an alias that finds it (decisions 1.5). */
export async function rename(unit: Unit, change: RenameChange): Promise<ChangeResult> {
  const id = idOf(change);
  if (!isKey(change.newKey) || keyParts(change.newKey).id === '') return failed('missing-data', 'The new id is empty.');
  const found = await lookUp(unit, change.type, change.key);
  if (found === undefined || found.record.state === 'trashed') {
    return failed('unknown-object', `There is no ${change.type} ${id}.`, { id });
  }
  const holder = unit.byKey(change.type, change.newKey);
  const newId = keyParts(change.newKey).id;
  if (holder !== undefined && holder.record.guid !== found.record.guid) {
    return failed('key-in-use', `The id ${newId} is in use already.`, { id: newId });
  }
  await unit.full(found);
  const record = found.record;
  if (record.imsId === newId && holder !== undefined) return { ok: true, outcome: 'unchanged', guid: record.guid };
  const served = record.sourcedId !== record.guid;
  if (holder === undefined) unit.addKey(found, change.newKey);
  record.imsId = newId;
  if (served) {
    const before = record.sourcedId;
    chooseSourcedId(unit, found, newId);
    if (record.sourcedId === record.guid) record.sourcedId = before;
  }
  touch(unit, found);
  touchOthers(unit, found, undefined);
  return { ok: true, outcome: 'renamed', guid: record.guid };
}
