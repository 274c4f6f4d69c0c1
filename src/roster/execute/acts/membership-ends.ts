import { endsKey, endsOf, isKey, keyParts } from '../../../model/index.ts';
import type { Entry, Unit } from '../unit.ts';

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
