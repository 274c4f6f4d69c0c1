import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { person } from '../../roster/roster.ts';
import { bodyOf, enrolled, openSnapshots, optics, row, type Snapshots } from './snapshots.ts';

let all: Snapshots;
beforeAll(async () => {
  all = await openSnapshots();
});
afterAll(() => all.doors.close());

const state = async (feed: string, id: string) => (await all.person(feed, id))?.state;

describe('A push', () => {
  test('1.1: is answered at once with 202 and its run, which its key can follow', async () => {
    const key = await all.make('at-once');
    const answer = await all.post(key, bodyOf('at-once', row('1')));
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ run: expect.any(String), feed: 'at-once', state: 'queued', dryRun: false });
    const place = answer.headers.get('location') ?? '';
    expect(place).toBe(`/v1/sync/${answer.json.run}`);
    await all.doors.sync.wait(all.doors.context, answer.json.run);
    const followed = await all.doors.ask('GET', place, { as: null, headers: { 'API-KEY': key } });
    expect(followed.json).toMatchObject({ run: answer.json.run, state: 'done', counts: { person: { created: 1 } } });
    const other = await all.make('at-once-other');
    expect((await all.doors.ask('GET', place, { as: null, headers: { 'API-KEY': other } })).status).toBe(404);
  });

  test('1.1: is the whole truth each time', async () => {
    await all.make('whole');
    await all.push('whole', row('1'), row('2'));
    expect((await all.push('whole', row('2'), row('3'))).counts.person).toMatchObject({ created: 1, disabled: 1 });
    expect((await all.push('whole', row('2'), row('3'))).counts.person).toMatchObject({ inFile: 2, unchanged: 2 });
  });

  test('1.2: is refused where syncs are disabled, and only reported where they are dry runs', async () => {
    const key = await all.make('modes', { sync: 'disabled' });
    const body = bodyOf('modes', row('1'));
    expect(await all.post(key, body)).toMatchObject({ status: 409, json: { code: 'conflict', detail: /disabled/ } });
    await all.make('modes', { sync: 'dry-run' });
    const dry = await all.push('modes', row('1'));
    expect(dry).toMatchObject({ state: 'done', dryRun: true, counts: { person: { created: 1 } } });
    expect(await all.person('modes', '1')).toBeUndefined();
    await all.make('modes', { sync: 'enabled' });
    expect((await all.push('modes', row('1'))).counts.person).toMatchObject({ created: 1 });
  });
});

