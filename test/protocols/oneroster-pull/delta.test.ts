import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { demo } from '../../setup/services.ts';
import { header, manifest, zipOf } from '../oneroster-csv/packages.ts';
import { makePulling, type Server } from './pulling.ts';
import { type Quirks, sloppyRoster } from './quirks-server.ts';
import { timedRoster, timeOf } from './timed-roster.ts';

let doors: Doors;
const { quirky, feedFrom, put, pulled, runOf, close } = makePulling(() => doors);
beforeAll(async () => {
  doors = await startDoors();
});
afterAll(() => doors.close());
afterEach(close);

const delta = { delta: true };
const userOf = async (id: string) => (await doors.ask('GET', `/ims/oneroster/v1p1/users/${id}`)).json.user;

/** From when on changes of users were asked for since the last call. */
function askedSince(server: Server): number {
  const filters = server.seen.filters.splice(0).filter((one) => one.startsWith('users '));
  const [first = '', ...others] = new Set(filters);
  expect(others).toEqual([]);
  return Date.parse(first.split("'")[1] ?? '');
}

async function undo(id: string): Promise<void> {
  const asked = await doors.sync.undo(doors.context, id, { dryRun: false });
  expect(await doors.sync.wait(doors.context, asked.ok ? asked.value.id : '')).toMatchObject({ state: 'done' });
}

