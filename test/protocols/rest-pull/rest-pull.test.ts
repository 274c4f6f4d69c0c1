import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Run } from '../../../src/sync/index.ts';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { cleverReply, district } from './clever-roster.ts';
import { type Asked, type Reply, startRestServer } from './rest-server.ts';

let doors: Doors;
let servers: Awaited<ReturnType<typeof startRestServer>>[] = [];
let feeds = 0;

beforeAll(async () => {
  doors = await startDoors({ maxFileBytes: 500_000 });
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});
afterAll(() => doors.close());

async function serve(reply: (asked: Asked, before: number) => Reply) {
  const server = await startRestServer(reply);
  servers.push(server);
  return server;
}

const exampleOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../docs/examples/${name}.json`, import.meta.url), 'utf8')) as {
    restPull: Record<string, unknown>;
  };

const put = (name: string, data: object) => doors.ask('PUT', `/api/v1/feeds/${name}`, { as: doors.admin, data });

/** A feed with a namespace of its own; `restPull` are its settings. */
async function feedFrom(restPull: object, more: object = {}): Promise<string> {
  feeds += 1;
  const name = `rest-${feeds}`;
  const limits = Object.fromEntries(
    ['person', 'group', 'membership', 'academicSession'].map((type) => [type, { delete: { percent: null } }]),
  );
  const data = { transport: 'rest-pull', namespace: name, reviewMatches: false, limits, ...more, restPull };
  expect(await put(name, data)).toMatchObject({ status: 200 });
  return name;
}

const never = new AbortController().signal;

/** Pulls to the end of the run. */
async function runOf(name: string): Promise<Run> {
  const pulled = await doors.sync.pullNow(doors.context, { feed: name }, never);
  if (!pulled.ok) throw new Error(pulled.problem.text);
  const run = await doors.sync.wait(doors.context, pulled.value.run ?? '');
  if (run === undefined || run.state === 'failed') throw new Error(run?.reason ?? 'the run is gone');
  return run;
}

const problemOf = async (name: string) => {
  const pulled = await doors.sync.pullNow(doors.context, { feed: name }, never);
  return pulled.ok ? undefined : pulled.problem;
};

const usersOf = async (prefix: string) => {
  const { json } = await doors.ask('GET', `/ims/oneroster/rostering/v1p2/users?limit=1000`);
  return (json as { users: { sourcedId: string }[] }).users.filter(({ sourcedId }) => sourcedId.startsWith(prefix));
};

describe('2.9: The worked examples', () => {
  test('2.9: A Clever-like API is read by the settings of docs/examples/clever-like.json', async () => {
    const collections = district();
    const server = await serve(cleverReply(collections));
    const { restPull, ...rest } = exampleOf('clever-like');
    const name = await feedFrom(
      { ...restPull, url: `${server.url}/v3.0`, secret: 'clever-token' },
      { ...rest, schedule: null },
    );
    const run = await runOf(name);
    expect(run).toMatchObject({ state: 'done', protocol: 'oneroster-csv', problems: [] });
    expect(run.pull).toMatchObject({ kind: 'full', note: null });
    expect(run.counts).toMatchObject({
      person: { created: 7, rejected: 0 },
      membership: { created: 7, rejected: 0 },
      academicSession: { created: 1 },
    });
    const user = (await doors.ask('GET', '/ims/oneroster/rostering/v1p2/users/s1')).json as { user: object };
    expect(user.user).toMatchObject({
      givenName: 'Ann',
      familyName: 'Student',
      username: 'ann.student',
      email: 'ann.student@district.test',
      grades: ['KG'],
      userIds: [{ type: 'sis', identifier: '9000' }],
      roles: [{ role: 'student', org: { sourcedId: 'sch1' } }],
    });
    expect((await doors.ask('GET', '/ims/oneroster/rostering/v1p2/users/t1')).json).toMatchObject({
      user: { roles: [{ role: 'teacher' }, { role: 'teacher' }] },
    });
    expect((await doors.ask('GET', '/ims/oneroster/rostering/v1p2/demographics/s1')).json).toMatchObject({
      demographics: { birthDate: '2013-07-02' },
    });
    expect((await doors.ask('GET', '/ims/oneroster/rostering/v1p2/classes/sec2')).json).toMatchObject({
      class: { title: 'Choir', course: { sourcedId: 'course-of-sec2' }, terms: [{ sourcedId: 'trm' }] },
    });
    expect((await doors.ask('GET', '/ims/oneroster/rostering/v1p2/terms/trm')).json).toMatchObject({
      academicSession: { schoolYear: '2026', endDate: '2026-06-13' },
    });

    // Sections were read once for the classes, courses and enrollments that come from them.
    expect(server.asked.filter(({ url }) => url.pathname.endsWith('/sections'))).toHaveLength(1);
    expect(server.asked.filter(({ url }) => url.pathname.endsWith('/users'))).toHaveLength(3);

    // Who is gone there is gone here; what is as it was changes nothing.
    collections['users'] = collections['users']?.filter(({ id }) => id !== 's5') ?? [];
    expect((await runOf(name)).counts).toMatchObject({ person: { unchanged: 6, trashed: 1, updated: 0 } });
  });

  test('2.9: Any REST API is read by settings, as those of docs/examples/generic-rest.json', async () => {
    const people = ['Äda Ott L', 'Bo Ek P', 'Cy Fox P', 'Di Gray S', 'Ed Hut X'].map((text, index) => {
      const [first, last, kind] = text.split(' ');
      const schools = index === 0 ? ['S1', 'S2'] : ['S1'];
      const active = index === 1 ? 'N' : 'J';
      return { number: 7000 + index, first, last, kind, schools, active, entered: '01.08.2024', card: `ID-${index}0` };
    });
    const schools = [
      { code: 'S1', title: { long: 'School One', short: 'S1' } },
      { code: 'S2', title: { long: '', short: 'S2' } },
    ];
    const server = await serve(({ url, headers }) => {
      if (headers['x-api-key'] !== 'a key') return { status: 403, body: {} };
      const all: object[] = url.pathname === '/api/schools' ? schools : people;
      const from = (Number(url.searchParams.get('page')) - 1) * 2;
      return { body: all.slice(from, from + 2), headers: { 'x-total': String(all.length) } };
    });
    const { restPull, ...rest } = exampleOf('generic-rest');
    const name = await feedFrom(
      { ...restPull, url: `${server.url}/api`, secret: 'a key' },
      { ...rest, schedule: null },
    );
    const run = await runOf(name);
    expect(run).toMatchObject({ state: 'done', problems: [], counts: { person: { created: 4, rejected: 0 } } });
    expect((await doors.ask('GET', '/ims/oneroster/rostering/v1p2/users/7000')).json).toMatchObject({
      user: {
        enabledUser: 'true',
        username: 'da.ott',
        identifier: '00',
        metadata: { cohort: '2024' },
        roles: [
          { role: 'teacher', org: { sourcedId: 'S1' }, beginDate: '2024-08-01' },
          { role: 'teacher', org: { sourcedId: 'S2' } },
        ],
      },
    });
    expect((await doors.ask('GET', '/ims/oneroster/rostering/v1p2/users/7001')).json).toMatchObject({
      user: { enabledUser: 'false', roles: [{ role: 'student' }] },
    });
    expect((await doors.ask('GET', '/ims/oneroster/rostering/v1p2/schools/S2')).json).toMatchObject({
      org: { name: 'S2' },
    });
  });
});

const user = {
  type: 'users',
  path: '/users',
  records: 'users',
  fields: {
    sourcedId: { from: 'id' },
    enabledUser: { steps: [{ do: 'fixed', text: 'true' }] },
    role: { steps: [{ do: 'fixed', text: 'student' }] },
    orgSourcedIds: { steps: [{ do: 'fixed', text: 'rest-org' }] },
    username: { from: 'id' },
    givenName: { from: 'first' },
    familyName: { from: 'last' },
  },
} as const;
const org = {
  type: 'orgs',
  path: '/orgs',
  records: 'orgs',
  fields: {
    sourcedId: { from: 'id' },
    name: { from: 'id' },
    type: { steps: [{ do: 'fixed', text: 'school' }] },
  },
} as const;

const peopleOf = (prefix: string, count = 7) =>
  Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index}`, first: `F${index}`, last: `L${index}` }));

