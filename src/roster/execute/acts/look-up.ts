import { isGuid } from '../../../base/ids.ts';
import { endsKey, endsOf, isKey, keyParts, type RecordType } from '../../../model/index.ts';
import type { Entry, Unit } from '../unit.ts';

/**
 * The loaded record that a reference means: a guid, or a key. Where no record has the key and its id is a guid, it is the
 * record of that guid, whatever the namespace (decisions 1.3); but none that the gateway made for itself.
 */
export function entryOf<T extends RecordType>(unit: Unit, type: T, reference: string): Entry<T> | undefined {
  if (!isKey(reference)) return unit.get(type, reference);
  const there = unit.byKey(type, reference);
  if (there !== undefined) return there;
  const guid = guidIn(reference);
  const meant = guid === undefined ? undefined : unit.get(type, guid);
  return meant?.record.made === true ? undefined : meant;
}

/** The guid that a key has for its id, if it is one. */
export function guidIn(key: string): string | undefined {
  const { id } = keyParts(key);
  return isGuid(id) ? id : undefined;
}

/** The guid of what a reference means, or would have when it is made. */
export function guidMeant(unit: Unit, type: RecordType, reference: string): string {
  return entryOf(unit, type, reference)?.record.guid ?? (isKey(reference) ? unit.guid(reference) : reference);
}

/** A loaded record by key or guid; expected ones are not found. */
export async function lookUp(unit: Unit, type: RecordType, reference: string | undefined): Promise<Entry | undefined> {
  if (reference === undefined) return undefined;
  if (!isKey(reference)) await unit.loadGuids(type, [reference]);
  const found =
    type === 'membership'
      ? (membershipById(unit, reference) as Entry | undefined)
      : (entryOf(unit, type, reference) as Entry | undefined);
  return found === undefined || found.record.state === 'expected' ? undefined : found;
}

/** A membership by the sender's id, by guid, or by its ends' keys (`ends:person|<group key>|<person key>`). */
export function membershipById(unit: Unit, reference: string): Entry<'membership'> | undefined {
  const ends = endsOf(reference);
  if (ends === undefined) return entryOf(unit, 'membership', reference);
  const { group, member, memberType } = ends;
  const text = endsKey(guidMeant(unit, 'group', group), guidMeant(unit, memberType, member), memberType);
  return unit.get('membership', unit.guid(text));
}
