import { failed } from '../../../base/result.ts';
import type { RecordState, RecordType, Trash } from '../../../model/index.ts';
import { type Doc, storedFields, type Working } from '../../../store/index.ts';
import type { ChangeResult, Outcome, Remark, RevertChange } from '../../change.ts';
import type { Context } from '../../context.ts';
import { entryOf, lookUp } from '../acts/look-up.ts';
import { blockType, markStale } from '../acts/marks.ts';
import { idOf, trash } from '../acts/remove.ts';
import { addBlockEntry, type Entry, touch, type Unit } from '../unit.ts';
import { changedFields, isSame, loggedFields, putDataBack, putPlainBack } from './fields.ts';
import { hangingOn } from './hanging.ts';
import { putIdsBack } from './ids.ts';

/** Puts a record back as it was before a run, field by field, where nobody has changed it since (decisions 4.4). */
export async function revert(unit: Unit, context: Context, change: RevertChange): Promise<ChangeResult> {
  const { before, after } = loggedFields(change);
  const wasThere = before !== undefined && before['state'] !== 'expected';
  const found = await lookUp(unit, change.type, change.key);
  if (found === undefined) {
    const named = change.key === undefined ? undefined : (entryOf(unit, change.type, change.key) as Entry | undefined);
    if (!wasThere && named !== undefined) return { ok: true, outcome: 'unchanged', guid: named.record.guid };
    const id = idOf(change);
    return failed('unknown-object', `There is no ${change.type} ${id} any more.`, { id });
  }
  await unit.full(found);
  const { record } = found;
  if (record.made === true) return { ok: true, outcome: 'unchanged', guid: record.guid };
  const feeds = new Set(record.claims.map(({ feed }) => feed));
  const conflicts: string[] = [];
  const outcome = wasThere
    ? await putBack(unit, found, before, after, change.takes === true, conflicts)
    : await unmakeRecord(unit, context, found, after, conflicts);
  const isMarked = outcome === 'marked';
  if (outcome !== 'unchanged') {
    for (const { feed } of record.claims) feeds.add(feed);
    for (const { feed } of (before?.['claims'] ?? []) as Working['claims']) feeds.add(feed);
    for (const feed of feeds)
      addBlockEntry(unit, feed, { guid: record.guid, type: blockType(record), hash: 'touched' });
  }
  const remarks = conflicts.length > 0 ? { remarks: [conflictOf(record, conflicts)] } : {};
  const written = isMarked ? ({ outcome: 'unchanged', written: true } as const) : { outcome };
  return { ok: true, guid: record.guid, ...written, ...remarks };
}

function conflictOf({ type, imsId }: Working, names: readonly string[]): Remark {
  const fields = [...new Set(names)].join(', ');
  const text = `Changed since the run and left as it is: ${fields} of the ${type} ${imsId}.`;
  return { kind: 'warning.undo-conflict', text, id: imsId };
}

/** Puts all fields back; `marked` where nothing that readers see is another then: who owns or lists the record, other ids that find it. */
async function putBack(
  unit: Unit,
  entry: Entry,
  before: Doc,
  after: Doc,
  takes: boolean,
  conflicts: string[],
): Promise<Outcome | 'marked'> {
  const { record } = entry;
  const stored = storedFields(record);
  const from = record.state;
  const ids = await putIdsBackAfterData();
  const state = putStateBack(record, before, after, conflicts);
  if (!ids && !state) return 'unchanged';
  if (record.state === 'trashed') record.claims = [];
  touch(unit, entry);
  markStale(unit, entry);
  if (record.type === 'membership') markEnds(unit, entry as Entry<'membership'>);
  else if (from !== record.state) for (const one of await hangingOn(unit, record)) markEnds(unit, one);
  return from === record.state ? inPlace(record, stored) : moved(from, record.state);

  async function putIdsBackAfterData(): Promise<boolean> {
    const data = putDataBack(record, before, after, conflicts);
    const plain = putPlainBack(record, stored, before, after, conflicts);
    const changed = await putIdsBack(unit, entry, stored, before, after, takes, conflicts);
    return data || plain || changed;
  }
}

/** What a record becomes that stays where it is, as previews and the change log call it. */
function inPlace(record: Working, stored: Doc): Outcome | 'marked' {
  const now = storedFields(record);
  if (!isSame(now['imsId'], stored['imsId'])) return 'renamed';
  return ['data', 'sourcedIds'].every((name) => isSame(now[name], stored[name])) ? 'marked' : 'updated';
}

function moved(from: RecordState, to: RecordState): Outcome {
  if (to === 'trashed' || to === 'archived' || to === 'disabled') return to;
  return from === 'trashed' || from === 'archived' ? 'restored' : 'updated';
}

/** The state goes back together with how the record came into the trash. */
function putStateBack(record: Working, before: Doc, after: Doc, conflicts: string[]): boolean {
  if (!('state' in before) && !('trash' in before)) return false;
  const state = (before['state'] as RecordState | undefined) ?? record.state;
  const target = 'trash' in before ? ((before['trash'] as Trash | null) ?? undefined) : record.trash;
  if (record.state === state && isSame(record.trash, target)) return false;
  const isLeft =
    (!('state' in after) || record.state === after['state']) &&
    (!('trash' in after) || isSame(record.trash, after['trash']));
  if (!isLeft) {
    if (record.state !== state) conflicts.push('state');
    return false;
  }
  record.state = state;
  record.trash = target;
  return true;
}

/** A record that the run made goes to the trash, and with it the memberships of it that are not older. */
async function unmakeRecord(
  unit: Unit,
  context: Context,
  entry: Entry,
  after: Doc,
  conflicts: string[],
): Promise<Outcome> {
  const { record } = entry;
  if (record.state === 'trashed') return 'unchanged';
  conflicts.push(...changedFields(record, storedFields(record), after));
  if (conflicts.length > 0) return 'unchanged';
  const removal = `${unit.sequence}.${record.guid}`;
  const hanging = await hangingOn(unit, record);
  trash(unit, context, entry, removal, undefined);
  for (const membership of hanging) {
    // One that is older was there before the record had arrived, and waits for it again.
    if (membership.record.createdAt < record.createdAt) markEnds(unit, membership);
    else trash(unit, context, membership as Entry<RecordType>, removal, record.guid);
  }
  return 'trashed';
}

function markEnds(unit: Unit, { record: { guid, data } }: Entry<'membership'>): void {
  unit.staleMemberships.add(guid);
  if (data.memberType === 'person') unit.stalePersons.add(data.member);
}
