import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { key, type RecordType } from '../../src/model/index.ts';
import type { Change } from '../../src/roster/index.ts';
import { history } from '../roster/history.ts';
import { done, g, group, m, member, p, person, remove, school as schoolGroup, sis } from '../roster/roster.ts';
import {
  closeSides,
  type Delivering,
  idsOf,
  type Middle,
  openSide,
  type Passed,
  type Side,
  school,
  startDelivering,
  startMiddle,
  target,
} from './downstreams.ts';

let ours: Side;
let theirs: Side;
let middle: Middle;
let delivering: Delivering;
beforeEach(async () => {
  [ours, theirs] = await Promise.all([openSide(), openSide()]);
  middle = await startMiddle(theirs.url);
  delivering = await startDelivering(ours);
});
afterEach(async () => {
  await delivering.stop();
  await middle.close();
  await Promise.all([ours.close(), theirs.close()]);
});
afterAll(closeSides);

/** Words for kinds of groups that mean the same at both sides. */
const typeWords = { class: 'Class', course: 'CourseTemplate', session: 'Term', org: 'School', other: 'Other' } as const;

/**
 * Gives groups a type, since what comes without one is served as a course, which a server archives when it is removed.
 * For the same reason only `k0` is a course, from its beginning on.
 */
function typed(one: Change): Change {
  if (one.type !== 'group' || !('data' in one)) return one;
  const given = (one.data as { kind?: keyof typeof typeWords }).kind ?? 'class';
  const kind = given === 'course' && one.key !== g('k0') ? 'class' : given;
  const types = [{ scheme: 'Test', values: [{ type: typeWords[kind], level: '2' }] }];
  return { ...one, data: { ...one.data, kind, types } } as Change;
}

const change = (...changes: readonly Change[]) => done(ours.roster, sis, ...changes.map(typed));
const named = (id: string, given: string) => person(id, { name: { given, family: id } });

async function setUp(settings: object = {}): Promise<void> {
  const put = await delivering.put(school, { ...target(middle.url), ...settings });
  if (!put.ok) throw new Error(put.problem.text);
}

async function same(): Promise<string[]> {
  const [here, there] = await Promise.all([ours.seen(), theirs.seen()]);
  expect(there).toEqual(here);
  return idsOf(here);
}

const callsOf = (operation: string): Passed[] => middle.passed.filter((one) => one.operation === operation);

describe('Everything there is comes first', () => {
  test('groups with parents before children, then persons, then memberships, in batches', async () => {
    await change(
      group('c2', 'class', ['c1']),
      group('c1', 'class', ['s1']),
      schoolGroup('s1', ['d1']),
      group('d1', 'org'),
      ...Array.from({ length: 7 }, (_, at) => named(`p${at}`, 'Ada')),
      ...Array.from({ length: 7 }, (_, at) => member('c2', `p${at}`, ['Learner'], `m${at}`)),
      member('c1', 'p0'),
    );
    await setUp({ batchSize: 3 });
    const report = await delivering.settled();
    expect(report).toMatchObject({ initial: null, behind: 0, deadLetters: 0, failing: null });
    expect(report.delivered).toEqual({ written: 19, removed: 0, renamed: 0 });
    expect(middle.passed.map(({ operation }) => operation)).toEqual([
      ...Array(2).fill('replaceGroups'),
      ...Array(3).fill('replacePersons'),
      ...Array(3).fill('replaceMemberships'),
    ]);
    const ids = callsOf('replaceGroups').flatMap((call) => call.ids);
    const firsts = ['d1', 's1', 'c1', 'c2'].map((id) => ids.indexOf(id));
    expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
    expect(await same()).toHaveLength(19);
  });

  test('is sent anew when somebody asks, or when the address is another', async () => {
    await change(group('c1'), person('p1'), member('c1', 'p1'));
    await setUp();
    await delivering.settled();
    expect(await delivering.resend(school)).toMatchObject({ ok: true, value: { initial: { done: 0, total: 3 } } });
    expect((await delivering.settled()).delivered.written).toBe(6);
    expect(await delivering.put(school, target(theirs.url))).toMatchObject({ ok: true });
    expect((await delivering.settled()).delivered.written).toBe(3);
    await same();
  });
});

