import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { demo } from '../../setup/services.ts';
import { makePulling } from './pulling.ts';
import { type Quirks, sloppyRoster } from './quirks-server.ts';

let doors: Doors;
const { quirky, feedFrom, put, pulled, runOf, close } = makePulling(() => doors);
beforeAll(async () => {
  doors = await startDoors();
});
afterAll(() => doors.close());
afterEach(close);

describe('A pull from a OneRoster server', () => {
  test('reads a sloppy 1.1 server that clamps pages, is busy, forgets tokens and repeats records', async () => {
    const server = await quirky(sloppyRoster(), { clamp: 2, busyEvery: 4, tokenUses: 3, repeats: true });
    const run = await runOf(await feedFrom(server));
    expect(run).toMatchObject({ state: 'done', counts: { person: { created: 7 }, membership: { created: 7 } } });
    expect(server.tokens()).toBeGreaterThan(2);
    const user = (await doors.ask('GET', '/ims/oneroster/rostering/v1p2/users/user-0')).json.user;
    expect(user).toMatchObject({ enabledUser: 'true', givenName: 'Given 0', roles: [{ role: 'teacher' }] });
    const course = (await doors.ask('GET', '/ims/oneroster/rostering/v1p2/courses/math')).json.course;
    expect(course).toMatchObject({ grades: ['09'], subjects: ['Math; pure'] });
    const found = (await doors.ask('GET', '/ims/oneroster/rostering/v1p2/classes/math-1')).json.class;
    expect(found).toMatchObject({ metadata: { room: 'A "1"' }, terms: [{ sourcedId: 'year' }] });
  });

  test('is unchanged the second time, and what the server has no more is removed', async () => {
    const name = await feedFrom(await quirky(sloppyRoster(30)));
    await runOf(name);
    expect(await runOf(name)).toMatchObject({ state: 'done', counts: { person: { unchanged: 30 } } });
    await put(name, await quirky(sloppyRoster(29)));
    expect(await runOf(name)).toMatchObject({ state: 'done', counts: { person: { trashed: 1, unchanged: 29 } } });
  });

  test('is held by the filters of the feed where the server answers empty lists', async () => {
    const name = await feedFrom(await quirky(sloppyRoster(30)));
    await runOf(name);
    await put(name, await quirky({ ...sloppyRoster(30), users: [], enrollments: [] }));
    expect(await runOf(name)).toMatchObject({ state: 'held' });
  });

  test('changes nothing as a dry run', async () => {
    const name = await feedFrom(await quirky(sloppyRoster()));
    expect(await runOf(name, 'dryRun=true')).toMatchObject({ dryRun: true });
    const listed = (await doors.sync.feed(doors.context, name))?.runs;
    const again = await runOf(name);
    expect([listed, again.dryRun]).toEqual([0, false]);
    expect(again.counts.person).toMatchObject({ created: 7 });
  });

  test.each<[string, Quirks, string]>([
    ['gives less than its X-Total-Count', { totalOff: 1 }, 'unreadable-input'],
    ['ignores the offset', { ignoresOffset: true }, 'unreadable-input'],
    ['is always busy', { status: 503 }, 'busy'],
    ['refuses the client', { status: 401 }, 'forbidden'],
    ['redirects elsewhere', { status: 302 }, 'forbidden'],
  ])('is given up, and nothing is submitted, where the server %s', async (_what, quirks, code) => {
    const name = await feedFrom(await quirky(sloppyRoster(), quirks));
    expect(await pulled(name)).toMatchObject({ state: 'failed', run: null, problem: { code } });
    expect((await doors.sync.runs(doors.context, { limit: 10, feed: name })).ok).toBe(true);
    expect(await doors.sync.feed(doors.context, name)).toMatchObject({ runs: 0 });
  });

  test('names the client to the token endpoint as the settings say', async () => {
    const server = await quirky(sloppyRoster());
    const basic = await feedFrom(server, { scope: 'a b' });
    const form = await feedFrom(server, { clientAuth: 'form' });
    for (const name of [basic, form]) {
      const answer = await doors.ask('POST', `/api/v1/feeds/${name}/pull/check`, { as: doors.admin });
      expect(answer).toMatchObject({ status: 200, json: { records: null } });
    }
    const [first = '', second = ''] = server.seen.forms;
    expect(Object.fromEntries(new URLSearchParams(first))).toEqual({ grant_type: 'client_credentials', scope: 'a b' });
    expect(Object.fromEntries(new URLSearchParams(second))).toEqual({
      grant_type: 'client_credentials',
      scope: 'https://purl.imsglobal.org/spec/or/v1p1/scope/roster.readonly',
      client_id: 'rostergate',
      client_secret: 'quite secret',
    });
    const pair = Buffer.from('rostergate:quite%20secret').toString('base64');
    expect(server.seen.basics).toEqual([`Basic ${pair}`, undefined]);
  });
});

