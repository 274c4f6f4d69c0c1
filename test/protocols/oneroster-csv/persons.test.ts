import { describe, expect, test } from '@jest/globals';
import type { WriteChange } from '../../../src/roster/index.ts';
import { manifest, notices, only, type Read, readPackage, zipOf } from './packages.ts';

const users1p2 =
  'sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns\n';
const user = (id: string, status = '', more = '') =>
  `${id},${status},,true,${id}.name,"{LDAP:1},{Fed:2}",Given,Family,,,${more},,,,,,,,,,,\n`;
const roles =
  'sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId\n';
const role = (id: string, userId: string, word = 'student', status = '', type = 'primary') =>
  `${id},${status},,${userId},${type},${word},,,o1,\n`;
const profiles =
  'sourcedId,status,dateLastModified,userSourcedId,profileType,vendorId,applicationId,description,credentialType,username,password\n';
const demographics =
  'sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus\n';
const born = (id: string, day: string) => `${id},,,${day},female,true,,,,,,,,,,\n`;

const all = (mode: string) => manifest({ users: mode, roles: mode, userProfiles: mode, demographics: mode });

const dataOf = (read: Read) =>
  Object.fromEntries(only(read, 'record').map(({ id, change }) => [id, (change as WriteChange<'person'>).data]));

