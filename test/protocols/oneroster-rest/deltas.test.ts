import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type CourseworkType, type DataOf, key, type RecordType } from '../../../src/model/index.ts';
import { discovered } from '../../../src/protocols/oneroster-rest/discovery/index.ts';
import { type Operation, type Service, services } from '../../../src/protocols/oneroster-rest/operations/index.ts';
import type { Change } from '../../../src/roster/index.ts';
import { type Call, history } from '../../roster/history.ts';
import { g, group, member, p, person, remove } from '../../roster/roster.ts';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { makeValidators, publishedDocument, services1p2 } from './published.ts';

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors({ start: false });
});
afterAll(() => doors.close());

interface OneRosterObject {
  readonly sourcedId: string;
  readonly status: string;
  readonly dateLastModified: string;
}

/** What an object names by its id. */
type Named = { readonly [name in 'user' | 'class' | 'course']?: { readonly sourcedId: string } };

/** A collection of a service. */
interface Collection {
  readonly service: Service;
  readonly operation: Operation;
}

const collections: readonly Collection[] = services.flatMap((service) =>
  service.operations
    .filter(({ kind, within }) => kind === 'read-many' && within.length === 0)
    .map((operation) => ({ service, operation })),
);
const addressOf = ({ service, operation }: Collection) => service.base + operation.path;
/** The schema of a collection's answers in the published document; those of 1.1 in the gateway's own. */
function makeSchemas() {
  const documents = new Map<string, Promise<Parameters<typeof makeValidators>[0] | undefined>>();
  const validators = new Map<string, ReturnType<typeof makeValidators>>();
  const load = async ({ base, version, parts }: Service) => {
    if (version === '1.2') return publishedDocument(services1p2[parts[0] as keyof typeof services1p2]);
    const path = discovered.find(({ service }) => service.base === base)?.paths[0] ?? '';
    return (await doors.ask('GET', path, { as: null })).json as Parameters<typeof makeValidators>[0];
  };
  return async ({ service, operation }: Collection, body: unknown): Promise<unknown> => {
    const loading = documents.get(service.base) ?? load(service);
    documents.set(service.base, loading);
    const document = await loading;
    if (document === undefined) return null;
    const validatorOf = validators.get(service.base) ?? makeValidators(document);
    validators.set(service.base, validatorOf);
    const { schema } = document.paths[operation.path]?.['get']?.responses['200']?.content?.['application/json'] ?? {};
    const validate = validatorOf(schema?.$ref ?? '');
    validate(body);
    return validate.errors ?? null;
  };
}
const faultsOf = makeSchemas();

const since = (time: string, rest = '') => `filter=${encodeURIComponent(`dateLastModified>'${time}'${rest}`)}`;

async function ask(one: Collection, query: string) {
  const answer = await doors.ask('GET', `${addressOf(one)}?${query}`);
  expect([addressOf(one), query, answer.status]).toEqual([addressOf(one), query, 200]);
  const objects = answer.json[one.operation.wrapper ?? ''] as OneRosterObject[];
  return { objects, total: Number(answer.headers.get('x-total-count')), body: answer.json as unknown };
}

const outset = '1970-01-01T00:00:00.000Z';

/** A reader that asks for what has changed since the newest that it has seen, some objects at a time. */
function makeReader(one: Collection, limit: number) {
  const active = new Map<string, string>();
  let seen = outset;
  const told = new Set<string>();
  return {
    active,
    told,
    async poll(): Promise<void> {
      let newest = seen;
      for (let offset = 0; ; offset += limit) {
        const { objects, total, body } = await ask(one, `${since(seen)}&limit=${limit}&offset=${offset}`);
        expect([addressOf(one), await faultsOf(one, body)]).toEqual([addressOf(one), null]);
        for (const object of objects) {
          const { sourcedId, status, dateLastModified } = object;
          if (status === 'active') active.set(sourcedId, JSON.stringify(object));
          else active.delete(sourcedId);
          if (status !== 'active') told.add(sourcedId);
          if (dateLastModified > newest) newest = dateLastModified;
        }
        expect(objects.length).toBe(Math.min(limit, Math.max(total - offset, 0)));
        if (offset + limit >= total) break;
      }
      seen = newest;
    },
  };
}

async function activeIn(one: Collection): Promise<Map<string, string>> {
  const { objects } = await ask(one, 'limit=10000');
  const active = objects.filter(({ status }) => status === 'active');
  return new Map(active.map((object) => [object.sourcedId, JSON.stringify(object)]));
}

async function write(changes: readonly Change[]): Promise<void> {
  for (const result of await doors.roster.execute(doors.context, changes)) {
    if (!result.ok) throw new Error(`${result.problem.code}: ${result.problem.text}`);
  }
}