/** The first page of orgs has one, any other is empty. */
const orgs = ({ searchParams }: URL): Reply => {
  const isFirst = Number(searchParams.get('offset') ?? 0) === 0 && Number(searchParams.get('page') ?? 1) === 1;
  return { body: { orgs: isFirst ? [{ id: 'rest-org' }] : [], total: 1 } };
};

/** Answers pages of two, whatever is asked for; `link` makes what leads to the next one. */
function paged(people: readonly object[], link: (from: number, url: URL) => Omit<Reply, 'status'> | undefined) {
  return ({ url }: Asked): Reply => {
    if (url.pathname !== '/users') return orgs(url);
    const from = Number(url.searchParams.get('from') ?? url.searchParams.get('offset') ?? 0);
    const more = from + 2 < people.length ? link(from + 2, url) : undefined;
    return {
      body: { users: people.slice(from, from + 2), ...(more?.body as object | undefined) },
      headers: more?.headers ?? {},
    };
  };
}

describe('Paging', () => {
  test.each([
    ['offset', { style: 'offset', sizeParam: 'limit' }, () => undefined],
    [
      'cursor',
      { style: 'cursor', param: 'from', path: 'meta.after' },
      (from: number) => ({ body: { meta: { after: from } } }),
    ],
    [
      'next',
      { style: 'next', path: 'links[rel=next].uri' },
      (from: number) => ({ body: { links: [{ rel: 'self' }, { rel: 'next', uri: `?from=${from}` }] } }),
    ],
    [
      'link',
      { style: 'link' },
      (from: number, url: URL) => ({
        body: {},
        headers: { link: `<${url.pathname}?from=0>; rel="first", <?from=${from}>; title="a, b"; rel="last next"` },
      }),
    ],
  ] as const)(
    'Pages of the style %s are followed to the end, whatever size the server gives them',
    async (style, paging, link) => {
      const people = peopleOf(`${style}-`);
      const server = await serve(paged(people, link));
      const name = await feedFrom({ url: server.url, paging, collections: [org, user] });
      expect(await runOf(name)).toMatchObject({ state: 'done', counts: { person: { created: people.length } } });
      expect(await usersOf(`${style}-`)).toHaveLength(people.length);
    },
  );

  const one = { id: 'u1', first: 'A', last: 'B' };
  test.each<[string, object, Reply['body'], (before: number) => object, string]>([
    ['the same page again', { style: 'page' }, {}, () => ({ users: [one] }), 'again and again'],
    [
      'a cursor that leads back',
      { style: 'cursor', path: 'next' },
      {},
      () => ({ users: [one], next: 'x' }),
      'again and again',
    ],
    [
      'fewer records than it says',
      { style: 'offset', total: 'total' },
      {},
      (before) => ({ users: before === 1 ? [one] : [], total: 2 }),
      'gave 1 different ones',
    ],
    ['an error with status 200', { style: 'none' }, {}, () => ({ error: 'try later' }), 'no JSON with a list at users'],
    [
      'a page without its list',
      { style: 'offset' },
      {},
      (before) => (before === 1 ? { users: [one] } : {}),
      'no JSON with a list at users',
    ],
    [
      'a next page on another server',
      { style: 'next', path: 'next' },
      {},
      () => ({ users: [one], next: 'http://127.0.0.1:1/users' }),
      'another server',
    ],
  ])(
    'A server that gives %s is no roster: nothing is changed, and the problem says so',
    async (_, paging, _body, reply, text) => {
      let users = 0;
      const server = await serve(({ url }) => {
        if (url.pathname !== '/users') return orgs(url);
        users += 1;
        return { body: reply(users) };
      });
      const name = await feedFrom({ url: server.url, paging, collections: [{ ...org, records: 'orgs' }, user] }, {});
      // The list of orgs is there in all of these, so that only the users are at fault.
      const problem = await problemOf(name);
      expect(problem).toMatchObject({ code: 'unreadable-input' });
      expect(problem?.text).toContain(text);
      expect(await doors.sync.runs(doors.context, { feed: name, limit: 1 })).toMatchObject({ value: { total: 0 } });
      expect(await doors.sync.pulled(doors.context, name)).toMatchObject({ state: 'failed', run: null, problem });
    },
  );
});

