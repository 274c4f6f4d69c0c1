import { courseworkTypes } from './record.ts';

/**
 * The spaces of keys (decisions 1.2, 1.3) of persons, groups and memberships: `person`, `group` and `membership` are those
 * of IMS, the others those of OneRoster.
 */
export const rosterSpaces = [
  'person',
  'group',
  'membership',
  'user',
  'org',
  'course',
  'class',
  'academicSession',
  'enrollment',
] as const;
/** One of {@link rosterSpaces}. */
export type RosterSpace = (typeof rosterSpaces)[number];

/** All spaces of keys: OneRoster's own nouns have one each. */
export const spaces = [...rosterSpaces, ...courseworkTypes] as const;
/** One of {@link spaces}. */
export type Space = (typeof spaces)[number];

/** The namespace of ids that the gateway itself gives out (a record's OneRoster `sourcedId`). */
export const servedNamespace = '';

/** Writes a key as text: `space:namespace:id`, outer white space of the id trimmed, case and inner white space kept. */
export function key(space: Space, namespace: string, id: string): string {
  return `${space}:${namespace}:${id.trim()}`;
}

/** Whether a reference is a key (a guid holds no colon). */
export function isKey(reference: string): boolean {
  return reference.includes(':');
}

/** Takes a key apart. */
export function keyParts(text: string): { space: Space; namespace: string; id: string } {
  const first = text.indexOf(':');
  const second = text.indexOf(':', first + 1);
  return {
    space: text.slice(0, first) as Space,
    namespace: text.slice(first + 1, second),
    id: text.slice(second + 1),
  };
}

/** Whether an id may be a OneRoster `sourcedId`: fewer than 256 of `0-9 a-z A-Z . - _ / @` (OneRoster CSV 1.2). */
export function isLegalSourcedId(id: string): boolean {
  return /^[0-9a-zA-Z.\-_/@]{1,255}$/.test(id);
}

/**
 * How a membership without an id of the sender is found: by the keys of its two ends (decisions 1.6). With guids for
 * keys it is the text whose hash is the membership's guid (decisions 1.1).
 */
export function endsKey(group: string, member: string, memberType: 'person' | 'group'): string {
  return `ends:${memberType}|${group}|${member}`;
}

/** Takes an {@link endsKey} of keys apart; undefined for any other key. */
export function endsOf(text: string): { memberType: 'person' | 'group'; group: string; member: string } | undefined {
  if (!text.startsWith('ends:')) return undefined;
  const memberType = text.startsWith('ends:group|') ? 'group' : 'person';
  const at = text.lastIndexOf(`|${memberType}:`);
  return { memberType, group: text.slice(`ends:${memberType}|`.length, at), member: text.slice(at + 1) };
}

/**
 * The key of OneRoster by which a membership is found by its IMS id too, where no record has that key of IMS (decisions
 * 1.5): memberships that came by OneRoster are most of all records, so that the one key must do (decisions 1.3).
 */
export function enrollmentKeyOf(reference: string): string | undefined {
  return reference.startsWith('membership:') ? `enrollment${reference.slice(reference.indexOf(':'))}` : undefined;
}
