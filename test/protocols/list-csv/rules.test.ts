import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { header, type Lists, list, openLists, row } from './lists.ts';

let lists: Lists;
beforeAll(async () => {
  lists = await openLists();
});
afterAll(() => lists.end());

const rejected = (run: { counts: { person: { rejected: number } } }) => run.counts.person.rejected;

describe('The header of a list', () => {
  test('3.1: names its columns in any case and order, with blanks around them, and USER_TYPE for STAKEHOLDERS', async () => {
    await lists.make('h1');
    const run = await lists.take('h1', ' user_type , Last Name,first-name,E-MAIL\n');
    expect(run).toMatchObject({ state: 'failed', reason: expect.stringContaining('EMAIL') });
    const text =
      ' user_type ,Last Name,"first-name", email,User_Login,graduation\nAlumni,Ek,Ann,a@x.example,ann,2020\n';
    expect(await lists.take('h1', text)).toMatchObject({ state: 'done', counts: { person: { created: 1 } } });
    expect((await lists.person('h1', 'ann'))?.data).toMatchObject({
      name: { given: 'Ann', family: 'Ek' },
      email: 'a@x.example',
      username: 'ann',
      institutionRoles: [{ type: 'Alumni', primary: true }],
    });
  });

  test.each([
    ['FIRST_NAME', 'LAST_NAME,EMAIL,USER_ID,GRADUATION,STAKEHOLDERS'],
    ['LAST_NAME', 'FIRST_NAME,EMAIL,USER_ID,GRADUATION,STAKEHOLDERS'],
    ['EMAIL', 'FIRST_NAME,LAST_NAME,USER_ID,GRADUATION,STAKEHOLDERS'],
    ['USER_ID or USER_LOGIN', 'FIRST_NAME,LAST_NAME,EMAIL,GRADUATION,STAKEHOLDERS'],
    ['GRADUATION', 'FIRST_NAME,LAST_NAME,EMAIL,USER_ID,STAKEHOLDERS'],
    ['STAKEHOLDERS', 'FIRST_NAME,LAST_NAME,EMAIL,USER_ID,GRADUATION'],
  ])('3.1: without %s the file is stopped with that name, and nothing is changed', async (name, columns) => {
    await lists.make('h2');
    await lists.take('h2', list(row('1')));
    const run = await lists.take('h2', `${columns}\na,b,c@x.example,d,e\n`);
    expect(run).toMatchObject({ state: 'failed', reason: expect.stringContaining(`The header lacks ${name}.`) });
    expect(run.problems).toMatchObject([{ kind: 'unreadable-input', first: { line: 1 } }]);
    expect(await lists.person('h2', '1')).toBeDefined();
  });

  test('3.1: by mapping any column is one of the list, in place of the column’s own name', async () => {
    const columns = [{ column: 'STAKEHOLDERS', name: 'study_level' }];
    await lists.make('h3', { list: { columns } });
    const text = `${header},Study_Level\n${row('1', { type: 'ignored' })},Alumni\n`;
    expect(await lists.take('h3', text)).toMatchObject({ state: 'done' });
    expect((await lists.person('h3', '1'))?.data.institutionRoles).toEqual([{ type: 'Alumni', primary: true }]);
    const without = await lists.take('h3', list(row('1')));
    expect(without.reason).toContain('The header lacks study_level.');
  });

  test('3.1: a column that stands in it twice stops the file', async () => {
    await lists.make('h4');
    const run = await lists.take('h4', `${header},USER_TYPE\n${row('1')},Alumni\n`);
    expect(run).toMatchObject({ state: 'failed', reason: expect.stringContaining('STAKEHOLDERS twice') });
  });

  test('3.1: a row without first or last name is rejected with its line, and its person stays as it is', async () => {
    await lists.make('h5');
    await lists.take('h5', list(row('1'), row('2')));
    const run = await lists.take('h5', list(row('1', { first: ' ' }), row('2')));
    expect(run).toMatchObject({ state: 'done', counts: { person: { rejected: 1, unchanged: 1, trashed: 0 } } });
    expect(await lists.problems(run)).toMatchObject([
      { kind: 'rejected.invalid-data', line: 2, id: '1', field: 'FIRST_NAME', type: 'person' },
    ]);
    expect((await lists.person('h5', '1'))?.data.name?.given).toBe('Ann');
  });
});