const of = (type: RecordType, id: string) => key(type, 'default', id);
const noun = <T extends CourseworkType>(type: T, id: string, data: DataOf[T]): Change =>
  ({ op: 'upsert', type, key: of(type, id), data }) as Change;

describe('A reader of changes since a time', () => {
  const about = (path: string) => collections.filter(({ operation }) => operation.path === path);
  /** What is told of an id since a time, in each version. */
  const toldOf = async (path: string, time: string, id: string) => {
    const answers = await Promise.all(about(path).map((one) => ask(one, `${since(time)}&limit=1000`)));
    return answers.map(({ objects }) =>
      objects.filter(({ sourcedId }) => sourcedId === id).map(({ status }) => status),
    );
  };
  const newest = async () => {
    const found = await Promise.all(
      about('/users')
        .concat(about('/classes'))
        .map((one) => ask(one, 'sort=dateLastModified&orderBy=desc&limit=1')),
    );
    return (
      found
        .flatMap(({ objects }) => objects.map(({ dateLastModified }) => dateLastModified))
        .sort()
        .at(-1) ?? ''
    );
  };

  test('is told of a class that is a course now, of a teacher who teaches no more, and of demographics that went', async () => {
    await write([
      group('turned'),
      group('taught'),
      person('teacher', { demographics: { gender: 'female' } }),
      member('taught', 'teacher', ['Instructor']),
    ]);
    const time = await newest();
    await write([
      group('turned', 'course'),
      member('taught', 'teacher', ['Learner']),
      { ...person('teacher'), op: 'replace' } as Change,
    ]);
    for (const [path, id] of [
      ['/classes', 'turned'],
      ['/teachers', 'teacher'],
      ['/demographics', 'teacher'],
    ] as const) {
      expect([path, await toldOf(path, time, id)]).toEqual([path, [['tobedeleted'], ['tobedeleted']]]);
      const [one] = about(path);
      expect((await doors.ask('GET', `${one === undefined ? '' : addressOf(one)}/${id}`)).status).toBe(404);
    }
    for (const [path, id] of [
      ['/courses', 'turned'],
      ['/students', 'teacher'],
      ['/users', 'teacher'],
    ] as const) {
      expect([path, await toldOf(path, time, id)]).toEqual([path, [['active'], ['active']]]);
    }
    // What comes back is told no more.
    await write([group('turned'), member('taught', 'teacher', ['Instructor'])]);
    expect(await toldOf('/classes', time, 'turned')).toEqual([['active'], ['active']]);
    expect(await toldOf('/courses', time, 'turned')).toEqual([['tobedeleted'], ['tobedeleted']]);
    expect(await toldOf('/teachers', time, 'teacher')).toEqual([['active'], ['active']]);
  });

  test('is told of what shows a user, a class or a course that has another id now', async () => {
    await write([
      group('course-1', 'course'),
      group('class-1', 'class', ['course-1']),
      person('user-1'),
      person('user-2'),
      member('class-1', 'user-1', ['Learner'], 'e-1'),
      member('class-1', 'user-2', ['Learner'], 'e-2'),
    ]);
    const changedBy = async (path: string, change: Change) => {
      const [one] = about(path);
      if (one === undefined) throw new Error(path);
      const time = (await ask(one, 'sort=dateLastModified&orderBy=desc&limit=1')).objects[0]?.dateLastModified ?? '';
      await write([change]);
      return (await ask(one, since(time))).objects as (OneRosterObject & Named)[];
    };
    const shownBy = (objects: Awaited<ReturnType<typeof changedBy>>, name: keyof Named) =>
      objects.map((object) => `${object.sourcedId} ${object[name]?.sourcedId ?? ''}`).sort();
    const user = await changedBy('/enrollments', {
      op: 'rename',
      type: 'person',
      key: p('user-1'),
      newKey: p('user-9'),
    });
    expect(shownBy(user, 'user')).toEqual(['e-1 user-9']);
    const ofClass = await changedBy('/enrollments', {
      op: 'rename',
      type: 'group',
      key: g('class-1'),
      newKey: g('class-9'),
    });
    expect(shownBy(ofClass, 'class')).toEqual(['e-1 class-9', 'e-2 class-9']);
    const ofCourse = await changedBy('/classes', {
      op: 'rename',
      type: 'group',
      key: g('course-1'),
      newKey: g('course-9'),
    });
    expect(shownBy(ofCourse, 'course')).toEqual(['class-9 course-9']);
    // Nothing that is shown is other: nothing is told.
    expect(await changedBy('/enrollments', person('user-2', { email: 'two@example.org' }))).toEqual([]);
  });

  test('is told of all that shows the id of what is renamed, in every collection', async () => {
    const parents = (...ids: string[]) => ({
      relationships: ids.map((id) => ({ relation: 'parent' as const, target: g(id) })),
    });
    const ofClass = { class: g('r-class'), category: of('category', 'r-category') };
    const made: Change[] = [
      { op: 'upsert', type: 'group', key: g('r-org'), data: { kind: 'org', orgType: 'school' } },
      {
        op: 'upsert',
        type: 'group',
        key: g('r-part'),
        data: { kind: 'org', orgType: 'department', ...parents('r-org') },
      },
      { op: 'upsert', type: 'group', key: g('r-year'), data: { kind: 'session', sessionType: 'schoolYear' } },
      {
        op: 'upsert',
        type: 'group',
        key: g('r-term'),
        data: { kind: 'session', sessionType: 'term', ...parents('r-year') },
      },
      group('r-course', 'course', ['r-org', 'r-year']),
      group('r-class', 'class', ['r-course', 'r-term', 'r-org']),
      person('r-aunt'),
      person('r-user', { agents: [p('r-aunt')], primaryOrg: g('r-org') }),
      member('r-class', 'r-user', ['Learner'], 'r-e'),
      noun('category', 'r-category', {}),
      noun('lineItem', 'r-item', { ...ofClass, gradingPeriod: g('r-term') }),
      noun('lineItem', 'r-plain', ofClass),
      noun('result', 'r-result', { lineItem: of('lineItem', 'r-item'), student: p('r-user'), class: g('r-class') }),
      noun('assessmentLineItem', 'r-assessment', { class: g('r-class') }),
      noun('assessmentResult', 'r-marks', {
        assessmentLineItem: of('assessmentLineItem', 'r-assessment'),
        student: p('r-user'),
      }),
    ];
    await write(made);
    const shown = async () => {
      const all = new Map<string, { readonly text: string; readonly time: string }>();
      for (const one of collections) {
        for (const { dateLastModified, ...object } of (await ask(one, 'limit=10000')).objects) {
          all.set(`${addressOf(one)} ${object.sourcedId}`, { text: JSON.stringify(object), time: dateLastModified });
        }
      }
      return all;
    };
    const told: Record<string, number> = {};
    const renames = ['r-org', 'r-year', 'r-term', 'r-course', 'r-class', 'r-user', 'r-aunt'];
    for (const id of renames) {
      const before = await shown();
      const isPerson = id === 'r-user' || id === 'r-aunt';
      const [keyOf, type] = isPerson ? ([p, 'person'] as const) : ([g, 'group'] as const);
      await write([{ op: 'rename', type, key: keyOf(id), newKey: keyOf(`${id}-2`) } as Change]);
      const others = [...(await shown())].filter(([name, { text }]) => text !== (before.get(name)?.text ?? text));
      told[id] = others.length;
      const untold = others.filter(([name, { time }]) => time <= (before.get(name)?.time ?? ''));
      expect([id, untold.map(([name]) => name)]).toEqual([id, []]);
    }
    // Each is shown by something else than itself, in both versions.
    for (const id of renames) expect([id, told[id]]).toEqual([id, expect.any(Number)]);
    expect(Object.values(told).every((count) => count >= 2)).toBe(true);
  });

  test('is told of what was purged, every role of it, without what it was', async () => {
    await write([
      group('purged'),
      person('ann', { name: { given: 'Ann', family: 'Lee' }, email: 'ann@example.org' }),
      member('purged', 'ann', ['Learner', 'Mentor'], 'e-ann'),
    ]);
    const [enrollments] = about('/enrollments');
    if (enrollments === undefined) throw new Error('no enrollments');
    const listed = await ask(enrollments, 'limit=1000');
    const roles = listed.objects.map(({ sourcedId }) => sourcedId).filter((id) => id.startsWith('e-ann'));
    expect(roles.length).toBe(2);
    const time = await newest();
    await write([remove('person', p('ann')), { op: 'purge', type: 'person', key: p('ann'), force: true }]);
    for (const [path, id] of [['/users', 'ann'] as const, ...roles.map((role) => ['/enrollments', role] as const)]) {
      expect([path, id, await toldOf(path, time, id)]).toEqual([path, id, [['tobedeleted'], ['tobedeleted']]]);
    }
    for (const one of about('/users')) {
      const { body } = await ask(one, since(time));
      expect(JSON.stringify(body)).not.toMatch(/Ann|Lee|example\.org/);
      expect((await doors.ask('GET', `${addressOf(one)}/ann`)).status).toBe(404);
      const { objects } = await ask(one, 'limit=1000');
      expect(objects.map(({ sourcedId }) => sourcedId)).not.toContain('ann');
      // Other conditions hold as far as they are about what is known.
      const idsFor = async (rest: string) =>
        (await ask(one, since(time, rest))).objects.map(({ sourcedId }) => sourcedId);
      expect(await idsFor(" AND status='tobedeleted'")).toContain('ann');
      expect(await idsFor(" AND status='active'")).not.toContain('ann');
      expect(await idsFor(" AND sourcedId='ann'")).toEqual(['ann']);
      expect(await idsFor(" AND sourcedId='ben'")).toEqual([]);
      expect(await idsFor(" AND dateLastModified<='2000-01-01'")).toEqual([]);
      expect(await idsFor(" AND familyName='Nobody'")).toEqual(['ann']);
      expect(await idsFor(" OR familyName='Nobody'")).toContain('ann');
    }
    // The same id may be given again.
    await write([person('ann')]);
    expect(await toldOf('/users', time, 'ann')).toEqual([['active'], ['active']]);
  });

  test('is told of an id that is another one now', async () => {
    await write([person('before')]);
    const time = await newest();
    await write([{ op: 'rename', type: 'person', key: p('before'), newKey: p('after') }]);
    expect(await toldOf('/users', time, 'before')).toEqual([['tobedeleted'], ['tobedeleted']]);
    expect(await toldOf('/users', time, 'after')).toEqual([['active'], ['active']]);
  });
});

