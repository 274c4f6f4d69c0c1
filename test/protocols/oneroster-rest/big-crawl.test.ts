import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { serviceDocument } from '../../../src/protocols/oneroster-rest/discovery/document.ts';
import { type Operation, type Service, services } from '../../../src/protocols/oneroster-rest/operations/index.ts';
import type { Change } from '../../../src/roster/index.ts';
import { g, group, member, p, person, remove, school } from '../../roster/roster.ts';
import { type MixedTenant, openMixedTenant } from './mixed-tenant.ts';
import { makeValidators, publishedDocument, services1p2 } from './published.ts';

const users = 2000;
const schools = 4;
const classes = 80;

let tenant: MixedTenant;
beforeAll(async () => {
  tenant = await openMixedTenant();
  for (const changes of manyRecords()) {
    for (const result of await tenant.roster.execute(tenant.context, changes))
      expect(result).toMatchObject({ ok: true });
  }
}, 120_000);
afterAll(() => tenant.end());

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);
const classOf = (at: number) => `many-class-${at % classes}`;

/** Two thousand users in 80 classes of four schools, beside the mixed tenant: some in several roles, some gone, some with demographics. */
function* manyRecords(): Generator<Change[]> {
  yield numbers(schools).map((at) => school(`many-school-${at}`, ['district']));
  yield numbers(schools).map((at) => group(`many-course-${at}`, 'course', [`many-school-${at}`]));
  yield numbers(classes).map((at) =>
    group(`many-class-${at}`, 'class', [`many-course-${at % schools}`, `many-school-${at % schools}`, 'autumn']),
  );
  for (const half of [numbers(users).slice(0, users / 2), numbers(users).slice(users / 2)]) {
    yield half.map((at) =>
      person(`many-${at}`, {
        name: { given: `Given ${at}`, family: `Family ${at % 50}` },
        username: `many${at}`,
        institutionRoles: [{ type: at % 20 === 0 ? 'Faculty' : 'Student', primary: true }],
        ...(at % 7 === 0 ? { demographics: { gender: 'female', birthDate: '2010-01-01' } } : {}),
        ...(at % 50 === 1 ? { agents: [p(`many-${at - 1}`)] } : {}),
      }),
    );
    yield half.map((at) =>
      member(
        classOf(at),
        `many-${at}`,
        at % 20 === 0 ? ['Instructor', ...(at % 40 === 0 ? ['Mentor'] : [])] : ['Learner'],
      ),
    );
    yield half.filter((at) => at % 2 === 0).map((at) => member(classOf(at + 1), `many-${at}`, ['Learner']));
  }
  yield [remove('group', g('many-class-3')), remove('group', g('many-course-2'))];
  yield numbers(users)
    .filter((at) => at % 100 === 99)
    .map((at) => remove('person', p(`many-${at}`)));
}

type Found = Readonly<Record<string, unknown>> & { readonly sourcedId: string };

/** The references in an answer. */
function* referencesIn(value: unknown): Generator<{ href: string; sourcedId: string; type: string }> {
  if (typeof value !== 'object' || value === null) return;
  const { href, sourcedId, type } = value as Record<string, unknown>;
  if (typeof href === 'string') yield { href, sourcedId: String(sourcedId), type: String(type) };
  for (const child of Object.values(value)) yield* referencesIn(child);
}

async function get(address: string) {
  const response = await fetch(address, { headers: { authorization: `Bearer ${tenant.token}` } });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

/** Does something with each item, sixteen at a time. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    numbers(16).map(async () => {
      for (const item of left) await work(item);
    }),
  );
}

/** Checks an answer of an operation against the gateway's own document, and (1.2) the published one where it is at hand. */
function makeCheck(service: Service) {
  const own = serviceDocument(service, 'own', tenant.gateway.url, '1.0.0') as {
    paths: Record<string, { get: { responses: Record<string, { content: Record<string, { schema: object }> }> } }>;
    components: object;
  };
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  const [part] = service.parts;
  const published = service.version === '1.2' && part !== undefined ? publishedDocument(services1p2[part]) : undefined;
  const publishedOf = published && makeValidators(published);
  const validators = new Map<string, ValidateFunction[]>();
  const validatorsOf = ({ path }: Operation) => {
    const schema = own.paths[path]?.get.responses['200']?.content['application/json']?.schema;
    const made = [ajv.compile({ ...schema, components: own.components })];
    const reference = published?.paths[path]?.['get']?.responses['200']?.content?.['application/json']?.schema.$ref;
    if (publishedOf !== undefined) made.push(publishedOf(reference ?? ''));
    return made;
  };
  return (operation: Operation, body: unknown) => {
    const known = validators.get(operation.path) ?? validatorsOf(operation);
    validators.set(operation.path, known);
    for (const validate of known) {
      validate(body);
      expect([operation.id, validate.errors ?? null]).toEqual([operation.id, null]);
    }
  };
}

describe.each(['1.1', '1.2'] as const)('A crawler of two thousand users by %s', (version) => {
  test('finds the whole roster once and only once, follows every href, and sees valid answers only', async () => {
    const served = services.filter((service) => service.version === version);
    const references = new Map<string, { sourcedId: string; type: string }>();
    const singles = new Map<string, (body: unknown) => void>();
    const found = new Map<string, string[]>();
    for (const service of served) {
      const check = makeCheck(service);
      for (const operation of service.operations) {
        const address = tenant.gateway.url + service.base + operation.path;
        if (operation.kind === 'read-one') singles.set(operation.wrapper ?? '', (body) => check(operation, body));
        if (operation.kind !== 'read-many' || operation.within.length > 0) continue;
        const ids: string[] = [];
        for (let next: string | undefined = `${address}?limit=300`; next !== undefined; ) {
          const { status, headers, body } = await get(next);
          expect([next, status]).toEqual([next, 200]);
          check(operation, body);
          for (const { href, ...named } of referencesIn(body)) references.set(href, named);
          ids.push(...(body[operation.wrapper ?? ''] as Found[]).map(({ sourcedId }) => sourcedId));
          next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
          if (next === undefined) expect(headers.get('x-total-count')).toBe(String(ids.length));
        }
        expect([operation.path, new Set(ids).size]).toEqual([operation.path, ids.length]);
        found.set(operation.path, ids);
      }
    }
    const counts = await tenant.roster.counts(tenant.context);
    for (const [path, view] of [
      ['/users', 'user'],
      ['/students', 'student'],
      ['/teachers', 'teacher'],
      ['/orgs', 'org'],
      ['/courses', 'course'],
      ['/classes', 'class'],
      ['/enrollments', 'enrollment'],
      ['/demographics', 'demographics'],
    ] as const) {
      expect([path, found.get(path)?.length]).toEqual([path, counts(`view.${view}`)]);
    }
    const wanted = numbers(users).map((at) => `many-${at}`);
    expect(found.get('/users')).toEqual(expect.arrayContaining(wanted));
    expect(references.size).toBeGreaterThan(users);
    await inParallel([...references], async ([href, { sourcedId, type }]) => {
      const { status, body } = await get(href);
      expect([href, status, (body[type] as Found | undefined)?.sourcedId]).toEqual([href, 200, sourcedId]);
      singles.get(type)?.(body);
    });
  }, 120_000);
});
