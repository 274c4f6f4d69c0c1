import { isGuid } from '../../../base/ids.ts';
import {
  endsKey,
  endsOf,
  enrollmentKeyOf,
  isKey,
  key,
  keyParts,
  type RecordType,
  servedNamespace,
} from '../../../model/index.ts';
import type { WriteChange } from '../../change.ts';
import type { Context } from '../../context.ts';
import type { Entry, Unit } from '../unit.ts';

/**
 * The loaded record that a reference means: a guid, or a key. Where no record has the key and its id is a guid, it is the
 * record of that guid, whatever the namespace (decisions 1.3); but none that the gateway made for itself.
 */
export function entryOf<T extends RecordType>(unit: Unit, type: T, reference: string): Entry<T> | undefined {
  if (!isKey(reference)) return unit.get(type, reference);
  const there = unit.byKey(type, reference) ?? unit.byKey(type, enrollmentKeyOf(reference) ?? reference);
  if (there !== undefined) return there;
  const guid = guidIn(reference);
  const meant = guid === undefined ? undefined : unit.get(type, guid);
  return meant?.record.made === true ? undefined : meant;
}

/** The guid that a key has for its id, if it is one. */
export function guidIn(text: string): string | undefined {
  const { id } = keyParts(text);
  return isGuid(id) ? id : undefined;
}

/** The guid of what a reference means, or would have when it is made. */
export function guidMeant(unit: Unit, type: RecordType, reference: string): string {
  return entryOf(unit, type, reference)?.record.guid ?? (isKey(reference) ? unit.guid(reference) : reference);
}

/**
 * A write as its sender means it: where its key is a served id under which there is no record, what is made has that id in
 * the sender's namespace (decisions 1.4, 1.5).
 */
export function asSent<C extends WriteChange>(unit: Unit, context: Context, change: C): C {
  const sent = change.key === undefined ? undefined : keyAsSent(context, change.key);
  if (sent === undefined || entryOf(unit, change.type, change.key as string) !== undefined) return change;
  return { ...change, key: sent };
}

/** The key that a served id would have as its sender's own; undefined for any other key. */
export function keyAsSent({ namespace }: Context, reference: string): string | undefined {
  if (!reference.includes('::') || reference.startsWith('ends:')) return undefined;
  const parts = keyParts(reference);
  return parts.namespace === servedNamespace ? key(parts.space, namespace, parts.id) : undefined;
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
