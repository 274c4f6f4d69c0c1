import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DataOf, key, orgLabel, type RecordType } from '../../../src/model/index.ts';
import { nounOf, services } from '../../../src/protocols/oneroster-rest/operations/index.ts';
import { type Change, hiddenFields, hideableFields, type Sharing } from '../../../src/roster/index.ts';
import { g, group, member, p, person, remove, school } from '../../roster/roster.ts';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { type Collections, evaluate, prune, type Shown } from './sharing-evaluator.ts';

let doors: Doors;
let client: string;
beforeAll(async () => {
  doors = await startDoors();
  const made = await doors.ask('POST', '/api/v1/credentials', {
    as: doors.admin,
    data: { name: 'library', kinds: ['oneroster'], scopes: scopes },
  });
  client = await doors.token({ id: 'library', secret: made.json.secret });
  await write([
    group('district', 'org', [], { orgType: 'district' }),
    ...['s1', 's2'].map((id) => school(id, ['district'])),
    group('region', 'org', ['district'], { orgType: 'local' }),
    school('s3', ['region']),
    group('lab', 'org', ['s1'], { orgType: 'department' }),
    ...['y1', 'y2'].map((id) => group(id, 'session', [], { sessionType: 'schoolYear', timeFrame })),
    ...['t1', 't2'].map((id) => group(id, 'session', ['y1'], { sessionType: 'term', timeFrame })),
    group('t3', 'session', ['y2'], { sessionType: 'term', timeFrame }),
    group('q1', 'session', ['t1'], { sessionType: 'gradingPeriod', timeFrame }),
    ...['c0', 'c1'].map((id) => noun('category', id, {})),
    ...['r0', 'r1', 'r2'].map((id) => noun('resource', id, { vendorResourceId: id })),
  ]);
});
afterAll(() => doors.close());

const scopes = [
  'roster.readonly',
  'roster-core.readonly',
  'roster-demographics.readonly',
  'resource.readonly',
  'gradebook.readonly',
  'assessment.readonly',
];
const timeFrame = { start: '2025-08-01', end: '2026-08-01' };

type Noun = Exclude<RecordType, 'person' | 'group' | 'membership'>;
const of = (type: Noun, id: string) => key(type, 'default', id);
const noun = <T extends Noun>(type: T, id: string, data: DataOf[T]): Change =>
  ({ op: 'upsert', type, key: of(type, id), data }) as Change;

async function write(changes: readonly Change[]): Promise<void> {
  for (const result of await doors.roster.execute(doors.context, changes)) {
    if (!result.ok) throw new Error(`${result.problem.code}: ${result.problem.text}`);
  }
}

const grade = fc.subarray(['01', '02', '03'], { maxLength: 2 });
const subject = fc.subarray(['art', 'math', 'music'], { maxLength: 2 });
const book = fc.subarray(['r0', 'r1', 'r2'], { maxLength: 1 });
const number = (max: number) => fc.integer({ min: 0, max });
const twelve = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 12, maxLength: 12 });

/** Courses, classes, people, and what happens to them, in places of fixed names; a later roster writes over an earlier one. */
const rosters = fc.record({
  courses: fc.array(
    fc.record({ org: fc.constantFrom('s1', 's2', 's3', 'district'), grades: grade, subjects: subject, book }),
    {
      minLength: 5,
      maxLength: 5,
    },
  ),
  classes: twelve(
    fc.record({
      course: number(4),
      org: fc.constantFrom('s1', 's2', 's3', 'lab'),
      term: fc.constantFrom('t1', 't2', 't3', 'q1'),
      grades: grade,
      subjects: subject,
      book,
    }),
  ),
  people: twelve(
    fc.record({
      grades: grade,
      agent: number(11),
      role: fc.constantFrom('student', 'teacher', 'parent', 'none'),
      org: fc.constantFrom('s1', 's2', 's3', 'region', 'lab', 'district'),
      faculty: fc.boolean(),
      book,
    }),
  ),
  members: twelve(fc.tuple(number(11), number(11), fc.constantFrom('Learner', 'Instructor'))),
  items: twelve(
    fc.record({ class: number(11), category: number(1), student: number(11), org: fc.constantFrom('s1', 's2') }),
  ),
});

type Drawn = typeof rosters extends fc.Arbitrary<infer T> ? T : never;

