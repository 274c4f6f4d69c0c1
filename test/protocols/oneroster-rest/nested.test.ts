import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Version } from '../../../src/protocols/oneroster-rest/index.ts';
import { type Operation, services } from '../../../src/protocols/oneroster-rest/operations/index.ts';
import { type MixedTenant, openMixedTenant } from './mixed-tenant.ts';

let tenant: MixedTenant;
beforeAll(async () => {
  tenant = await openMixedTenant();
});
afterAll(() => tenant.end());

const bases = {
  '1.1': { rostering: '/ims/oneroster/v1p1', gradebook: '/ims/oneroster/v1p1', resources: '/ims/oneroster/v1p1' },
  '1.2': {
    rostering: '/ims/oneroster/rostering/v1p2',
    gradebook: '/ims/oneroster/gradebook/v1p2',
    resources: '/ims/oneroster/resources/v1p2',
  },
} as const;
type Part = keyof (typeof bases)['1.1'];
type Ids = { readonly ids: string[]; readonly total: string | null; readonly status: number };

const sourcedIds = (list: unknown) => (list as { sourcedId: string }[]).map(({ sourcedId }) => sourcedId).sort();

async function read(version: Version, part: Part, path: string): Promise<Ids> {
  const response = await tenant.gateway.get(bases[version][part] + path, tenant.token);
  const body = (await response.json()) as Record<string, unknown>;
  const list = Object.values(body).find(Array.isArray) ?? [];
  return {
    status: response.status,
    total: response.headers.get('x-total-count'),
    ids: response.status === 200 ? sourcedIds(list) : [],
  };
}

/** The sourcedId of a record by its IMS id. */
async function idOf(type: 'group' | 'membership', ims: string): Promise<string> {
  const [found] = await tenant.roster.find(tenant.context, type, [`${type}:default:${ims}`], { trashed: true });
  if (found === undefined) throw new Error(ims);
  return found.sourcedId;
}

const rostering: [path: string, ids: string[]][] = [
  ['/schools/north/classes', ['bio-1', 'bio-2', 'old']],
  ['/schools/south/classes', ['art-1', 'club']],
  ['/schools/north/courses', ['biology']],
  ['/schools/north/terms', ['autumn', 'spring']],
  ['/schools/north/students', ['ann', 'bob', 'fay']],
  ['/schools/north/teachers', ['dan', 'eve']],
  ['/schools/south/students', ['bob']],
  ['/schools/south/teachers', ['dan', 'eve']],
  ['/terms/autumn/classes', ['bio-1', 'bio-2']],
  ['/terms/spring/classes', ['art-1', 'bio-2']],
  ['/terms/autumn/gradingPeriods', ['p1', 'p2', 'p2a']],
  ['/terms/spring/gradingPeriods', []],
  ['/courses/biology/classes', ['bio-1', 'bio-2', 'old']],
  ['/classes/bio-1/students', ['ann', 'bob']],
  ['/classes/bio-1/teachers', ['dan']],
  ['/classes/art-1/students', ['bob', 'eve']],
  ['/classes/art-1/teachers', ['eve']],
  ['/schools/north/classes/bio-1/students', ['ann', 'bob']],
  ['/schools/north/classes/bio-1/teachers', ['dan']],
  ['/students/ann/classes', ['bio-1', 'bio-2']],
  ['/teachers/eve/classes', ['art-1', 'bio-2']],
  ['/users/eve/classes', ['art-1', 'bio-2']],
  ['/users/cat/classes', []],
];

const resources: [path: string, ids: string[]][] = [
  ['/courses/biology/resources', ['book']],
  ['/classes/bio-1/resources', ['book', 'lab']],
  ['/classes/bio-2/resources', []],
];

