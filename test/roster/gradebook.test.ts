import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { courseworkTypes, key } from '../../src/model/index.ts';
import { type Change, type Context, keyOfView } from '../../src/roster/index.ts';
import { migrate, type Row } from '../../src/store/index.ts';
import { category, grader, lineItem, own, put, result } from './gradebook.ts';
import {
  admin,
  all,
  done,
  feed,
  g,
  group,
  one,
  openRoster,
  outcome,
  p,
  person,
  remove,
  sis,
  stateOf,
  type TestRoster,
} from './roster.ts';
import { revertsOf } from './undo-plan.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
  room.clock.set('2100-01-01T00:00:00.000Z');
  await fill(sis, grader);
});
afterAll(() => room.close());

async function fill(by: Context, grades: Context): Promise<void> {
  await done(room.roster, by, group('s1', 'org', [], { orgType: 'school' }), group('c1', 'class', ['s1']));
  await done(room.roster, by, group('k1', 'course'), group('t1', 'session'), person('anna'), person('ben'));
  await done(room.roster, grades, category('tests'), lineItem('l1'), result('r1', 'l1', 'anna'));
}

const problemOf = async (change: Change, context = grader) => {
  const [answer] = await room.roster.execute(context, [change]);
  return answer?.ok === false ? answer.problem : undefined;
};
const purge = (type: Change['type'], reference: string): Change => ({ op: 'purge', type, key: reference, force: true });
const restore = (type: Change['type'], reference: string): Change => ({ op: 'restore', type, key: reference });
const served = (type: (typeof courseworkTypes)[number], id: string) => keyOfView(type, id);

