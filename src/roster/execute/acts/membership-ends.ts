import { isKey, keyParts } from '../../../model/index.ts';
import type { Entry, Unit } from '../unit.ts';

/** The text whose hash is a membership's guid: its two ends (decisions 1.1, 1.6). */
export function endsText(group: string, member: string, memberType: string): string {
  return `ends:${memberType}|${group}|${member}`;
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
  return unit.get('membership', unit.guid(endsText(group, member, ends.memberType)));
}

/** Takes `ends:…` apart. */
export function endsOf(text: string): { memberType: 'person' | 'group'; group: string; member: string } | undefined {
  if (!text.startsWith('ends:')) return undefined;
  const memberType = text.startsWith('ends:group|') ? 'group' : 'person';
  const at = text.lastIndexOf(`|${memberType}:`);
  return { memberType, group: text.slice(`ends:${memberType}|`.length, at), member: text.slice(at + 1) };
}