const gradebook: [path: string, ids: string[]][] = [
  ['/classes/bio-1/lineItems', ['essay', 'quiz']],
  ['/classes/bio-2/lineItems', []],
  ['/classes/bio-1/results', ['r-ann-essay', 'r-ann-quiz', 'r-bob-quiz']],
  ['/classes/bio-1/lineItems/quiz/results', ['r-ann-quiz', 'r-bob-quiz']],
  ['/classes/bio-1/students/ann/results', ['r-ann-essay', 'r-ann-quiz']],
  ['/classes/bio-1/students/cat/results', []],
  ['/classes/art-1/students/bob/results', ['r-bob-mural']],
];

const gradebook1p2: [path: string, ids: string[]][] = [
  ['/classes/bio-1/categories', ['tests', 'work']],
  ['/classes/art-1/categories', ['work']],
  ['/classes/bio-1/scoreScales', ['marks']],
  ['/schools/north/scoreScales', ['marks']],
  ['/schools/south/scoreScales', ['stars']],
];

describe.each(['1.1', '1.2'] as const)('%s', (version) => {
  const cases: [Part, string, string[]][] = [
    ...rostering.map(([path, ids]) => ['rostering', path, ids] as [Part, string, string[]]),
    ...resources.map(([path, ids]) => ['resources', path, ids] as [Part, string, string[]]),
    ...gradebook.map(([path, ids]) => ['gradebook', path, ids] as [Part, string, string[]]),
  ];
  test.each(cases)('%s %s holds what belongs there, and its total says so', async (part, path, ids) => {
    expect(await read(version, part, path)).toEqual({ status: 200, total: String(ids.length), ids });
  });

  test('enrollments of a class and of a school are those of the collection, gone ones too', async () => {
    const all = await tenant.gateway.get(`${bases[version].rostering}/enrollments`, tenant.token);
    const { enrollments } = (await all.json()) as {
      enrollments: { sourcedId: string; class: { sourcedId: string }; school: { sourcedId: string } }[];
    };
    expect(enrollments).toHaveLength(14);
    for (const [path, fits] of [
      ['/schools/north/enrollments', (one) => one.school.sourcedId === 'north'],
      ['/schools/south/enrollments', (one) => one.school.sourcedId === 'south'],
      ['/schools/north/classes/bio-1/enrollments', (one) => one.class.sourcedId === 'bio-1'],
    ] as [string, (one: (typeof enrollments)[number]) => boolean][]) {
      const ids = sourcedIds(enrollments.filter(fits));
      expect(ids.length).toBeGreaterThan(3);
      expect([path, await read(version, 'rostering', path)]).toEqual([
        path,
        { status: 200, total: String(ids.length), ids },
      ]);
    }
  });

  test('a filter holds inside what belongs there, and cannot lead out of it', async () => {
    const filtered = (filter: string) => `/schools/north/classes?filter=${encodeURIComponent(filter)}`;
    expect(await read(version, 'rostering', filtered("status='tobedeleted'"))).toMatchObject({
      total: '1',
      ids: ['old'],
    });
    expect(await read(version, 'rostering', filtered("status='active' OR sourcedId='art-1'"))).toMatchObject({
      total: '2',
      ids: ['bio-1', 'bio-2'],
    });
    const gone = `/schools/north/enrollments?filter=${encodeURIComponent("status='tobedeleted'")}`;
    const { ids, total } = await read(version, 'rostering', gone);
    expect([total, ids]).toEqual(['2', ['e-cat-bio1', await idOf('membership', await imsIdOfOld())].sort()]);
  });

  test('pages are walked by the next links, which keep the path', async () => {
    const seen: string[] = [];
    let next: string | undefined = `${bases[version].rostering}/schools/north/enrollments?limit=2&sort=sourcedId`;
    while (next !== undefined) {
      const response: Response = await tenant.gateway.get(next, tenant.token);
      const link = response.headers.get('link') ?? '';
      for (const rel of ['first', 'last']) expect(link).toContain(`rel="${rel}"`);
      const body = (await response.json()) as { enrollments: { sourcedId: string }[] };
      seen.push(...body.enrollments.map(({ sourcedId }) => sourcedId));
      next = /<([^>]+)>; rel="next"/.exec(link)?.[1]?.slice(tenant.gateway.url.length);
    }
    expect(seen.sort()).toEqual((await read(version, 'rostering', '/schools/north/enrollments')).ids);
  });

  const unknown: [Part, string][] = [
    ['rostering', '/schools/nowhere/classes'],
    ['rostering', '/schools/district/classes'],
    ['rostering', '/schools/south/classes/bio-1/students'],
    ['rostering', '/schools/north/classes/nothing/enrollments'],
    ['rostering', '/students/nobody/classes'],
    ['rostering', '/terms/year/classes'],
    ['resources', '/classes/nothing/resources'],
    ['gradebook', '/classes/nothing/lineItems'],
    ['gradebook', '/classes/bio-1/lineItems/mural/results'],
    ['gradebook', '/classes/bio-1/students/nobody/results'],
  ];
  test.each(unknown)('%s %s names something unknown: 404 in 1.2, an empty list in 1.1', async (part, path) => {
    const answer = await read(version, part, path);
    expect(answer).toEqual(
      version === '1.1' ? { status: 200, total: '0', ids: [] } : { status: 404, total: null, ids: [] },
    );
  });
});