describe('1.2 to 1.5 Records of the gradebook are found by what they are served as, and by their sender’s ids', () => {
  test('They keep numbers, flags and texts, and name others by guid', async () => {
    const { roster } = room;
    const line = await one(roster, 'lineItem', served('lineItem', 'l1'));
    const found = await one(roster, 'result', own('result', 'r1'));
    const [anna, c1] = [await one(roster, 'person', p('anna')), await one(roster, 'group', g('c1'))];
    const tests = await one(roster, 'category', own('category', 'tests'));
    expect(line.data).toEqual({
      title: 'line item l1',
      class: c1.guid,
      category: tests.guid,
      resultValueMin: 0,
      resultValueMax: 10.5,
    });
    expect(found.data).toEqual({
      lineItem: line.guid,
      student: anna.guid,
      scoreStatus: 'fully graded',
      score: 7.25,
      late: false,
    });
    expect(found).toMatchObject({ owner: 'credential:grades', imsId: 'r1', sourcedId: 'r1', state: 'active' });
    expect([...found.keys].sort()).toEqual(['result::r1', 'result:grades:r1']);
  });

  test('A page and a single read give them, and the counts are kept', async () => {
    const { roster } = room;
    for (const [view, id] of [
      ['category', 'tests'],
      ['lineItem', 'l1'],
      ['result', 'r1'],
    ] as const) {
      expect(await all(roster, view)).toMatchObject({ total: 1, ids: [id] });
      expect((await roster.served(grader, view, id))?.record.type).toBe(view);
      expect((await roster.counts(grader))(`view.${view}`)).toBe(1);
      expect((await roster.list(grader, view, { limit: 10, offset: 0 })).total).toBe(1);
      const scanned: string[] = [];
      for await (const batch of roster.scan(grader, view, {})) scanned.push(...batch.map(({ sourcedId }) => sourcedId));
      expect(scanned).toEqual([id]);
    }
    const { guid } = await one(roster, 'category', own('category', 'tests'));
    expect((await roster.names(grader, 'category', [guid])).get(guid)).toMatchObject({ title: 'category tests' });
  });

  test('The same id of two types are two records; the same id of another sender is served as guid', async () => {
    const { roster } = room;
    await done(roster, grader, put('resource', 'l1', { vendorResourceId: 'v1', roles: ['student'] }));
    expect((await one(roster, 'resource', served('resource', 'l1'))).data.vendorResourceId).toBe('v1');
    const other: Context = { ...grader, writer: 'credential:other', namespace: 'other' };
    await done(roster, other, { ...put('resource', 'l1', { title: 'second' }), key: key('resource', 'other', 'l1') });
    const second = await one(roster, 'resource', key('resource', 'other', 'l1'));
    expect(second.sourcedId).toBe(second.guid);
    // What is written as it is served is the record that is served so, whoever sends it.
    expect(await outcome(roster, other, put('resource', 'l1', { title: 'first' }, 'upsert'))).toBe('updated');
    expect(await outcome(roster, other, put('resource', second.guid, { title: 'third' }, 'upsert'))).toBe('updated');
    expect(
      (await all(roster, 'resource')).items.map(({ record }) => (record.data as { title?: string }).title),
    ).toEqual(expect.arrayContaining(['first', 'third']));
  });

  test('An id that is not legal in OneRoster is found and served as guid; a rename leaves an alias', async () => {
    const { roster } = room;
    await done(roster, grader, put('category', 'a b', { title: 'spaced' }));
    const spaced = await one(roster, 'category', own('category', 'a b'));
    expect(spaced.sourcedId).toBe(spaced.guid);
    await done(roster, grader, put('category', 'old', { title: 'moves' }));
    const newKey = own('category', 'new');
    await done(roster, grader, { op: 'rename', type: 'category', key: own('category', 'old'), newKey });
    const moved = await one(roster, 'category', newKey);
    expect(moved).toMatchObject({ sourcedId: 'new', imsId: 'new' });
    expect((await one(roster, 'category', served('category', 'old'))).guid).toBe(moved.guid);
    await done(roster, admin, remove('category', moved.guid), remove('category', spaced.guid));
    await done(roster, admin, purge('category', moved.guid), purge('category', spaced.guid));
    expect((await all(roster, 'category')).total).toBe(1);
  });

  test('A write by the served id of a person, a group or a class means the one that is served so', async () => {
    const { roster } = room;
    const write: Change = { op: 'upsert', type: 'person', key: keyOfView('user', 'anna'), data: { email: 'a@b.no' } };
    expect(await outcome(roster, grader, write)).toBe('updated');
    expect((await one(roster, 'person', p('anna'))).data.email).toBe('a@b.no');
    const created: Change = {
      op: 'replace',
      type: 'group',
      key: keyOfView('class', 'pushed'),
      data: { kind: 'class', relationships: [{ relation: 'parent', target: keyOfView('org', 's1') }] },
    };
    expect(await outcome(roster, grader, created)).toBe('created');
    const pushed = await one(roster, 'group', key('class', 'grades', 'pushed'));
    const school = await one(roster, 'group', g('s1'));
    expect(pushed).toMatchObject({ sourcedId: 'pushed', derived: { school: school.guid } });
    await done(roster, grader, remove('group', pushed.guid));
  });
});

