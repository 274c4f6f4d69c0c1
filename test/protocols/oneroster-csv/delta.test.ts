import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RosterFile } from '../../../src/protocols/oneroster-csv/columns.ts';
import { header, manifest, packageOf, zipOf } from './packages.ts';
import { changes, type Json, openServed, type Served } from './served.ts';

let rest: Served;
beforeAll(async () => {
  rest = await openServed();
});
afterAll(() => rest.end());

type Files = Parameters<typeof packageOf>[1];

const now = '2026-09-01T00:00:00.000Z';

const bulk: Files = {
  orgs: ['s1,,,School,school,S-1,', 's2,,,Other School,school,S-2,'],
  academicSessions: ['t1,,,Year,schoolYear,2026-08-01,2027-08-01,,2027'],
  courses: ['c1,,,t1,Physics,PHY,,s1,,'],
  classes: ['k1,,,Physics A,,c1,,scheduled,,s1,t1,,,'],
  users: ['u1', 'u2'].map((id) => `${id},,,true,${id},,Ann,Ek,,,,,,,,,,,,,,`),
  roles: ['r1,,,u1,primary,student,,,s1,', 'r2,,,u1,secondary,aide,,,s1,', 'r3,,,u2,primary,student,,,s1,'],
  userProfiles: ['p1,,,u1,SSO,vendor,,,LDAP,ann,', 'p2,,,u1,LTI,vendor,,,LDAP,ann2,'],
  enrollments: [
    'e1,,,k1,s1,u1,student,,2026-08-01,2027-01-01',
    'e2,,,k1,s1,u1,student,,2027-02-01,2027-08-01',
    'e3,,,k1,s1,u1,teacher,true,,',
    'e4,,,k1,s1,u2,student,,,',
  ],
};

/** The roles of a user as `id role roleType org`, and the vendors' profiles. */
async function userOf(id: string) {
  const { objects } = await rest.read(`rostering/v1p2/users/${id}`);
  const { roles, userProfiles = [] } = objects[0] as { roles: Json[]; userProfiles?: Json[] };
  return {
    roles: roles.map(({ role, roleType, org }) => [role, roleType, org].join(' ')),
    profiles: userProfiles.map(({ profileId, profileType }) => [profileId, profileType].join(' ')),
  };
}

const urn = (id: string) => `urn:oneroster:userProfile:${id}`;

async function take(mode: 'bulk' | 'delta', files: Files) {
  const run = await rest.take(await packageOf(mode, files), 'feed');
  expect(run.state).toBe('done');
  return run;
}

describe('Roles and profiles of a user', () => {
  test('are those of a bulk file', async () => {
    const run = await take('bulk', bulk);
    expect(run.problems).toEqual([]);
    expect(await userOf('u1')).toEqual({
      roles: ['student primary s1', 'aide secondary s1'],
      profiles: [`${urn('p1')} SSO`, `${urn('p2')} LTI`],
    });
  });

  test('are added and changed by a delta that does not have the user', async () => {
    const run = await take('delta', {
      roles: [`r2,active,${now},u1,secondary,counselor,,,s1,`, `r4,active,${now},u1,primary,parent,,,s2,`],
      userProfiles: [`p1,active,${now},u1,Portal,vendor,,,LDAP,ann,`],
    });
    expect([run.problems, changes(run)['person']]).toEqual([[], expect.objectContaining({ updated: 1 })]);
    expect(await userOf('u1')).toEqual({
      roles: ['student primary s1', 'counselor secondary s1', 'parent primary s2'],
      profiles: [`${urn('p1')} Portal`, `${urn('p2')} LTI`],
    });
  });

  test('that a delta marks go, and the others stay, whether the user is in the delta or not', async () => {
    await take('delta', {
      users: [`u1,active,${now},true,ann,,Anna,Ek,,,,,,,,,,,,,,`],
      roles: [`r2,tobedeleted,${now},u1,secondary,counselor,,,s1,`],
    });
    expect((await userOf('u1')).roles).toEqual(['student primary s1', 'parent primary s2']);
    await take('delta', {
      roles: [`r4,tobedeleted,${now},u1,primary,parent,,,s2,`],
      userProfiles: [`p2,tobedeleted,${now},u1,LTI,vendor,,,LDAP,ann2,`],
    });
    expect(await userOf('u1')).toEqual({ roles: ['student primary s1'], profiles: [`${urn('p1')} Portal`] });
  });

  test('of which a row cannot be used keep it, and take the others', async () => {
    const run = await take('delta', {
      roles: [`r1,active,${now},u1,primary,,,,s1,`, `r5,active,${now},u1,secondary,proctor,,,s1,`],
    });
    expect(run.problems.map(({ kind, count }) => [kind, count])).toEqual([['rejected.invalid-data', 1]]);
    expect((await userOf('u1')).roles).toEqual(['student primary s1', 'proctor secondary s1']);
  });

  test('have one primary role in each org; where data break it, that is told and counted', async () => {
    const added = await take('delta', { roles: [`r6,active,${now},u1,primary,aide,,,s1,`] });
    expect(added.problems).toMatchObject([
      { kind: 'repair.primary-role', count: 1, first: { file: 'roles.csv', id: 'u1' } },
    ]);
    expect((await userOf('u1')).roles).toEqual(['student primary s1', 'proctor secondary s1', 'aide secondary s1']);
    const rows = ['r1,,,u1,secondary,student,,,s1,', 'r6,,,u1,secondary,aide,,,s1,', 'r3,,,u2,primary,student,,,s1,'];
    const replaced = await take('bulk', { ...bulk, roles: rows });
    expect(replaced.problems).toMatchObject([
      { kind: 'repair.primary-role', count: 1, first: { file: 'roles.csv', line: 2, id: 'u1' } },
    ]);
    expect(changes(replaced)['person']).toMatchObject({ updated: 1 });
    expect((await userOf('u1')).roles).toEqual(['student primary s1', 'aide secondary s1']);
  });
});

