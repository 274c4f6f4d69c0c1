import { isGuid } from '../../../base/ids.ts';
import {
  enrollmentsOf,
  key,
  keyParts,
  oneRosterTypeOf,
  type RecordType,
  type StoredRecord,
  servedNamespace,
} from '../../../model/index.ts';
import { type Context, keyOfView, typeOfView, type View, type ViewItem } from '../../../roster/index.ts';
import type { Reads } from '../deps.ts';
import type { Readable } from './ask.ts';

/** What an id means: an item of its view, nothing, or a record of another view, which has it for its guid. */
export type Target = ViewItem | 'other' | undefined;

/** The records that operations are about, read at once for all of them. */
export interface Records {
  /** What an operation is about, in the trash or not. */
  target(ask: Pick<Readable, 'noun' | 'sourcedId'>): Target;
  /** The record that a key of a reference means, where it is there: arrived, not in the trash, of the right class. */
  there(view: View, key: string): StoredRecord | undefined;
  /** The membership of two ends by their guids; undefined where one of them is not there yet. */
  membership(
    group: string,
    member: string,
  ): { readonly guid: string; readonly record?: StoredRecord<'membership'> } | undefined;
}

/** The last dot of an enrollment's id may divide a membership's id from a role (decisions 1.6). */
function membershipIds(sourcedId: string): string[] {
  const dot = sourcedId.lastIndexOf('.');
  return dot <= 0 ? [sourcedId] : [sourcedId, sourcedId.slice(0, dot)];
}

/** Whether a record is of the class that a view shows. */
function isOfView(record: StoredRecord, view: View): boolean {
  if (record.type === 'membership') return (record as StoredRecord<'membership'>).data.memberType === 'person';
  if (record.type !== 'group') return record.type === typeOfView(view);
  return oneRosterTypeOf((record as StoredRecord<'group'>).data.kind) === keyParts(keyOfView(view, 'x')).space;
}

/** The place of an enrollment in its membership, as reads find it; undefined where it has none of that id. */
function enrollmentIn(record: StoredRecord<'membership'>, sourcedId: string, isWhole: boolean): ViewItem | undefined {
  const id = isWhole ? sourcedId : `${record.sourcedId}${sourcedId.slice(sourcedId.lastIndexOf('.'))}`;
  const role = enrollmentsOf(record).findIndex((enrollment) => enrollment.sourcedId === id);
  if (role < 0 && !isWhole) return undefined;
  return { record, role: Math.max(role, 0) };
}

/** Reads the records that operations are about and those that they name: one look-up a type, and one for memberships by their ends. */
export async function lookUp(
  roster: Pick<Reads, 'find' | 'guidsOf'>,
  context: Context,
  asks: readonly Readable[],
): Promise<Records> {
  const wanted = new Map<RecordType, Set<string>>();
  const want = (type: RecordType, reference: string) => {
    const set = wanted.get(type) ?? new Set();
    wanted.set(type, set.add(reference));
    const { id } = keyParts(reference);
    // What the gateway made for itself has a guid, and no key.
    if (isGuid(id)) set.add(id);
  };
  for (const { noun, sourcedId, named } of asks) {
    for (const id of noun === 'enrollment' ? membershipIds(sourcedId) : [sourcedId]) {
      want(typeOfView(noun), keyOfView(noun, id));
    }
    for (const { view, key: reference } of named) want(typeOfView(view), reference);
  }
  const found = new Map<string, StoredRecord>();
  const mapKey = (type: RecordType, reference: string) => `${type} ${reference}`;
  const load = async (type: RecordType, references: readonly string[]) => {
    const records = await roster.find(context, type, references, { trashed: true });
    for (const [at, record] of records.entries()) {
      if (record !== undefined) found.set(mapKey(type, references[at] ?? ''), record);
    }
  };
  await Promise.all([...wanted].map(([type, references]) => load(type, [...references])));

  const byKey = (view: View, reference: string): StoredRecord | undefined => {
    const type = typeOfView(view);
    return found.get(mapKey(type, reference)) ?? found.get(mapKey(type, keyParts(reference).id));
  };
  const there = (view: View, reference: string) => {
    const record = byKey(view, reference);
    return record !== undefined && record.state !== 'trashed' && isOfView(record, view) ? record : undefined;
  };

  const pairs = asks.flatMap(({ noun, sent }) => {
    if (noun !== 'enrollment' || typeof sent['class'] !== 'string' || typeof sent['user'] !== 'string') return [];
    const [group, member] = [there('class', sent['class']), there('user', sent['user'])];
    return group === undefined || member === undefined ? [] : [{ group: group.guid, member: member.guid }];
  });
  const guids = await roster.guidsOf(
    context,
    pairs.map((data) => ({ op: 'upsert', type: 'membership', data: { ...data, memberType: 'person' } })),
  );
  if (guids.length > 0) await load('membership', guids);
  const byEnds = new Map(pairs.map(({ group, member }, at) => [`${group}|${member}`, guids[at] ?? '']));

  return {
    there,
    target({ noun, sourcedId }) {
      if (noun !== 'enrollment') {
        const record = byKey(noun, keyOfView(noun, sourcedId));
        return record === undefined ? undefined : isOfView(record, noun) ? { record } : 'other';
      }
      for (const id of membershipIds(sourcedId)) {
        const record = byKey('enrollment', key('enrollment', servedNamespace, id));
        if (record === undefined) continue;
        if (!isOfView(record, 'enrollment')) return 'other';
        return enrollmentIn(record as StoredRecord<'membership'>, sourcedId, id === sourcedId);
      }
      return undefined;
    },
    membership(group, member) {
      const guid = byEnds.get(`${group}|${member}`);
      if (guid === undefined) return undefined;
      const record = found.get(mapKey('membership', guid)) as StoredRecord<'membership'> | undefined;
      return { guid, ...(record !== undefined && { record }) };
    },
  };
}
