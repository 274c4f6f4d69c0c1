import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Context } from '../../../src/roster/index.ts';
import { file, group, membership, person } from '../../sync/feeds.ts';
import { type Csv, type ExportRoom, openExportRoom } from '../export-room.ts';
import { manifest, sample, samplesThere, zipOf } from './packages.ts';
import { faultsOf } from './validity.ts';

let room: ExportRoom;
beforeAll(async () => {
  room = await openExportRoom();
});
afterAll(() => room.end());

const versions = ['1.2.1', '1.1'] as const;
const imsSamples = new URL('../../../../shared/samples/ims-enterprise/', import.meta.url);

describe('An export into an empty tenant gives the same roster', () => {
  const both = async (name: string, from: Context) => {
    for (const version of versions) {
      const bytes = await room.export(from, { format: `oneroster-csv-${version}` });
      expect(faultsOf(await room.unpack(bytes), version)).toEqual([]);
      const to = await room.tenant(`${name} ${version}`);
      const run = await room.takeIn(to, bytes, 'oneroster-csv');
      expect([run.state, run.problems]).toEqual(['done', []]);
      expect(await room.shown(to, '1.1')).toEqual(await room.shown(from, '1.1'));
      if (version === '1.2.1') expect(await room.shown(to, '1.2')).toEqual(await room.shown(from, '1.2'));
    }
  };

  (samplesThere ? test : test.skip).each(['grand-bend-1.0', 'grand-bend-1.1'])('%s', async (name) => {
    const from = await room.tenant(name);
    await room.takeIn(from, await sample(name), 'oneroster-csv');
    await both(name, from);
  });

  (existsSync(imsSamples) ? test : test.skip).each([
    'moodle_example.xml',
    'moodle_example-grouped.xml',
    'pifu13_PIFU-IMS_SAS_eksempel.xml',
    'colleague-ims-data-20120906113000.xml',
  ])('%s', async (name) => {
    const from = await room.tenant(name);
    await room.takeIn(from, readFileSync(new URL(name, imsSamples)), 'ims-enterprise-xml', 'changes');
    await both(name, from);
  });

  test('and so does a roster with a role beside another, metadata, profiles, demographics and odd texts', async () => {
    const from = await room.tenant('odd');
    const header = (text: string) => `${text}\n`;
    await room.takeIn(
      from,
      await zipOf({
        'manifest.csv': manifest(
          Object.fromEntries(
            [
              'orgs',
              'academicSessions',
              'courses',
              'classes',
              'users',
              'roles',
              'userProfiles',
              'demographics',
              'enrollments',
            ].map((name) => [name, 'bulk']),
          ),
        ),
        'orgs.csv': `${header('sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId,metadata.town,metadata.a b')}d1,,,"The ""District"", north",district,D,,=1+1,\ns1,,,School,school,,d1,,x\n`,
        'academicSessions.csv': `${header('sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear')}y1,,,Year,schoolYear,2026-08-01,2027-08-01,,2027\n`,
        'courses.csv': `${header('sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes')}c1,,,y1,Physics,PHY,"09,10",d1,,\n`,
        'classes.csv': `${header('sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods')}k1,,,=SUM(A1),,c1,,ext:club,"Room 1, left",s1,y1,"A,B","1,2",\n`,
        'users.csv': `${header('sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password')}u1,,,false,ann,"{LDAP:1},{Fed:a:b}",Ann,Ek,,,,,,u2,,pw\nu2,,,true,bo,,Bo,Ek,,,,,,,,\n`,
        'roles.csv': `${header('sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId')}r1,,,u1,primary,student,2026-08-01,,s1,p1\nr2,,,u1,secondary,aide,,,s1,\nr3,,,u2,primary,parent,,,d1,\n`,
        'userProfiles.csv': `${header('sourcedId,status,dateLastModified,userSourcedId,profileType,vendorId,applicationId,description,credentialType,username,password')}p1,,,u1,SSO,v,,,LDAP,ann,secret\n`,
        'demographics.csv': `${header('sourcedId,status,dateLastModified,birthDate,sex,asian')}u1,,,2010-02-03,female,true\n`,
        'enrollments.csv': `${header('sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate')}e1,,,k1,s1,u1,student,,2026-08-01,2027-01-01\ne2,,,k1,s1,u2,ext:Mentor,false,,\n`,
      }),
      'oneroster-csv',
    );
    await both('odd', from);
    const files = await room.unpack(await room.export(from, {}));
    expect(files.get('orgs.csv')?.columns.slice(-2)).toEqual(['metadata.a b', 'metadata.town']);
    expect(row(files, 'orgs', 'd1')).toMatchObject({ name: 'The "District", north', 'metadata.town': '=1+1' });
    expect(row(files, 'classes', 'k1')).toMatchObject({ title: '=SUM(A1)', location: 'Room 1, left' });
    expect(row(files, 'users', 'u1')).toMatchObject({
      enabledUser: 'false',
      familyName: 'Ek',
      userIds: '{LDAP:1},{Fed:a:b}',
      agentSourcedIds: 'u2',
      password: '',
    });
    expect(row(files, 'userProfiles', 'p1')).toMatchObject({
      userSourcedId: 'u1',
      credentialType: 'LDAP',
      password: '',
    });
    expect(row(files, 'demographics', 'u1')).toMatchObject({ birthDate: '2010-02-03', sex: 'female', asian: 'true' });
    const withPasswords = await room.unpack(await room.export(from, { passwords: true }));
    expect(row(withPasswords, 'users', 'u1')['password']).toBe('pw');
    expect(row(withPasswords, 'userProfiles', 'p1')['password']).toBe('secret');
  });
});

