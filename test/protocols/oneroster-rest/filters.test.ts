import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Version } from '../../../src/protocols/oneroster-rest/index.ts';
import { type Operation, type Service, services } from '../../../src/protocols/oneroster-rest/operations/index.ts';
import { sortPlace } from '../../../src/roster/index.ts';
import { g, p, person } from '../../roster/roster.ts';
import { evaluate, type Shown, sortKey } from './filter-grammar.ts';
import { type MixedTenant, openMixedTenant } from './mixed-tenant.ts';

let tenant: MixedTenant;
const all = new Map<string, Shown[]>();

const collections = services.flatMap((service) =>
  service.operations
    .filter(({ kind, within }) => kind === 'read-many' && within.length === 0)
    .map((operation) => ({ service, operation, name: `${service.version} ${operation.path}` })),
);

beforeAll(async () => {
  tenant = await openMixedTenant();
  await tenant.roster.execute(tenant.context, moreUsers());
  for (const { service, operation, name } of collections) {
    const { status, objects } = await read(service, operation, 'limit=10000');
    expect([name, status]).toEqual([name, 200]);
    all.set(name, objects);
  }
});
afterAll(() => tenant.end());

/** Users who differ in what filters ask for: cases, what is missing, lists, roles of both kinds, metadata. */
function moreUsers() {
  const [families, words] = [
    ['Ås', 'ås', "O'Neil", 'Zoë', 'ZOË', 'de la Cruz', '李'],
    ['Alpha', 'beta', 'ALPHA', 'β', '10', '9', 'true'],
  ];
  return fc
    .sample(
      fc.record(
        {
          family: fc.constantFrom(...families),
          username: fc.constantFrom(...words),
          email: fc.constantFrom('A@x.example', 'a@x.example', 'b@y.example'),
          grades: fc.constantFrom(['09'], ['10', '09'], ['09', '10'], ['10']),
          identifier: fc.constantFrom(...words),
          userIds: fc.constantFrom([{ type: 'LDAP', value: 'u1' }], [{ type: 'sis', value: 'U2' }, { value: 'x' }]),
          metadata: fc.constantFrom({ level: 'High' }, { level: ['low', 'HIGH'] }, { level: 3 }, { level: true }),
          role: fc.constantFrom('teacher', 'student', 'ext:Librarian', 'counselor'),
          second: fc.constantFrom('proctor', 'student'),
        },
        { requiredKeys: ['family'] },
      ),
      { numRuns: 40, seed: 7 },
    )
    .map(({ family, metadata, role, second, ...data }, at) => {
      const roles =
        role === undefined
          ? []
          : [
              { role, roleType: 'primary' as const, org: g('north') },
              ...(second === undefined ? [] : [{ role: second, roleType: 'secondary' as const, org: g('south') }]),
            ];
      return person(`more-${at}`, {
        name: { given: `G${at % 3}`, family },
        ...data,
        ...(roles.length === 0
          ? { institutionRoles: [{ type: at % 2 ? 'Student' : 'Staff', primary: true }] }
          : { roles }),
        ...(metadata === undefined ? {} : { extension: { oneRoster: { metadata } } }),
        agents: at % 5 === 0 ? [p('ann')] : [],
      });
    });
}

async function read({ base }: Service, { path, wrapper = '' }: Operation, query: string) {
  const response = await fetch(`${tenant.gateway.url}${base}${path}?${query}`, {
    headers: { authorization: `Bearer ${tenant.token}` },
  });
  const body = (await response.json()) as Record<string, Shown[]>;
  return {
    status: response.status,
    total: Number(response.headers.get('x-total-count')),
    body,
    objects: body[wrapper] ?? [],
  };
}

/** Dotted paths of an object with the values that stand there, those of lists apart. */
function* leaves(value: unknown, path: string): Generator<[string, unknown]> {
  if (Array.isArray(value)) for (const item of value) yield* leaves(item, path);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, child] of Object.entries(value)) yield* leaves(child, path === '' ? name : `${path}.${name}`);
  } else yield [path, value];
}

const notFiltered =
  /(^|\.)(href|type)$|^learningObjectiveSet|^userProfiles|^roles\.(?!role$|org\.sourcedId$)|^metadata/;