describe('Accounts', () => {
  test('1.3: are made for enrolled courses only; other rows are counted by course, and their students stay as they are', async () => {
    await all.make('enrolled');
    await all.push('enrolled', row('1'), row('2'));
    await all.make('enrolled', { courses: [enrolled(), enrolled('MSc Optics', false)] });
    const run = await all.push('enrolled', row('1', optics), row('2'), row('3', optics), row('4', { course: 'Magic' }));
    expect(run.counts.person).toMatchObject({ created: 0, disabled: 0 });
    expect(await all.problems(run)).toEqual([
      ['warning.course-not-enrolled', 'science/physics/msc optics', null],
      ['warning.course-new', 'science/physics/magic', null],
    ]);
    expect(run.problems).toMatchObject([{ count: 2 }, { count: 1 }]);
    expect(await state('enrolled', '1')).toBe('active');
    expect(await all.person('enrolled', '3')).toBeUndefined();
    // Who has left an enrolled course is no member of it.
    expect(await all.coursesOf('enrolled', '1')).toEqual([]);
  });

  test('1.4: have first name, last name and year as the last push says', async () => {
    await all.make('names');
    await all.push('names', row('1'));
    await all.push('names', row('1', { firstName: 'Anna', lastName: 'Ekström', year: 0 }));
    const { data } = (await all.person('names', '1')) ?? {};
    expect(data).toMatchObject({ name: { given: 'Anna', family: 'Ekström' }, grades: ['0'] });
    await all.push('names', row('1', { year: null }));
    expect((await all.person('names', '1'))?.data.grades).toBeUndefined();
  });

  test('1.5: that are absent are disabled and not let in, and no push without students disables all', async () => {
    await all.make('absent');
    await all.push('absent', row('1'), row('2'));
    expect((await all.push('absent', row('1'))).counts.person).toMatchObject({ disabled: 1, trashed: 0 });
    expect(await state('absent', '2')).toBe('disabled');
    const asked = { accounts: [{ email: '2@absent.example' }] };
    const status = await all.doors.ask('POST', '/api/v1/accounts/status', { as: all.doors.admin, data: asked });
    expect(status.json.items).toMatchObject([{ status: 'disabled' }]);
    const [user] = (await all.doors.ask('GET', "/ims/oneroster/rostering/v1p2/users?filter=email='2@absent.example'"))
      .json.users;
    expect(user).toMatchObject({ enabledUser: 'false', status: 'active' });
    const empty = await all.push('absent');
    expect(empty.state).toBe('held');
    expect(await state('absent', '1')).toBe('active');
  });

  test('1.6: that are disabled and appear again are enabled', async () => {
    await all.make('again');
    await all.push('again', row('1'), row('2'));
    await all.push('again', row('1'));
    expect(await state('again', '2')).toBe('disabled');
    await all.push('again', row('1'), row('2'));
    expect(await state('again', '2')).toBe('active');
    expect(await all.coursesOf('again', '2')).toEqual(['BSc Physics']);
  });

  test('1.7: are members of the enrolled courses that they are sent with, and move with them', async () => {
    await all.make('moves');
    await all.push('moves', row('1'), row('1', optics), row('2'));
    expect(await all.coursesOf('moves', '1')).toEqual(['BSc Physics', 'MSc Optics']);
    const run = await all.push('moves', row('1'), row('2', optics));
    expect(run.counts.membership).toMatchObject({ created: 1, trashed: 2 });
    expect(await all.coursesOf('moves', '1')).toEqual(['BSc Physics']);
    expect(await all.coursesOf('moves', '2')).toEqual(['MSc Optics']);
  });

  test('1.9: with an id keep account and content when the e-mail changes, which the university confirms', async () => {
    await all.make('mails');
    await all.push('mails', row('1'), row('2'));
    const before = await all.person('mails', '1');
    await all.push('mails', row('1', { email: 'new@uni.example' }), row('2'));
    const after = await all.person('mails', '1');
    expect(after?.guid).toBe(before?.guid);
    expect(after?.data).toMatchObject({
      email: 'new@mails.example',
      extension: { oneRoster: { metadata: { emailConfirmed: 'true' } } },
    });
  });

  test('1.9: whose e-mail another account holds stay as they are, and the conflict is reported', async () => {
    await all.make('taken');
    const { roster, context } = all.doors;
    await roster.execute(context, [person('dean', { email: 'Dean@taken.example' })]);
    await all.push('taken', row('1'), row('2'));
    const run = await all.push(
      'taken',
      row('1', { email: 'dean@TAKEN.example', firstName: 'Eva' }),
      row('2'),
      row('3'),
    );
    expect(await all.problems(run)).toEqual([['rejected.email-taken', '1', 'data.students[0].email']]);
    expect(run.counts.person).toMatchObject({ created: 1, rejected: 1, disabled: 0 });
    expect((await all.person('taken', '1'))?.data).toMatchObject({ email: '1@taken.example', name: { given: 'Ann' } });
    expect(await all.coursesOf('taken', '1')).toEqual(['BSc Physics']);
  });

  test('1.9: of two students with one e-mail in a push the one who has it keeps it, else the first has it', async () => {
    await all.make('double');
    await all.push('double', row('1'));
    const run = await all.push(
      'double',
      row('9', { email: '1@uni.example' }),
      row('1'),
      row('5', { email: 'x@uni.example' }),
      row('6', { email: 'X@uni.example' }),
    );
    expect((await all.problems(run)).map(([kind, id]) => [kind, id])).toEqual([
      ['rejected.email-taken', '9'],
      ['rejected.email-taken', '6'],
    ]);
    expect(await all.person('double', '9')).toBeUndefined();
    expect((await all.person('double', '5'))?.data.email).toBe('x@double.example');
  });

  test('1.9: without an id are known by the e-mail, and are the same once they have one', async () => {
    await all.make('later');
    await all.push('later', row(null, { email: 'a@later.example' }));
    const before = await all.person('later', 'email:a@later.example');
    expect(before?.state).toBe('active');
    await all.push('later', row('77', { email: 'a@later.example' }));
    expect((await all.person('later', '77'))?.guid).toBe(before?.guid);
    // And the other way round.
    const run = await all.push('later', row(null, { email: 'A@later.example', firstName: 'Bo' }));
    expect(run.counts.person).toMatchObject({ updated: 1, created: 0, disabled: 0 });
    expect((await all.person('later', '77'))?.data.name?.given).toBe('Bo');
  });
});