test('A reader who polls between random changes has in the end what a full read has, in every collection', async () => {
  const sampled = fc.sample(history, { numRuns: 4, seed: 7 }).flat();
  const coursework = fc.sample(courseworkChange, { numRuns: sampled.length * 5, seed: 8 });
  await write([
    group('q'),
    person('q'),
    noun('category', 'q', {}),
    noun('lineItem', 'q', { class: g('q'), category: of('category', 'q') }),
    noun('assessmentLineItem', 'q', {}),
  ]);
  const readers = collections.map((one, at) => ({ one, reader: makeReader(one, at % 3 === 0 ? 5 : 1000) }));
  for (const [at, call] of sampled.entries()) {
    await run(call);
    await run({ ...call, changes: coursework.slice(at * 5, at * 5 + 5) });
    await Promise.all(readers.map(({ reader }) => reader.poll()));
  }
  const silent: string[] = [];
  for (const { one, reader } of readers) {
    expect([addressOf(one), reader.active]).toEqual([addressOf(one), await activeIn(one)]);
    if (reader.told.size === 0) silent.push(addressOf(one));
  }
  expect(silent).toEqual([]);
}, 60_000);

async function run({ context, changes }: Call): Promise<void> {
  await doors.roster.execute({ ...context, tenant: doors.context.tenant }, changes);
}

