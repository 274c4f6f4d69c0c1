import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { manifest, zipOf } from './packages.ts';
import { changes, openServed, type Served } from './served.ts';

let rest: Served;
beforeAll(async () => {
  rest = await openServed();
});
afterAll(() => rest.end());

describe('OneRoster CSV into the roster', () => {
  const files = {
    orgs: `sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId,metadata.city
d1,,,District,district,D-1,,Bergen
s1,,,School,school,S-1,d1,
p1,,,Department,department,P-1,s1,
`,
    academicSessions: `sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
y1,,,2026/27,schoolYear,2026-08-01,2027-08-01,,2027
t1,,,Autumn,term,2026-08-01,2027-01-01,y1,2027
`,
    courses: `sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes
c1,,,y1,Physics,PHY,"09,10",d1,"Science,Physics","S1,S2"
`,
    classes: `sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods
k1,,,Physics A,09,c1,PHY-A,scheduled,Room 1,s1,"t1,y1",Science,S1,"1,2"
k2,,,Home,09,c1,,homeroom,,p1,t1,,,
`,
    users: `sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns
u1,,,true,ann,"{LDAP:1},{Fed:2}",Ann,Ek,M,I-1,a@x.example,111,222,u2,"09,10",,MU1,Annie,Mo,Eka,s1,she/her
u2,,,false,bo,,Bo,Ek,,,,,,,,,,,,,,
`,
    roles: `sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
r1,,,u1,primary,student,2026-08-01,2027-08-01,s1,https://x.example/p1
r2,,,u1,primary,aide,,,p1,
r3,,,u2,primary,parent,,,s1,
`,
    userProfiles: `sourcedId,status,dateLastModified,userSourcedId,profileType,vendorId,applicationId,description,credentialType,username,password
https://x.example/p1,,,u1,SSO,vendor,app,Main,LDAP,ann,
`,
    demographics: `sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus
u1,,,2010-01-02,female,true,false,false,false,false,false,false,NO,,Bergen,
`,
    enrollments: `sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
e1,,,k1,s1,u1,student,,2026-08-01,2027-01-01
e2,,,k2,p1,u1,ext:observer,false,,
`,
  };
  const pack = (changed: Partial<Record<keyof typeof files, string>> = {}, modes: Record<string, string> = {}) => {
    const all = Object.entries({ ...files, ...changed }).filter(([name]) => modes[name] !== 'absent');
    const said = Object.fromEntries(Object.keys(files).map((name) => [name, modes[name] ?? 'bulk']));
    return zipOf({
      'manifest.csv': manifest(said),
      ...Object.fromEntries(all.map(([name, text]) => [`${name}.csv`, text])),
    });
  };

  test('REST 1.2 serves what the package said', async () => {
    const run = await rest.take(await pack(), 'full');
    expect([run.state, run.problems]).toEqual(['done', []]);
    const [orgs, sessions, courses, classes, users, enrollments] = await Promise.all(
      ['orgs', 'academicSessions', 'courses', 'classes', 'users', 'enrollments'].map((name) => rest.collection(name)),
    );
    expect([...(orgs?.values() ?? [])]).toEqual(
      expect.arrayContaining([
        {
          sourcedId: 'd1',
          name: 'District',
          type: 'district',
          identifier: 'D-1',
          metadata: { city: 'Bergen' },
          children: ['s1'],
        },
        { sourcedId: 's1', name: 'School', type: 'school', identifier: 'S-1', parent: 'd1', children: ['p1'] },
        { sourcedId: 'p1', name: 'Department', type: 'department', identifier: 'P-1', parent: 's1' },
      ]),
    );
    expect(orgs?.size).toBe(3);
    expect(sessions?.get('t1')).toEqual({
      sourcedId: 't1',
      title: 'Autumn',
      type: 'term',
      startDate: '2026-08-01',
      endDate: '2027-01-01',
      parent: 'y1',
      schoolYear: '2027',
    });
    expect([...(courses?.values() ?? [])]).toEqual([
      {
        sourcedId: 'c1',
        title: 'Physics',
        schoolYear: 'y1',
        courseCode: 'PHY',
        grades: ['09', '10'],
        subjects: ['Science', 'Physics'],
        org: 'd1',
        subjectCodes: ['S1', 'S2'],
      },
    ]);
    expect(classes?.get('k1')).toEqual({
      sourcedId: 'k1',
      title: 'Physics A',
      classCode: 'PHY-A',
      classType: 'scheduled',
      location: 'Room 1',
      grades: ['09'],
      subjects: ['Science'],
      course: 'c1',
      school: 's1',
      terms: ['t1', 'y1'],
      subjectCodes: ['S1'],
      periods: ['1', '2'],
    });
    expect(classes?.get('k2')).toMatchObject({ classType: 'homeroom', school: 'p1', course: 'c1', terms: ['t1'] });
    expect(users?.get('u1')).toEqual({
      sourcedId: 'u1',
      userMasterIdentifier: 'MU1',
      username: 'ann',
      userIds: [
        { type: 'LDAP', identifier: '1' },
        { type: 'Fed', identifier: '2' },
      ],
      enabledUser: 'true',
      givenName: 'Ann',
      familyName: 'Ek',
      middleName: 'M',
      preferredFirstName: 'Annie',
      preferredMiddleName: 'Mo',
      preferredLastName: 'Eka',
      pronouns: 'she/her',
      roles: [
        {
          roleType: 'primary',
          role: 'student',
          org: 's1',
          userProfile: 'https://x.example/p1',
          beginDate: '2026-08-01',
          endDate: '2027-08-01',
        },
        { roleType: 'primary', role: 'aide', org: 'p1' },
      ],
      userProfiles: [
        {
          profileId: 'https://x.example/p1',
          profileType: 'SSO',
          vendorId: 'vendor',
          applicationId: 'app',
          description: 'Main',
          credentials: [{ type: 'LDAP', username: 'ann' }],
        },
      ],
      primaryOrg: 's1',
      identifier: 'I-1',
      email: 'a@x.example',
      sms: '111',
      phone: '222',
      agents: ['u2'],
      grades: ['09', '10'],
    });
    expect(users?.get('u2')).toMatchObject({ enabledUser: 'false', roles: [{ role: 'parent', org: 's1' }] });
    expect([...(enrollments?.values() ?? [])]).toEqual(
      expect.arrayContaining([
        {
          sourcedId: 'e1',
          user: 'u1',
          class: 'k1',
          school: 's1',
          role: 'student',
          beginDate: '2026-08-01',
          endDate: '2027-01-01',
        },
        { sourcedId: 'e2', user: 'u1', class: 'k2', school: 'p1', role: 'ext:observer', primary: 'false' },
      ]),
    );
    const [person] = await rest.feeds.roster.find(rest.feeds.context, 'person', ['user:default:u1']);
    expect(person?.data).toMatchObject({
      demographics: {
        birthDate: '2010-01-02',
        gender: 'female',
        americanIndianOrAlaskaNative: true,
        cityOfBirth: 'Bergen',
      },
    });
  });

  test('The same package again changes nothing', async () => {
    const run = await rest.take(await pack(), 'full');
    expect(run.state).toBe('done');
    for (const { updated, created, trashed } of Object.values(run.counts)) {
      expect([updated, created, trashed]).toEqual([0, 0, 0]);
    }
  });

  test('What a delta says is changed, and no more; what it marks is removed', async () => {
    const active = (text: string) => text.replace(',,,', ',active,2026-09-01T00:00:00.000Z,');
    const [header, , bo] = files.users.split('\n');
    const run = await rest.take(
      await zipOf({
        'manifest.csv': manifest({ users: 'delta', enrollments: 'delta', classes: 'delta' }),
        'users.csv': `${header}\n${active(bo ?? '').replace(',false,', ',true,')}\n`,
        'classes.csv': active(
          files.classes.split('\n').slice(0, 2).join('\n').replace('c1,PHY-A', 'c1,PHY-B').replace('"t1,y1"', 't1'),
        ),
        'enrollments.csv': `${files.enrollments.split('\n')[0]}\ne1,tobedeleted,2026-09-01T00:00:00.000Z,k1,s1,u1,student,,,\n`,
      }),
      'full',
    );
    expect([run.state, run.problems]).toEqual(['done', []]);
    expect(changes(run)).toMatchObject({
      person: { inFile: 1, updated: 1, trashed: 0 },
      group: { inFile: 1, updated: 1, trashed: 0 },
      membership: { inFile: 1, trashed: 1 },
    });
    const [users, classes, enrollments] = await Promise.all(
      ['users', 'classes', 'enrollments'].map((name) => rest.collection(name)),
    );
    expect(users?.get('u2')).toMatchObject({ enabledUser: 'true', roles: [{ role: 'parent' }] });
    expect(classes?.get('k1')).toMatchObject({ classCode: 'PHY-B', terms: ['t1'], school: 's1', course: 'c1' });
    expect([...(enrollments?.keys() ?? [])]).toEqual(['e2']);
  });

  test('What is missing from bulk files is removed, other files of the package left alone', async () => {
    const run = await rest.take(
      await pack(
        { users: files.users.replace(/^u2.*\n/m, ''), roles: files.roles.replace(/^r3.*\n/m, '') },
        { orgs: 'absent', classes: 'absent', courses: 'absent', enrollments: 'absent' },
      ),
      'full',
    );
    expect(run.state).toBe('done');
    expect(changes(run)).toMatchObject({ person: { trashed: 1 }, group: { trashed: 0 }, membership: { trashed: 0 } });
  });

  test('Two enrollments of a user in one class are two, each with its own days, and one may go', async () => {
    const twice = `${files.enrollments}e3,,,k1,s1,u1,student,,2027-02-01,2027-06-01\n`;
    const run = await rest.take(await pack({ enrollments: twice }), 'full');
    expect([run.state, run.problems.map(({ kind }) => kind)]).toEqual(['done', []]);
    const days = async () =>
      [...(await rest.collection('enrollments')).values()]
        .flatMap(({ beginDate }) => (typeof beginDate === 'string' ? [beginDate] : []))
        .sort((a, b) => a.localeCompare(b));
    expect(await days()).toEqual(['2026-08-01', '2027-02-01']);
    const again = await rest.take(await pack({ enrollments: twice.replace('2027-06-01', '2027-07-01') }), 'full');
    expect([again.state, await days()]).toEqual(['done', ['2026-08-01', '2027-02-01']]);
    const gone = 'e1,tobedeleted,2026-09-01T00:00:00.000Z,k1,s1,u1,student,,,';
    const end = await rest.take(
      await zipOf({
        'manifest.csv': manifest({ enrollments: 'delta' }),
        'enrollments.csv': `${files.enrollments.split('\n')[0]}\n${gone}\n`,
      }),
      'full',
    );
    expect([end.state, await days()]).toEqual(['done', ['2027-02-01']]);
  });

  test.each([
    ['cut off', async () => (await pack()).subarray(0, 900)],
    ['with a wrong header', async () => pack({ enrollments: 'id,class,user\n1,2,3\n' })],
    ['with bytes of two encodings', mixed],
    ['that is no zip', async () => Buffer.from(files.users)],
  ])('A package %s ends in a report that names the file, and the roster stays as it is', async (_, make) => {
    const had = await rest.feeds.roster.counts(rest.feeds.context);
    const run = await rest.take(await make(), 'full');
    expect(run.state).toBe('failed');
    expect(run.problems.map(({ kind }) => kind)).toContain('unreadable-input');
    expect(run.reason).toMatch(/full\.zip|\.csv/);
    const has = await rest.feeds.roster.counts(rest.feeds.context);
    expect(has('active.person')).toBe(had('active.person'));
    expect(has('active.membership')).toBe(had('active.membership'));
  });
});

/** A package whose orgs are UTF-8 first and windows-1252 later. */
function mixed(): Promise<Buffer> {
  const header = 'sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n';
  const [utf8, latin] = [`${header}o1,,,Bjørk,school,,\n`, 'o2,,,Bjørk,school,,\n'];
  return zipOf({
    'manifest.csv': manifest({ orgs: 'bulk' }),
    'orgs.csv': Buffer.concat([Buffer.from(utf8), Buffer.from(latin, 'latin1')]),
  });
}