/** Paths of a collection with values that it shows there. */
function pathsOf(objects: readonly Shown[]): [string, unknown[]][] {
  const found = new Map<string, unknown[]>();
  for (const [path, value] of objects.flatMap((object) => [...leaves(object, '')])) {
    const isOwnType = path === 'type' || path === 'userIds.type';
    if (notFiltered.test(path) && !isOwnType && path !== 'metadata.level') continue;
    found.set(path, [...(found.get(path) ?? []), value]);
  }
  return [...found];
}

const byName = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
const operators = ['=', '!=', '>', '>=', '<', '<=', '~'] as const;
const quoted = (value: string) => `'${value.replaceAll("'", "''")}'`;

/** A value near one that is shown: itself, in another case, a part of it, or another one. */
const near = (value: unknown) => {
  const text = String(value);
  const [half] = [text.slice(0, Math.ceil(text.length / 2))];
  return fc.constantFrom(text, text.toUpperCase(), text.toLowerCase(), half, `${text}x`);
};

const comparison = (paths: readonly [string, unknown[]][]) =>
  fc.constantFrom(...paths).chain(([field, values]) =>
    fc.record({
      field: fc.constant(field),
      operator: fc.constantFrom(...operators),
      value: fc.constantFrom(...values).chain(near),
    }),
  );

describe.each<Version>(['1.1', '1.2'])('%s', (version) => {
  const own = collections.filter(({ service }) => service.version === version);

  test.each(own.map((one) => [one.operation.path, one] as const))(
    'random filters of %s find what a plain evaluation of the grammar finds',
    async (_path, { service, operation, name }) => {
      const objects = all.get(name) ?? [];
      if (objects.length === 0) throw new Error(`${name} is empty`);
      const one = comparison(pathsOf(objects));
      const filters = fc.record({
        first: one,
        join: fc.constantFrom('AND', 'OR'),
        second: fc.option(one, { nil: undefined }),
      });
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(filters, async ({ first, join, second }) => {
          const parts = second === undefined ? [first] : [first, second];
          const filter = parts
            .map(({ field, operator, value }) => `${field}${operator}${quoted(value)}`)
            .join(` ${join} `);
          const asked = `limit=10000&filter=${encodeURIComponent(filter)}`;
          const found = await read(service, operation, asked);
          const verdicts = (object: Shown) => parts.map((part) => evaluate(object, part));
          if (found.status === 400) {
            refused += 1;
            expect([filter, objects.flatMap(verdicts)]).toEqual([filter, expect.arrayContaining(['malformed'])]);
            return;
          }
          const wanted = objects.filter((object) => {
            const results = verdicts(object);
            return join === 'OR' ? results.includes(true) : !results.includes(false);
          });
          const ids = (list: readonly Shown[]) => list.map(({ sourcedId }) => sourcedId);
          // Those who ask what has changed since a time are told of ids that are not shown any more, too.
          const shown = found.objects.filter(({ sourcedId }) =>
            objects.some((object) => object['sourcedId'] === sourcedId),
          );
          const gone = found.objects.length - shown.length;
          expect([filter, found.status, ids(shown)]).toEqual([filter, 200, ids(wanted)]);
          if (!/dateLastModified>/.test(filter)) expect(gone).toBe(0);
          expect(found.total).toBe(found.objects.length);
        }),
        { numRuns: 60 },
      );
      expect(refused).toBeLessThan(60);
    },
    60_000,
  );

  test.each(own.map((one) => [one.operation.path, one] as const))(
    'every sortable field of %s gives the order of its values, what is missing first',
    async (_path, { service, operation, name }) => {
      const objects = all.get(name) ?? [];
      const ids = (list: readonly Shown[]) => list.map(({ sourcedId }) => sourcedId).sort(byName);
      const fields = pathsOf(objects).map(([path]) => path);
      const sorted = fields.filter((field) => sortPlace(version, operation.view, field) !== undefined);
      if (operation.view !== 'enrollment') sorted.push('sourcedId');
      for (const field of [...fields, 'dateLastModified']) {
        for (const orderBy of ['asc', 'desc']) {
          const found = await read(service, operation, `limit=10000&sort=${field}&orderBy=${orderBy}`);
          expect([field, found.status, ids(found.objects)]).toEqual([field, 200, ids(objects)]);
          if (!sorted.includes(field)) continue;
          const keys = found.objects.map((object) => sortKey(object, field));
          const sign = orderBy === 'asc' ? 1 : -1;
          expect([field, keys]).toEqual([field, [...keys].sort((a, b) => Buffer.compare(a, b) * sign)]);
        }
      }
      expect(sorted.length).toBeGreaterThan(operation.view === 'enrollment' ? -1 : 1);
    },
    60_000,
  );
});

