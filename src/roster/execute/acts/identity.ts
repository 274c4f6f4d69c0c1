import {
  type GroupKind,
  isCourseworkType,
  isLegalSourcedId,
  isRosterType,
  key,
  keyParts,
  oneRosterTypeOf,
  type RecordType,
  rosterSpaces,
  type Space,
  servedNamespace,
} from '../../../model/index.ts';
import type { Entry, Unit } from '../unit.ts';

/** The OneRoster space of a record: the type whose `sourcedId`s it shares. */
export function servedSpace(entry: { readonly record: { readonly type: RecordType; readonly data: unknown } }): Space {
  if (entry.record.type === 'person') return 'user';
  if (entry.record.type === 'membership') return 'enrollment';
  if (isCourseworkType(entry.record.type)) return entry.record.type;
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

/**
 * Lets a role's enrollment be found by the id that its sender gave it, if that is legal and free (decisions 1.5). The key must
 * have been loaded before, and the record whose guid it is, if it is one.
 */
export function serveRole(unit: Unit, entry: Entry<'membership'>, senderId: string): void {
  const { guid, data } = entry.record;
  if (!isLegalSourcedId(senderId) || !data.roles.some(({ sourcedId }) => sourcedId === senderId)) return;
  const wanted = servedKey('enrollment', senderId);
  if (unit.byKey('membership', wanted) !== undefined) return;
  if (senderId === guid || unit.get('membership', senderId) !== undefined) return;
  unit.addKey(entry as Entry, wanted);
}

/**
 * The key by which IMS protocols would find a record that came with a key of OneRoster (decisions 1.5); undefined for any
 * other key. OneRoster's groups of all types share one space there.
 */
export function imsKeyOf(type: RecordType, sent: string): string | undefined {
  const { space, namespace, id } = keyParts(sent);
  const isOneRoster = (rosterSpaces as readonly Space[]).includes(space) && space !== type;
  return isRosterType(type) && isOneRoster && namespace !== servedNamespace ? key(type, namespace, id) : undefined;
}

/**
 * Gives a record that came with a key of OneRoster the same id in IMS, if it is free there; else its guid is its IMS id
 * (decisions 1.5). The key must have been loaded before, and the record whose guid it is, if it is one. Of memberships
 * the key of OneRoster is the one for both.
 */
export function takeImsId(unit: Unit, entry: Entry, sent: string): void {
  const { record } = entry;
  const { type, guid } = record;
  const wanted = imsKeyOf(type, sent);
  if (wanted === undefined) return;
  const { id } = keyParts(wanted);
  const holder = unit.byKey(type, wanted);
  const isFree = holder === undefined && (id === guid || unit.get(type, id) === undefined);
  if (type !== 'membership') {
    if (isFree) unit.addKey(entry, wanted);
  } else if (!isFree && holder !== entry) record.imsId = guid;
}

/** Keys that a new record with this id may want to be served by, for loading them ahead. */
export function candidateServedKeys(type: RecordType, id: string): string[] {
  if (!isLegalSourcedId(id)) return [];
  if (type === 'person') return [servedKey('user', id)];
  if (type === 'membership') return [servedKey('enrollment', id)];
  if (isCourseworkType(type)) return [servedKey(type, id)];
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
