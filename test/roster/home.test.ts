import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Role } from '../../src/model/index.ts';
import type { Context, WriteChange } from '../../src/roster/index.ts';
import {
  done,
  ends,
  g,
  group,
  m,
  member,
  one,
  openRoster,
  p,
  person,
  remove,
  school,
  sis,
  type TestRoster,
} from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
});
afterAll(() => room.close());

let tenants = 0;
async function fresh(): Promise<Context> {
  tenants += 1;
  const tenant = `home${tenants}`;
  await room.addTenant(tenant);
  const as = { ...sis, tenant };
  await done(
    room.roster,
    as,
    group('site', 'org', [], { orgType: 'district' }),
    school('s1', ['site']),
    school('s2', ['site']),
  );
  await done(room.roster, as, group('c1', 'class', ['s1']), person('p1'));
  return as;
}

/** A membership whose role says home, or does not speak of it. */
const at = (groupId: string, role: Partial<Role> = { homeOrganisation: true }): WriteChange<'membership'> => {
  const change = member(groupId, 'p1');
  return { ...change, data: { ...change.data, roles: [{ type: 'Learner', ...role }] } };
};

/** The guid of the person's membership of a group. */
const guidOf = async (as: Context, groupId: string) =>
  (await room.roster.guidsOf(as, [member(groupId, 'p1')]))[0] ?? '';

/** The home and the orgs of the person, by id. */
async function homeOf(as: Context) {
  const { derived } = await one(room.roster, 'person', p('p1'), as);
  const names = await room.roster.names(as, 'group', [...(derived?.orgs ?? []), derived?.home ?? '']);
  const idOf = (guid: string | undefined) => (guid === undefined ? undefined : (names.get(guid)?.imsId ?? 'unknown'));
  return {
    home: idOf(derived?.home),
    orgs: (derived?.orgs ?? []).map((guid) => names.get(guid)?.imsId ?? 'unknown').sort(),
  };
}

test('The home organisation is the group whose role says so, and one of the orgs; without it, none', async () => {
  const as = await fresh();
  await done(room.roster, as, at('c1', {}));
  expect(await homeOf(as)).toEqual({ home: undefined, orgs: ['s1'] });
  await done(room.roster, as, at('site'));
  expect(await homeOf(as)).toEqual({ home: 'site', orgs: ['s1', 'site'] });
  await done(room.roster, as, { ...at('site', {}), op: 'replace' });
  expect(await homeOf(as)).toEqual({ home: undefined, orgs: ['s1'] });
});

test('A mentor’s and an inactive role say nothing, and a role that is not written again unsets', async () => {
  const as = await fresh();
  await done(room.roster, as, at('s1', { type: 'Mentor', homeOrganisation: true }));
  expect((await homeOf(as)).home).toBeUndefined();
  await done(room.roster, as, at('s1', { homeOrganisation: true, status: false }));
  expect((await homeOf(as)).home).toBeUndefined();
  await done(room.roster, as, at('s1'));
  expect((await homeOf(as)).home).toBe('s1');
  await done(room.roster, as, at('s1', { homeOrganisation: false }));
  expect((await homeOf(as)).home).toBeUndefined();
});

test('Of several the one that changed last counts, and the other again when that one goes', async () => {
  const as = await fresh();
  await done(room.roster, as, at('s1'));
  await done(room.roster, as, at('s2'));
  expect(await homeOf(as)).toEqual({ home: 's2', orgs: ['s1', 's2'] });
  await done(room.roster, as, at('s1', { homeOrganisation: true, comments: { text: 'again' } }));
  expect((await homeOf(as)).home).toBe('s1');
  await done(room.roster, as, remove('membership', ends('s1', 'p1')));
  expect(await homeOf(as)).toEqual({ home: 's2', orgs: ['s2'] });
});

test('The group that is said again is the home again, and stays it when other things change', async () => {
  const as = await fresh();
  await done(room.roster, as, at('s1'), at('s2'));
  expect((await homeOf(as)).home).toBe('s2');
  const before = await one(room.roster, 'membership', await guidOf(as, 's1'), as);
  const { sequence } = await one(room.roster, 'membership', await guidOf(as, 's2'), as);
  await done(room.roster, as, at('s1'));
  expect((await homeOf(as)).home).toBe('s1');
  const after = await one(room.roster, 'membership', await guidOf(as, 's1'), as);
  expect([after.data, after.updatedAt > before.updatedAt]).toEqual([before.data, true]);
  // Deltas and deliveries tell of it.
  const told = await room.roster.changesAfter(as, sequence, 10);
  expect(told.items.map(({ guid }) => guid)).toContain(after.guid);
  // Said of the home that it is, and not said at all, count for nothing.
  await done(room.roster, as, at('s1'), at('s2', {}));
  expect((await one(room.roster, 'membership', after.guid, as)).sequence).toBe(after.sequence);
  await done(room.roster, as, { ...at('s2', { type: 'Manager' }), key: m('an-id') });
  await done(room.roster, as, at('c1', {}), person('p1', { institutionRoles: [{ type: 'Faculty', primary: true }] }));
  await done(room.roster, as, remove('membership', ends('c1', 'p1')));
  expect((await homeOf(as)).home).toBe('s1');
});