describe('Courses', () => {
  test('1.8: that are new, and old ones that are not sent any more, are only reported', async () => {
    await all.make('courses');
    await all.push('courses', row('1'), row('2', optics));
    const run = await all.push('courses', row('1'), row('2', { course: 'BSc Alchemy' }));
    expect(await all.problems(run)).toEqual(
      expect.arrayContaining([
        ['warning.course-new', 'science/physics/bsc alchemy', null],
        ['warning.reported-missing', expect.any(String), null],
      ]),
    );
    expect(run.counts.group).toMatchObject({ created: 0, trashed: 0, archived: 0 });
    const [old] = await all.doors.roster.find(all.doors.context, 'group', ['group:courses:science/physics/msc optics']);
    expect(old?.state).toBe('active');
  });

  test('1.10: of enrolled departments are made and enrolled by themselves where the feed says so', async () => {
    await all.make('made', {
      courses: [enrolled('BSc Off', false)],
      departments: [{ faculty: 'SCIENCE', department: 'physics' }],
      createCourses: true,
    });
    const run = await all.push(
      'made',
      row('1', { course: 'BSc New' }),
      row('2', { course: 'BSc Off' }),
      row('3', { department: 'Law', course: 'LLB' }),
    );
    expect(run.counts.person).toMatchObject({ created: 1 });
    expect(await all.coursesOf('made', '1')).toEqual(['BSc New']);
    expect((await all.problems(run)).map(([kind, id]) => [kind, id])).toEqual([
      ['warning.course-not-enrolled', 'science/physics/bsc off'],
      ['warning.course-new', 'science/law/llb'],
    ]);
  });

  test('1.11: that have no students left are archived where the feed says so', async () => {
    await all.make('archive', {}, { removal: { group: 'archive' } });
    await all.push('archive', row('1'), row('2', optics));
    const run = await all.push('archive', row('1'), row('2'));
    expect(run.counts.group).toMatchObject({ archived: 1 });
    const [old] = await all.doors.roster.find(all.doors.context, 'group', ['group:archive:science/physics/msc optics']);
    expect(old?.state).toBe('archived');
  });

  test('1.12: are left out or taken by patterns, which a dry run tries out; a pattern that is none is refused', async () => {
    await all.make('patterns', { exclude: [{ of: 'course', pattern: '^msc ' }] });
    await all.push('patterns', row('1'), row('2'));
    const run = await all.push('patterns', row('1'), row('2', optics));
    // Who is in a course that is left out is present.
    expect(run.counts.person).toMatchObject({ disabled: 0 });
    expect(await all.problems(run)).toContainEqual(['warning.course-filtered', 'science/physics/msc optics', null]);
    await all.make('patterns', { exclude: [], include: [{ of: 'department', pattern: 'chem' }], sync: 'dry-run' });
    const dry = await all.push('patterns', row('1'), row('3', { department: 'Chemistry', course: 'BSc' }));
    expect(dry.dryRun).toBe(true);
    expect((await all.problems(dry)).map(([kind, id]) => [kind, id])).toContainEqual([
      'warning.course-filtered',
      'science/physics/bsc physics',
    ]);
    const refused = await all.doors.sync.putFeed(all.doors.context, 'patterns', {
      snapshot: { include: [{ of: 'course', pattern: '(a' }] },
    });
    expect(refused).toMatchObject({ ok: false, problem: { place: { field: 'snapshot.include.0.pattern' } } });
  });

  test('1.13: rows of one student are one person, the last one counts and the conflict is told; the levels are a tree', async () => {
    await all.make('rows');
    const run = await all.push('rows', row('1'), row('1', { ...optics, firstName: 'Bea', year: 2 }), row('2'));
    expect(run.counts).toMatchObject({ person: { created: 2 }, membership: { created: 3 }, group: { created: 4 } });
    expect((await all.person('rows', '1'))?.data).toMatchObject({ name: { given: 'Bea' }, grades: ['2'] });
    expect(await all.problems(run)).toContainEqual(['warning.rows-disagree', '1', 'data.students[1]']);
    const { orgs } = (await all.doors.ask('GET', "/ims/oneroster/rostering/v1p2/orgs?filter=name='Physics'")).json;
    expect(orgs).toContainEqual(expect.objectContaining({ type: 'department', parent: expect.anything() }));
  });
});