const userColumns =
  'enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password';

/** A package with one user and the rows of joined files. */
async function person1p2(parts: Readonly<Record<string, readonly string[]>>): Promise<Uint8Array> {
  const head = 'sourcedId,status,dateLastModified,';
  const headers: Readonly<Record<string, string>> = {
    roles: 'userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId',
    userProfiles: 'userSourcedId,profileType,vendorId,applicationId,description,credentialType,username,password',
    demographics: 'birthDate,sex',
  };
  const bulk = ['orgs', 'users', ...Object.keys(parts)];
  return zipOf({
    'manifest.csv': manifest(Object.fromEntries(bulk.map((name) => [name, 'bulk']))),
    'orgs.csv': `${head}name,type,identifier,parentSourcedId\ns,,,School,school,,\n`,
    'users.csv': `${head}${userColumns}\nu,,,true,ann,,Ann,Ek,,,,,,,,\n`,
    ...Object.fromEntries(
      Object.keys(parts).map((name) => [`${name}.csv`, `${head}${headers[name]}\n${(parts[name] ?? []).join('\n')}\n`]),
    ),
  });
}

const row = (files: ReadonlyMap<string, Csv>, name: string, id: string) =>
  files.get(`${name}.csv`)?.rows.find((one) => one['sourcedId'] === id) ?? {};
const idsIn = (files: ReadonlyMap<string, Csv>) =>
  Object.fromEntries(
    [...files]
      .filter(([name]) => name !== 'manifest.csv')
      .map(([name, { rows }]) => [name, rows.map((one) => `${one['sourcedId']} ${one['status']}`).sort()]),
  );