describe('The first file of a feed', () => {
  test('3.2: is held until an operator has looked, into an empty roster too; then files go by themselves', async () => {
    await lists.feeds.addTenant('fresh');
    await lists.make('f1', { list: { reviewFirst: true } });
    const dry = await lists.take('f1', list(row('1')), { dryRun: true });
    expect(dry).toMatchObject({ state: 'done', filters: [{}, { filter: 'first-file', exceeded: true }] });
    const { sync, context } = lists.feeds;
    const refused = await lists.take('f1', list(row('9')));
    expect(refused).toMatchObject({ state: 'held', reason: expect.stringContaining('first file of the feed') });
    expect(refused.reason).toContain('approve or reject');
    await sync.reject(context, refused.id);
    const run = await lists.take('f1', list(row('1'), row('2')));
    expect(run.state).toBe('held');
    expect(await lists.person('f1', '1')).toBeUndefined();
    await sync.approve(context, run.id);
    expect(await sync.wait(context, run.id)).toMatchObject({ state: 'done', counts: { person: { created: 2 } } });
    expect(await lists.take('f1', list(row('1'), row('2'), row('3')))).toMatchObject({
      state: 'done',
      counts: { person: { created: 1, unchanged: 2 } },
    });
  });

  test.each(['abort', 'no-deletes'])('3.2: is held where a breach would mean %s, too', async (onBreach) => {
    await lists.make(`f2-${onBreach}`, {
      onBreach,
      limits: { person: { insert: { number: 0 } } },
      list: { reviewFirst: true },
    });
    expect(await lists.take(`f2-${onBreach}`, list(row('1')))).toMatchObject({ state: 'held' });
  });
});