async function imsIdOfOld(): Promise<string> {
  const [old] = await tenant.roster.find(tenant.context, 'group', ['group:default:old'], { trashed: true });
  const page = await tenant.roster.page(tenant.context, {
    view: 'enrollment',
    limit: 10,
    offset: 0,
    within: [{ view: 'class', guid: old?.guid ?? '' }],
  });
  return page.items[0]?.record.imsId ?? '';
}

describe('1.2', () => {
  test.each(gradebook1p2)('gradebook %s holds what belongs there', async (path, ids) => {
    expect(await read('1.2', 'gradebook', path)).toEqual({ status: 200, total: String(ids.length), ids });
  });

  test('resources of a user', async () => {
    expect(await read('1.2', 'resources', '/users/ann/resources')).toMatchObject({ total: '1', ids: ['lab'] });
  });
});

describe('Every nested read goes by an index', () => {
  const nested = services
    .filter(({ version }) => version === '1.2')
    .flatMap(({ base, operations }) =>
      operations.map((operation): [string, string, Operation] => [operation.id, base, operation]),
    )
    .filter(([, , { kind, within }]) => kind === 'read-many' && within.length > 0);
  const named: Readonly<Record<string, string>> = {
    schoolSourcedId: 'north',
    classSourcedId: 'bio-1',
    courseSourcedId: 'biology',
    termSourcedId: 'autumn',
    studentSourcedId: 'ann',
    teacherSourcedId: 'eve',
    userSourcedId: 'ann',
    lineItemSourcedId: 'quiz',
  };

  test.each(nested)('%s', async (_id, base, operation) => {
    const path = operation.path.replace(/\{([^}]+)\}/g, (_, name: string) => named[name] ?? name);
    tenant.commands();
    expect((await tenant.gateway.get(`${base}${path}`, tenant.token)).status).toBe(200);
    const reads = tenant.commands().filter(({ name }) => name === 'find' || name === 'aggregate');
    expect(reads.length).toBeGreaterThan(1);
    for (const { name, body } of reads) {
      const { lsid: _, $db: _db, $clusterTime: _time, readConcern: _concern, ...command } = body;
      const plan = await tenant.store.connection.db?.command({
        explain: name === 'aggregate' ? { ...command, cursor: {} } : command,
        verbosity: 'queryPlanner',
      });
      const text = JSON.stringify(plan);
      expect([body[name], text.includes('"COLLSCAN"')]).toEqual([body[name], false]);
      expect([body[name], /"(IXSCAN|IDHACK|EOF|COUNT_SCAN|CLUSTERED_IXSCAN)"/.test(text)]).toEqual([body[name], true]);
    }
  });
});
