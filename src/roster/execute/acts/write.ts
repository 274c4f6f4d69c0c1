import { type Failed, failed } from '../../../base/result.ts';
import {
  type DataOf,
  type Group,
  isCourseworkType,
  isKey,
  keyParts,
  type Person,
  type RecordType,
} from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import type { ChangeResult, Outcome, Remark, WriteChange } from '../../change.ts';
import { type Context, feedOf } from '../../context.ts';
import { isCoursework, refusedReference, withGuids } from '../coursework/references.ts';
import { nameTheSame } from '../derive/members.ts';
import { viewsOf } from '../derive/views.ts';
import { isLocked, keepLocked } from '../locks/guard.ts';
import { addBlockEntry, type Entry, touch, type Unit } from '../unit.ts';
import { chooseSourcedId, moveServedId, servedSpace, takeImsId } from './identity.ts';
import { entryOf } from './look-up.ts';
import { blockType, firstClaims, isForeign, markStale, touchOthers } from './marks.ts';
import { compact, fillData, mergeData, replaceData, sameData, withMergedLists, withParentsOf } from './merge.ts';
import { blank, resolveData } from './references.ts';
import { arrive, bringBack } from './restore.ts';
import { strictRefuses } from './strict.ts';

/** Writes a record of any type but a membership (decisions 1, 2.1). */
export async function write(unit: Unit, context: Context, change: WriteChange): Promise<ChangeResult> {
  const unusable = unusableKey(change.key);
  if (unusable !== undefined || change.key === undefined)
    return unusable ?? failed('missing-data', 'The record has no id.');
  const type = change.type;
  const there: Entry | undefined = entryOf(unit, type, change.key);
  const blocked = precondition(there, change);
  if (blocked !== undefined) return blocked;
  if (there === undefined && !isKey(change.key)) return failed('unknown-object', `There is no ${type} ${change.key}.`);
  const remarks: Remark[] = [];
  const guid = there?.record.guid ?? unit.guid(change.key);
  const refused = isCoursework(change)
    ? await refusedReference(unit, change, there)
    : change.strict === true
      ? await strictRefuses(unit, change, guid)
      : undefined;
  if (refused !== undefined) return refused;
  const data = isCoursework(change) ? withGuids(unit, change) : resolveData(unit, context, change, guid, remarks);
  const entry = there ?? makeRecord(unit, context, change, guid, data);
  let outcome: Outcome = there === undefined ? 'created' : 'unchanged';
  let back: Awaited<ReturnType<typeof bringBack>> | undefined;
  if (there?.record.state === 'archived') {
    remarks.push(archivedRemark);
    return finish(unit, context, change, there, 'unchanged', remarks);
  }
  if (there?.record.state === 'expected') {
    await fillPlaceholder(unit, context, change, there, data);
    outcome = 'created';
  } else if (there !== undefined) {
    await unit.full(there);
    if (there.record.state === 'trashed') {
      back = await bringBack(unit, there, context.writer);
      outcome = 'restored';
    }
    const next = withMergedLists(unit, there.record.data as Person, change, data, remarks);
    const updated = await applyTo(unit, context, change, there, next, remarks);
    if (updated && outcome === 'unchanged') outcome = 'updated';
  }
  const result = finish(unit, context, change, entry, outcome, remarks);
  if (back === undefined || !result.ok) return result;
  return { ...result, cascade: back.cascade, notRestored: back.notRestored };
}

/** Said of what is sent for an archived course (decisions 2.4, feeds.md 2.12). */
export const archivedRemark: Remark = {
  kind: 'warning.archived-ignored',
  text: 'The course is archived: what is sent for it is ignored until an administrator restores it.',
};

/** Longest id that a record may have, in code points (IMS-ES 1.0 common data, `identifier`). */
const longestId = 1024;

/** What is wrong with the key of a record to be written: no id, or one that no door could name again. */
export function unusableKey(key: string | undefined): Failed | undefined {
  const id = key === undefined ? '' : isKey(key) ? keyParts(key).id : key;
  if (id === '') return failed('missing-data', 'The record has no id.');
  if (id.length <= longestId) return undefined;
  const characters = Array.from(id);
  if (characters.length <= longestId) return undefined;
  return failed('too-long', `The id has ${characters.length} characters; ${longestId} are allowed.`, {
    id: `${characters.slice(0, 40).join('')}…`,
  });
}

function precondition(there: Entry | undefined, change: WriteChange): ChangeResult | undefined {
  const state = there?.record.state;
  const id = change.key === undefined ? '' : isKey(change.key) ? keyParts(change.key).id : change.key;
  const known = state !== undefined && state !== 'expected';
  if (change.must === 'not-exist' && known) {
    return failed('already-exists', `The ${change.type} ${id} exists already.`, { id });
  }
  if (change.must === 'exist' && (!known || state === 'trashed')) {
    return failed('unknown-object', `There is no ${change.type} ${id}.`, { id });
  }
  return undefined;
}

function makeRecord(
  unit: Unit,
  context: Context,
  change: WriteChange,
  guid: string,
  data: Record<string, unknown>,
): Entry {
  const key = change.key as string;
  const base = change.type === 'group' ? { kind: 'class', ...data } : data;
  const record = blank(unit, change.type, guid, compact(base) as DataOf[RecordType]) as Working;
  record.keys = [key];
  record.imsId = change.imsId ?? keyParts(key).id;
  record.owner = context.writer;
  record.sourcedIds = change.sourcedIds === undefined ? undefined : [...change.sourcedIds];
  record.claims = firstClaims(unit, context.writer);
  if (isCourseworkType(change.type)) record.views = viewsOf(record);
  const entry = unit.create(record);
  chooseSourcedId(unit, entry, record.imsId);
  takeImsId(unit, entry, key);
  markStale(unit, entry);
  return entry;
}

