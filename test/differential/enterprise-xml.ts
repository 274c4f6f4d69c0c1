import type { RandomGroup, RandomRoster } from './random-roster.ts';

/** The roster as an IMS Enterprise 1.1 file; `stamp` makes two files of one roster differ in their bytes. */
export function enterpriseXml({ persons, groups, members }: RandomRoster, stamp: string): string {
  const byGroup = new Map<string, string[]>();
  for (const { group, person, roles } of members.values()) {
    const role = roles.map((type) => `<role roletype="${type}"><status>1</status></role>`).join('');
    const text = `<member>${sourcedId(person)}<idtype>1</idtype>${role}</member>`;
    byGroup.set(group, [...(byGroup.get(group) ?? []), text]);
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<enterprise><properties><datasource>SIS</datasource><datetime>${stamp}</datetime></properties>`,
    ...[...persons.values()].map(
      ({ id, given, family, email }) =>
        `<person>${sourcedId(id)}<name><fn>${escaped(`${given} ${family}`)}</fn><n><family>${escaped(family)}</family>` +
        `<given>${escaped(given)}</given></n></name>${email === undefined ? '' : `<email>${email}</email>`}</person>`,
    ),
    ...[...groups.values()].map(
      (group) =>
        `<group>${sourcedId(group.id)}${typeOf(group)}<description><short>${escaped(group.title)}</short></description>` +
        `${group.parent === undefined ? '' : `<relationship relation="1">${sourcedId(group.parent)}<label>Parent</label></relationship>`}</group>`,
    ),
    ...[...byGroup].map(([group, list]) => `<membership>${sourcedId(group)}${list.join('')}</membership>`),
    '</enterprise>',
  ].join('\n');
}

function typeOf({ kind }: RandomGroup): string {
  const word = { school: 'School', class: 'Class', course: 'Course' }[kind];
  return `<grouptype><scheme>t</scheme><typevalue level="1">${word}</typevalue></grouptype>`;
}

const sourcedId = (id: string) => `<sourcedid><source>SIS</source><id>${id}</id></sourcedid>`;
const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
