import { type Group, keyParts, type Space, servedNamespace } from '../../../model/index.ts';
import type { Doc } from '../../../store/index.ts';
import { chooseSourcedId, servedKey, servedSpace, takeKey } from '../acts/identity.ts';
import type { Entry, Unit } from '../unit.ts';
import { isSame } from './fields.ts';

const keysIn = (fields: Doc): readonly string[] => (fields['keys'] as readonly string[] | null | undefined) ?? [];

/** Keys that a record has had before a run and has not after it: they may come back. */
export function lostKeys(before: Doc, after: Doc): string[] {
  const left = new Set(keysIn(after));
  return keysIn(before).filter((key) => !left.has(key));
}

/**
 * Puts keys and ids back. A key that another record has taken meanwhile stays there; an id goes back only where a key
 * finds the record by it, and the keys of the ids that it has then stay. `takes`: a key is taken back from whoever has it.
 * Answers whether anything changed.
 */
export async function putIdsBack(
  unit: Unit,
  entry: Entry,
  stored: Doc,
  before: Doc,
  after: Doc,
  takes: boolean,
  conflicts: string[],
): Promise<boolean> {
  const { record } = entry;
  const keysBefore = record.keys;
  const idsBefore = [record.imsId, record.sourcedId];
  const lost = lostKeys(before, after);
  await unit.loadKeys(record.type, lost);
  for (const key of lost) {
    const holder = unit.byKey(record.type, key);
    if (holder === undefined) unit.addKey(entry, key);
    else if (holder !== entry && (takes || isFree(unit, holder))) {
      await takeKey(unit, holder, key);
      unit.addKey(entry, key);
    } else if (holder !== entry) conflicts.push('keys');
  }
  // What another record of the same plan has taken back is not as the run left it either.
  const isLeft = (name: 'imsId' | 'sourcedId') => takes || isSame(stored[name], after[name]);
  const isFound = (id: string) => id === record.guid || record.keys.some((key) => isSent(key, id));
  if ('imsId' in before && !isSame(stored['imsId'], before['imsId'])) {
    const id = (before['imsId'] as string | null) ?? record.guid;
    if (isLeft('imsId') && isFound(id)) record.imsId = id;
    else conflicts.push('imsId');
  }
  if ('sourcedId' in before && !isSame(stored['sourcedId'], before['sourcedId'])) {
    const id = (before['sourcedId'] as string | null) ?? record.guid;
    const served = id === record.guid || record.keys.includes(servedKey(servedSpace(entry), id));
    if (isLeft('sourcedId') && served) record.sourcedId = id;
    else conflicts.push('sourcedId');
  }
  const kept = new Set(keysIn(before));
  for (const key of keysIn(after)) {
    if (kept.has(key) || !record.keys.includes(key) || isNeeded(entry, key)) continue;
    unit.dropKey(entry, key);
  }
  if (record.type === 'group') await settleServed(unit, entry);
  return !isSame(keysBefore, record.keys) || idsBefore[0] !== record.imsId || idsBefore[1] !== record.sourcedId;
}

/** Whether a key is a sender's with an id, in a space if one is given. */
function isSent(key: string, id: string, space?: Space): boolean {
  const parts = keyParts(key);
  return parts.namespace !== servedNamespace && parts.id === id && (space === undefined || parts.space === space);
}

/** Whether a record's key may be taken: the undo has put it into the trash, or it is a membership there. */
function isFree(unit: Unit, { record: { type, state, trash } }: Entry): boolean {
  if (state !== 'trashed') return false;
  return type === 'membership' || (trash?.run !== undefined && trash.run === unit.actor?.run);
}

/** Whether a key is the last one by which an id finds its record. */
function isNeeded({ record }: Entry, key: string): boolean {
  const { id, space } = keyParts(key);
  if (id !== record.guid && key === servedKey(servedSpace({ record }), record.sourcedId)) return true;
  if (id !== record.imsId || !isSent(key, id)) return false;
  return !record.keys.some((other) => other !== key && isSent(other, id, space));
}

/** A group's kind may have come back without its served id: it takes what is free for it then. */
async function settleServed(unit: Unit, entry: Entry): Promise<void> {
  const { record } = entry;
  const kind = (record.data as Group).kind;
  if (kind === undefined || record.sourcedId === record.guid) return;
  const wanted = servedKey(servedSpace(entry), record.sourcedId);
  if (record.keys.includes(wanted)) return;
  await unit.loadKeys('group', [wanted]);
  chooseSourcedId(unit, entry, record.sourcedId);
}
