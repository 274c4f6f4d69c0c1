/** What a test's file holds. Members are written as `group/person`. */
export interface FileParts {
  readonly persons?: readonly string[];
  readonly groups?: readonly string[];
  readonly members?: readonly string[];
}

/** An IMS Enterprise 1.1 file of persons, groups and memberships that are named by their ids. */
export function enterpriseFile({ persons = [], groups = [], members = [] }: FileParts): string {
  const byGroup = new Map<string, string[]>();
  for (const member of members) {
    const [group = '', person = ''] = member.split('/');
    byGroup.set(group, [...(byGroup.get(group) ?? []), person]);
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<enterprise>',
    '<properties><datasource>Test SIS</datasource><datetime>2026-01-01T00:00:00</datetime></properties>',
    ...persons.map((id) => `<person>${idOf(id)}<name><fn>Person ${id}</fn></name></person>`),
    ...groups.map((id) => `<group>${idOf(id)}<description><short>Group ${id}</short></description></group>`),
    ...[...byGroup].map(([group, ids]) => `<membership>${idOf(group)}${ids.map(memberOf).join('')}</membership>`),
    '</enterprise>',
  ].join('\n');
}

/** `count` ids that begin with a letter: `p1`, `p2` … */
export function manyIds(letter: string, count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + from}`);
}

const idOf = (id: string) => `<sourcedid><source>SIS</source><id>${id}</id></sourcedid>`;

const memberOf = (id: string) =>
  `<member>${idOf(id)}<idtype>1</idtype><role roletype="01"><status>1</status></role></member>`;
