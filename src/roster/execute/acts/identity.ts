import {
  type GroupKind,
  isLegalSourcedId,
  key,
  keyParts,
  oneRosterTypeOf,
  type Space,
  servedNamespace,
} from '../../../model/index.ts';
import type { Entry, Unit } from '../unit.ts';

/** The OneRoster space of a record: the type whose `sourcedId`s it shares. */
export function servedSpace(entry: { readonly record: { readonly type: string; readonly data: unknown } }): Space {
  if (entry.record.type === 'person') return 'user';
  if (entry.record.type === 'membership') return 'enrollment';
  const kind = (entry.record.data as { kind?: GroupKind }).kind ?? 'class';
  return oneRosterTypeOf(kind) ?? 'class';
}

/** The key under which a record's `sourcedId` would be served. */
export function servedKey(space: Space, id: string): string {
  return key(space, servedNamespace, id);
}

/**
 * Chooses the OneRoster `sourcedId` of a new record (decisions 1.5): the sender's id if it is legal and free in its
 * type, else the guid. The key must have been loaded before, and the record whose guid it is, if it is one.
 */
export function chooseSourcedId(unit: Unit, entry: Entry, senderId: string | undefined): void {
  const record = entry.record;
  record.sourcedId = record.guid;
  if (senderId === undefined || !isLegalSourcedId(senderId)) return;
  const wanted = servedKey(servedSpace(entry), senderId);
  const holder = unit.byKey(record.type, wanted);
  if (holder !== undefined && holder.record.guid !== record.guid) return;
  if (senderId !== record.guid && unit.get(record.type, senderId) !== undefined) return;
  record.sourcedId = senderId;
  if (holder === undefined) unit.addKey(entry, wanted);
}

/** Keys that a new record with this id may want to be served by, for loading them ahead. */
export function candidateServedKeys(type: string, id: string): string[] {
  if (!isLegalSourcedId(id)) return [];
  if (type === 'person') return [servedKey('user', id)];
  if (type === 'membership') return [servedKey('enrollment', id)];
  return (['org', 'course', 'class', 'academicSession'] as const).map((space) => servedKey(space, id));
}

/** Moves a group's served id when its kind has changed: kept if it is free in the new type, else the guid. */
export async function moveServedId(unit: Unit, entry: Entry, oldSpace: Space): Promise<void> {
  const space = servedSpace(entry);
  const record = entry.record;
  if (space === oldSpace || record.sourcedId === record.guid) return;
  const id = record.sourcedId;
  await unit.loadKeys(record.type, [servedKey(space, id)]);
  unit.dropKey(entry, servedKey(oldSpace, id));
  chooseSourcedId(unit, entry, id);
}

/** Takes a key away from a record; another of its senders' ids is its own from then on, else its guid. */
export async function takeKey(unit: Unit, holder: Entry, taken: string): Promise<void> {
  await unit.full(holder);
  const { record } = holder;
  unit.dropKey(holder, taken);
  const { id } = keyParts(taken);
  if (record.sourcedId === id && taken === servedKey(servedSpace(holder), id)) record.sourcedId = record.guid;
  const left = record.keys.map(keyParts).filter(({ namespace }) => namespace !== servedNamespace);
  if (!left.some((one) => one.id === record.imsId)) record.imsId = left[0]?.id ?? record.guid;
}
