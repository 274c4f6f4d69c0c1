import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordType } from '../../../src/model/index.ts';
import type { Context } from '../../../src/roster/index.ts';
import { file, group, membership, person } from '../../sync/feeds.ts';
import { type ExportRoom, openExportRoom } from '../export-room.ts';
import { manifest, zipOf } from './packages.ts';

let room: ExportRoom;
beforeAll(async () => {
  room = await openExportRoom();
});
afterAll(() => room.end());

const head = 'sourcedId,status,dateLastModified,';
const files: Readonly<Record<string, string>> = {
  orgs: 'name,type,identifier,parentSourcedId\n1,,,School,school,,\n',
  academicSessions:
    'title,type,startDate,endDate,parentSourcedId,schoolYear\ny,,,Year,schoolYear,2026-08-01,2027-08-01,,2027\n',
  courses: 'schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes\nc,,,y,Physics,,,1,,\n',
  classes:
    'title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods\n1,,,Class,,c,,scheduled,,1,y,,,\nk,,,Other,,c,,scheduled,,1,y,,,\n',
  users:
    'enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\nu,,,true,ann,,Ann,Ek,,,,,,,,\n',
  roles:
    'userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId\nr,,,u,primary,student,,,1,\n',
  enrollments:
    'classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\ne,,,k,1,u,student,,,\nf,,,1,1,u,student,,,\n',
};

const bulk = () =>
  zipOf({
    'manifest.csv': manifest(Object.fromEntries(Object.keys(files).map((name) => [name, 'bulk']))),
    ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`${name}.csv`, `${head}${text}`])),
  });

async function taken(name: string): Promise<Context> {
  const context = await room.tenant(name);
  expect((await room.takeIn(context, await bulk(), 'oneroster-csv')).state).toBe('done');
  return context;
}

const guidOf = async (context: Context, type: RecordType, reference: string) =>
  (await room.roster.find(context, type, [reference]))[0]?.guid;

/** The guid by a key of OneRoster and by the key that the same id has in IMS. */
const both = async (context: Context, type: 'person' | 'group' | 'membership', space: string, id: string) => [
  await guidOf(context, type, `${space}:default:${id}`),
  await guidOf(context, type, `${type}:default:${id}`),
];

describe('1.5 The id that OneRoster gave is the IMS id too, if it is free there', () => {
  test('Persons, groups and memberships are found by it; of two groups with one id the first has it', async () => {
    const context = await taken('born');
    for (const [type, space, id] of [
      ['person', 'user', 'u'],
      ['group', 'academicSession', 'y'],
      ['group', 'course', 'c'],
      ['group', 'class', 'k'],
      ['group', 'org', '1'],
      ['membership', 'enrollment', 'e'],
    ] as const) {
      const [own, ims] = await both(context, type, space, id);
      expect([id, ims]).toEqual([id, own ?? 'not found']);
    }
    const [own, ims] = await both(context, 'group', 'class', '1');
    expect([own === undefined, own === ims]).toEqual([false, false]);
    const text = String(await room.export(context, { format: 'ims-enterprise-xml' }));
    const ids = [...text.matchAll(/<(person|group)><sourcedid><source>Rostergate<\/source><id>([^<]*)</g)];
    expect(ids.map(([, type, id]) => `${type} ${id}`).sort()).toEqual(
      ['group 1', 'group c', 'group k', 'group y', `group ${own}`, 'person u'].sort(),
    );
  });

  test('An IMS feed that lists the ids means the records that are there', async () => {
    const context = await taken('listed');
    const before = await guidOf(context, 'person', 'user:default:u');
    const all = { insert: { percent: null, number: null }, update: { percent: null, number: null } };
    const limits = { person: all, group: all, membership: all };
    const put = await room.sync.putFeed(context, 'lms', { protocol: 'ims-enterprise-xml', limits });
    expect(put.ok).toBe(true);
    const source = (async function* () {
      yield Buffer.from(file(person('u'), person('v'), group('k'), membership('k', ['u', 'v'])));
    })();
    const asked = await room.sync.submit(context, { feed: 'lms', dryRun: false, fileName: 'f' }, source);
    if (!asked.ok) throw new Error(asked.problem.text);
    const run = await room.sync.wait(context, asked.value.id);
    expect(run).toMatchObject({ state: 'done', counts: { person: { created: 1 }, group: { created: 0 } } });
    const [record] = await room.roster.find(context, 'person', ['person:default:u']);
    expect([record?.guid, record?.claims.length, record?.data.name?.family]).toEqual([before, 2, 'Ek']);
  });

  test('An id that IMS has given before stays with its record; OneRoster’s has its guid there', async () => {
    const context = await room.tenant('taken');
    const member = { group: 'group:default:x', member: 'person:default:u', memberType: 'person' } as const;
    const ims = await room.roster.execute(context, [
      { op: 'upsert', type: 'person', key: 'person:default:u', data: { name: { family: 'Other' } } },
      { op: 'upsert', type: 'group', key: 'group:default:x', data: {} },
      { op: 'upsert', type: 'membership', key: 'membership:default:e', data: member },
    ]);
    expect(ims.map((one) => one.ok && one.outcome)).toEqual(['created', 'created', 'created']);
    await room.takeIn(context, await bulk(), 'oneroster-csv');
    const [own, found] = await both(context, 'person', 'user', 'u');
    expect([own === undefined, found]).toEqual([false, ims[0]?.ok === true ? ims[0].guid : '']);
    expect(String(await room.export(context, { format: 'ims-enterprise-xml' }))).toContain(`<id>${own}</id>`);
    const [enrollment, membership] = await both(context, 'membership', 'enrollment', 'e');
    expect([enrollment === undefined, membership]).toEqual([false, ims[2]?.ok === true ? ims[2].guid : '']);
    const names = await room.roster.names(context, 'membership', [enrollment ?? '', membership ?? '']);
    expect([...names.values()].map(({ imsId }) => imsId)).toEqual([enrollment, 'e']);
  });

  test('IMS changes an enrollment by its id, and does not take the id for other ends', async () => {
    const context = await taken('changed');
    const key = 'membership:default:e';
    const changed = { op: 'upsert', type: 'membership', key, data: { comments: { text: 'x' } } } as const;
    const moved = { ...changed, data: { group: 'class:default:1', member: 'user:default:u' } };
    const results = await room.roster.execute(context, [changed, moved]);
    expect(results[0]).toMatchObject({
      outcome: 'updated',
      guid: await guidOf(context, 'membership', 'enrollment:default:e'),
    });
    expect(results[1]).toMatchObject({ ok: false, problem: { code: 'invalid-data' } });
  });

  test('A rename of the OneRoster id renames it in IMS; the old one still finds the record', async () => {
    const context = await taken('renamed');
    const before = await guidOf(context, 'person', 'user:default:u');
    const newKey = 'user:default:w';
    const [result] = await room.roster.execute(context, [
      { op: 'rename', type: 'person', key: 'user:default:u', newKey },
    ]);
    expect(result).toMatchObject({ ok: true, outcome: 'renamed' });
    for (const id of ['u', 'w']) expect(await both(context, 'person', 'user', id)).toEqual([before, before]);
    const text = String(await room.export(context, { format: 'ims-enterprise-xml' }));
    expect([text.includes('<id>w</id>'), text.includes('<id>u</id>')]).toEqual([true, false]);
  });
});
