import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { defaultTenantSettings, makeRoster, type RosterRooms, tenantSettingsSchema } from '../../src/roster/index.ts';
import { admin, openRoster, type TestRoster } from './roster.ts';

let room: TestRoster;
/** A second instance on the same database. */
let other: RosterRooms;
beforeAll(async () => {
  room = await openRoster();
  await room.addTenant('second');
  other = makeRoster(room.store, room.clock);
});
afterAll(() => room.close());

const put = async (patch: unknown, rooms: RosterRooms = room) => {
  const result = await rooms.tenants.putSettings(admin, patch);
  if (!result.ok) throw new Error(result.problem.text);
  return result.value;
};

describe('Settings of a tenant', () => {
  test('are the defaults until somebody changes them', async () => {
    expect(await room.tenants.settings('school')).toEqual(defaultTenantSettings);
  });

  test('what is named is changed at once here, the rest and other tenants stay', async () => {
    const changed = await put({ imsEs: { behaviour: 'strict', lengths: { personId: 64 } } });
    const { imsEs } = defaultTenantSettings;
    expect(changed).toEqual({
      ...defaultTenantSettings,
      imsEs: { ...imsEs, behaviour: 'strict', lengths: { ...imsEs.lengths, personId: 64 } },
    });
    expect(await room.tenants.settings('school')).toEqual(changed);
    await put({ imsEs: { lengths: { groupId: 32 } } });
    expect(await put({ imsEs: { lengths: { personId: null } } })).toMatchObject({
      imsEs: { behaviour: 'strict', lengths: { personId: null, groupId: 32 } },
    });
    expect(await room.tenants.settings('second')).toEqual(defaultTenantSettings);
  });

  test('another instance has them within five seconds', async () => {
    await put({ imsEs: { itemsPerRequest: 10 } });
    room.clock.forward(5_000);
    expect((await other.tenants.settings('school')).imsEs.itemsPerRequest).toBe(10);
    await put({ imsEs: { itemsPerRequest: 20 } });
    expect((await room.tenants.settings('school')).imsEs.itemsPerRequest).toBe(20);
    room.clock.forward(5_000);
    expect((await other.tenants.settings('school')).imsEs.itemsPerRequest).toBe(20);
  });

  test('changes of different settings at once, by two instances, are all kept', async () => {
    await Promise.all([
      put({ imsEs: { lengths: { orgId: 50 } } }),
      put({ imsEs: { lengths: { namePrefix: 32 } } }, other),
      put({ imsEs: { lengths: { groupTitle: 64 } } }),
    ]);
    room.clock.forward(5_000);
    expect((await room.tenants.settings('school')).imsEs.lengths).toMatchObject({
      orgId: 50,
      namePrefix: 32,
      groupTitle: 64,
    });
  });

  test('what GET gives, PUT takes; nothing named changes nothing', async () => {
    const now = await room.tenants.settings('school');
    expect(await put(now)).toEqual(now);
    expect(await put({})).toEqual(now);
    expect(await put({ imsEs: { lengths: {} } })).toEqual(now);
  });

  test.each([
    [null, ''],
    ['strict', ''],
    [{ imsEs: { behaviour: 'kind' } }, 'imsEs.behaviour'],
    [{ imsEs: { itemsPerRequest: 0 } }, 'imsEs.itemsPerRequest'],
    [{ imsEs: { itemsPerRequest: 1001 } }, 'imsEs.itemsPerRequest'],
    [{ imsEs: { itemsPerRequest: '10' } }, 'imsEs.itemsPerRequest'],
    [{ imsEs: { lengths: { personId: 1.5 } } }, 'imsEs.lengths.personId'],
    [{ imsEs: { lengths: { email: 5 } } }, 'imsEs.lengths.email'],
    [{ imsEs: { 'lengths.personId': 5 } }, 'imsEs.lengths.personId'],
    [{ $set: { guidKey: 1 } }, '$set'],
    [JSON.parse('{"__proto__":{"imsEs":1}}'), '__proto__'],
  ])('%j is refused, with the setting named, and changes nothing', async (patch, field) => {
    const before = await room.tenants.settings('school');
    expect(await room.tenants.putSettings(admin, patch)).toMatchObject({
      ok: false,
      problem: { code: 'invalid-request', text: expect.stringMatching(/^The setting .+ .+\.$/), place: { field } },
    });
    room.clock.forward(5_000);
    expect(await room.tenants.settings('school')).toEqual(before);
  });

  test('the words of a choice are named', async () => {
    expect(await room.tenants.putSettings(admin, { imsEs: { behaviour: 'kind' } })).toMatchObject({
      problem: { text: 'The setting imsEs.behaviour must be one of compatible, strict.' },
    });
  });

  test('stored ones that this version does not know are left out, and those that it adds have their default', async () => {
    await room.store
      .rows('tenant')
      .updateOne({ _id: 'second' }, { $set: { settings: { later: { x: 1 }, imsEs: { behaviour: 'strict', y: 2 } } } });
    room.clock.forward(5_000);
    expect(await room.tenants.settings('second')).toEqual({
      ...defaultTenantSettings,
      imsEs: { ...defaultTenantSettings.imsEs, behaviour: 'strict' },
    });
  });

  test('the schema has every setting, and no other', () => {
    type Tree = { readonly properties?: Readonly<Record<string, Tree>> };
    const paths = (value: unknown, path: string): string[] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([name, one]) => paths(one, `${path}/${name}`))
        : [path];
    const inSchema = ({ properties }: Tree, path: string): string[] =>
      properties === undefined
        ? [path]
        : Object.entries(properties).flatMap(([name, one]) => inSchema(one, `${path}/${name}`));
    expect(inSchema(tenantSettingsSchema as Tree, '')).toEqual(paths(defaultTenantSettings, ''));
  });
});