describe('Several enrollments of one user in one class', () => {
  const enrollments = async (query = '') => {
    const found = await rest.read(`rostering/v1p2/enrollments?limit=100${query}`);
    const shown = found.objects.map(({ sourcedId, status, role }) => [sourcedId, status, role].join(' '));
    return { total: found.total, shown: shown.sort((a, b) => a.localeCompare(b)) };
  };
  const one = async (id: string, version = 'rostering/v1p2') => {
    const { status, objects } = await rest.read(`${version}/enrollments/${id}`);
    return [status, objects[0]?.['sourcedId'], objects[0]?.['status'], objects[0]?.['role']];
  };

  test('are found by their own ids and listed once', async () => {
    await take('bulk', bulk);
    for (const version of ['rostering/v1p2', 'v1p1']) {
      for (const [id, role] of [
        ['e1', 'student'],
        ['e2', 'student'],
        ['e3', 'teacher'],
        ['e4', 'student'],
      ] as const) {
        expect(await one(id, version)).toEqual([200, id, 'active', role]);
      }
    }
    expect(await enrollments()).toEqual({
      total: 4,
      shown: ['e1 active student', 'e2 active student', 'e3 active teacher', 'e4 active student'],
    });
    expect((await enrollments(`&filter=${encodeURIComponent("sourcedId='e2'")}`)).shown).toEqual(['e2 active student']);
    expect(await one('e1.01')).toEqual([404, undefined, undefined, undefined]);
  });

  test('go one by one, even the first; each is told of as deleted, by id, in the list and to delta readers', async () => {
    const before = await rest.read('rostering/v1p2/enrollments/e1');
    const since = encodeURIComponent(`dateLastModified>'${String(before.objects[0]?.['dateLastModified'])}'`);
    expect((await enrollments(`&filter=${since}`)).shown).toEqual([]);
    const run = await take('delta', { enrollments: [`e1,tobedeleted,${now},k1,s1,u1,student,,,`] });
    expect(changes(run)['membership']).toMatchObject({ updated: 1, trashed: 0 });
    await take('delta', { enrollments: [`e3,tobedeleted,${now},k1,s1,u1,teacher,,,`] });
    for (const version of ['rostering/v1p2', 'v1p1']) {
      expect(await one('e1', version)).toEqual([200, 'e1', 'tobedeleted', 'student']);
      expect(await one('e2', version)).toEqual([200, 'e2', 'active', 'student']);
      expect(await one('e3', version)).toEqual([200, 'e3', 'tobedeleted', 'teacher']);
    }
    const told = ['e1 tobedeleted student', 'e2 active student', 'e3 tobedeleted teacher'];
    expect(await enrollments(`&filter=${since}`)).toEqual({ total: 3, shown: told });
    expect(await enrollments()).toEqual({ total: 4, shown: [...told, 'e4 active student'] });
    const gone = `&filter=${encodeURIComponent("status='tobedeleted'")}`;
    expect(await enrollments(gone)).toEqual({ total: 2, shown: ['e1 tobedeleted student', 'e3 tobedeleted teacher'] });
    const active = `&filter=${encodeURIComponent("status='active'")}`;
    expect(await enrollments(active)).toEqual({ total: 2, shown: ['e2 active student', 'e4 active student'] });
    const pages = await Promise.all(
      [0, 1, 2, 3, 4].map((offset) => rest.read(`rostering/v1p2/enrollments?limit=1&offset=${offset}`)),
    );
    const paged = pages.flatMap(({ objects }) => objects.map(({ sourcedId }) => sourcedId));
    expect([paged.length, new Set(paged)]).toEqual([4, new Set(['e1', 'e2', 'e3', 'e4'])]);
  });

  test('come back under their ids, and the last one takes the membership along', async () => {
    await take('delta', { enrollments: [`e1,active,${now},k1,s1,u1,student,,2026-08-01,2027-01-01`] });
    expect(await one('e1')).toEqual([200, 'e1', 'active', 'student']);
    expect((await enrollments()).total).toBe(4);
    await take('delta', { enrollments: ['e1', 'e2'].map((id) => `${id},tobedeleted,${now},k1,s1,u1,student,,,`) });
    for (const id of ['e1', 'e2', 'e3']) expect((await one(id)).slice(0, 3)).toEqual([200, id, 'tobedeleted']);
    expect(await one('e4')).toEqual([200, 'e4', 'active', 'student']);
    expect((await enrollments()).total).toBe(4);
  });

  test('go one by one when a bulk file has them no more', async () => {
    await take('bulk', bulk);
    await take('bulk', { ...bulk, enrollments: bulk.enrollments?.filter((row) => !row.startsWith('e2')) ?? [] });
    expect((await one('e2')).slice(0, 3)).toEqual([200, 'e2', 'tobedeleted']);
    expect((await one('e1')).slice(0, 3)).toEqual([200, 'e1', 'active']);
    await take('bulk', { ...bulk, enrollments: bulk.enrollments?.slice(1) ?? [] });
    expect((await one('e1')).slice(0, 3)).toEqual([200, 'e1', 'tobedeleted']);
    expect((await one('e2')).slice(0, 3)).toEqual([200, 'e2', 'active']);
  });

  test('belong to another user when a delta says so', async () => {
    await take('bulk', bulk);
    await take('delta', { enrollments: [`e2,active,${now},k1,s1,u2,student,,2027-02-01,2027-08-01`] });
    const { objects } = await rest.read('rostering/v1p2/enrollments/e2');
    expect(objects).toMatchObject([{ sourcedId: 'e2', status: 'active', user: 'u2' }]);
    expect(await enrollments()).toEqual({
      total: 4,
      shown: ['e1 active student', 'e2 active student', 'e3 active teacher', 'e4 active student'],
    });
  });
});