describe('References must exist', () => {
  const missing = (name: string) => keyOfView('class', name);

  test.each([
    ['an unknown class', lineItem('x', { class: missing('nowhere') }), 'class', 'nowhere'],
    ['a user as class', lineItem('x', { class: keyOfView('class', 'anna') }), 'class', 'anna'],
    ['an unknown session', lineItem('x', { gradingPeriod: keyOfView('gradingPeriod', 'p9') }), 'gradingPeriod', 'p9'],
    ['an unknown category', lineItem('x', { category: served('category', 'none') }), 'category', 'none'],
    ['an unknown scale', lineItem('x', { scoreScale: served('scoreScale', 'none') }), 'scoreScale', 'none'],
    ['an unknown line item', result('x', 'none', 'anna'), 'lineItem', 'none'],
    ['an unknown student', result('x', 'l1', 'nobody'), 'student', 'nobody'],
    ['a guid that nothing has', result('x', 'l1', 'anna', { class: 'f'.repeat(32) }), 'class', 'f'.repeat(32)],
  ])('%s is refused by field and id, and nothing is written', async (_what, change, field, id) => {
    expect(await problemOf(change)).toMatchObject({ code: 'invalid-data', place: { field, id } });
    expect(await stateOf(room.roster, change.type, own(change.type, 'x'))).toBeUndefined();
    expect((await room.roster.rehearse(grader, [change]))[0]).toMatchObject({ ok: false });
  });

  test('A course by its guid is no class', async () => {
    const { guid } = await one(room.roster, 'group', g('k1'));
    expect(await problemOf(lineItem('x', { class: guid }))).toMatchObject({ code: 'invalid-data' });
  });

  test.each([
    ['lineItem', 'class', put('lineItem', 'x', { category: served('category', 'tests') })],
    ['lineItem', 'category', put('lineItem', 'x', { class: keyOfView('class', 'c1') })],
    ['result', 'student', put('result', 'x', { lineItem: served('lineItem', 'l1') })],
    ['scoreScale', 'class', put('scoreScale', 'x', { title: 'no class' })],
    ['assessmentResult', 'assessmentLineItem', put('assessmentResult', 'x', { student: keyOfView('user', 'anna') })],
  ] as const)('A %s without its %s is refused', async (_type, field, change) => {
    expect(await problemOf(change)).toMatchObject({ code: 'missing-data', place: { field, id: 'x' } });
  });

  test('An update keeps what it does not name, and cannot clear what must be there', async () => {
    expect(await outcome(room.roster, grader, put('result', 'r1', { score: 8 }, 'upsert'))).toBe('updated');
    expect((await one(room.roster, 'result', served('result', 'r1'))).data).toMatchObject({ score: 8, late: false });
    expect(await problemOf(put('result', 'r1', { student: null }, 'upsert'))).toMatchObject({ code: 'missing-data' });
  });

  test('What is made in the same call may be named', async () => {
    const { roster } = room;
    const scale = put('scoreScale', 'abc', {
      title: 'A to C',
      type: 'letters',
      class: keyOfView('class', 'c1'),
      course: keyOfView('course', 'k1'),
      scoreScaleValue: [{ itemValueLHS: 'A', itemValueRHS: '90-100' }],
    });
    const assessment = put('assessmentLineItem', 'a1', { title: 'whole', scoreScale: served('scoreScale', 'abc') });
    const part = put('assessmentLineItem', 'a2', {
      title: 'part',
      parentAssessmentLineItem: served('assessmentLineItem', 'a1'),
    });
    const score = put('assessmentResult', 'ar1', {
      assessmentLineItem: served('assessmentLineItem', 'a2'),
      student: keyOfView('user', 'anna'),
      scorePercentile: 99.5,
    });
    const line = lineItem('l2', { academicSession: keyOfView('term', 't1'), scoreScale: served('scoreScale', 'abc') });
    const results = await roster.execute(grader, [scale, assessment, part, score, line]);
    expect(results.map((one) => (one.ok ? one.outcome : one.problem.text))).toEqual(Array(5).fill('created'));
    const session = await one(roster, 'group', g('t1'));
    expect((await one(roster, 'lineItem', served('lineItem', 'l2'))).data.academicSession).toBe(session.guid);
    await done(roster, grader, remove('lineItem', own('lineItem', 'l2')));
  });

  test('An assessment line item cannot be a part of itself', async () => {
    const parent = (of: string, to: string) =>
      put('assessmentLineItem', of, { parentAssessmentLineItem: served('assessmentLineItem', to) }, 'upsert');
    expect(await problemOf(parent('a1', 'a2'))).toMatchObject({ code: 'invalid-data' });
    expect(await problemOf(parent('a1', 'a1'))).toMatchObject({ code: 'invalid-data' });
  });
});

