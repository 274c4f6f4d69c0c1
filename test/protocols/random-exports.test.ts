import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Context } from '../../src/roster/index.ts';
import { chanceOf } from '../differential/random-roster.ts';
import { type ExportRoom, openExportRoom } from './export-room.ts';
import { faultsOf } from './oneroster-csv/validity.ts';
import { changedPackage, packageOf, randomPackage } from './random-package.ts';

let room: ExportRoom;
beforeAll(async () => {
  room = await openExportRoom();
});
afterAll(() => room.end());

type Fields = Readonly<Record<string, unknown>>;

const take = async (context: Context, bytes: Uint8Array, protocol = 'oneroster-csv') => {
  const run = await room.takeIn(context, bytes, protocol);
  expect([run.state, run.problems.filter(({ kind }) => !kind.startsWith('repair.'))]).toEqual(['done', []]);
  return run;
};

/** What a user is at the other end, for each role of OneRoster, by the institution roles that IMS has. */
const institutional: Readonly<Record<string, string>> = {
  student: 'student',
  teacher: 'teacher',
  aide: 'teacher',
  counselor: 'teacher',
  proctor: 'teacher',
  principal: 'siteAdministrator',
  siteAdministrator: 'siteAdministrator',
  districtAdministrator: 'siteAdministrator',
  systemAdministrator: 'siteAdministrator',
  guardian: 'guardian',
  parent: 'guardian',
  relative: 'guardian',
};

/** What IMS Enterprise carries of what OneRoster shows. */
async function carried(context: Context, isCopy: boolean): Promise<Record<string, unknown>> {
  const shown = (await room.shown(context, '1.2')) as Record<string, Fields[]>;
  const pick = (view: string, ...names: string[]) =>
    (shown[view] ?? []).map((one) => Object.fromEntries(names.map((name) => [name, one[name]])));
  const roleOf = (role: unknown) => (isCopy ? String(role) : (institutional[String(role)] ?? 'student'));
  const memberRoleOf = (role: unknown) => (role === 'proctor' ? 'ext:TeachingAssistant' : String(role));
  const idOf = (reference: unknown) => (reference as { sourcedId: string }).sourcedId;
  return {
    // The gateway's own root org takes in who is in no class.
    org: pick('org', 'sourcedId', 'name', 'type', 'parent').filter(({ sourcedId }) => /^o\d/.test(String(sourcedId))),
    academicSession: pick('academicSession', 'sourcedId', 'title', 'type', 'startDate', 'endDate', 'parent'),
    course: pick('course', 'sourcedId', 'title', 'org', 'schoolYear'),
    class: pick('class', 'sourcedId', 'title', 'course', 'school', 'terms'),
    user: pick('user', 'sourcedId', 'givenName', 'familyName', 'middleName', 'username', 'email', 'sms', 'phone'),
    demographics: pick('demographics', 'sourcedId', 'birthDate', 'sex'),
    roles: (shown['user'] ?? []).map(({ roles }) =>
      [...new Set((roles as Fields[]).map(({ role }) => roleOf(role)))].sort(),
    ),
    enrollment: [
      ...new Set(
        (shown['enrollment'] ?? []).map((one) =>
          JSON.stringify([
            idOf(one['class']),
            idOf(one['user']),
            memberRoleOf(one['role']),
            one['beginDate'],
            one['endDate'],
          ]),
        ),
      ),
    ].sort(),
  };
}

/** Roles of users in one order: a delta says nothing of it. */
function inOrder(shown: Record<string, unknown[]>): Record<string, unknown[]> {
  const sorted = (roles: unknown) => (roles as Fields[]).map((role) => JSON.stringify(role)).sort();
  return { ...shown, user: (shown['user'] as Fields[]).map((one) => ({ ...one, roles: sorted(one['roles']) })) };
}

describe.each([1, 2])('A random roster (seed %i)', (seed) => {
  const chance = chanceOf(seed);
  const first = randomPackage(chance);
  let from: Context;
  let copy: Context;
  let run: string;
  beforeAll(async () => {
    from = await room.tenant(`from ${seed}`);
    copy = await room.tenant(`copy ${seed}`);
    run = (await take(from, await packageOf(first))).id;
  });

  test('comes out as OneRoster CSV 1.2.1 and goes in again as it was', async () => {
    const bytes = await room.export(from, {});
    expect(faultsOf(await room.unpack(bytes), '1.2.1')).toEqual([]);
    await take(copy, bytes);
    for (const version of ['1.1', '1.2'] as const) {
      expect(await room.shown(copy, version)).toEqual(await room.shown(from, version));
    }
  });

  test('comes out as OneRoster CSV 1.1 and goes in again as 1.1 shows it', async () => {
    const bytes = await room.export(from, { format: 'oneroster-csv-1.1' });
    expect(faultsOf(await room.unpack(bytes), '1.1')).toEqual([]);
    const to = await room.tenant(`to 1.1 ${seed}`);
    await take(to, bytes);
    expect(await room.shown(to, '1.1')).toEqual(await room.shown(from, '1.1'));
  });

  test('comes out as IMS Enterprise and goes in again as far as IMS has places for it', async () => {
    const to = await room.tenant(`to ims ${seed}`);
    await take(to, await room.export(from, { format: 'ims-enterprise-xml' }), 'ims-enterprise-xml');
    expect(await carried(to, true)).toEqual(await carried(from, false));
  });

  test('and the delta to a later one make that later one of a copy', async () => {
    const later = changedPackage(chance, first);
    await take(from, await packageOf(later));
    const bytes = await room.export(from, { run });
    expect(faultsOf(await room.unpack(bytes), '1.2.1', true)).toEqual([]);
    await take(copy, bytes);
    expect(inOrder(await room.shown(copy, '1.2'))).toEqual(inOrder(await room.shown(from, '1.2')));
  });
});
