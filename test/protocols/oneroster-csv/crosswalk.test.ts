import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { key, type RecordType, type Space } from '../../../src/model/index.ts';
import type { Run } from '../../../src/sync/index.ts';
import { snapshot } from '../../differential/snapshot.ts';
import { manifest, zipOf } from './packages.ts';
import { openServed, type Served } from './served.ts';

let rest: Served;
beforeAll(async () => {
  rest = await openServed();
});
afterAll(() => rest.end());

/** A package in which records of all types have the same ids, as those of systems that count from 1 do. */
const pack = (id: (type: Space, old: string) => string) => {
  const of = (type: Space) => (old: string) => id(type, old);
  const [user, org, course, year, room, enrolled] = [
    of('user'),
    of('org'),
    of('course'),
    of('academicSession'),
    of('class'),
    of('enrollment'),
  ];
  const files = {
    orgs: `sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
${org('1')},,,District,district,,
${org('2')},,,School,school,,${org('1')}
`,
    academicSessions: `sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
${year('1')},,,2026/27,schoolYear,2026-08-01,2027-08-01,,2027
`,
    courses: `sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes
${course('1')},,,${year('1')},Physics,PHY,09,${org('1')},,
`,
    classes: `sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods
${room('1')},,,Physics A,09,${course('1')},,scheduled,,${org('2')},${year('1')},,,
`,
    users: `sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns
${user('1')},,,true,ann,,Ann,Ek,,,,,,,,,,,,,${org('2')},
${user('2')},,,true,bo,,Bo,Ek,,,,,,,,,,,,,${org('2')},
`,
    roles: `sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
r1,,,${user('1')},primary,student,,,${org('2')},
r2,,,${user('2')},primary,teacher,,,${org('2')},
`,
    enrollments: `sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
${enrolled('1')},,,${room('1')},${org('2')},${user('1')},student,,,
${enrolled('2')},,,${room('1')},${org('2')},${user('2')},teacher,,,
`,
  };
  const said = Object.fromEntries(Object.keys(files).map((name) => [name, 'bulk']));
  return zipOf({
    'manifest.csv': manifest(said),
    ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`${name}.csv`, text])),
  });
};

const types = {
  user: { type: 'person', collection: 'users', ids: ['1', '2'] },
  org: { type: 'group', collection: 'orgs', ids: ['1', '2'] },
  academicSession: { type: 'group', collection: 'academicSessions', ids: ['1'] },
  course: { type: 'group', collection: 'courses', ids: ['1'] },
  class: { type: 'group', collection: 'classes', ids: ['1'] },
  enrollment: { type: 'membership', collection: 'enrollments', ids: ['1', '2'] },
} as const satisfies Partial<Record<Space, { type: RecordType; collection: string; ids: readonly string[] }>>;
const all = Object.entries(types) as [keyof typeof types, (typeof types)[keyof typeof types]][];
const renamed = (type: Space, old: string) => `${type}.${old}`;

async function walk(rows: readonly string[], dryRun = false): Promise<Run> {
  const { sync, context } = rest.feeds;
  const bytes = (async function* () {
    yield Buffer.from(['oldId,newId,type', ...rows].join('\n'));
  })();
  const asked = await sync.crosswalk(context, { feed: 'move', dryRun, fileName: 'ids.csv' }, bytes);
  if (!asked.ok) throw new Error(asked.problem.text);
  return (await sync.wait(context, asked.value.id)) as Run;
}

const none = { created: 0, updated: 0, renamed: 0, trashed: 0, rejected: 0 };

describe('A school whose ids are the same in every file of OneRoster moves to another system', () => {
  const before = new Map<string, string>();

  test('An id of several groups is not guessed: the row says which are of it', async () => {
    const first = await rest.take(await pack((_, old) => old), 'move');
    expect([first.state, first.problems]).toEqual(['done', []]);
    for (const [space, { type, ids }] of all) {
      const keys = ids.map((id) => key(space, 'default', id));
      const found = await rest.feeds.roster.find(rest.feeds.context, type, keys);
      for (const [at, record] of found.entries()) before.set(`${space} ${ids[at]}`, record?.guid ?? '');
    }
    expect(new Set(before.values()).size).toBe(9);
    const run = await walk(['1,x,group', '2,x,course', '9,z,org']);
    expect(run.counts.group).toMatchObject({ inFile: 3, renamed: 0, rejected: 3 });
    expect(run.counts.person).toMatchObject({ inFile: 0, rejected: 0 });
    const listed = await rest.feeds.sync.problems(rest.feeds.context, run.id, { limit: 9 });
    if (!listed.ok) throw new Error(listed.problem.text);
    expect(listed.value.items.map(({ line, message }) => `${line}: ${message}`).sort()).toEqual([
      '2: The id 1 is that of academicSession and class and course and org; say in the row which of them is meant.',
      '3: There is no course 2, or it is in the trash.',
      '4: There is no org 9, or it is in the trash.',
    ]);
    const both = await walk(['1,x,group', '1,y,class'], true);
    expect(both.counts.group).toMatchObject({ renamed: 1, rejected: 1 });
    expect(both.problems[0]?.first).toMatchObject({
      line: 2,
      id: '1',
      message: expect.stringContaining('more than one'),
    });
  });

  test('Each record of each type gets its own new id, and keeps guid and all else', async () => {
    const shot = await snapshot(rest.feeds.roster, rest.feeds.context);
    const run = await walk(all.flatMap(([space, { ids }]) => ids.map((id) => `${id},${renamed(space, id)},${space}`)));
    expect([run.state, run.problems]).toEqual(['done', []]);
    expect(run.counts).toMatchObject({
      person: { inFile: 2, renamed: 2 },
      group: { inFile: 4, renamed: 4 },
      academicSession: { inFile: 1, renamed: 1 },
      membership: { inFile: 2, renamed: 2 },
    });
    for (const [space, { type, ids, collection }] of all) {
      expect([...(await rest.collection(collection)).keys()].sort()).toEqual(ids.map((id) => renamed(space, id)));
      for (const id of ids) {
        const keys = [key(space, 'default', id), key(space, 'default', renamed(space, id))];
        const [old, now] = await rest.feeds.roster.find(rest.feeds.context, type, keys);
        expect([old?.guid, now?.guid]).toEqual([before.get(`${space} ${id}`), before.get(`${space} ${id}`)]);
        if (type !== 'membership') expect(now?.data).toEqual(shot.get(`${type} ${now?.guid}`)?.data);
      }
    }
  });

  test('The first package of the new system changes nothing, and a delta means the same enrollment', async () => {
    const next = await rest.take(await pack(renamed), 'move');
    expect(next.state).toBe('done');
    for (const type of ['person', 'group', 'academicSession', 'membership'] as const) {
      expect([type, next.counts[type]]).toEqual([type, expect.objectContaining(none)]);
    }
    const row = `enrollment.1,active,2026-09-01T00:00:00.000Z,class.1,org.2,user.1,student,,2026-09-01,`;
    const header =
      'sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate';
    const delta = { 'manifest.csv': manifest({ enrollments: 'delta' }), 'enrollments.csv': `${header}\n${row}\n` };
    const changed = await rest.take(await zipOf(delta), 'move');
    expect(changed.counts.membership).toMatchObject({ ...none, inFile: 1, updated: 1 });
    const enrollments = await rest.collection('enrollments');
    expect([...enrollments.keys()].sort()).toEqual(['enrollment.1', 'enrollment.2']);
    expect(enrollments.get('enrollment.1')).toMatchObject({ beginDate: '2026-09-01' });
  });
});