describe('2.2, 2.5 The trash keeps them too', () => {
  test('A removed line item leaves its results, is listed, found by name, and restored', async () => {
    const { roster, trash } = room;
    const [gone] = await done(roster, grader, remove('lineItem', served('lineItem', 'l1')));
    expect(gone).toMatchObject({ outcome: 'trashed', cascade: { person: 0, group: 0, membership: 0 } });
    expect(await stateOf(roster, 'result', own('result', 'r1'))).toBe('active');
    expect((await roster.served(grader, 'lineItem', 'l1'))?.record.state).toBe('trashed');
    expect((await roster.counts(grader))('active.lineItem')).toBe(0);
    // What a record names already may be in the trash; another one may not come to name it.
    expect(await outcome(roster, grader, result('r1', 'l1', 'anna', { score: 9 }))).toBe('updated');
    expect(await problemOf(result('r2', 'l1', 'ben'))).toMatchObject({ code: 'invalid-data' });
    const listed = await trash.list(admin, { type: 'lineItem', q: 'LINE ITEM l1', limit: 10 });
    if (!listed.ok) throw new Error(listed.problem.text);
    expect(listed.value).toMatchObject({
      total: 1,
      items: [{ type: 'lineItem', name: 'line item l1', sourcedId: 'l1' }],
    });
    const [id] = listed.value.items.map((item) => item.id);
    expect(await trash.restore(admin, { ids: [id ?? ''] })).toMatchObject([{ restored: true }]);
    expect(await stateOf(roster, 'lineItem', own('lineItem', 'l1'))).toBe('active');
  });

  test('A write brings one back', async () => {
    const { roster } = room;
    await done(roster, grader, remove('result', own('result', 'r1')));
    expect(await outcome(roster, grader, result('r1', 'l1', 'anna'))).toBe('restored');
    expect(await outcome(roster, grader, { ...result('r1', 'l1', 'anna'), must: 'not-exist' })).toBe('already-exists');
  });

  test('A purge is refused in the quarantine, and leaves a tombstone', async () => {
    const { roster, trash } = room;
    await done(roster, grader, result('r9', 'l1', 'ben'));
    const { guid } = await one(roster, 'result', own('result', 'r9'));
    await done(roster, grader, remove('result', guid));
    expect(await trash.purge(admin, guid, false)).toMatchObject({ ok: false, problem: { code: 'in-quarantine' } });
    expect(await trash.purge(admin, guid, true)).toEqual({ ok: true, value: { id: guid } });
    const left = [];
    for await (const batch of roster.purgedAfter(grader, new Date(0))) left.push(...batch);
    expect(left).toContainEqual(expect.objectContaining({ guid, sourcedId: 'r9', views: ['result'] }));
    expect((await roster.counts(grader))('view.result')).toBe((await all(roster, 'result')).total);
  });

  test('A category that line items name is not purged', async () => {
    const { roster } = room;
    await done(roster, grader, remove('category', own('category', 'tests')));
    const { guid } = await one(roster, 'category', own('category', 'tests'));
    expect(await problemOf(purge('category', guid), admin)).toMatchObject({ code: 'conflict' });
    await done(roster, admin, restore('category', guid));
  });

  test('2.6 The brake holds for them', async () => {
    const { roster } = room;
    const by: Context = { ...grader, writer: 'credential:braked', namespace: 'braked' };
    const ids = Array.from({ length: 101 }, (_, at) => `b${at}`);
    await done(roster, by, ...ids.map((id) => put('category', id, { title: id })));
    const removals = await roster.execute(
      by,
      ids.map((id) => remove('category', key('category', 'braked', id))),
    );
    expect(removals.filter((one) => !one.ok)).toMatchObject([{ problem: { code: 'delete-refused' } }]);
  });

  test('Administrators see and lock them', async () => {
    const shown = await room.records.show({ ...admin, namespace: 'grades' }, 'r1');
    expect(shown).toMatchObject({ ok: true, value: { type: 'result', ids: { oneRoster: 'r1' } } });
    const locked = await room.records.lock({ ...admin, namespace: 'grades' }, 'r1', ['score'], 'result');
    expect(locked).toMatchObject({ ok: true, value: { locks: ['score'] } });
    await room.records.lock({ ...admin, namespace: 'grades' }, 'r1', [], 'result');
  });
});