/** The records of a roster under names that begin with its number. */
function changesOf({ courses, classes, people, members, items }: Drawn, run: number): Change[][] {
  const id = (kind: string, index: number) => `${run}-${kind}${index}`;
  const resources = (ids: readonly string[]) =>
    ids.length === 0 ? {} : { resources: ids.map((one) => guids.get(one) ?? '') };
  return [
    [
      ...courses.map(({ org, grades, subjects, book: listed }, at) =>
        group(id('course', at), 'course', [org], { grades, subjects, ...resources(listed) }),
      ),
      ...classes.map(({ course, org, term, grades, subjects, book: listed }, at) => {
        const parents = [id('course', course), term].map((target) => ({
          relation: 'parent' as const,
          target: g(target),
        }));
        const relationships = [{ relation: 'parent' as const, target: g(org), label: orgLabel }, ...parents];
        return group(id('class', at), 'class', [], { grades, subjects, relationships, ...resources(listed) });
      }),
      ...people.map(({ grades, role, org, faculty, book: listed }, at) =>
        person(id('person', at), {
          grades,
          demographics: { cityOfBirth: 'Rome' },
          email: `${at}@example.org`,
          ...resources(listed),
          ...(faculty ? { institutionRoles: [{ type: 'Faculty', primary: true }] } : {}),
          ...(role === 'none' || at < 2 ? {} : { roles: [{ role, roleType: 'primary', org: g(org) }] }),
        }),
      ),
      ...people.map(({ agent }, at) => person(id('person', at), { agents: [p(id('person', agent))] })),
    ],
    members.map(([of, who, role]) => member(id('class', of), id('person', who), [role])),
    items.flatMap((item, at): Change[] => [
      noun('lineItem', id('item', at), {
        class: g(id('class', item.class)),
        category: of('category', `c${item.category}`),
        school: g(item.org),
        academicSession: g('t3'),
      }),
      noun('result', id('result', at), {
        lineItem: of('lineItem', id('item', at)),
        student: p(id('person', item.student)),
      }),
      noun('scoreScale', id('scale', at), {
        class: g(id('class', item.class)),
        course: g(id('course', at % 5)),
        scoreScaleValue: [{ itemValueLHS: 'A', itemValueRHS: '1' }],
      }),
      noun('assessmentLineItem', id('exam', at), at % 3 === 0 ? {} : { class: g(id('class', item.class)) }),
      noun('assessmentResult', id('mark', at), {
        assessmentLineItem: of('assessmentLineItem', id('exam', at)),
        student: p(id('person', item.student)),
      }),
    ]),
    [
      remove('person', p(id('person', 0))),
      remove('group', g(id('class', 0))),
      remove('lineItem', of('lineItem', id('item', 0))),
    ],
  ];
}

let guids: ReadonlyMap<string, string> = new Map();

const rule = <T>(values: readonly T[]) =>
  fc.option(fc.subarray([...values], { minLength: 1 }), { nil: undefined, freq: 2 });
const fields = fc.option(
  fc.record({
    user: fc.subarray([...hideableFields.user]).map((hidden) => ({ hidden })),
    class: fc.subarray([...hideableFields.class]).map((allowed) => ({ allowed })),
  }),
  { nil: undefined },
);
const rules: fc.Arbitrary<Sharing> = fc
  .record({
    schools: rule(['s1', 's2', 's3', 'region', 'lab', 'nowhere']),
    grades: rule(['01', '02', '03']),
    subjects: rule(['art', 'math', 'music']),
    roles: rule(['student', 'teacher', 'parent']),
    fields,
  })
  .map((drawn) => Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined)));

const lists = services.flatMap(({ version, base, operations }) =>
  operations.filter(({ kind }) => kind === 'read-many').map((operation) => ({ version, base, operation })),
);
const whole = lists.filter(({ operation }) => operation.within.length === 0);
const nested = lists.filter(({ version, operation }) => version === '1.2' && operation.within.length === 1);

async function read(path: string, as?: string): Promise<{ status: number; total: number; objects: readonly Shown[] }> {
  const { status, headers, json } = await doors.ask('GET', path, as === undefined ? {} : { as });
  const [objects = []] = Object.values(json as object).filter(Array.isArray) as Shown[][];
  return { status, total: Number(headers.get('x-total-count')), objects };
}

const lastOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
const sorted = (objects: Iterable<Shown>) => [...objects].map(({ sourcedId }) => sourcedId).sort();

async function everything(): Promise<Collections> {
  const all = new Map<string, readonly Shown[]>();
  for (const { version, base, operation } of whole) {
    if (version === '1.1') continue;
    all.set(lastOf(operation.path), (await read(`${base}${operation.path}?limit=10000`)).objects);
  }
  return all;
}

/** Asks for many things, 16 at a time. */
async function inPieces<T, R>(list: readonly T[], ask: (one: T) => Promise<R>): Promise<R[]> {
  const found: R[] = [];
  for (let at = 0; at < list.length; at += 16) found.push(...(await Promise.all(list.slice(at, at + 16).map(ask))));
  return found;
}

function* hrefsIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  const { href } = value as { href?: unknown };
  if (typeof href === 'string') yield href;
  for (const child of Object.values(value)) yield* hrefsIn(child);
}

test('a client sees what the words of its rules say, in every collection, and can follow every reference', async () => {
  const { items } = await doors.roster.page(doors.context, { view: 'resource', limit: 10, offset: 0 });
  guids = new Map(items.map(({ record }) => [record.sourcedId, record.guid]));
  let run = 0;
  let narrowed = 0;
  await fc.assert(
    fc.asyncProperty(rosters, fc.array(rules, { minLength: 2, maxLength: 2 }), async (roster, drawn) => {
      run += 1;
      for (const changes of changesOf(roster, run)) await write(changes);
      const all = await everything();
      for (const [index, sharing] of drawn.entries()) {
        const followed = (run + index) % 2 === 0 ? '1.1' : '1.2';
        const put = await doors.ask('PUT', '/api/v1/credentials/library/sharing', { as: doors.admin, data: sharing });
        expect([put.status, put.json]).toEqual([200, sharing]);
        const shared = evaluate(all, sharing);
        const hrefs = new Set<string>();
        for (const { version, base, operation } of whole) {
          const name = lastOf(operation.path);
          const seen = await read(`${base}${operation.path}?limit=10000`, client);
          const expected = (all.get(name) ?? []).filter(({ sourcedId }) => shared.get(name)?.has(sourcedId));
          expect([base, name, sorted(seen.objects)]).toEqual([base, name, sorted(expected)]);
          expect(seen.total).toBe(expected.length);
          if (expected.length < (all.get(name)?.length ?? 0)) narrowed += 1;
          // The references of one version at a time, for both lead to the same records.
          if (version === followed) for (const href of hrefsIn(seen.objects)) hrefs.add(href);
          const hidden = hiddenFields(sharing, nounOf[operation.view]);
          for (const object of seen.objects)
            for (const field of Object.keys(object)) expect(hidden.has(field)).toBe(false);
          if (version === '1.1') continue;
          const byId = new Map(seen.objects.map((object) => [object.sourcedId, object]));
          for (const object of expected) {
            const { roles, school: of, ...rest } = prune(object, shared, hidden);
            const { roles: shownRoles, school: shownOf, ...shownRest } = byId.get(object.sourcedId) ?? object;
            expect(shownRest).toEqual(rest);
            if (roles !== undefined) expect(shownRoles).toEqual(roles);
            if (of !== undefined) expect(shownOf).toEqual(of);
          }
          const outside = (all.get(name) ?? []).find(({ sourcedId }) => shared.get(name)?.has(sourcedId) !== true);
          const single = `${base}${operation.path}/${encodeURIComponent(outside?.sourcedId ?? 'none')}`;
          expect((await doors.ask('GET', single, { as: client })).status).toBe(404);
          const filter = encodeURIComponent(
            `dateLastModified>'2000-01-01' OR sourcedId='${outside?.sourcedId ?? 'none'}'`,
          );
          const filtered = `${base}${operation.path}?limit=1&filter=${filter}`;
          // Who may see everything is told of what has gone out of a view, too.
          const told = Object.keys(sharing).length === 0 ? (await read(filtered)).total : expected.length;
          expect((await read(filtered, client)).total).toBe(told);
        }
        const broken = await inPieces([...hrefs], async (href) => {
          const { status } = await doors.ask('GET', href.slice(doors.url.length), { as: client });
          return status === 200 ? [] : [[href, status]];
        });
        expect(broken.flat()).toEqual([]);
        const { base, operation } = nested[(run * 7 + narrowed) % nested.length] ?? nested[0] ?? whole[0] ?? fail();
        const outer = operation.path.split('/')[1] ?? '';
        for (const { sourcedId } of (all.get(outer) ?? []).slice(0, 3)) {
          const path = `${base}${operation.path.replace(/\{[^}]*\}/, encodeURIComponent(sourcedId))}?limit=10000`;
          const seen = await read(path, client);
          const isShown = shared.get(outer)?.has(sourcedId) === true;
          expect([path, seen.status]).toEqual([path, isShown ? 200 : 404]);
          if (!isShown) continue;
          const inner = lastOf(operation.path);
          // Students of a class are users with an enrollment of that role, whatever else they are.
          const name = inner === 'students' || inner === 'teachers' ? 'users' : inner;
          const expected = (await read(path)).objects.filter((one) => shared.get(name)?.has(one.sourcedId));
          expect([path, sorted(seen.objects)]).toEqual([path, sorted(expected)]);
        }
      }
    }),
    { numRuns: Number(process.env['RUNS'] ?? 2), endOnFailure: true },
  );
  expect(narrowed).toBeGreaterThan(0);
});

function fail(): never {
  throw new Error('the tables are empty');
}
