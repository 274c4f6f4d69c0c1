import type { RosterType, StoredRecord } from '../../src/model/index.ts';
import type { Context, Roster } from '../../src/roster/index.ts';
import type { RandomRoster } from './random-roster.ts';

/** A record without what changes with every write. */
export type Bare = Omit<
  StoredRecord,
  'createdAt' | 'updatedAt' | 'sequence' | 'trash' | 'derived' | 'claims' | 'droppedRoles'
> & {
  readonly feeds: readonly string[];
};

/** All records that senders know, by type and guid. */
export type Snapshot = ReadonlyMap<string, Bare>;

const states = ['active', 'disabled', 'archived', 'trashed'] as const;

/** Reads everything that is in a tenant's roster, the trash included; what the gateway makes itself is left out. */
export async function snapshot(roster: Roster, context: Context): Promise<Snapshot> {
  const found = new Map<string, Bare>();
  for (const type of ['person', 'group', 'membership'] as const) {
    for await (const batch of roster.scan(context, type, { states, made: false })) {
      for (const record of batch) {
        found.set(`${type} ${record.guid}`, bare(record as StoredRecord));
      }
    }
  }
  return found;
}

function bare({
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  sequence: _sequence,
  trash: _trash,
  derived: _derived,
  droppedRoles: _dropped,
  claims,
  ...rest
}: StoredRecord): Bare {
  return { ...rest, keys: [...rest.keys].sort(), feeds: claims.map(({ feed }) => feed) };
}

/** What a snapshot says in the words of a random roster: records that are there, and ids of those in the trash. */
export interface Told {
  readonly there: Record<RosterType, Record<string, unknown>>;
  readonly trashed: readonly string[];
  readonly archived: readonly string[];
}

/** What a OneRoster package needs beside the random roster. */
const frame: ReadonlySet<string> = new Set(['district', 'catalogue', 'year']);

/** Tells a snapshot in the words of a random roster. */
export function told(shot: Snapshot): Told {
  const ids = new Map([...shot.values()].map((record) => [record.guid, idOf(record)]));
  const there: Told['there'] = { person: {}, group: {}, membership: {} };
  const trashed: string[] = [];
  const archived: string[] = [];
  for (const record of shot.values()) {
    const name = nameOf(record, ids);
    if (frame.has(name)) continue;
    if (record.state === 'trashed') trashed.push(`${record.type} ${name}`);
    else if (record.state === 'archived') archived.push(`${record.type} ${name}`);
    else there[record.type as RosterType][name] = dataOf(record, ids);
  }
  return { there, trashed: trashed.sort(), archived: archived.sort() };
}

/** What must be there after `before` and then `after` were imported whole. */
export function expected(before: RandomRoster, after: RandomRoster): Told {
  const there: Told['there'] = { person: {}, group: {}, membership: {} };
  const trashed: string[] = [];
  const archived: string[] = [];
  for (const { id, given, family, email } of after.persons.values()) there.person[id] = { given, family, email };
  for (const { id, title, kind, parent } of after.groups.values())
    there.group[id] = { title, kind, parents: parent === undefined ? [] : [parent] };
  for (const [name, { roles }] of after.members) there.membership[name] = { roles: [...roles].sort() };
  for (const id of before.persons.keys()) if (!after.persons.has(id)) trashed.push(`person ${id}`);
  for (const { id, kind } of before.groups.values()) {
    if (after.groups.has(id)) continue;
    (kind === 'course' ? archived : trashed).push(`group ${id}`);
  }
  for (const [name, { group, person, roles }] of before.members) {
    if (after.members.has(name)) continue;
    // Members of a course that is archived stay as manual members (decisions 2.4).
    const stays = !after.groups.has(group) && before.groups.get(group)?.kind === 'course' && after.persons.has(person);
    if (stays) there.membership[name] = { roles: [...roles].sort() };
    else trashed.push(`membership ${name}`);
  }
  return { there, trashed: trashed.sort(), archived: archived.sort() };
}

/** What is left after two changes: what the second leaves, and what either has removed. */
export function joined(first: Told, second: Told): Told {
  const both = (name: 'trashed' | 'archived') => [...new Set([...first[name], ...second[name]])].sort();
  // Courses that the first has archived keep their members as manual ones (decisions 2.4).
  const kept = Object.entries(first.there.membership).filter(([name]) =>
    first.archived.includes(`group ${name.slice(0, name.indexOf('/'))}`),
  );
  return {
    there: { ...second.there, membership: { ...Object.fromEntries(kept), ...second.there.membership } },
    trashed: both('trashed'),
    archived: both('archived'),
  };
}

/** The same with other ids for persons and groups that are there. */
export function renamed({ there, trashed, archived }: Told, ids: ReadonlyMap<string, string>): Told {
  const idOf = (id: string) => ids.get(id) ?? id;
  const nameOf = (name: string) => name.split('/').map(idOf).join('/');
  const groups = Object.entries(there.group).map(([id, group]) => {
    const { parents, ...rest } = group as { parents: readonly string[] };
    return [idOf(id), { ...rest, parents: parents.map(idOf) }] as const;
  });
  const named = (list: readonly string[]) => list.map((line) => line.replace(/(?<= ).*/, nameOf)).sort();
  return {
    there: {
      person: Object.fromEntries(Object.entries(there.person).map(([id, person]) => [idOf(id), person])),
      group: Object.fromEntries(groups),
      membership: Object.fromEntries(Object.entries(there.membership).map(([name, one]) => [nameOf(name), one])),
    },
    trashed: named(trashed),
    archived: named(archived),
  };
}

function idOf(record: Bare): string {
  return record.type === 'membership' ? record.guid : (record.imsId ?? record.guid);
}

function nameOf(record: Bare, ids: ReadonlyMap<string, string>): string {
  if (record.type !== 'membership') return idOf(record);
  const { group, member } = record.data as StoredRecord<'membership'>['data'];
  return `${ids.get(group) ?? '?'}/${ids.get(member) ?? '?'}`;
}

function dataOf(record: Bare, ids: ReadonlyMap<string, string>): unknown {
  if (record.type === 'person') {
    const { name, email } = record.data as StoredRecord<'person'>['data'];
    return { given: name?.given, family: name?.family, email };
  }
  if (record.type === 'group') {
    const { description, types, kind, relationships } = record.data as StoredRecord<'group'>['data'];
    const word = types?.[0]?.values[0]?.type?.toLowerCase() ?? (kind === 'org' ? 'school' : kind);
    return {
      title: description?.short,
      kind: word,
      parents: (relationships ?? []).map(({ target }) => ids.get(target) ?? '').filter((id) => !frame.has(id)),
    };
  }
  const { roles } = record.data as StoredRecord<'membership'>['data'];
  return { roles: roles.map(({ type }) => (type === 'Instructor' || type === 'teacher' ? '02' : '01')).sort() };
}