describe('Authorization', () => {
  const refused: Reply = { status: 403, body: {} };
  const answers = (isAllowed: (asked: Asked) => boolean) => (asked: Asked) =>
    isAllowed(asked) ? orgs(asked.url) : refused;

  test.each<[string, object, (headers: Asked['headers']) => boolean]>([
    ['bearer', {}, ({ authorization }) => authorization === 'Bearer s3cret'],
    [
      'basic',
      { clientId: 'reader' },
      ({ authorization }) => authorization === `Basic ${Buffer.from('reader:s3cret').toString('base64')}`,
    ],
    ['header', { header: 'X-Key' }, (headers) => headers['x-key'] === 's3cret'],
  ])('%s: the server gets the secret as it wants it, with the headers that are set', async (auth, more, isAllowed) => {
    const server = await serve(answers(({ headers }) => headers['x-school'] === 'birch' && isAllowed(headers)));
    const settings = { url: server.url, auth, ...more, headers: { 'X-School': 'birch' }, collections: [org] };
    const name = await feedFrom({ ...settings, secret: 's3cret' });
    expect(await doors.sync.checkPull(doors.context, name)).toMatchObject({ ok: true });
    await put(name, { restPull: { secret: 'another' } });
    expect(await doors.sync.checkPull(doors.context, name)).toMatchObject({
      ok: false,
      problem: { code: 'forbidden' },
    });
    const shown = await doors.ask('GET', `/api/v1/feeds/${name}`, { as: doors.admin });
    expect(shown.text).not.toContain('another');
  });

  test('oauth2: a token is got by the client credentials, and anew when it is not taken any more', async () => {
    let tokens = 0;
    const server = await serve((asked) => {
      if (asked.url.pathname !== '/token') {
        return asked.headers.authorization === 'Bearer token-2' ? orgs(asked.url) : { status: 401, body: {} };
      }
      tokens += 1;
      return { body: { access_token: `token-${tokens}` } };
    });
    const tokenUrl = `${server.url}/token`;
    const oauth = { auth: 'oauth2', tokenUrl, clientId: 'reader', clientAuth: 'form', scope: 'roster' };
    const name = await feedFrom({ url: server.url, ...oauth, secret: 's3cret', collections: [org] });
    expect(await doors.sync.checkPull(doors.context, name)).toMatchObject({ ok: true });
    const form = 'grant_type=client_credentials&scope=roster&client_id=reader&client_secret=s3cret';
    expect(server.asked.filter(({ url }) => url.pathname === '/token').map((one) => one.form)).toEqual([form, form]);
  });

  test('A secret does not go to a server that it was not given for', async () => {
    const name = await feedFrom({ url: 'https://one.example', auth: 'bearer', secret: 's3cret', collections: [org] });
    const moved = await put(name, { restPull: { url: 'https://other.example' } });
    expect(moved).toMatchObject({ status: 400, json: { place: { field: 'restPull.secret' } } });
  });
});