describe('2.5 A purge takes along what cannot be without the record', () => {
  const school: Context = { ...sis, tenant: 'purges' };
  const grades: Context = { ...grader, tenant: 'purges' };
  const count = async () => {
    const counts = await room.roster.counts(grades);
    return Object.fromEntries(courseworkTypes.map((type) => [type, counts(`view.${type}`)]));
  };
  const trashAndPurge = async (type: Change['type'], reference: string) => {
    const at = { ...admin, tenant: 'purges' };
    await done(room.roster, at, remove(type, reference));
    return (await done(room.roster, at, purge(type, reference)))[0];
  };

  test('of a person the results', async () => {
    const { roster } = room;
    await room.addTenant('purges');
    await fill(school, grades);
    const assessment = put('assessmentLineItem', 'a1', { title: 'a', class: keyOfView('class', 'c1') });
    const assessed = put('assessmentResult', 'ar1', {
      assessmentLineItem: served('assessmentLineItem', 'a1'),
      student: keyOfView('user', 'anna'),
    });
    await done(roster, grades, result('r2', 'l1', 'ben'), assessment, assessed);
    const purged = await trashAndPurge('person', p('anna'));
    expect(purged).toMatchObject({ outcome: 'purged', cascade: { coursework: 2 } });
    expect(await count()).toMatchObject({ result: 1, assessmentResult: 0, lineItem: 1, assessmentLineItem: 1 });
  });

  test('of a class the line items with their results and the score scales', async () => {
    const scale = put('scoreScale', 'z', { title: 'z', class: keyOfView('class', 'c1') });
    await done(room.roster, grades, scale);
    const purged = await trashAndPurge('group', g('c1'));
    expect(purged).toMatchObject({ cascade: { coursework: 3 } });
    expect(await count()).toMatchObject({ result: 0, lineItem: 0, scoreScale: 0, category: 1, assessmentLineItem: 1 });
  });

  test('of a line item the results, however many, and those of nobody else', async () => {
    const { roster, store } = room;
    const many = 4500;
    await done(roster, school, group('c1', 'class', ['s1']));
    await done(roster, grades, lineItem('l1'), lineItem('l2'), result('r3', 'l1', 'ben'), result('kept', 'l2', 'ben'));
    const [row] = await store.records('result').find({ tenant: 'purges', sourcedId: 'r3' }).toArray();
    const copies = Array.from({ length: many }, (_, at) => ({
      ...row,
      _id: at.toString(16).padStart(32, '0'),
      keys: [`result:grades:copy${at}`],
      sourcedId: at.toString(16).padStart(32, '0'),
    })) as Row[];
    await store.records('result').insertMany(copies);
    const added = { 'counts.view.result': many, 'counts.active.result': many };
    await store.rows('clock').updateOne({ _id: 'purges', tenant: 'purges' }, { $inc: added } as never);
    await trashAndPurge('lineItem', own('lineItem', 'l1'));
    expect(await all(roster, 'result', {}, grades)).toMatchObject({ total: 1, ids: ['kept'] });
    expect(await store.records('result').countDocuments({ tenant: 'purges' })).toBe(1);
    expect(await count()).toMatchObject({ result: 1, lineItem: 1 });
    const gone = await store.rows('tombstone').countDocuments({ tenant: 'purges', views: 'result' } as never);
    // Those of the first two tests, and all of the line item.
    expect(gone).toBe(2 + many + 1);
  });

  test('and a purge that is refused takes nothing along', async () => {
    const at = { ...admin, tenant: 'purges' };
    const [refused] = await room.roster.execute(at, [purge('lineItem', own('lineItem', 'l2'))]);
    expect(refused).toMatchObject({ ok: false, problem: { code: 'not-in-trash' } });
    expect(await count()).toMatchObject({ result: 1 });
  });
});