const nth = fc.integer({ min: 0, max: 2 });
const courseworkWrite: fc.Arbitrary<Change> = nth.chain((n) =>
  fc.constantFrom<Change>(
    noun('category', `ca${n}`, { title: `title ${n}` }),
    noun('scoreScale', `sc${n}`, { class: g('q'), scoreScaleValue: [{ itemValueLHS: 'A', itemValueRHS: '1' }] }),
    noun('lineItem', `li${n}`, { class: g('q'), category: of('category', 'q') }),
    noun('result', `re${n}`, { lineItem: of('lineItem', 'q'), student: p('q'), score: n }),
    noun('assessmentLineItem', `al${n}`, { title: `title ${n}` }),
    noun('assessmentResult', `ar${n}`, {
      assessmentLineItem: of('assessmentLineItem', 'q'),
      student: p('q'),
      score: n,
    }),
    noun('resource', `rs${n}`, { vendorResourceId: `v${n}` }),
    person(`p${n}`, { demographics: { gender: 'male' } }),
    { ...person(`p${n}`), op: 'replace' } as Change,
    group(`c${n}`, 'session', [], { sessionType: 'gradingPeriod' }),
    group(`c${n}`, 'session', [], { sessionType: 'term' }),
  ),
);
const courseworkChange: fc.Arbitrary<Change> = fc.oneof(
  courseworkWrite,
  fc
    .tuple(
      nth,
      fc.constantFrom<[RecordType, string]>(
        ['category', 'ca'],
        ['scoreScale', 'sc'],
        ['lineItem', 'li'],
        ['result', 're'],
        ['assessmentLineItem', 'al'],
        ['assessmentResult', 'ar'],
        ['resource', 'rs'],
      ),
      fc.constantFrom<'remove' | 'purge' | 'restore'>('remove', 'purge', 'restore'),
    )
    .map(
      ([n, [type, prefix], op]): Change =>
        ({ op, type, key: of(type, `${prefix}${n}`), ...(op === 'purge' ? { force: true } : {}) }) as Change,
    ),
);