async function fillPlaceholder(
  unit: Unit,
  context: Context,
  change: WriteChange,
  entry: Entry,
  data: Record<string, unknown>,
): Promise<void> {
  await unit.full(entry);
  const record = entry.record;
  record.data = compact(change.type === 'group' ? { kind: 'class', ...data } : data) as DataOf[RecordType];
  record.imsId = change.imsId ?? record.imsId;
  if (change.sourcedIds !== undefined) record.sourcedIds = [...change.sourcedIds];
  record.owner = context.writer;
  record.claims = firstClaims(unit, context.writer);
  record.createdAt = unit.at;
  record.state = 'active';
  touch(unit, entry);
  chooseSourcedId(unit, entry, record.imsId);
  if (change.key !== undefined) takeImsId(unit, entry, change.key);
  markStale(unit, entry);
  await arrive(unit, entry);
}

/**
 * Applies data to a record by the rules of ownership; answers whether its values changed (decisions 4.2). Who owns it,
 * lists it or filled a field is kept all the same.
 */
export async function applyTo(
  unit: Unit,
  context: Context,
  change: WriteChange,
  entry: Entry,
  data: Record<string, unknown>,
  remarks: Remark[],
): Promise<boolean> {
  const record = entry.record;
  const feed = feedOf(context.writer);
  const owner = feedOf(record.owner);
  let changed = false;
  let marked = false;
  const foreign = isForeign(unit, record, context.writer);
  const spaceBefore = servedSpace(entry);
  const before = record.data;
  let next: object;
  if (foreign) {
    const mine = Object.keys(record.filled ?? {}).filter((name) => record.filled?.[name] === context.writer);
    const result = fillData(record.data as object, data, mine);
    next = result.data;
    const filled = result.filled.filter((name) => !isLocked(context, record, name));
    if (filled.length > 0) {
      record.filled = { ...record.filled, ...Object.fromEntries(filled.map((name) => [name, context.writer])) };
    }
  } else if (change.op === 'replace') {
    next = replaceData(
      record.data as object,
      withKind(change, record, data),
      context.source,
      Object.keys(record.filled ?? {}),
    );
  } else {
    next = mergeData(change.moveParents === true ? withParentsOf(before, data) : before, data);
  }
  if (record.locks !== undefined) next = keepLocked(context, record, next, remarks);
  if (!sameData(record.data, next)) {
    record.data = next as DataOf[RecordType];
    changed = true;
  }
  if (!foreign && record.filled !== undefined) {
    const kept = Object.entries(record.filled).filter(
      ([name]) => data[name] === undefined || isLocked(context, record, name),
    );
    if (kept.length !== Object.keys(record.filled).length) {
      record.filled = kept.length > 0 ? Object.fromEntries(kept) : undefined;
      marked = true;
    }
  }
  if (feed !== undefined) {
    if (!record.claims.some((claim) => claim.feed === feed)) {
      record.claims = [...record.claims, { feed, since: unit.at }];
      marked = true;
    }
    if (!foreign && (owner === undefined || !record.claims.some((claim) => claim.feed === owner))) {
      if (record.owner !== context.writer) marked = true;
      record.owner = context.writer;
    }
    if (record.state === 'disabled') {
      record.state = 'active';
      changed = true;
    }
  }
  if (change.adopt === true && record.claims.length === 0 && record.owner !== context.writer) {
    record.owner = context.writer;
    marked = true;
  }
  if (change.sourcedIds !== undefined && !foreign && !sameData(record.sourcedIds, change.sourcedIds)) {
    record.sourcedIds = [...change.sourcedIds];
    changed = true;
  }
  if (changed || marked) touch(unit, entry);
  if (changed) {
    if (record.type === 'group') await moveServedId(unit, entry, spaceBefore);
    const isWorkedOut = record.type === 'person' && record.derived !== undefined;
    if (!isWorkedOut || !nameTheSame(before as Person, record.data as Person)) markStale(unit, entry);
  }
  return changed;
}

/** A group's kind survives a replace that does not speak of it. */
function withKind(change: WriteChange, record: Working, data: Record<string, unknown>): Record<string, unknown> {
  if (change.type !== 'group' || data['kind'] !== undefined) return data;
  return { ...data, kind: (record.data as Group).kind };
}

/** Ends a write: hash block of the feed, touched sets of the other feeds that list the record. */
export function finish(
  unit: Unit,
  context: Context,
  change: WriteChange,
  entry: Entry,
  outcome: Outcome,
  remarks: Remark[],
): ChangeResult & { ok: true } {
  const feed = feedOf(context.writer);
  const record = entry.record;
  if (feed !== undefined && change.hash !== undefined) {
    // What an archived course lets pass by is not known by its bytes: it counts once the course is restored.
    const hash = remarks.includes(archivedRemark) ? 'touched' : change.hash;
    addBlockEntry(unit, feed, { guid: record.guid, type: blockType(record), hash });
  }
  if (outcome !== 'unchanged') touchOthers(unit, entry, feed);
  return { ok: true, outcome, guid: record.guid, ...(remarks.length > 0 ? { remarks } : {}) };
}