describe('What a server does', () => {
  test('A server that asks for patience is asked again', async () => {
    const server = await serve(({ url }, before) =>
      before === 0 ? { status: 429, body: {}, headers: { 'retry-after': '0' } } : orgs(url),
    );
    const name = await feedFrom({ url: server.url, collections: [{ ...org, records: 'orgs' }] });
    expect(await runOf(name)).toMatchObject({ state: 'done' });
    expect(server.asked).toHaveLength(2);
  });

  test('A server that goes on without end is left when its answers are larger than a file may be', async () => {
    let pages = 0;
    const server = await serve(({ url }) => {
      if (url.pathname !== '/users') return orgs(url);
      pages += 1;
      const people = Array.from({ length: 100 }, (_, index) => ({ id: `${pages}-${index}`, first: 'x'.repeat(500) }));
      return { body: { users: people, next: `?page=${pages}` } };
    });
    const paging = { style: 'next', path: 'next' };
    const name = await feedFrom({ url: server.url, paging, collections: [org, user] });
    expect(await problemOf(name)).toMatchObject({ code: 'too-large' });
    expect(pages).toBeLessThan(15);
  });

  test('What a mapping cannot be applied to is said by column and path, without the value', async () => {
    const people = [
      { id: 'p1', first: 'A', last: 'B', born: '1.2.2015' },
      { id: 'p2', first: 'C', last: 'D', born: 'the day before' },
    ];
    const server = await serve(({ url }) => (url.pathname === '/users' ? { body: { users: people } } : orgs(url)));
    const birth = {
      type: 'demographics',
      path: '/users',
      records: 'users',
      fields: {
        sourcedId: { from: 'id' },
        birthDate: { from: 'born', steps: [{ do: 'date', format: 'D.M.YYYY' }] },
      },
    };
    const name = await feedFrom({ url: server.url, collections: [org, user, birth] });
    const ask = (of: string) => doors.ask('POST', `/api/v1/feeds/${of}/pull-preview`, { as: doors.admin });
    const preview = await ask(name);
    expect(preview).toMatchObject({ status: 200 });
    expect(preview.json.collections).toMatchObject([
      { type: 'orgs', path: '/orgs', records: 1, rows: [{ sourcedId: 'rest-org', type: 'school' }], problems: [] },
      { type: 'users', records: 2, rows: [{ givenName: 'A' }, { givenName: 'C' }], problems: [] },
      {
        type: 'demographics',
        rows: [{ sourcedId: 'p1', birthDate: '2015-02-01' }, { sourcedId: 'p2' }],
        problems: [{ column: 'birthDate', path: 'born', count: 1 }],
      },
    ]);
    expect(preview.json.collections[2].problems[0].text).toBe('It is no date as D.M.YYYY; it is left as it is.');
    expect(await doors.sync.runs(doors.context, { feed: name, limit: 1 })).toMatchObject({ value: { total: 0 } });
    const run = await runOf(name);
    expect(run.pull?.note).toContain('no date as D.M.YYYY');
    expect(run.pull?.note).not.toContain('the day before');

    await put('rest-none', {});
    expect(await ask('rest-none')).toMatchObject({ status: 400 });
    expect(await ask('rest-nobody')).toMatchObject({ status: 404 });
  });

  test('Settings that cannot work are refused by their place', async () => {
    const userWith = (fields: object) => ({ ...user, fields: { ...user.fields, ...fields } });
    for (const [restPull, field] of [
      [{ paging: { style: 'cursor' }, collections: [org] }, 'restPull.paging.path'],
      [{ collections: [{ ...org, path: '/../secret' }] }, 'restPull.collections.0.path'],
      [{ collections: [{ ...org, records: 'a[' }] }, 'restPull.collections.0.records'],
      [{ collections: [userWith({ shoeSize: { from: 'x' } })] }, 'restPull.collections.0.fields.shoeSize'],
      [
        { collections: [userWith({ email: { from: 'x', steps: [{ do: 'replace', pattern: '(', with: '' }] } })] },
        'restPull.collections.0.fields.email.steps.0',
      ],
      [{ collections: [org], headers: { Authorization: 'x' } }, 'restPull.headers'],
    ] as const) {
      const answer = await put('rest-wrong', {
        transport: 'rest-pull',
        restPull: { url: 'https://api.example', ...restPull },
      });
      expect({ field, status: answer.status, place: answer.json.place }).toMatchObject({
        status: 400,
        place: { field },
      });
    }
  });
});
