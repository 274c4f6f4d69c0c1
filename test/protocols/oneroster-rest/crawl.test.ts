import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Operation, type Service, services } from '../../../src/protocols/oneroster-rest/operations/index.ts';
import { type MixedTenant, openMixedTenant } from './mixed-tenant.ts';
import { makeValidators, publishedDocument, services1p2 } from './published.ts';

let tenant: MixedTenant;
beforeAll(async () => {
  tenant = await openMixedTenant();
});
afterAll(() => tenant.end());

type Object = Readonly<Record<string, unknown>> & { readonly sourcedId: string };

/** What a crawler has seen. */
interface Crawl {
  /** Objects of each top-level collection by path, as they came. */
  readonly collections: Map<string, Object[]>;
  /** References by address, with the sourcedId and type that they name. */
  readonly references: Map<string, { sourcedId: string; type: string }>;
  /** Answers by operation, of collections and single objects. */
  readonly answers: [Operation, unknown][];
}

const isReads = ({ kind }: Operation) => kind === 'read-one' || kind === 'read-many';

/** The references in an answer. */
function* referencesIn(value: unknown): Generator<{ href: string; sourcedId: string; type: string }> {
  if (typeof value !== 'object' || value === null) return;
  const { href, sourcedId, type } = value as Record<string, unknown>;
  if (typeof href === 'string') yield { href, sourcedId: String(sourcedId), type: String(type) };
  for (const child of Object.values(value)) yield* referencesIn(child);
}

async function get(address: string): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const response = await fetch(address, { headers: { authorization: `Bearer ${tenant.token}` } });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

/** Walks a collection by its next links, three objects a page. */
async function walk(crawl: Crawl, operation: Operation, address: string): Promise<Object[]> {
  const objects: Object[] = [];
  let next: string | undefined = `${address}?limit=3`;
  let total = 0;
  while (next !== undefined) {
    const { status, headers, body } = await get(next);
    expect([next, status]).toEqual([next, 200]);
    crawl.answers.push([operation, body]);
    objects.push(...(body[operation.wrapper ?? ''] as Object[]));
    for (const { href, ...named } of referencesIn(body)) crawl.references.set(href, named);
    total = Number(headers.get('x-total-count'));
    next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
  }
  expect([address, objects.length]).toEqual([address, total]);
  return objects;
}

async function crawlAll(served: readonly Service[]): Promise<Crawl> {
  const crawl: Crawl = { collections: new Map(), references: new Map(), answers: [] };
  for (const { base, operations } of served) {
    const reads = operations.filter(isReads);
    for (const operation of reads.filter(({ kind, within }) => kind === 'read-many' && within.length === 0)) {
      const address = `${tenant.gateway.url}${base}${operation.path}`;
      const objects = await walk(crawl, operation, address);
      crawl.collections.set(operation.path, objects);
      const single = reads.find(({ path }) => path === `${operation.path}/{sourcedId}`);
      if (single === undefined) throw new Error(operation.path);
      for (const object of objects) {
        const { status, headers, body } = await get(`${address}/${encodeURIComponent(object.sourcedId)}`);
        expect([operation.path, object.sourcedId, status]).toEqual([operation.path, object.sourcedId, 200]);
        expect(headers.get('x-total-count')).toBe('1');
        expect(body[single.wrapper ?? '']).toEqual(object);
        crawl.answers.push([single, body]);
      }
    }
  }
  return crawl;
}

describe.each(['1.1', '1.2'] as const)('A crawler of %s', (version) => {
  const served = services.filter((service) => service.version === version);
  let crawl: Crawl;
  beforeAll(async () => {
    crawl = await crawlAll(served);
  });

  test('finds every record once and only once, and by id what the page has', async () => {
    const counts = await tenant.roster.counts(tenant.context);
    const found = Object.fromEntries([...crawl.collections].map(([path, objects]) => [path.slice(1), objects.length]));
    expect(found).toMatchObject({ users: 6, demographics: 2, schools: 2, enrollments: 14, lineItems: 3, results: 4 });
    expect(found).toMatchObject({ categories: 2, resources: 3, terms: 2, gradingPeriods: 3 });
    for (const [path, objects] of crawl.collections) {
      const ids = objects.map(({ sourcedId }) => sourcedId);
      expect([path, new Set(ids).size]).toEqual([path, ids.length]);
      expect(ids.length).toBeGreaterThan(0);
    }
    expect(found['users']).toBe(counts('view.user'));
    expect(found['enrollments']).toBe(counts('view.enrollment'));
  });

  test('can follow every href, to an object of that class and id', async () => {
    expect(crawl.references.size).toBeGreaterThan(30);
    for (const [href, { sourcedId, type }] of crawl.references) {
      const { status, body } = await get(href);
      expect([href, status]).toEqual([href, 200]);
      expect([href, (body[type] as Object | undefined)?.sourcedId]).toEqual([href, sourcedId]);
    }
  });

  test('sees each reference lead to the service that has its class', () => {
    const parts = new Map(
      [...crawl.references].map(([href, { type }]) => [type, href.slice(tenant.gateway.url.length)]),
    );
    const base = (type: string) => parts.get(type)?.split('/').slice(0, -2).join('/');
    const found = ['user', 'org', 'class', 'lineItem', 'category', 'resource'].map(base);
    const [one = '', gradebook = '', resources = ''] =
      version === '1.1'
        ? Array.from({ length: 3 }, () => '/ims/oneroster/v1p1')
        : ['rostering', 'gradebook', 'resources'].map((part) => `/ims/oneroster/${part}/v1p2`);
    expect(found).toEqual([one, one, one, gradebook, gradebook, resources]);
  });

  test('finds trashed records as tobedeleted, and children that name their parents', () => {
    const gone = (crawl.collections.get('/classes') ?? []).find(({ sourcedId }) => sourcedId === 'old');
    expect(gone?.['status']).toBe('tobedeleted');
    for (const path of ['/orgs', '/academicSessions']) {
      const objects = crawl.collections.get(path) ?? [];
      const pairs = (name: 'parent' | 'children') =>
        objects.flatMap((object) =>
          [...referencesIn(object[name])].map(({ sourcedId }) =>
            name === 'parent' ? [sourcedId, object.sourcedId] : [object.sourcedId, sourcedId],
          ),
        );
      expect(pairs('parent').length).toBeGreaterThan(1);
      expect(pairs('children').map(String).sort()).toEqual(pairs('parent').map(String).sort());
    }
  });

  test('sees only answers that the published documents allow', () => {
    if (version === '1.1') return;
    for (const [part, name] of Object.entries(services1p2)) {
      const document = publishedDocument(name);
      if (document === undefined) continue;
      const validatorOf = makeValidators(document);
      const base = served.find(({ parts }) => parts.some((one) => one === part));
      const answers = crawl.answers.filter(([operation]) => base?.operations.includes(operation));
      expect(answers.length).toBeGreaterThan(3);
      for (const [operation, body] of answers) {
        const one = document.paths[operation.path]?.['get'];
        const validate = validatorOf(one?.responses['200']?.content?.['application/json']?.schema.$ref ?? '');
        validate(body);
        expect([operation.id, validate.errors]).toEqual([operation.id, null]);
      }
    }
  });
});