describe('The setting pull', () => {
  test('shows no secret, and none goes to another server', async () => {
    const server = await quirky(sloppyRoster());
    const name = await feedFrom(server);
    const shown = await doors.ask('GET', `/api/v1/feeds/${name}`, { as: doors.admin });
    expect(shown.text).not.toContain('secret');
    expect(shown.json).toMatchObject({ protocol: 'oneroster-csv', pull: { clientId: 'rostergate', pageSize: 3 } });
    const [stored] = await doors.store.rows('feed').find({ tenant: demo.tenant, name }).toArray();
    expect(JSON.stringify(stored)).not.toContain('quite secret');
    const data = { pull: { tokenUrl: 'https://elsewhere.example/token' } };
    const moved = await doors.ask('PUT', `/api/v1/feeds/${name}`, { as: doors.admin, data });
    expect(moved).toMatchObject({ status: 400, json: { place: { field: 'pull.secret' } } });
  });

  test.each<[string, object, string]>([
    ['no address', { clientId: 'a', tokenUrl: 'https://a.example/t', secret: 's' }, 'pull.url'],
    [
      'an address inside',
      { url: 'https://10.0.0.1/', clientId: 'a', tokenUrl: 'https://a.example/t', secret: 's' },
      'pull.url',
    ],
    ['no client', { url: 'https://a.example/', auth: 'oauth1', secret: 's' }, 'pull.clientId'],
    ['no token address', { url: 'https://a.example/', clientId: 'a', secret: 's' }, 'pull.tokenUrl'],
    ['no secret', { url: 'https://a.example/', clientId: 'a', tokenUrl: 'https://a.example/t' }, 'pull.secret'],
  ])('is refused with %s', async (_what, pull, field) => {
    const answer = await doors.ask('PUT', '/api/v1/feeds/refused', { as: doors.admin, data: { pull } });
    expect(answer).toMatchObject({ status: 400, json: { place: { field } } });
  });

  test('is needed for a pull', async () => {
    await doors.sync.putFeed(doors.context, 'plain', {});
    const answer = await doors.ask('POST', '/api/v1/feeds/plain/pull', { as: doors.admin });
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid-request' } });
    expect(await doors.ask('POST', '/api/v1/feeds/none/pull', { as: doors.admin })).toMatchObject({ status: 404 });
  });
});

describe('Another Rostergate', () => {
  const bases = { v1p1: '/ims/oneroster/v1p1', v1p2: '/ims/oneroster/rostering/v1p2' } as const;
  const names = ['orgs', 'academicSessions', 'courses', 'classes', 'users', 'enrollments'] as const;

  test.each(['v1p1', 'v1p2'] as const)('is read by %s, and both have the same roster', async (version) => {
    const source = await startDoors();
    const target = await startDoors();
    try {
      const server = await quirky(sloppyRoster());
      const settings = { version: 'v1p1', clientId: demo.user, secret: demo.password, pageSize: 2 };
      const hop = async (to: Doors, pull: object) => {
        const made = await to.sync.putFeed(to.context, 'hop', { pull: { ...settings, ...pull } });
        expect(made).toMatchObject({ ok: true });
        const started = await to.sync.pull(to.context, { feed: 'hop', dryRun: false });
        expect(started.ok).toBe(true);
        for (;;) {
          const pull = await to.sync.pulled(to.context, 'hop');
          if (pull?.state === 'failed') throw new Error(pull.problem?.text);
          if (pull?.state === 'submitted') return to.sync.wait(to.context, pull.run ?? '');
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      };
      await hop(source, { url: `${server.root}${bases.v1p1}`, tokenUrl: `${server.root}/token` });
      const there = { version, url: source.url + bases[version], tokenUrl: `${source.url}/oauth/token` };
      expect(await hop(target, there)).toMatchObject({ state: 'done' });
      for (const name of names) {
        const [wanted, got] = await Promise.all([source, target].map((one) => rosterOf(one, bases[version], name)));
        expect(got).toEqual(wanted);
        expect(got).not.toHaveLength(0);
      }
      expect(await hop(target, {})).toMatchObject({
        state: 'done',
        counts: { person: { created: 0, updated: 0, trashed: 0 } },
      });
    } finally {
      await Promise.all([source.close(), target.close()]);
    }
  });

  test.each([
    ['signed requests', { auth: 'oauth1' }],
    ['signed requests by HMAC-SHA1', { auth: 'oauth1', signature: 'HMAC-SHA1' }],
    ['a bearer key', { auth: 'bearer', clientId: null }],
  ])('is read by %s, and refuses what is wrong', async (_what, pull) => {
    const source = await startDoors();
    try {
      const data = { secret: demo.password, sha1: true };
      const at = `/api/v1/credentials/${demo.user}/oauth1`;
      expect((await source.ask('PUT', at, { as: source.admin, data })).status).toBe(200);
      const token = (await source.token()).replace('Bearer ', '');
      const secret = pull.auth === 'bearer' ? token : demo.password;
      const settings = { url: source.url + bases.v1p1, tokenUrl: null, clientId: demo.user, secret, ...pull };
      const name = await feedFrom({ root: source.url }, settings);
      const check = () => doors.ask('POST', `/api/v1/feeds/${name}/pull/check`, { as: doors.admin });
      expect(await check()).toMatchObject({ status: 200, json: { records: 0 } });
      await put(name, { root: source.url }, { ...settings, secret: 'another secret' });
      expect(await check()).toMatchObject({ status: 403 });
    } finally {
      await source.close();
    }
  });

  /** A collection by sourcedId, without times and addresses. */
  async function rosterOf(one: Doors, base: string, name: string): Promise<unknown[]> {
    const { json } = await one.ask('GET', `${base}/${name}?limit=100`);
    const text = JSON.stringify(json[name], (key, value: unknown) =>
      key === 'dateLastModified' || key === 'href' ? undefined : value,
    );
    const list = JSON.parse(text) as { sourcedId: string }[];
    return list.sort((a, b) => (a.sourcedId < b.sourcedId ? -1 : 1));
  }
});