describe('4.4 Undo of a run', () => {
  test('What it made goes to the trash, what it changed and removed comes back', async () => {
    const { roster } = room;
    const run = feed('marks', 'run-1');
    await done(roster, grader, result('u1', 'l1', 'anna', { score: 1 }), result('u2', 'l1', 'ben', { score: 2 }));
    const [u1, u2] = [
      await one(roster, 'result', own('result', 'u1')),
      await one(roster, 'result', own('result', 'u2')),
    ];
    await done(
      roster,
      run,
      { ...result('', 'l1', 'anna', { score: 6 }), key: u1.guid, op: 'upsert' },
      remove('result', u2.guid),
      { ...result('', 'l1', 'anna'), key: key('result', 'default', 'u3') },
    );
    const undo: Context = { ...admin, run: 'undo' };
    const { changes } = await revertsOf(roster, undo, 'run-1');
    const results = await roster.execute(undo, changes);
    expect(results.map((answer) => (answer.ok ? answer.outcome : answer.problem.text)).sort()).toEqual([
      'restored',
      'trashed',
      'updated',
    ]);
    const now = await one(roster, 'result', u1.guid);
    expect({ data: now.data, keys: now.keys, imsId: now.imsId, owner: now.owner }).toEqual({
      data: u1.data,
      keys: u1.keys,
      imsId: 'u1',
      owner: u1.owner,
    });
    expect(await stateOf(roster, 'result', u2.guid)).toBe('active');
    expect(await stateOf(roster, 'result', key('result', 'default', 'u3'))).toBe('trashed');
  });
});

describe('5.2 Tenants do not see each other', () => {
  test('The same ids are other records, and a reference never leaves the tenant', async () => {
    const { roster } = room;
    await room.addTenant('other');
    const elsewhere: Context = { ...grader, tenant: 'other' };
    expect((await all(roster, 'result', {}, elsewhere)).total).toBe(0);
    expect(await roster.served(elsewhere, 'lineItem', 'l1')).toBeUndefined();
    expect(await problemOf(lineItem('l1'), elsewhere)).toMatchObject({ code: 'invalid-data' });
    const { guid } = await one(roster, 'lineItem', own('lineItem', 'l1'));
    const named = { ...result('x', '', 'anna'), data: { lineItem: guid, student: keyOfView('user', 'anna') } };
    expect(await problemOf(named, elsewhere)).toMatchObject({ code: 'invalid-data', place: { field: 'lineItem' } });
    expect(await outcome(roster, elsewhere, remove('lineItem', guid))).toBe('unknown-object');
  });
});

describe('The view of demographics', () => {
  test('holds the persons that have some, also where only their memberships change', async () => {
    const { roster } = room;
    const demographics = { gender: 'female', asian: true };
    await done(roster, sis, person('dora', { demographics }));
    await done(roster, sis, {
      op: 'upsert',
      type: 'membership',
      data: { group: g('c1'), member: p('dora'), memberType: 'person', roles: [{ type: 'Instructor' }] },
    });
    expect(await all(roster, 'demographics')).toMatchObject({ total: 1, ids: ['dora'] });
    expect((await roster.served(sis, 'demographics', 'dora'))?.record.type).toBe('person');
    expect(await roster.served(sis, 'demographics', 'ben')).toBeUndefined();
    await done(roster, sis, { ...person('dora', { demographics: null }) });
    expect(await all(roster, 'demographics')).toMatchObject({ total: 0 });
    await done(roster, sis, person('dora', { demographics }));
  });

  test('is made at the first start for persons that were there before', async () => {
    const { roster, store } = room;
    const before = await all(roster, 'demographics');
    const dora = { tenant: 'school', sourcedId: 'dora' } as never;
    await store.records('person').updateOne(dora, { $pull: { views: 'demographics' } } as never);
    await store
      .rows('clock')
      .updateOne({ _id: 'school', tenant: 'school' }, { $set: { 'counts.view.demographics': 0 } } as never);
    await store.rows('migration').deleteOne({ _id: '0002-demographics-view' });
    expect((await all(roster, 'demographics')).total).toBe(0);
    await migrate(store);
    await migrate(store);
    expect(await all(roster, 'demographics')).toEqual(before);
  });
});