describe('A delta package whose rows say all about their records', () => {
  /** A package with the line of the manifest that says so, and columns of metadata that orgs have. */
  async function whole(files: Files, metadata = '') {
    const modes = Object.fromEntries(Object.keys(files).map((name) => [name, 'delta']));
    const named = Object.entries(files) as [RosterFile, readonly string[]][];
    const csv = named.map(([name, rows]) => {
      const columns = header(name).replace('\n', name === 'orgs' ? `${metadata}\n` : '\n');
      return [`${name}.csv`, `${columns}${rows.join('\n')}\n`] as const;
    });
    const said = `${manifest(modes)}rostergate.rows,whole\n`;
    const run = await rest.take(await zipOf({ 'manifest.csv': said, ...Object.fromEntries(csv) }), 'feed');
    expect(run).toMatchObject({ state: 'done', problems: [] });
    return run;
  }
  const metadataOf = async (id: string) => (await rest.read(`rostering/v1p2/orgs/${id}`)).objects[0]?.['metadata'];

  test('has all roles and profiles of the users in it, and says nothing of other users', async () => {
    await take('bulk', bulk);
    const run = await whole({
      users: [`u1,active,${now},true,ann,,Ann,Ek,,,,,,,,,,,,,,`],
      roles: [`r9,active,${now},u1,primary,parent,,,s2,`],
      userProfiles: [],
    });
    expect(changes(run)['person']).toMatchObject({ updated: 1 });
    expect(await userOf('u1')).toEqual({ roles: ['parent primary s2'], profiles: [] });
    expect((await userOf('u2')).roles).toEqual(['student primary s1']);
  });

  test('clears what its rows leave out, metadata too, and leaves records that are not in it', async () => {
    await whole({ orgs: [`s1,active,${now},School,school,S-1,,a,b`] }, ',metadata.one,metadata.two');
    expect(await metadataOf('s1')).toEqual({ one: 'a', two: 'b' });
    await whole({ orgs: [`s1,active,${now},School,school,,,a`] }, ',metadata.one');
    expect(await metadataOf('s1')).toEqual({ one: 'a' });
    const run = await whole({ orgs: [`s1,active,${now},School,school,,`] });
    expect(changes(run)['group']).toMatchObject({ updated: 1 });
    expect(await metadataOf('s1')).toBeUndefined();
    expect((await rest.read('rostering/v1p2/orgs/s2')).objects).toMatchObject([{ status: 'active' }]);
  });
});
