import { endsKey, endsOf, isKey, keyParts, type RecordType } from '../../../model/index.ts';
import type { Entry, Unit } from '../unit.ts';

/** A loaded record by key or guid; expected ones are not found. */
export async function lookUp(unit: Unit, type: RecordType, reference: string | undefined): Promise<Entry | undefined> {
  if (reference === undefined) return undefined;
  if (!isKey(reference)) await unit.loadGuids(type, [reference]);
  const found =
    type === 'membership'
      ? (membershipById(unit, reference) as Entry | undefined)
      : isKey(reference)
        ? unit.byKey(type, reference)
        : unit.get(type, reference);
  return found === undefined || found.record.state === 'expected' ? undefined : found;
}

/** A membership by the sender's id, by guid, or by its ends' keys (`ends:person|<group key>|<person key>`). */
export function membershipById(unit: Unit, reference: string): Entry<'membership'> | undefined {
  if (!isKey(reference)) return unit.get('membership', reference);
  const ends = endsOf(reference);
  if (ends === undefined) {
    const found = unit.byKey('membership', reference);
    return found ?? unit.get('membership', keyParts(reference).id);
  }
  const group = unit.byKey('group', ends.group)?.record.guid ?? unit.guid(ends.group);
  const member = unit.byKey(ends.memberType, ends.member)?.record.guid ?? unit.guid(ends.member);
  return unit.get('membership', unit.guid(endsKey(group, member, ends.memberType)));
}