describe('A pull by changes', () => {
  test('reads what has changed since the newest record that was shown, less five minutes', async () => {
    const roster = timedRoster(30);
    const server = await quirky(roster.collections, { repeats: true });
    const name = await feedFrom(server, delta);
    expect(await runOf(name)).toMatchObject({ state: 'done', pull: { kind: 'full', note: null, base: null } });
    expect(server.seen.filters).toEqual([]);

    roster.set('users', 'user-3', { givenName: 'Changed', grades: null });
    roster.set('users', 'new', { ...roster.collections['users']?.[5], sourcedId: 'new', username: 'new' });
    roster.remove('users', ['user-7']);
    roster.remove('enrollments', ['enrollment-7', 'enrollment-8']);
    const run = await runOf(name);
    expect(run).toMatchObject({
      state: 'done',
      pull: { kind: 'delta', note: null },
      counts: {
        person: { inFile: 4, created: 1, updated: 1, trashed: 1, unchanged: 1, rejected: 0 },
        membership: { trashed: 2, rejected: 0 },
      },
    });
    expect(run.pull?.base).not.toBeNull();
    const asked = askedSince(server);
    const least = Date.parse(timeOf(29)) - 5 * 60_000;
    expect(asked).toBeLessThanOrEqual(least);
    expect(asked).toBeGreaterThan(least - 60_000);
    expect(await userOf('user-3')).toMatchObject({ givenName: 'Changed', familyName: 'Family' });
    expect(await userOf('user-7')).toMatchObject({ status: 'tobedeleted' });
    expect(await userOf('new')).toMatchObject({ status: 'active' });

    expect(await runOf(name)).toMatchObject({
      pull: { kind: 'delta' },
      counts: { person: { updated: 0, trashed: 0 } },
    });
    expect(await runOf(name, 'full=true')).toMatchObject({ pull: { kind: 'full', note: null } });
  });

  test.each<[string, Quirks]>([
    ['ignores the filter', { filter: 'ignored' }],
    ['refuses the filter', { filter: 'refused' }],
    ['breaks down over the filter', { filter: 'broken' }],
    ['answers the filter with nothing', { filter: 'nothing' }],
  ])('is made in full, with a note, where the server %s', async (_what, quirks) => {
    const roster = timedRoster(30);
    const name = await feedFrom(await quirky(roster.collections, quirks), delta);
    await runOf(name);
    roster.collections['users']?.splice(4, 1);
    expect(await runOf(name)).toMatchObject({
      state: 'done',
      pull: { kind: 'full', note: expect.stringMatching(/\w/) },
      counts: { person: { trashed: 1 } },
    });
  });

  test('is made in full, with a note, where the server does not tell times', async () => {
    const name = await feedFrom(await quirky(sloppyRoster(30)), delta);
    for (const _ of [1, 2]) {
      const note = expect.stringContaining('dateLastModified');
      expect(await runOf(name)).toMatchObject({ pull: { kind: 'full', note, collections: null } });
    }
  });

  test('is made in full where the last full pull is older than fullEvery, or has other settings', async () => {
    const server = await quirky(timedRoster().collections);
    const name = await feedFrom(server, delta);
    await runOf(name);
    const { pull } = await runOf(name);
    expect(pull).toMatchObject({ kind: 'delta' });
    const old = new Date(Date.now() - 7 * 86_400_000).toISOString();
    const rows = doors.store.rows('run');
    await rows.updateMany({ tenant: demo.tenant, feed: name }, { $set: { 'report.pull.fullAt': old } });
    expect(await runOf(name)).toMatchObject({ pull: { kind: 'full', note: null } });
    expect(await runOf(name)).toMatchObject({ pull: { kind: 'delta' } });
    await put(name, server, { ...delta, scope: 'more' });
    expect(await runOf(name)).toMatchObject({ pull: { kind: 'full', note: expect.stringContaining('settings') } });
    await put(name, server, { delta: false });
    expect(await runOf(name)).toMatchObject({ pull: { kind: 'full', note: null } });
  });

  test('asks again for the changes of a run that was held and rejected, and not of one that was approved', async () => {
    const roster = timedRoster(40);
    const server = await quirky(roster.collections);
    const name = await feedFrom(server, delta);
    await runOf(name);
    await doors.sync.putFeed(doors.context, name, { limits: { person: { delete: { number: 5 } } } });
    const gone = Array.from({ length: 9 }, (_, at) => `user-${at + 1}`);
    roster.remove('users', gone);
    const held = await runOf(name);
    expect(held).toMatchObject({ state: 'held', pull: { kind: 'delta' }, counts: { person: { trashed: 9 } } });
    const first = askedSince(server);
    await doors.sync.reject(doors.context, held.id);
    const again = await runOf(name);
    expect(askedSince(server)).toBe(first);
    expect(again).toMatchObject({ state: 'held', pull: { base: held.pull?.base }, counts: { person: { trashed: 9 } } });
    await doors.sync.approve(doors.context, again.id);
    expect(await doors.sync.wait(doors.context, again.id)).toMatchObject({ state: 'done' });
    expect(await runOf(name)).toMatchObject({ state: 'done', pull: { base: again.id } });
    expect(askedSince(server)).toBeGreaterThan(first);
  });

  test('repairs what the undo of a run has put back', async () => {
    const roster = timedRoster(7, 'pupil');
    const name = await feedFrom(await quirky(roster.collections), delta);
    const full = await runOf(name);
    roster.set('users', 'pupil-1', { givenName: 'First' });
    const first = await runOf(name);
    roster.set('users', 'pupil-2', { givenName: 'Second' });
    const second = await runOf(name);
    expect(second).toMatchObject({ pull: { base: first.id } });
    await undo(first.id);
    expect(await userOf('pupil-1')).toMatchObject({ givenName: 'Given 1' });
    expect(await runOf(name)).toMatchObject({ state: 'done', pull: { kind: 'delta', base: full.id } });
    expect(await userOf('pupil-1')).toMatchObject({ givenName: 'First' });
    expect(await userOf('pupil-2')).toMatchObject({ givenName: 'Second' });
    await undo(full.id);
    expect(await runOf(name)).toMatchObject({ pull: { kind: 'full', note: expect.stringContaining('undone') } });
    expect(await userOf('pupil-2')).toMatchObject({ givenName: 'Second', status: 'active' });
  });

  test('repairs what was put back while the next one was read', async () => {
    const roster = timedRoster(7, 'both');
    const quirks: Quirks = {};
    const name = await feedFrom(await quirky(roster.collections, quirks), delta);
    const full = await runOf(name);
    roster.set('users', 'both-1', { givenName: 'First' });
    roster.set('users', 'both-2', { givenName: 'Second' });
    const first = await runOf(name);
    quirks.meanwhile = async (collection) => {
      if (collection !== 'enrollments') return;
      delete quirks.meanwhile;
      await undo(first.id);
    };
    expect(await runOf(name)).toMatchObject({ state: 'done', pull: { base: first.id } });
    expect(await userOf('both-1')).toMatchObject({ givenName: 'Given 1' });
    expect(await runOf(name)).toMatchObject({ state: 'done', pull: { base: full.id } });
    expect(await userOf('both-1')).toMatchObject({ givenName: 'First' });
  });

  test('does not go on from a run that still waits, and goes on from it once it is done', async () => {
    const name = await feedFrom(await quirky(timedRoster().collections), delta);
    const full = await runOf(name);
    await doors.sync.putFeed(doors.context, name, { schedule: '0 0 1 1 *' });
    for (const _ of [1, 2]) {
      const { run: id } = await pulled(name);
      const run = await doors.sync.run(doors.context, id ?? '');
      expect(run).toMatchObject({ state: 'queued', pull: { kind: 'delta', base: full.id } });
    }
    await doors.sync.putFeed(doors.context, name, { schedule: null });
    const last = (await pulled(name)).run ?? '';
    expect(await doors.sync.wait(doors.context, last)).toMatchObject({ state: 'done' });
    expect(await runOf(name)).toMatchObject({ state: 'done', pull: { kind: 'delta', base: last } });
  });

  test('is made in full after a file was sent to the feed, and in a feed that was made anew', async () => {
    const server = await quirky(timedRoster().collections);
    const name = await feedFrom(server, delta);
    const full = await runOf(name);
    const file = await zipOf({ 'manifest.csv': manifest({ orgs: 'delta' }), 'orgs.csv': header('orgs') });
    const sent = await doors.sync.submit(
      doors.context,
      { feed: name, dryRun: false, fileName: 'a.zip' },
      Readable.from([file]),
    );
    const id = sent.ok ? sent.value.id : '';
    await doors.sync.wait(doors.context, id);
    expect(await runOf(name)).toMatchObject({ pull: { kind: 'full', note: expect.stringContaining(id) } });
    const next = await runOf(name);
    expect(next).toMatchObject({ pull: { kind: 'delta', source: full.pull?.source } });
    for (const one of [next.id, id, full.id]) await undo(one);
    await doors.sync.deleteFeed(doors.context, name);
    await put(name, server, delta);
    expect(await runOf(name)).toMatchObject({ state: 'done', pull: { kind: 'full', note: null } });
  });

  test('reads what was changed while the pull before was made', async () => {
    const roster = timedRoster(9, 'late');
    const quirks: Quirks = {};
    const name = await feedFrom(await quirky(roster.collections, quirks), delta);
    const justBefore = new Date(Date.parse(timeOf(8)) - 60_000).toISOString();
    quirks.meanwhile = (collection) => {
      const [, user] = roster.collections['users'] ?? [];
      // The page of this user has been read, and records of later times come behind it.
      if (collection === 'enrollments') Object.assign(user ?? {}, { givenName: 'Late', dateLastModified: justBefore });
    };
    await runOf(name);
    expect(await userOf('late-1')).toMatchObject({ givenName: 'Given 1' });
    expect(await runOf(name)).toMatchObject({ state: 'done', pull: { kind: 'delta' } });
    expect(await userOf('late-1')).toMatchObject({ givenName: 'Late' });
  });

  test('submits nothing where a collection cannot be read, and the next one asks for the same changes', async () => {
    const roster = timedRoster();
    const quirks: Quirks = {};
    const server = await quirky(roster.collections, quirks);
    const name = await feedFrom(server, delta);
    const full = await runOf(name);
    roster.set('users', 'user-3', { email: 'three@example.org' });
    quirks.failing = 'enrollments';
    expect(await pulled(name)).toMatchObject({ state: 'failed', run: null });
    const asked = askedSince(server);
    delete quirks.failing;
    const run = await runOf(name);
    expect(run).toMatchObject({ state: 'done', pull: { base: full.id }, counts: { person: { updated: 1 } } });
    expect(askedSince(server)).toBe(asked);
  });

  test('asks by the clock of the server where a record is of the future, and takes times of other zones', async () => {
    const roster = timedRoster(7, 'zone');
    const server = await quirky(roster.collections);
    const name = await feedFrom(server, delta);
    Object.assign(roster.collections['users']?.[1] ?? {}, { dateLastModified: '2099-01-01T00:00:00+02:00' });
    const { pull } = await runOf(name);
    const after = Date.now();
    expect(pull?.collections?.['users']?.newest).toBe('2098-12-31T22:00:00.000Z');
    Object.assign(roster.collections['users']?.[2] ?? {}, {
      givenName: 'Now',
      dateLastModified: new Date().toISOString(),
    });
    expect(await runOf(name)).toMatchObject({ pull: { kind: 'delta' }, counts: { person: { inFile: 2, updated: 1 } } });
    expect(askedSince(server)).toBeLessThanOrEqual(after - 5 * 60_000);
  });

  test('asks again for what was rejected', async () => {
    const roster = timedRoster(7, 'bad');
    const name = await feedFrom(await quirky(roster.collections), delta);
    const full = await runOf(name);
    roster.set('users', 'bad-3', { role: '' });
    const rejected = { pull: { base: full.id }, counts: { person: { rejected: 1 } } };
    expect(await runOf(name)).toMatchObject(rejected);
    expect(await runOf(name)).toMatchObject(rejected);
    roster.set('users', 'bad-3', { role: 'aide' });
    const taken = await runOf(name);
    expect(taken).toMatchObject({ pull: { base: full.id }, counts: { person: { rejected: 0, updated: 1 } } });
    expect(await runOf(name)).toMatchObject({ pull: { base: taken.id } });
  });

  test('takes an enrollment of a class and a user that have not changed', async () => {
    const roster = timedRoster(7, 'new');
    const name = await feedFrom(await quirky(roster.collections), delta);
    await runOf(name);
    const [enrollment] = roster.collections['enrollments'] ?? [];
    roster.set('enrollments', 'enrollment-new', { ...enrollment, sourcedId: 'enrollment-new', role: 'administrator' });
    const counts = { membership: { updated: 1, trashed: 0, rejected: 0 } };
    expect(await runOf(name)).toMatchObject({ state: 'done', pull: { kind: 'delta' }, counts });
    const all = await runOf(name, 'full=true');
    expect(all).toMatchObject({ counts: { membership: { created: 0, updated: 0, trashed: 0, rejected: 0 } } });
  });
});

