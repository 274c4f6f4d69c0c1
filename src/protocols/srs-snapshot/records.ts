import { key } from '../../model/index.ts';
import type { WriteChange } from '../../roster/index.ts';
import type { FeedItem, ReadOptions } from '../../sync/index.ts';
import type { CoursePlace, Level } from './enrolment.ts';
import type { StudentRow } from './row.ts';

type RecordItem = Extract<FeedItem, { kind: 'record' }>;

/** The id of an account that is known by its e-mail alone (`feeds.md` 1.9: the id may be missing). */
export const idOfEmail = (email: string) => `email:${email.toLowerCase()}`;

/** The bytes under which a student is known. */
export const studentBytes = ({ id, email, firstName, lastName, year }: StudentRow) =>
  Buffer.from(JSON.stringify([id, email, firstName, lastName, year]));

/** A student as a person (`feeds.md` 1.4, 1.9). An e-mail that comes with an id of the university is confirmed by it. */
export function personItem(row: StudentRow, personKey: string, line: number, hash: string): RecordItem {
  const { id, email, firstName, lastName, year } = row;
  const data = {
    name: { given: firstName, family: lastName },
    email,
    ...(id === '' ? {} : { identifier: id, userIds: [{ value: id, type: 'university' }] }),
    institutionRoles: [{ type: 'Student', primary: true }],
    grades: year === null ? null : [String(year)],
    extension: {
      oneRoster: {
        metadata: { year: year === null ? null : String(year), ...(id === '' ? {} : { emailConfirmed: 'true' }) },
      },
    },
  } as WriteChange<'person'>['data'];
  const change = { op: 'upsert', type: 'person', key: personKey, data, hash } as const;
  return { kind: 'record', type: 'person', hash, line, id: id === '' ? email : id, change };
}

/** A student's membership in a course. */
export function memberItem(group: string, member: string, id: string, line: number, hash: string): RecordItem {
  const data = { group, member, memberType: 'person', roles: [{ type: 'Learner' }] };
  const change = { op: 'replace', type: 'membership', data: data as WriteChange['data'], hash } as const;
  return { kind: 'record', type: 'membership', hash, line, id, change };
}

const kinds: Readonly<Record<Level, object>> = {
  faculty: { kind: 'org', orgType: 'school' },
  department: { kind: 'org', orgType: 'department' },
  // A class that its sender types as a course: it has members, and is archived instead of removed (decisions 2.4).
  course: { kind: 'class', types: [{ scheme: 'srs', values: [{ type: 'Course' }] }] },
};

/** Gives the groups of enrolled courses, each once (`feeds.md` 1.13). */
export function makeGroups(
  { namespace, fingerprints }: Pick<ReadOptions, 'namespace' | 'fingerprints'>,
  give: (item: FeedItem) => void,
): (place: CoursePlace, line: number) => void {
  const seed = fingerprints.container('levels');
  const given = new Set<string>();

  return ({ levels, id: course }, line) => {
    if (given.has(course)) return;
    levels.forEach(({ level, id, name }, at) => {
      if (given.has(id)) return;
      given.add(id);
      const above = levels[at - 1]?.id;
      const bytes = Buffer.from(JSON.stringify([id, name, above ?? null]));
      if (fingerprints.known('group', seed, bytes, 0, bytes.length)) return;
      const hash = fingerprints.hash();
      const relationships =
        above === undefined ? [] : [{ relation: 'parent' as const, target: key('group', namespace, above) }];
      const data = { ...kinds[level], description: { short: name }, relationships } as WriteChange<'group'>['data'];
      const change = {
        op: 'upsert',
        type: 'group',
        key: key('group', namespace, id),
        data,
        moveParents: true,
        hash,
      } as const;
      give({ kind: 'record', type: 'group', hash, line, id, change });
    });
  };
}