test('What comes into effect counts as said then; what comes back with the person does not move the home', async () => {
  const as = await fresh();
  const later: WriteChange<'membership'> = { ...at('s1'), data: { ...at('s1').data, group: g('later') } };
  await done(room.roster, as, at('s1'), later);
  expect((await homeOf(as)).home).toBe('s1');
  await done(room.roster, as, school('later', ['site']));
  expect((await homeOf(as)).home).toBe('later');
  await done(room.roster, as, at('s2'), at('s1'));
  await done(room.roster, as, remove('person', p('p1')), person('p1'));
  expect((await homeOf(as)).home).toBe('s1');
  await done(room.roster, as, remove('group', g('s1')));
  expect((await homeOf(as)).home).toBe('s2');
  await done(room.roster, as, school('s1', ['site']));
  expect((await homeOf(as)).home).toBe('s1');
});

test('Of several in one call the last one counts, then and later', async () => {
  for (const order of [
    ['s1', 's2', 'site'],
    ['site', 's2', 's1'],
    ['s2', 's1', 'site', 's2'],
  ]) {
    const as = await fresh();
    await done(room.roster, as, ...order.map((id) => at(id)));
    expect((await homeOf(as)).home).toBe(order.at(-1));
    await done(room.roster, as, at('c1', {}), remove('membership', ends('c1', 'p1')));
    expect((await homeOf(as)).home).toBe(order.at(-1));
    await done(room.roster, as, ...order.toReversed().map((id) => at(id)));
    expect((await homeOf(as)).home).toBe(order[0]);
  }
});

test('An update whose roles do not speak of it keeps it, with the role of the same type or the first that may have it', async () => {
  const as = await fresh();
  const rolesAfter = async (...roles: readonly Role[]) => {
    const change = at('s1');
    await done(room.roster, as, { ...change, data: { ...change.data, roles: [...roles] } });
    return (await one(room.roster, 'membership', await guidOf(as, 's1'), as)).data.roles;
  };
  const [learner, mentor, manager] = [{ type: 'Learner' }, { type: 'Mentor' }, { type: 'Manager' }];
  const home = { homeOrganisation: true };
  await done(room.roster, as, at('s1'));
  expect(await rolesAfter(manager, learner)).toEqual([manager, { ...learner, ...home }]);
  expect(await rolesAfter({ ...learner, status: false })).toEqual([{ ...learner, status: false, ...home }]);
  expect(await rolesAfter(mentor, manager)).toEqual([mentor, { ...manager, ...home }]);
  expect((await homeOf(as)).home).toBe('s1');
  await done(room.roster, as, remove('membership', ends('s1', 'p1')), at('s1', {}));
  expect((await homeOf(as)).home).toBe('s1');
  expect(await rolesAfter({ ...manager, homeOrganisation: false }, learner)).toEqual([
    { ...manager, homeOrganisation: false },
    learner,
  ]);
  expect(await rolesAfter(manager)).toEqual([manager]);
  expect((await homeOf(as)).home).toBeUndefined();
  await done(room.roster, as, at('s1'));
  expect(await rolesAfter(mentor)).toEqual([mentor]);
});

test('It is the same whether it comes with the person, before, or after', async () => {
  const as = await fresh();
  const late: WriteChange<'membership'> = { ...at('s1'), data: { ...at('s1').data, member: p('late') } };
  await done(room.roster, as, late);
  await done(room.roster, as, person('late'));
  const { guid } = await one(room.roster, 'group', g('s1'), as);
  expect((await one(room.roster, 'person', p('late'), as)).derived).toMatchObject({ home: guid, orgs: [guid] });
  await done(room.roster, as, person('late', { institutionRoles: [{ type: 'Faculty', primary: true }] }));
  expect((await one(room.roster, 'person', p('late'), as)).derived).toMatchObject({
    home: guid,
    orgs: [guid],
    roles: ['teacher'],
  });
});

test('A group that is neither school nor site is none, which is remarked on; it is one when it becomes a site', async () => {
  const as = await fresh();
  const [inClass] = await done(room.roster, as, at('c1'));
  expect(inClass?.remarks).toEqual([expect.objectContaining({ kind: 'warning.home-not-an-org', id: 'c1' })]);
  await done(room.roster, as, group('unit', 'org', ['s1'], { orgType: 'department' }));
  const [inUnit] = await done(room.roster, as, at('unit'));
  expect(inUnit?.remarks).toEqual([expect.objectContaining({ kind: 'warning.home-not-an-org', id: 'unit' })]);
  expect((await homeOf(as)).home).toBeUndefined();
  await done(room.roster, as, group('unit', 'org', ['s1'], { orgType: 'local' }));
  expect((await homeOf(as)).home).toBe('unit');
  const [again] = await done(room.roster, as, at('unit', { homeOrganisation: true, comments: { text: 'x' } }));
  expect(again?.remarks).toBeUndefined();
});