describe('What an export has', () => {
  const school = group('s', undefined, 'school');

  test('The same roster gives the same bytes', async () => {
    const context = await room.tenant('same');
    await room.takeIn(
      context,
      file(person('a'), school, group('k', 's'), membership('k', ['a'])),
      'ims-enterprise-xml',
    );
    const [first, second] = [await room.export(context, {}), await room.export(context, {})];
    expect(first.equals(second)).toBe(true);
  });

  test('A tenant without records gives a package with the manifest alone', async () => {
    const files = await room.unpack(await room.export(await room.tenant('none'), {}));
    expect([...files.keys()]).toEqual(['manifest.csv']);
    expect(faultsOf(files, '1.2.1')).toEqual([]);
  });

  test('A tenant’s export has nothing of another one', async () => {
    const [one, other] = [await room.tenant('one'), await room.tenant('other')];
    await room.takeIn(one, file(person('mine')), 'ims-enterprise-xml');
    await room.takeIn(other, file(person('theirs')), 'ims-enterprise-xml');
    expect(idsIn(await room.unpack(await room.export(one, {})))['users.csv']).toEqual(['mine ']);
    expect(idsIn(await room.unpack(await room.export(one, { since: '2020-01-01' })))['users.csv']).toEqual([
      'mine active',
    ]);
  });

  test('Each role of a membership is an enrollment; inactive ones are left out', async () => {
    const context = await room.tenant('roles');
    const role = (type: string, status = '1') => `<role roletype="${type}"><status>${status}</status></role>`;
    const member = `<member><sourcedid><id>a</id></sourcedid><idtype>1</idtype>${role('02')}${role('08')}${role('06', '0')}</member>`;
    const text = `<membership><sourcedid><id>k</id></sourcedid>${member}</membership>`;
    await room.takeIn(context, file(person('a'), school, group('k', 's'), text), 'ims-enterprise-xml');
    const rows = (await room.unpack(await room.export(context, {}))).get('enrollments.csv')?.rows ?? [];
    expect(rows.map((one) => one['role'])).toEqual(['teacher', 'ext:TeachingAssistant']);
    expect(rows[1]?.['sourcedId']).toBe(`${rows[0]?.['sourcedId']}.08`);
    const to = await room.tenant('roles again');
    await room.takeIn(to, await room.export(context, {}), 'oneroster-csv');
    expect(await room.shown(to, '1.2')).toEqual(await room.shown(context, '1.2'));
  });

  test('A delta since a run has what changed after it, and what was removed as tobedeleted', async () => {
    const context = await room.tenant('delta');
    const first = [person('a'), person('b'), person('c'), school, group('k', 's'), group('l', 's')];
    const before = await room.takeIn(
      context,
      file(...first, membership('k', ['a', 'b']), membership('l', ['c'])),
      'ims-enterprise-xml',
    );
    const nothing = await room.unpack(await room.export(context, { run: before.id }));
    expect([...nothing.keys()]).toEqual(['manifest.csv']);
    const changed = [person('a', 'New'), person('c'), person('d'), school, group('k', 's'), group('l', 's')];
    await room.takeIn(
      context,
      file(...changed, membership('k', ['a', 'd']), membership('l', ['c'])),
      'ims-enterprise-xml',
    );
    const delta = await room.unpack(await room.export(context, { run: before.id }));
    expect(faultsOf(delta, '1.2.1', true)).toEqual([]);
    expect(idsIn(delta)['users.csv']).toEqual(['a active', 'b tobedeleted', 'd active']);
    expect(delta.has('classes.csv')).toBe(false);
    const rows = delta.get('enrollments.csv')?.rows ?? [];
    expect(rows.map((one) => `${one['userSourcedId']} ${one['status']}`).sort()).toEqual(['b tobedeleted', 'd active']);
    const purged = await room.trash.list(context, { limit: 10, type: 'person' });
    if (!purged.ok) throw new Error(purged.problem.text);
    await room.trash.purge(context, purged.value.items[0]?.id ?? '', true);
    expect(idsIn(await room.unpack(await room.export(context, { run: before.id })))['users.csv']).toEqual([
      'a active',
      'b tobedeleted',
      'd active',
    ]);
  });

  test('A role that is no more is tobedeleted in a delta, of a membership and of a user', async () => {
    const context = await room.tenant('gone');
    const role = (type: string) => `<role roletype="${type}"><status>1</status></role>`;
    const text = (...roles: string[]) =>
      file(
        person('a'),
        school,
        group('k', 's'),
        `<membership><sourcedid><id>k</id></sourcedid><member><sourcedid><id>a</id></sourcedid><idtype>1</idtype>${roles.map(role).join('')}</member></membership>`,
      );
    const before = await room.takeIn(context, text('02', '08'), 'ims-enterprise-xml');
    const whole = await room.unpack(await room.export(context, {}));
    await room.takeIn(context, text('01'), 'ims-enterprise-xml');
    const delta = await room.unpack(await room.export(context, { run: before.id }));
    expect(faultsOf(delta, '1.2.1', true)).toEqual([]);
    const told = (name: string, of: string) =>
      delta
        .get(name)
        ?.rows.map((one) => `${one[of]} ${one['status']}`)
        .sort();
    expect(told('enrollments.csv', 'role')).toEqual(['ext:TeachingAssistant tobedeleted', 'student active']);
    expect(told('roles.csv', 'role')).toEqual(['student active', 'teacher tobedeleted']);
    const gone = delta.get('roles.csv')?.rows.find((one) => one['status'] === 'tobedeleted');
    expect(whole.get('roles.csv')?.rows.map((one) => one['sourcedId'])).toEqual([gone?.['sourcedId']]);
  });

  test('In 1.1 a role that it lacks is the nearest that it has, in CSV as in REST, and a student’s only where it is one', async () => {
    const nearest = {
      student: 'student',
      teacher: 'teacher',
      principal: 'administrator',
      siteAdministrator: 'administrator',
      districtAdministrator: 'administrator',
      systemAdministrator: 'administrator',
      counselor: 'aide',
      'ext:Nurse': 'aide',
      'ext:VicePrincipal': 'administrator',
      'ext:substituteTeacher': 'teacher',
    };
    const head = 'sourcedId,status,dateLastModified,';
    const ids = Object.keys(nearest).map((role, at) => [`u${at}`, role] as const);
    const users = ids.map(([id]) => `${id},,,true,${id},,Ann,Ek,,,,,,,,\n`).join('');
    const roles = ids.map(([id, role]) => `r.${id},,,${id},primary,${role},,,s,\n`).join('');
    const context = await room.tenant('nearest');
    await room.takeIn(
      context,
      await zipOf({
        'manifest.csv': manifest({ orgs: 'bulk', users: 'bulk', roles: 'bulk' }),
        'orgs.csv': `${head}name,type,identifier,parentSourcedId\ns,,,School,school,,\n`,
        'users.csv': `${head}${userColumns}\n${users}`,
        'roles.csv': `${head}userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId\n${roles}`,
      }),
      'oneroster-csv',
    );
    const files = await room.unpack(await room.export(context, { format: 'oneroster-csv-1.1' }));
    expect(ids.map(([id]) => row(files, 'users', id)['role'])).toEqual(Object.values(nearest));
    const shown = (await room.shown(context, '1.1'))['user'] as { sourcedId: string; role: string }[];
    expect(shown.map(({ role }) => role)).toEqual(Object.values(nearest));
  });

  test('Roles, profiles and demographics that a person has no more are tobedeleted in a delta, without what they said', async () => {
    const [context, to] = [await room.tenant('parts'), await room.tenant('parts again')];
    const rows = {
      roles: ['r1,,,u,primary,teacher,,,s,', 'r2,,,u,secondary,aide,,,s,'],
      userProfiles: ['p1,,,u,SSO,v,,,LDAP,ann,secret', 'p2,,,u,SSO,w,,,LDAP,ann,'],
      demographics: ['u,,,2010-02-03,female'],
    };
    const before = await room.takeIn(context, await person1p2(rows), 'oneroster-csv');
    const whole = await room.unpack(await room.export(context, {}));
    await room.takeIn(to, await room.export(context, {}), 'oneroster-csv');
    const fewer = { roles: rows.roles.slice(0, 1), userProfiles: rows.userProfiles.slice(1), demographics: [] };
    await room.takeIn(context, await person1p2(fewer), 'oneroster-csv');
    const bytes = await room.export(context, { run: before.id, passwords: true });
    const delta = await room.unpack(bytes);
    expect(faultsOf(delta, '1.2.1', true)).toEqual([]);
    const told = (name: string) => delta.get(name)?.rows.map((one) => `${one['sourcedId']} ${one['status']}`);
    const idOf = (role: string) => whole.get('roles.csv')?.rows.find((one) => one['role'] === role)?.['sourcedId'];
    expect(told('roles.csv')).toEqual([`${idOf('teacher')} active`, `${idOf('aide')} tobedeleted`]);
    expect(told('userProfiles.csv')).toEqual(['p2 active', 'p1 tobedeleted']);
    expect(told('demographics.csv')).toEqual(['u tobedeleted']);
    expect(row(delta, 'demographics', 'u')).toMatchObject({ birthDate: '', sex: '' });
    expect(row(delta, 'userProfiles', 'p1')['password']).toBe('');
    await room.takeIn(to, bytes, 'oneroster-csv');
    expect(await room.shown(to, '1.2')).toEqual(await room.shown(context, '1.2'));
    const [person] = await room.roster.find(to, 'person', ['user:default:u']);
    expect(person?.data.demographics).toBeUndefined();
  });

  test('Line breaks in a text become spaces and control characters are left out; all else is exact', async () => {
    const context = await room.tenant('texts');
    const text = group('k').replace('<short>k<', '<short>a\n"b", &lt;c&gt; \u0085=d<');
    await room.takeIn(context, file(text), 'ims-enterprise-xml');
    const files = await room.unpack(await room.export(context, {}));
    expect(row(files, 'classes', 'k')['title']).toBe('a "b", <c>  =d');
  });

  test('A bulk export and the deltas that follow keep another gateway equal', async () => {
    const [from, to] = [await room.tenant('source'), await room.tenant('copy')];
    const groups = [school, group('k', 's'), group('l', 's')];
    const one = file(person('a'), person('b'), ...groups, membership('k', ['a', 'b']), membership('l', ['a']));
    const two = file(person('a', 'New'), person('c'), school, group('k', 's'), membership('k', ['a', 'c'], '02'));
    const run = await room.takeIn(from, one, 'ims-enterprise-xml');
    await room.takeIn(to, await room.export(from, {}), 'oneroster-csv');
    await room.takeIn(from, two, 'ims-enterprise-xml');
    await room.takeIn(to, await room.export(from, { run: run.id }), 'oneroster-csv');
    for (const version of ['1.1', '1.2'] as const) {
      expect(await room.shown(to, version)).toEqual(await room.shown(from, version));
    }
  });

  test('A package that is left early ends its work', async () => {
    const context = await room.tenant('same');
    const opened = await room.exports.open(context, { format: 'oneroster-csv-1.2.1', passwords: false });
    if (!opened.ok) throw new Error(opened.problem.text);
    for await (const part of opened.value.bytes) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
  });
});