describe('Rows of a list', () => {
  test('3.3: without a valid e-mail they are ignored and counted, and protect whom they mean', async () => {
    await lists.make('e1');
    await lists.take('e1', list(row('1'), row('2'), row('3'), row('4')));
    const run = await lists.take(
      'e1',
      list(row('1', { email: '' }), row('2', { email: 'n/a', first: 'Bo' }), row('3'), row('5', { email: 'x@' })),
    );
    expect(run).toMatchObject({ state: 'done', counts: { person: { rejected: 3, unchanged: 1, trashed: 1 } } });
    expect(run.problems).toMatchObject([{ kind: 'rejected.no-email', count: 3, first: { line: 2, id: '1' } }]);
    for (const id of ['1', '2', '3']) expect((await lists.person('e1', id))?.data.name?.given).toBe('Ann');
    expect(await lists.person('e1', '4')).toBeUndefined();
    expect(await lists.person('e1', '5')).toBeUndefined();
  });

  test('3.4: that share an e-mail, user id or login are all rejected, each naming the others; the persons stay', async () => {
    await lists.make('d1');
    const head = `${header},USER_LOGIN\n`;
    const before = ['1', '2', '3', '4', '5', '6', '7'].map((id) => `${row(id)},l${id}\n`).join('');
    await lists.take('d1', head + before);
    const text = `${head}${row('1', { email: 'Same@x.example' })},l1
${row('2')},l2
${row('2', { email: 'other@x.example' })},l22
${row('3', { email: 'same@X.example' })},L5
${row('4')},l4
${row('5')},l5
${row('5')},l5
${row('6')},l6
`;
    const run = await lists.take('d1', text);
    expect(run).toMatchObject({ state: 'done', counts: { person: { rejected: 6, unchanged: 2, trashed: 1 } } });
    const texts = (await lists.problems(run)).map(({ line, message }) => [line, message.split('. ')[0]]);
    expect(texts).toEqual([
      [2, 'the row shares EMAIL with line 5'],
      [3, 'the row shares USER_ID with line 4'],
      [4, 'the row shares USER_ID with line 3'],
      [5, 'the row shares EMAIL with line 2; USER_LOGIN with lines 7, 8'],
      [7, 'the row shares USER_ID with line 8; EMAIL with line 8; USER_LOGIN with lines 5, 8'],
      [8, 'the row shares USER_ID with line 7; EMAIL with line 7; USER_LOGIN with lines 5, 7'],
    ]);
    for (const id of ['1', '2', '3', '4', '5', '6']) {
      expect((await lists.person('d1', id))?.data).toMatchObject({ email: `${id}@x.example`, username: `l${id}` });
    }
    expect(await lists.person('d1', '7')).toBeUndefined();
  });

  test('3.4: a login that is another row’s user id is shared too, for both would be one person', async () => {
    await lists.make('d2');
    const run = await lists.take('d2', `${header},USER_LOGIN\n${row('x')},\nBo,Ek,bo@x.example,,2027,Student,x\n`);
    expect(rejected(run)).toBe(2);
    expect(run.counts.person.created).toBe(0);
  });

  test.each([
    ['nothing at all', ' '],
    ['a header alone', `${header}\n`],
    ['a header and empty rows', `${header}\n,,,,,\n\n,,,,,\n`],
    ['rows without a header', `${row('1')}\n${row('2')}\n`],
  ])('3.5: a file of %s is ignored, which is said, and nothing is removed', async (_, text) => {
    await lists.make('n1');
    await lists.take('n1', list(row('1')));
    const run = await lists.take('n1', text);
    expect(run).toMatchObject({ state: 'failed', reason: expect.stringContaining('nothing was changed or removed') });
    expect(run.reason).not.toContain('@');
    expect(await lists.person('n1', '1')).toBeDefined();
  });

  test('3.6: a person is known by USER_ID, else USER_LOGIN, else EMAIL in one case, and keeps it when all else changes', async () => {
    await lists.make('i1');
    const head = `${header},USER_LOGIN\n`;
    const rows = 'Ann,Ek,a@x.example,1,2027,Student,ann\nBo,Ek,b@x.example,,2027,Student,bo\nCy,Ek,C@x.example,,,,\n';
    await lists.take('i1', head + rows);
    const [ann, bo, cy] = await Promise.all(['1', 'bo', 'c@x.example'].map((id) => lists.person('i1', id)));
    expect(ann?.data.userIds).toEqual([
      { value: 'ann', type: 'userLogin' },
      { value: '1', type: 'userId' },
    ]);
    const later =
      'Anna,Ek,new@x.example,1,2027,Student,ann2\nBo,Ek,b2@x.example,,2027,Student,bo\nCy,Ek,c@X.example,,,,\n';
    const run = await lists.take('i1', head + later);
    expect(run.counts.person).toMatchObject({ created: 0, updated: 3, trashed: 0 });
    expect(await lists.person('i1', '1')).toMatchObject({ guid: ann?.guid, data: { email: 'new@x.example' } });
    expect(await lists.person('i1', 'bo')).toMatchObject({ guid: bo?.guid, data: { email: 'b2@x.example' } });
    expect((await lists.person('i1', 'c@x.example'))?.guid).toBe(cy?.guid);
  });

  test('3.6: where EMAIL is the identifier, no other column is needed', async () => {
    await lists.make('i2', { list: { identifier: 'email' } });
    const text = 'FIRST_NAME,LAST_NAME,EMAIL,GRADUATION,STAKEHOLDERS\nAnn,Ek,Ann@x.example,2027,Student\n';
    expect(await lists.take('i2', text)).toMatchObject({ state: 'done', counts: { person: { created: 1 } } });
    expect(await lists.person('i2', 'ann@x.example')).toBeDefined();
  });

  test('3.7: GRADUATION is a year, or a day whose class year ends on 31 August unless another day is set', async () => {
    const days = ['2027', '2027-08-31', '2027-09-01', '2027-01-01', '2027-02-30', 'soon', ''];
    const rows = days.map((year, at) => row(String(at), { year }));
    const years = (feed: string) =>
      Promise.all(
        days.map(async (_, at) => {
          const oneRoster = (await lists.person(feed, String(at)))?.data.extension?.oneRoster;
          return (oneRoster?.['metadata'] as { classYear?: string } | undefined)?.classYear;
        }),
      );
    await lists.make('g1');
    const run = await lists.take('g1', list(...rows));
    expect(await years('g1')).toEqual(['2027', '2027', '2028', '2027', undefined, undefined, undefined]);
    expect(run.problems).toMatchObject([{ kind: 'repair.date-format', count: 2, first: { line: 6 } }]);
    await lists.make('g2', { list: { classYearEnds: '06-30' } });
    await lists.take('g2', list(...rows));
    expect(await years('g2')).toEqual(['2027', '2028', '2028', '2027', undefined, undefined, undefined]);
    // Another setting gives other records of the same bytes.
    await lists.make('g2', { list: { classYearEnds: '12-31' } });
    await lists.take('g2', list(...rows));
    expect(await years('g2')).toEqual(['2027', '2027', '2027', '2027', undefined, undefined, undefined]);
  });

  test('3.8: 1, YES and TRUE in any case mean yes in EMAIL_OPT_OUT, all else no; without the column nothing is said', async () => {
    await lists.make('y1');
    await lists.take('y1', list(row('0')));
    expect((await lists.person('y1', '0'))?.data.emailPreferences).toBeUndefined();
    const words = ['1', 'yes', 'Yes', 'TRUE', 'true', '0', 'no', 'y', 'on', '', '11'];
    const rows = words.map((word, at) => `${row(String(at))},${word}\n`);
    await lists.take('y1', `${header},EMAIL_OPT_OUT\n${rows.join('')}`);
    const outs = await Promise.all(
      words.map(async (_, at) => (await lists.person('y1', String(at)))?.data.emailPreferences?.optOut),
    );
    expect(outs).toEqual([true, true, true, true, true, false, false, false, false, false, false]);
  });

  test('3.8: DELETE removes the user, needs no names, says so where there is none, and counts in the filters', async () => {
    await lists.make('x1');
    await lists.take('x1', list(row('1'), row('2'), row('3')));
    const head = `${header},DELETE\n`;
    const run = await lists.take(
      'x1',
      `${head}${row('1')},TRUE\n${row('2')},no\n${row('3', { first: '' })},1\n${row('8')},yes\n`,
    );
    expect(run.counts.person).toMatchObject({ trashed: 2, unchanged: 2, rejected: 0 });
    expect(run.problems).toMatchObject([{ kind: 'warning.already-removed', count: 1, first: { line: 5, id: '8' } }]);
    expect(await lists.person('x1', '1')).toBeUndefined();
    expect(await lists.person('x1', '3')).toBeUndefined();
    await lists.make('x1', { limits: { person: { delete: { number: 0 } } } });
    expect(await lists.take('x1', `${head}${row('2')},TRUE\n`)).toMatchObject({
      state: 'held',
      reason: expect.stringContaining('1 of 1 (100 %) person deletes'),
    });
  });

  test('3.10: a person has one user type: settings say what a value means, several in a cell are an error', async () => {
    await lists.make('u1', { list: { userTypes: [{ value: 'Lærer', role: 'Faculty' }] } });
    await lists.take('u1', list(row('1'), row('2', { type: 'Alumni' })));
    const rows = [row('1', { type: ' LÆRER ' }), row('2', { type: 'Alumni;Faculty' }), row('3', { type: 'Wizard' })];
    const run = await lists.take('u1', list(...rows, row('4', { type: 'Faculty;' })));
    expect(run.counts.person).toMatchObject({ created: 2, updated: 1, rejected: 1, trashed: 0 });
    const roleOf = async (id: string) => (await lists.person('u1', id))?.data.institutionRoles?.[0]?.type;
    expect(await Promise.all(['1', '2', '3', '4'].map(roleOf))).toEqual(['Faculty', 'Alumni', 'Wizard', 'Faculty']);
    expect(await lists.problems(run)).toMatchObject([
      { kind: 'rejected.invalid-data', line: 3, field: 'STAKEHOLDERS' },
      { kind: 'warning.unmapped', field: 'STAKEHOLDERS', id: 'Wizard', line: 4, rows: 1 },
    ]);
  });

  test('3.14: who is not in the list any more is removed, under the filters', async () => {
    const ids = Array.from({ length: 40 }, (_, at) => String(at));
    await lists.make('a1');
    await lists.take('a1', list(...ids.map((id) => row(id))));
    expect(await lists.take('a1', list(...ids.slice(1).map((id) => row(id))))).toMatchObject({
      state: 'done',
      mode: 'full',
      counts: { person: { trashed: 1, unchanged: 39 } },
    });
    await lists.make('a1', { limits: { person: { delete: { percent: 10 } } } });
    const run = await lists.take('a1', list(row('1'), row('2')));
    expect(run).toMatchObject({ state: 'held', counts: { person: { trashed: 37 } } });
    expect(await lists.person('a1', '7')).toBeDefined();
  });
});