describe('A pull by changes from 1.2', () => {
  const read = async () => (await doors.ask('GET', '/ims/oneroster/rostering/v1p2/users/roles-1')).json.user;
  const at = (org: string) => ({ sourcedId: org, type: 'org' });

  test('takes away the roles and profiles that a user has no more, and moves a role to another org', async () => {
    const roster = timedRoster(3, 'roles');
    roster.set('orgs', 'other', { name: 'Other', type: 'school' });
    const profile = (profileId: string) => ({
      profileId,
      profileType: 'SSO',
      vendorId: 'vendor',
      credentials: [{ type: 'LDAP', username: 'one' }],
    });
    const teacher = { roleType: 'primary', role: 'teacher', org: at('school') };
    const aide = { roleType: 'secondary', role: 'aide', org: at('school') };
    for (const user of roster.collections['users'] ?? []) Object.assign(user, { roles: [teacher], role: undefined });
    roster.set('users', 'roles-1', { roles: [teacher, aide], userProfiles: [profile('urn:a'), profile('urn:b')] });
    const name = await feedFrom(await quirky(roster.collections), { ...delta, version: 'v1p2' });
    await runOf(name);
    expect(await read()).toMatchObject({
      roles: [{ role: 'teacher' }, { role: 'aide' }],
      userProfiles: [{}, {}],
    });

    roster.set('users', 'roles-1', { roles: [teacher], userProfiles: [profile('urn:b')] });
    expect(await runOf(name)).toMatchObject({ pull: { kind: 'delta' }, counts: { person: { updated: 1 } } });
    const { roles, userProfiles } = await read();
    expect([roles.length, userProfiles.length]).toEqual([1, 1]);
    expect(userProfiles[0]).toMatchObject({ profileId: 'urn:b' });

    roster.set('users', 'roles-1', { roles: [{ ...teacher, org: at('other') }], userProfiles: [] });
    expect(await runOf(name)).toMatchObject({ pull: { kind: 'delta' }, counts: { person: { updated: 1 } } });
    const user = await read();
    expect(user.roles).toMatchObject([{ role: 'teacher', org: { sourcedId: 'other' } }]);
    expect(user).not.toHaveProperty('userProfiles');
  });
});