describe('A person', () => {
  test('is put together from four files, and what a bulk file does not say is cleared', async () => {
    const read = await readPackage(
      await zipOf({
        'manifest.csv': all('bulk'),
        'users.csv': users1p2 + user('u1', '', 'a@b.example') + user('u2'),
        'roles.csv': roles + role('r1', 'u1') + role('r2', 'u1', 'teacher', '', 'secondary'),
        'userProfiles.csv': `${profiles}p1,,,u1,SSO,vendor,,,LDAP,gf,secret\n`,
        'demographics.csv': demographics + born('u2', '2010-02-03'),
      }),
    );
    expect(notices(read)).toEqual({});
    const { u1, u2 } = dataOf(read);
    expect(u1).toMatchObject({
      name: { given: 'Given', family: 'Family', middle: null },
      email: 'a@b.example',
      userIds: [
        { value: '1', type: 'LDAP' },
        { value: '2', type: 'Fed' },
      ],
      roles: [
        { sourcedId: 'r1', role: 'student', roleType: 'primary', org: 'org:default:o1' },
        { sourcedId: 'r2', role: 'teacher', roleType: 'secondary', org: 'org:default:o1' },
      ],
      userProfiles: [
        { sourcedId: 'p1', profileId: 'urn:oneroster:userProfile:p1', profileType: 'SSO', vendorId: 'vendor' },
      ],
      demographics: null,
    });
    expect(u2).toMatchObject({ email: null, roles: [], userProfiles: [] });
    expect(u2?.demographics).toMatchObject({ birthDate: '2010-02-03', gender: 'female', asian: null });
  });

  test('is read alike from memory and from files that are put aside', async () => {
    const many = Array.from({ length: 500 }, (_, at) => `u${(at * 37) % 500}`);
    const bytes = await zipOf({
      'manifest.csv': all('bulk'),
      'users.csv': users1p2 + many.map((id) => user(id)).join(''),
      'roles.csv':
        roles + many.flatMap((id) => [role(`a${id}`, id), role(`b${id}`, id, 'aide')]).join('') + role('x', 'nobody'),
      'demographics.csv': demographics + many.map((id) => born(id, '2011-01-01')).join(''),
    });
    const inMemory = await readPackage(bytes);
    const aside = await readPackage(bytes, { settings: { joinBytes: 1000 } });
    const sorted = (read: Read) => only(read, 'record').sort((a, b) => a.line - b.line);
    expect(sorted(aside)).toHaveLength(500);
    expect(sorted(aside)).toEqual(sorted(inMemory));
    expect(aside.leftOver).toEqual([]);
    const lost = { 'warning.expected-reference': 'roles.csv:1002' };
    expect([notices(inMemory), notices(aside)]).toEqual([lost, lost].map((one) => expect.objectContaining(one)));
    expect(only(await readPackage(bytes, { settings: { joinBytes: 1 }, known: inMemory.hashes }), 'record')).toEqual(
      [],
    );
  });

  test('is read again when one of the joined files says something else', async () => {
    const files = { 'manifest.csv': all('bulk'), 'users.csv': users1p2 + user('u1') + user('u2') };
    const first = await readPackage(
      await zipOf({ ...files, 'roles.csv': roles + role('r1', 'u1') + role('r2', 'u2') }),
    );
    const second = await readPackage(
      await zipOf({ ...files, 'roles.csv': roles + role('r1', 'u1') + role('r2', 'u2', 'teacher') }),
      { known: first.hashes },
    );
    expect(only(second, 'record').map(({ id }) => id)).toEqual(['u2']);
  });

  test('keeps the part of which a row cannot be used, and it is told of each time', async () => {
    const bytes = await zipOf({
      'manifest.csv': all('bulk'),
      'users.csv': users1p2 + user('u1'),
      'roles.csv': `${roles}r1,,,u1,primary,,,,o1,\nr2,,,u1,primary,"teacher,,,o1,\n`,
    });
    const read = await readPackage(bytes);
    expect(dataOf(read)['u1']).not.toHaveProperty('roles');
    const told = (one: Read) => only(one, 'notice').filter(({ notice }) => notice.startsWith('rejected.'));
    expect(told(read).map(({ line, field }) => [line, field])).toEqual([
      [2, 'role'],
      [3, undefined],
    ]);
    const again = await readPackage(bytes, { known: read.hashes });
    expect([only(again, 'record'), told(again)]).toEqual([[], told(read)]);
  });

  test('is changed as far as a delta says: columns and files that are not there leave it', async () => {
    const header = users1p2.replace(',pronouns', '');
    const row = user('u1', 'active').replace(/,\n$/, '\n');
    const read = await readPackage(
      await zipOf({
        'manifest.csv': manifest({ users: 'delta', roles: 'delta' }),
        'users.csv': header + row,
        'roles.csv': roles + role('r1', 'other', 'aide', 'active'),
      }),
    );
    const { u1, other } = dataOf(read);
    expect(u1).toMatchObject({ email: null });
    for (const field of ['pronouns', 'roles', 'demographics', 'userProfiles']) {
      expect(u1?.[field as 'roles']).toBeUndefined();
    }
    expect(other).toEqual({ roles: [{ sourcedId: 'r1', role: 'aide', roleType: 'primary', org: 'org:default:o1' }] });
    const alone = only(read, 'record').find(({ id }) => id === 'other');
    expect(alone?.change).toMatchObject({ op: 'upsert', must: 'exist', mergeLists: { roles: [] } });
    expect(only(read, 'complete')[0]?.scopes).toEqual([]);
  });

  test('that is tobedeleted is removed in any mode', async () => {
    for (const mode of ['bulk', 'delta']) {
      const read = await readPackage(
        await zipOf({
          'manifest.csv': manifest({ users: mode }),
          'users.csv': users1p2 + user('u0', 'active') + user('u1', 'tobedeleted') + user('u2', 'ToBeDeleted'),
        }),
      );
      const removed = only(read, 'record').filter(({ change }) => change.op === 'remove');
      expect(removed.map(({ id }) => id)).toEqual(['u1', 'u2']);
      const told = Object.keys(notices(read));
      expect(told.includes('warning.removal-in-bulk')).toBe(mode === 'bulk');
      expect(told.includes('warning.mode-mismatch')).toBe(mode === 'bulk');
    }
  });

  test('of 1.1 has its role in each of its orgs; administrators are those of a site', async () => {
    const header =
      'sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n';
    const read = await readPackage(
      await zipOf({
        'manifest.csv': manifest({ users: 'bulk' }, '1.1'),
        'users.csv': `${header}u1,,,FALSE,"o1,o2",administrator,u1,,A,B,,,,1,2,"u2, u3","09,10",pw\nu2,,,true,,student,u2,,A,B,,,,,,,,\n`,
      }),
    );
    expect(dataOf(read)['u1']).toMatchObject({
      roles: [
        { role: 'siteAdministrator', roleType: 'primary', org: 'org:default:o1' },
        { role: 'siteAdministrator', roleType: 'primary', org: 'org:default:o2' },
      ],
      agents: ['user:default:u2', 'user:default:u3'],
      grades: ['09', '10'],
      phones: [
        { type: 'Voice', value: '2' },
        { type: 'Mobile', value: '1' },
      ],
      extension: { oneRoster: { enabledUser: false, password: 'pw' } },
    });
    expect(notices(read)).toEqual({ 'repair.boolean-format': 'users.csv:2', 'repair.trimmed-id': 'users.csv:2' });
    expect(only(read, 'rejected')).toMatchObject([{ line: 3, field: 'orgSourcedIds', key: 'user:default:u2' }]);
  });
});