describe('Changes follow', () => {
  test('creates, updates, renames, removals and restores of each noun arrive', async () => {
    await setUp();
    await change(
      schoolGroup('s1'),
      group('c1', 'class', ['s1']),
      named('p1', 'Ada'),
      member('c1', 'p1', ['Learner'], 'm1'),
    );
    await delivering.settled();
    expect(await same()).toEqual(['group:c1', 'group:s1', 'membership:m1', 'person:p1']);

    await change(
      { op: 'replace', type: 'person', key: p('p1'), data: { email: 'a@example.org' } },
      group('c1', 'class', [], { description: { short: 'New' } }),
      member('c1', 'p1', ['Instructor'], 'm1'),
    );
    await delivering.settled();
    await same();

    await change(
      { op: 'rename', type: 'person', key: p('p1'), newKey: p('p2') },
      { op: 'rename', type: 'group', key: g('c1'), newKey: g('c2') },
      { op: 'rename', type: 'membership', key: m('m1'), newKey: m('m2') },
    );
    const renamed = await delivering.settled();
    expect(renamed.delivered.renamed).toBe(3);
    expect(await same()).toEqual(['group:c2', 'group:s1', 'membership:m2', 'person:p2']);
    const [theirPerson] = await theirs.roster.find(school, 'person', [p('p1')]);
    expect(theirPerson?.imsId).toBe('p2');

    await change(remove('person', p('p2')));
    await delivering.settled();
    expect(await same()).toEqual(['group:c2', 'group:s1']);
    await change({ op: 'restore', type: 'person', key: p('p2') });
    await delivering.settled();
    expect(await same()).toEqual(['group:c2', 'group:s1', 'membership:m2', 'person:p2']);

    await change(remove('membership', m('m2')));
    await delivering.settled();
    await same();
    await change(remove('group', g('s1')));
    const last = await delivering.settled();
    expect(await same()).toEqual(['person:p2']);
    expect(last.deadLetters).toBe(0);
  });

  test('records of two namespaces with the same id arrive as two', async () => {
    await setUp();
    await change(group('c1'), named('p1', 'Ada'), member('c1', 'p1', ['Learner'], 'm1'));
    const far = (type: RecordType, id: string) => key(type, 'far', id);
    const data = { group: far('group', 'c1'), member: far('person', 'p1'), roles: [{ type: 'Mentor' }] };
    const [, child, pupil, mentor] = await change(
      { ...group('c1'), key: data.group },
      { ...group('c2', 'class', [], { relationships: [{ relation: 'parent', target: data.group }] }) },
      { ...named('p1', 'Grace'), key: data.member },
      { op: 'upsert', type: 'membership', key: far('membership', 'm1'), data },
    );
    await delivering.settled();
    const farIds = [`membership:${mentor?.guid}`, `person:${pupil?.guid}`];
    expect(await same()).toEqual(expect.arrayContaining(['person:p1', 'membership:m1', 'group:c1', ...farIds]));
    expect(child?.outcome).toBe('created');
    await change({ op: 'rename', type: 'person', key: data.member, newKey: p('p2') }, remove('membership', m('m1')));
    await delivering.settled();
    const left = await same();
    expect([left.includes('person:p2'), left.includes('person:p1'), left.includes('membership:m1')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(left).toHaveLength(6);
  });

  test('removals go from memberships over persons to groups, children before parents', async () => {
    await change(
      schoolGroup('s1'),
      group('c1', 'class', ['s1']),
      group('c2', 'class', ['c1']),
      person('p1'),
      member('c2', 'p1'),
    );
    await setUp();
    await delivering.settled();
    middle.passed.length = 0;
    await change(remove('group', g('s1')), remove('person', p('p1')));
    await delivering.settled();
    const calls = middle.passed.map(({ operation, ids }) => [
      operation,
      operation === 'deleteGroups' ? ids : ids.length,
    ]);
    expect(calls).toEqual([
      ['deleteMemberships', 1],
      ['deletePersons', 1],
      // Without their parents, so that the server takes none along with another one.
      ['replaceGroups', 3],
      ['deleteGroups', ['c2', 'c1', 's1']],
    ]);
    await same();
  });

  test('what loses its parent and lives on is written before the parent is removed', async () => {
    const types = [{ scheme: 'Test', values: [{ type: 'Class', level: '2' }] }];
    // A course by its kind is archived here; the server is told that it is a class, and would take it along.
    const course = group('k1', 'course', ['s1', 's2'], { types });
    await change(schoolGroup('s1'), schoolGroup('s2'), person('p1'));
    await done(ours.roster, sis, course, member('k1', 'p1', ['Learner'], 'm1'));
    await setUp();
    await delivering.settled();
    await change(remove('group', g('s1')));
    await delivering.settled();
    expect(await same()).toEqual(['group:k1', 'group:s2', 'membership:m1', 'person:p1']);
    await change(remove('group', g('s2')));
    await delivering.settled();
    expect(await same()).toEqual(['group:k1', 'membership:m1', 'person:p1']);
  });

  test('an archived course stays, with what was changed before', async () => {
    await setUp();
    const course = (short: string) => group('k0', 'course', [], { description: { short } });
    await change(course('Old'));
    await delivering.settled();
    await change(course('New'), remove('group', g('k0')));
    await delivering.settled();
    expect(callsOf('deleteGroups')).toEqual([]);
    expect(await same()).toEqual(['group:k0']);
  });

  test('a membership waits until both of its ends are there', async () => {
    await setUp();
    await change(group('c1'), member('c1', 'later', ['Learner'], 'm1'));
    await delivering.settled();
    expect(await same()).toEqual(['group:c1']);
    await change(person('later'));
    await delivering.settled();
    expect(await same()).toEqual(['group:c1', 'membership:m1', 'person:later']);
  });

  test('what was made and purged between two deliveries is not heard of; what was known is removed though it is purged', async () => {
    await setUp();
    await change(person('p1'));
    await delivering.settled();
    await delivering.put(school, { paused: true });
    const purge = (id: string): Change => ({ op: 'purge', type: 'person', key: p(id), force: true });
    await change({ op: 'rename', type: 'person', key: p('p1'), newKey: p('p9') }, person('p2'));
    await change(remove('person', p('p9')), remove('person', p('p2')));
    await done(ours.roster, school, purge('p9'), purge('p2'));
    middle.passed.length = 0;
    await delivering.put(school, { paused: false });
    await delivering.settled();
    expect(middle.passed.map(({ operation, ids }) => [operation, ...ids])).toEqual([['deletePersons', 'p1']]);
    expect(await same()).toEqual([]);
  });

  test('a membership that was purged and made anew between two deliveries arrives', async () => {
    await setUp();
    await change(group('c1'), person('p1'), member('c1', 'p1', ['Learner'], 'm1'));
    await delivering.settled();
    await delivering.put(school, { paused: true });
    await change(remove('membership', m('m1')));
    await done(ours.roster, school, { op: 'purge', type: 'membership', key: m('m1'), force: true });
    await change(member('c1', 'p1', ['Instructor'], 'm2'));
    await delivering.put(school, { paused: false });
    await delivering.settled();
    expect(withoutIds(await theirs.seen())).toEqual(withoutIds(await ours.seen()));
    const [membership] = await theirs.roster.find(school, 'membership', [m('m2')]);
    expect(membership).toMatchObject({ state: 'active', data: { roles: [{ type: 'Instructor' }] } });
  });

  test('a restored record is named again by those that are related to it', async () => {
    await setUp();
    const child = person('child', { relationships: [{ relation: 'parent', target: p('mother') }] });
    await change(person('mother'), child);
    await delivering.settled();
    await change(remove('person', p('mother')));
    await change(named('child', 'Bo'));
    await delivering.settled();
    await same();
    await change({ op: 'restore', type: 'person', key: p('mother') });
    await delivering.settled();
    expect(await same()).toEqual(['person:child', 'person:mother']);
  });

  test('nothing is delivered while it is paused', async () => {
    await setUp({ paused: true });
    await change(person('p1'));
    expect((await delivering.report(school))?.state).toBe('paused');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(middle.passed).toEqual([]);
    await delivering.put(school, { paused: false });
    await delivering.settled();
    expect(await same()).toEqual(['person:p1']);
  });
});

describe('Ids that change hands', () => {
  const purge = (type: 'person' | 'group', id: string): Change => {
    const at = { person: p, group: g }[type](id);
    return { op: 'purge', type, key: at, force: true } as Change;
  };

  /** Somebody gets the id of one who was purged meanwhile. */
  async function hand(): Promise<void> {
    await setUp();
    await change(group('c1'), named('q1', 'Purged'), named('q2', 'Heir'));
    await change(member('c1', 'q1', ['Learner'], 'm1'), member('c1', 'q2', ['Instructor'], 'm2'));
    await delivering.settled();
    await delivering.put(school, { paused: true });
    await change(remove('person', p('q1')));
    await done(ours.roster, school, purge('person', 'q1'));
    await change({ op: 'rename', type: 'person', key: p('q2'), newKey: p('q1') });
    await delivering.put(school, { paused: false });
  }

  test('the heir of a purged person has the id there, with the memberships, and the purged one is gone', async () => {
    await hand();
    expect(await delivering.settled()).toMatchObject({ deadLetters: 0, failing: null });
    const same = async () => expect(withoutIds(await theirs.seen())).toEqual(withoutIds(await ours.seen()));
    await same();
    expect(idsOf(await ours.seen())).toEqual(['group:c1', 'membership:m2', 'person:q1']);
    await change(named('q1', 'Changed'), member('c1', 'q1', ['Learner'], 'm2'));
    await delivering.settled();
    await same();
    await change(remove('person', p('q1')));
    expect(await delivering.settled()).toMatchObject({ deadLetters: 0 });
    expect(idsOf(await theirs.seen())).toEqual(['group:c1']);
  });

  test('the purged one is gone also where the server refuses the heir', async () => {
    const strict = await theirs.tenants.putSettings(school, { imsEs: { behaviour: 'strict' } });
    expect(strict.ok).toBe(true);
    await hand();
    expect((await delivering.settled()).deadLetters).toBeGreaterThan(0);
    expect((await theirs.seen()).join()).not.toContain('Purged');
  });

  test('the heir of a purged group keeps children and members', async () => {
    await setUp();
    await change(schoolGroup('s1'), schoolGroup('s2'), group('c1', 'class', ['s1']), group('c2', 'class', ['s2']));
    await change(person('p1'), member('c1', 'p1', ['Learner'], 'm1'), member('s2', 'p1', ['Instructor'], 'm2'));
    await delivering.settled();
    await delivering.put(school, { paused: true });
    await change({ ...group('c1', 'class', ['s2']), op: 'replace' } as Change);
    await change(remove('group', g('s1')));
    await done(ours.roster, school, purge('group', 's1'));
    await change({ op: 'rename', type: 'group', key: g('s2'), newKey: g('s1') });
    await delivering.put(school, { paused: false });
    expect(await delivering.settled()).toMatchObject({ deadLetters: 0, failing: null });
    expect(await same()).toHaveLength(6);
  });
});

describe('A server that keeps to the standard', () => {
  beforeEach(async () => {
    const set = await theirs.tenants.putSettings(school, { imsEs: { behaviour: 'strict' } });
    if (!set.ok) throw new Error(set.problem.text);
  });

  test('gets new records, changes and removals of each noun', async () => {
    await change(
      group('c2', 'class', ['c1']),
      group('c1', 'class', ['s1']),
      schoolGroup('s1'),
      person('p1'),
      member('c2', 'p1', ['Learner'], 'm1'),
    );
    await setUp();
    expect(await delivering.settled()).toMatchObject({ deadLetters: 0, delivered: { written: 5 } });
    expect(await same()).toHaveLength(5);
    await change(
      named('p1', 'Ada'),
      named('p2', 'Bo'),
      group('c1', 'class', [], { description: { short: 'New' } }),
      member('c2', 'p1', ['Instructor'], 'm1'),
      member('c1', 'p2', ['Learner'], 'm2'),
      { op: 'rename', type: 'group', key: g('c2'), newKey: g('c9') },
    );
    expect((await delivering.settled()).deadLetters).toBe(0);
    await same();
    await change(remove('person', p('p1')), remove('group', g('c1')));
    expect((await delivering.settled()).deadLetters).toBe(0);
    expect(await same()).toEqual(['group:s1', 'person:p2']);
  });

  test('has removed ids in its trash: what is made anew is a dead letter that says so', async () => {
    await setUp();
    await change(person('p1'), person('p2'));
    await delivering.settled();
    await change(remove('person', p('p1')));
    await delivering.settled();
    await change({ op: 'restore', type: 'person', key: p('p1') });
    expect((await delivering.settled()).deadLetters).toBe(1);
    const { items } = await delivering.deadLetters(school, { limit: 10 });
    expect(items).toMatchObject([{ sourcedId: 'p1', op: 'write', problem: { code: 'already-exists' } }]);
    expect(idsOf(await theirs.seen())).toEqual(['person:p2']);
  });
});

/** Changes the status of the item with this identifier to a failure; the server has done nothing about it. */
const refusing =
  (id: string, codeMinor: string) =>
  ({ operation, ids }: Passed) => {
    const at = operation.startsWith('replace') ? recordIds(ids, operation).indexOf(id) : -1;
    if (at < 0) return 'pass' as const;
    return {
      rewrite(answer: string) {
        let seen = -1;
        return answer.replace(/<statusInfo>.*?<\/statusInfo>/gs, (status) => {
          seen += 1;
          const minor = `<codeMinor><codeMinorField><codeMinorName>TargetEndSystem</codeMinorName><codeMinorValue>${codeMinor}</codeMinorValue></codeMinorField></codeMinor>`;
          return seen === at
            ? `<statusInfo><codeMajor>failure</codeMajor><severity>error</severity>${minor}</statusInfo>`
            : status;
        });
      },
    };
  };

/** Identifiers of the records of a call, those of references left out. */
const recordIds = (ids: readonly string[], operation: string) => (operation === 'replacePersons' ? ids : []);

describe('What a server refuses', () => {
  test('becomes a dead letter while the others arrive, and is gone once the record is taken', async () => {
    await setUp();
    middle.behave(refusing('p2', 'invaliddata'));
    await change(person('p1'), person('p2'), person('p3'));
    expect((await delivering.settled()).deadLetters).toBe(1);
    const { items, total, next } = await delivering.deadLetters(school, { limit: 10 });
    expect({ total, next }).toEqual({ total: 1, next: null });
    expect(items).toMatchObject([
      { type: 'person', sourcedId: 'p2', op: 'write', attempts: 1, problem: { code: 'invalid-data' } },
    ]);
    middle.behave(() => 'pass');
    await change(named('p2', 'Fixed'));
    expect((await delivering.settled()).deadLetters).toBe(0);
    expect(await same()).toEqual(['person:p1', 'person:p2', 'person:p3']);
  });

  test('is sent again when somebody asks, one or all, and can be forgotten', async () => {
    await setUp();
    middle.behave(() => ({ rewrite: (answer) => answer.replaceAll('>success<', '>unsupported<') }));
    await change(person('p1'), person('p2'), person('p3'));
    await delivering.settled();
    const { items } = await delivering.deadLetters(school, { limit: 2 });
    const { items: rest } = await delivering.deadLetters(school, { limit: 2, cursor: items.at(-1)?.id ?? '' });
    expect(new Set([...items, ...rest].map(({ sourcedId }) => sourcedId))).toEqual(new Set(['p1', 'p2', 'p3']));
    const [first, second] = items;
    expect(await delivering.drop(school, first?.id ?? '')).toMatchObject({ ok: true });
    expect(await delivering.drop(school, first?.id ?? '')).toMatchObject({ ok: false });
    middle.behave(() => 'pass');
    expect(await delivering.retry(school, second?.id)).toMatchObject({ ok: true, value: { retried: 1 } });
    expect((await delivering.settled()).deadLetters).toBe(1);
    expect(await delivering.retry(school, second?.id)).toMatchObject({ ok: false });
    expect(await delivering.retry(school, undefined)).toMatchObject({ ok: true, value: { retried: 1 } });
    expect((await delivering.settled()).deadLetters).toBe(0);
  });

  test('for want of time is sent again up to eight times, then a dead letter', async () => {
    await setUp();
    let left = 3;
    middle.behave((passed) => {
      left -= 1;
      return left >= 0 ? refusing('p2', 'targetisbusy')(passed) : 'pass';
    });
    await change(person('p1'), person('p2'));
    expect((await delivering.settled()).deadLetters).toBe(0);
    expect(callsOf('replacePersons').map(({ ids }) => ids.length)).toEqual([2, 1, 1, 1]);
    middle.passed.length = 0;
    middle.behave(refusing('p2', 'targetisbusy'));
    await change(named('p2', 'Bo'));
    expect((await delivering.settled()).deadLetters).toBe(1);
    expect(callsOf('replacePersons')).toHaveLength(8);
    const { items } = await delivering.deadLetters(school, { limit: 1 });
    expect(items).toMatchObject([{ attempts: 8, problem: { code: 'busy' } }]);
  }, 30_000);

  test('as too many at once is sent in smaller parts', async () => {
    await theirs.tenants.putSettings(school, { imsEs: { itemsPerRequest: 4 } });
    await setUp({ batchSize: 16 });
    await delivering.settled();
    await change(...Array.from({ length: 16 }, (_, at) => person(`p${at}`)));
    expect((await delivering.settled()).deadLetters).toBe(0);
    expect(callsOf('replacePersons').map(({ ids }) => ids.length)).toEqual([16, 8, 8, 4, 4, 4, 4]);
    expect(await same()).toHaveLength(16);
  });
});

describe('While a server does not answer nothing is lost', () => {
  test.each([
    ['no server', { status: 503, body: 'down' }],
    ['a fault', { status: 500, body: faulty() }],
    ['no XML', { status: 200, body: 'hello' }],
  ])('%s: it is tried again, longer and longer, and the report says why', async (_name, answer) => {
    await setUp();
    middle.behave(() => answer);
    await change(person('p1'));
    const waiting = await delivering.until(({ failing }) => (failing?.attempts ?? 0) >= 4);
    expect(waiting).toMatchObject({ state: 'waiting', behind: 1, deadLetters: 0 });
    expect(waiting.failing?.reason).toMatch(/^The server answered with /);
    await change(named('p1', 'Ada'), person('p2'));
    middle.behave(() => 'pass');
    expect(await delivering.settled()).toMatchObject({ failing: null, behind: 0 });
    expect(await same()).toEqual(['person:p1', 'person:p2']);
  });

  test('a connection that is cut after the work was done is no failure of the work', async () => {
    await change(
      schoolGroup('s1'),
      group('c1', 'class', ['s1']),
      person('p1'),
      person('p2'),
      member('c1', 'p1'),
      member('c1', 'p2'),
    );
    let calls = 0;
    middle.behave(() => {
      calls += 1;
      return calls % 3 === 1 ? 'cut' : 'pass';
    });
    await setUp({ batchSize: 1 });
    await delivering.settled();
    await same();
    await change(
      { op: 'rename', type: 'person', key: p('p1'), newKey: p('p9') },
      remove('person', p('p2')),
      remove('group', g('c1')),
    );
    expect((await delivering.settled()).deadLetters).toBe(0);
    expect(await same()).toEqual(['group:s1', 'person:p9']);
  });

  test('a wrong password is said, and never shown', async () => {
    await setUp({ password: 'not-this-one' });
    await change(person('p1'));
    const report = await delivering.until(({ failing }) => failing !== null);
    expect(report.failing?.reason).toContain('FailedAuthentication');
    expect(JSON.stringify(report)).not.toContain('not-this-one');
    const stored = await ours.store.rows('downstream').findOne({ tenant: 'school' });
    expect(JSON.stringify(stored)).not.toContain('not-this-one');
    await delivering.put(school, { password: target('').password });
    await delivering.settled();
    await same();
  });

  test.each([
    ['faults', { status: 500, body: faulty() }, 'The server answered with a fault: s:Server no'],
    ['is too large for it', { status: 413, body: '' }, 'The server answered with HTTP status 413 and no SOAP message.'],
  ])('a record at which it %s is a dead letter, and the others arrive', async (_name, answer, text) => {
    await setUp();
    await delivering.settled();
    middle.behave(({ operation, ids }) => (operation === 'replacePersons' && ids.includes('p3') ? answer : 'pass'));
    await change(...Array.from({ length: 8 }, (_, at) => person(`p${at}`)));
    expect(await delivering.settled()).toMatchObject({ deadLetters: 1, failing: null, behind: 0 });
    const { items } = await delivering.deadLetters(school, { limit: 10 });
    expect(items).toMatchObject([{ sourcedId: 'p3', op: 'write', problem: { text } }]);
    expect(idsOf(await theirs.seen())).toEqual([0, 1, 2, 4, 5, 6, 7].map((at) => `person:p${at}`));
    // Halves are tried as often as the whole was.
    const sizes = callsOf('replacePersons').map(({ ids }) => ids.length);
    expect(sizes).toEqual([8, 8, 8, 4, 4, 4, 2, 2, 2, 2, 1, 1, 1, 1, 4]);
  });

  test('an answer with another number of statuses counts as none', async () => {
    await setUp();
    middle.behave(() => ({ rewrite: (answer) => answer.replace(/<statusInfo>.*?<\/statusInfo>/s, '') }));
    await change(person('p1'), person('p2'));
    const report = await delivering.until(({ failing }) => failing !== null);
    expect(report.failing?.reason).toBe('The server answered with 1 statuses for 2 items.');
    expect(report.deadLetters).toBe(0);
  });
});

function faulty(): string {
  const s = 'http://schemas.xmlsoap.org/soap/envelope/';
  return `<s:Envelope xmlns:s="${s}"><s:Body><s:Fault><faultcode>s:Server</faultcode><faultstring>no</faultstring></s:Fault></s:Body></s:Envelope>`;
}

describe('Two instances', () => {
  test('never deliver for one tenant at once, and one goes on where the other stopped', async () => {
    const second = await startDelivering(ours);
    try {
      await setUp({ batchSize: 1 });
      for (let at = 0; at < 20; at += 1) {
        await change(named('p1', `Ada ${at}`), named(`q${at}`, 'Bo'));
        if (at === 10) await delivering.stop();
      }
      await second.settled();
      expect(middle.most()).toBe(1);
      await same();
    } finally {
      await second.stop();
    }
  });

  test('who has lost the lease writes nothing any more', async () => {
    await setUp();
    await delivering.settled();
    let stolen = false;
    const rows = ours.store.rows('downstream');
    middle.behave(({ operation }) => {
      if (!stolen && operation === 'replacePersons') {
        stolen = true;
        // Another instance has taken over while this call is under way.
        const taken = { $set: { lease: { owner: 'other', until: new Date(Date.now() + 1_000), fence: 1_000 } } };
        void rows.updateOne({ tenant: 'school' }, taken);
      }
      return 'pass';
    });
    const before = (await rows.findOne({ tenant: 'school' }))?.['position'];
    await change(person('p1'));
    await delivering.until(() => stolen);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect((await rows.findOne({ tenant: 'school' }))?.['position']).toBe(before);
    expect((await delivering.settled()).delivered.written).toBe(1);
    expect(callsOf('replacePersons')).toHaveLength(2);
  });
});

test('Settings are checked: what is missing, what is unknown, and addresses that may not be asked', async () => {
  const field = async (settings: object) => {
    const put = await delivering.put(school, settings);
    return put.ok ? 'taken' : `${put.problem.code} ${put.problem.place?.field}`;
  };
  const good = target('https://sis.example/soap');
  expect(await field({ ...good, url: undefined, password: 'x' })).toBe('invalid-request url');
  expect(await field({ url: good.url, user: 'x' })).toBe('invalid-request password');
  expect(await field({ ...good, batchSize: 0 })).toBe('invalid-request batchSize');
  expect(await field({ ...good, speed: 1 })).toBe('invalid-request speed');
  expect(await field({ ...good, url: 'https://10.0.0.1/soap' })).toBe('invalid-request url');
  expect(await field({ ...good, url: 'http://sis.example/soap' })).toBe('invalid-request url');
  expect(await delivering.report(school)).toBeUndefined();
  expect(await delivering.resend(school)).toMatchObject({ ok: false, problem: { code: 'unknown-object' } });
  expect(await field({ ...good, paused: true })).toBe('taken');
  expect(await delivering.remove(school)).toEqual({ ok: true, value: { removed: true } });
  expect(await delivering.remove(school)).toMatchObject({ ok: false, problem: { code: 'unknown-object' } });
});

/**
 * Memberships without their identifiers: a server keeps the first one for the same ends (decisions 1.6), also where the
 * membership was purged here and made anew.
 */
const withoutIds = (seen: readonly string[]) =>
  seen.map((one) => one.replace(/^(membership \w+\(sourcedId)\([^)]*\)/, '$1')).sort();

/**
 * Memberships without the ids that several of them have in turn: one that comes back from the trash by another id keeps
 * its first one at a server, by which it then refuses the membership that has it here meanwhile.
 */
function withOwnId(one: Change): Change {
  if (one.type !== 'membership' || !('data' in one) || !(one.key === m('m0') || one.key === m('m1'))) return one;
  const { key: _shared, ...rest } = one;
  return rest as Change;
}

/**
 * Groups below one school only. Where groups are above each other in a circle, what a server takes along with a removal,
 * and brings back with it later, depends on the order in which it learns of them.
 */
function inTree(one: Change): Change[] {
  const root = g('o0');
  if (one.op === 'rename' && (one.key === root || one.newKey === root)) return [];
  if (one.type !== 'group' || !('data' in one)) return [one];
  const { relationships, ...data } = one.data as { relationships?: readonly { target: string }[] | null };
  const kept = relationships?.filter(({ target }) => target === root && one.key !== root);
  return [{ ...one, data: kept === undefined ? data : { ...data, relationships: kept } } as Change];
}

// Without purges: the server's trash keeps the ids of what is purged here, and brings that back where one is used anew.
test('After any history the downstream shows what we show, and nothing is refused', async () => {
  await setUp({ batchSize: 7 });
  let tenants = 0;
  await fc.assert(
    fc.asyncProperty(history, fc.integer({ min: 1, max: 6 }), async (calls, every) => {
      tenants += 1;
      for (const [at, { context, changes }] of calls.entries()) {
        await ours.roster.execute(
          context,
          changes
            .filter(({ op }) => op !== 'purge')
            .flatMap(inTree)
            .map(typed)
            .map(withOwnId),
        );
        if (at % every === 0) await delivering.settled();
      }
      expect(await delivering.settled()).toMatchObject({ behind: 0, deadLetters: 0 });
      const [here, there] = await Promise.all([ours.seen(), theirs.seen()]);
      expect(withoutIds(there)).toEqual(withoutIds(here));
    }),
    // The tenant is the same for all runs: a failure cannot be made smaller.
    {
      numRuns: Number(process.env['RUNS'] ?? 3),
      endOnFailure: true,
      ...(process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) }),
    },
  );
  expect(tenants).toBeGreaterThan(0);
}, 600_000);