/** The indexes by which the database answers the read of persons that a request has just made. */
async function indexesOf(query: string, version = '1.2', place = 0): Promise<string[]> {
  const users = collections.find(({ name }) => name === `${version} /users`);
  if (users === undefined) throw new Error('there is no collection of users');
  tenant.commands();
  const { status } = await read(users.service, users.operation, query);
  expect([query, status]).toEqual([query, 200]);
  const sent = tenant.commands().filter(({ name, body }) => name === 'find' && body['find'] === 'persons')[place];
  const { find, filter, sort = {}, skip = 0, limit = 0 } = sent?.body ?? {};
  expect(filter).toMatchObject({ tenant: 'school' });
  const plan = await tenant.store.connection.db?.command({ explain: { find, filter, sort, skip, limit } });
  const stages = JSON.stringify(plan?.['queryPlanner'].winningPlan);
  expect(stages).not.toContain('COLLSCAN');
  return [...stages.matchAll(/"indexName":"([^"]+)"/g)].map(([, name]) => name ?? '');
}

describe('Filters and the database', () => {
  const of = (filter: string) => `filter=${encodeURIComponent(filter)}`;

  test.each([
    ["username='alpha'", 'tenant_1_shown.username_1__id_1'],
    ["email='a@x.example'", 'tenant_1_shown.email_1__id_1'],
    ["identifier='beta'", 'tenant_1_shown.identifier_1__id_1'],
    ["userMasterIdentifier='x'", 'tenant_1_shown.userMasterIdentifier_1__id_1'],
    ["familyName='zoë'", 'tenant_1_shown.familyName_1__id_1'],
    ["sourcedId='ann'", 'tenant_1_views_1_sourcedId_1'],
    ["dateLastModified>'2099-01-01'", 'tenant_1_updatedAt_1'],
  ])('%s goes by an index of its own', async (filter, index) => {
    expect(await indexesOf(of(filter))).toEqual([index]);
  });

  test('1.1 finds by an index those who have a user name, and those who have none', async () => {
    const names = ['shown.username', 'shown.username1p1'];
    for (const [at, name] of names.entries()) {
      const indexes = await indexesOf(of("username='nobody'"), '1.1', at);
      expect([name, indexes]).toEqual([name, [`tenant_1_${name}_1__id_1`]]);
    }
    expect(await indexesOf(of("username='nobody'"), '1.1', names.length)).not.toContain('tenant_1_views_1__id_1');
  });

  test('filters on other fields stay among the tenant’s users', async () => {
    for (const filter of ["givenName~'g'", "metadata.level='high'", "roles.role='student'"]) {
      for (const index of await indexesOf(of(filter))) expect(index).toMatch(/^tenant_1_views_1_/);
    }
  });
});

describe('Hostile filters', () => {
  const hostile = [
    "__proto__='x'",
    "constructor='x'",
    "metadata.__proto__='x'",
    "metadata.constructor.prototype='x'",
    "metadata.$where='1'",
    "$where='1'",
    "metadata.level='{$gt: 1}'",
    "username='$username'",
    "username~'$$ROOT'",
    "username~'.*'",
    "familyName~''",
    "familyName=''",
    "userIds.identifier~'('",
    `username='${'x'.repeat(8000)}'`,
    "username='a' AND",
    "username='a",
    "username='\u0000'",
    "familyName='\u{10FFFF}'",
    "score='NaN'",
    "grades='09,'",
    'metadata..x=1',
    "metadata.='x'",
  ];

  test.each(hostile)('%s is refused or answered', async (filter) => {
    for (const { service, operation } of collections.filter(({ operation: { path } }) => path === '/users')) {
      const { status, objects } = await read(service, operation, `filter=${encodeURIComponent(filter)}`);
      expect([200, 400]).toContain(status);
      if (filter.includes('.*') || filter.includes('$')) expect(objects).toEqual([]);
    }
  });
});
