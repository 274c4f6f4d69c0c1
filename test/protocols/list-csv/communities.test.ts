import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { header, type Lists, list, openLists, row } from './lists.ts';

let lists: Lists;
beforeAll(async () => {
  lists = await openLists();
});
afterAll(() => lists.end());

const program = {
  column: 'PROGRAM',
  group: 'Program',
  kind: 'other',
  communities: ['Economics', 'Maths'],
  values: [
    { value: 'Econ', community: 'Economics' },
    { value: 'MBA', community: 'Economics' },
    { value: 'Mathematics', community: 'Maths' },
    { value: 'Undeclared', community: null },
  ],
  anyValue: false,
};
const house = { column: 'House', group: 'Houses', kind: 'org', communities: [], values: [], anyValue: true };
const head = `${header},PROGRAM,House\n`;
const communities = (...columns: object[]) => ({ list: { communities: columns } });

describe('Community columns', () => {
  test('3.11: each is a group of communities, whose values make members: many to one, none, in any case, parted by semicolons', async () => {
    await lists.make('c1', communities(program, house));
    const rows = [
      `${row('1')},Econ,Red`,
      `${row('2')}," econ ; MATHS;;MBA","red;Blue"`,
      `${row('3')},Undeclared,`,
      `${row('4')},Economics; Alchemy,Blue`,
      `${row('5')},alchemy,`,
    ];
    const run = await lists.take('c1', `${head}${rows.join('\n')}\n`);
    expect(run).toMatchObject({
      state: 'done',
      counts: { person: { created: 5 }, group: { created: 6 }, membership: { created: 8 } },
    });
    expect(await Promise.all(['1', '2', '3', '4', '5'].map((id) => lists.groupsOf('c1', id)))).toEqual([
      ['Economics', 'Red'],
      ['Blue', 'Economics', 'Maths', 'Red'],
      [],
      ['Blue', 'Economics'],
      [],
    ]);
    const unmapped = await lists.feeds.sync.unmapped(lists.feeds.context, 'c1', { limit: 10 });
    expect(unmapped).toMatchObject({
      value: {
        run: run.id,
        total: 1,
        items: [{ column: 'PROGRAM', value: 'Alchemy', rows: 2, line: 5, setting: 'list.communities.0.values' }],
      },
    });
    const again = await lists.take('c1', `${head}${rows.join('\n')}\n`);
    expect(again.counts).toMatchObject({
      person: { unchanged: 5 },
      group: { unchanged: 6 },
      membership: { unchanged: 8, trashed: 0 },
    });
    // What is not mapped is counted in rows that are known, too.
    expect(again.problems).toContainEqual(expect.objectContaining({ kind: 'warning.unmapped', count: 2 }));
  });

  test('3.11: members follow the file, and the table: an entry that is added makes them', async () => {
    await lists.make('c2', communities(program));
    const text = (cell: string) => `${header},PROGRAM\n${row('1')},${cell}\n`;
    await lists.take('c2', text('Econ;Alchemy'));
    expect(await lists.groupsOf('c2', '1')).toEqual(['Economics']);
    const values = [...program.values, { value: 'alchemy', community: 'Maths' }];
    await lists.make('c2', communities({ ...program, values }));
    await lists.take('c2', text('Econ;Alchemy'));
    expect(await lists.groupsOf('c2', '1')).toEqual(['Economics', 'Maths']);
    const run = await lists.take('c2', text('Alchemy'));
    expect(run.counts).toMatchObject({ membership: { trashed: 1, unchanged: 1 }, group: { trashed: 0 } });
    expect(await lists.groupsOf('c2', '1')).toEqual(['Maths']);
  });

  test('3.11: a header that nothing is known of is reported with its rows, and so are PROGRAM and AFFINITY without a table', async () => {
    await lists.make('c3');
    const rows = `${row('1')},Econ,,blue\n${row('2')},,,\n${row('3')},Econ,Chess,\n`;
    const run = await lists.take('c3', `${header},PROGRAM,AFFINITY,Eye colour\n${rows}`);
    const unmapped = await lists.feeds.sync.unmapped(lists.feeds.context, 'c3', { limit: 10 });
    if (!unmapped.ok) throw new Error(unmapped.problem.text);
    expect(unmapped.value.items.map(({ column, value, rows: count, line }) => [column, value, count, line])).toEqual([
      ['PROGRAM', null, 2, 2],
      ['Eye colour', null, 1, 2],
      ['AFFINITY', null, 1, 4],
    ]);
    expect(JSON.stringify(await lists.problems(run))).not.toContain('blue');
    expect((await lists.person('c3', '3'))?.data.extension?.oneRoster?.['metadata']).toMatchObject({
      program: 'Econ',
      affinity: 'Chess',
    });
    // The entry that is proposed can be taken as it is.
    const [first] = unmapped.value.items;
    expect(first?.setting).toBe('list.communities');
    await lists.make('c3', communities(first?.entry as object));
    await lists.take('c3', `${header},PROGRAM,AFFINITY,Eye colour\n${rows}`);
    expect(await lists.groupsOf('c3', '1')).toEqual(['Econ']);
  });

  test('3.11: where a column of the table is left out, no membership is removed, which is said', async () => {
    await lists.make('c4', communities(program));
    await lists.take('c4', `${header},PROGRAM\n${row('1')},Econ\n${row('2')},MBA\n`);
    const run = await lists.take('c4', list(row('1')));
    expect(run.problems).toMatchObject([{ kind: 'warning.column-missing', count: 1 }]);
    expect(run.counts).toMatchObject({ person: { trashed: 1 }, group: { trashed: 0 } });
    expect(await lists.groupsOf('c4', '1')).toEqual(['Economics']);
  });

  test('0.3: a row that cannot be used leaves its person’s memberships as they are', async () => {
    await lists.make('c5', communities(program));
    const rows = ['1', '2', '3', '4'].map((id) => `${row(id)},Econ`);
    await lists.take('c5', `${header},PROGRAM\n${rows.join('\n')}\n`);
    const bent = [
      `${row('1', { email: '' })},Maths`,
      `${row('2', { first: '' })},`,
      `Ann,Ek, Jr.,3@x.example,3,2027,Student,`,
      `${row('4', { type: 'Student;Alumni' })},x`,
      `${row('5')},Econ`,
      `${row('5')},Econ`,
    ];
    const run = await lists.take('c5', `${header},PROGRAM\n${bent.join('\n')}\n`);
    expect(run.counts).toMatchObject({ person: { rejected: 6, trashed: 0 }, membership: { trashed: 0 } });
    for (const id of ['1', '2', '3', '4']) expect(await lists.groupsOf('c5', id)).toEqual(['Economics']);
  });

  test('0.3: a community that only such rows have stays too', async () => {
    await lists.make('c8', communities({ ...program, anyValue: true }));
    await lists.take('c8', `${header},PROGRAM\n${row('1')},Alchemy\n${row('2')},Econ\n`);
    const run = await lists.take('c8', `${header},PROGRAM\n${row('1', { email: '' })},Alchemy\n${row('2')},Econ\n`);
    expect(run.counts).toMatchObject({ group: { trashed: 0 }, membership: { trashed: 0 } });
    expect(await lists.groupsOf('c8', '1')).toEqual(['Alchemy']);
  });

  test('Memberships that come back with a person are the feed’s own: they go with the next list that does not have them', async () => {
    await lists.make('c9', communities(program));
    const columns = `${header},PROGRAM,DELETE\n`;
    await lists.take('c9', `${columns}${row('1')},Econ,\n${row('2')},Econ,\n`);
    await lists.take('c9', `${columns}${row('1')},Econ,yes\n${row('2')},Econ,\n`);
    expect(await lists.person('c9', '1')).toBeUndefined();
    await lists.take('c9', `${columns}${row('2')},Econ,\n`);
    const back = `${columns}${row('1')},Maths,\n${row('2')},Econ,\n`;
    const run = await lists.take('c9', back);
    expect(run.counts.person).toMatchObject({ restored: 1, unchanged: 1 });
    expect(await lists.groupsOf('c9', '1')).toEqual(['Economics', 'Maths']);
    expect((await lists.take('c9', back)).counts.membership).toMatchObject({ trashed: 1, unchanged: 2 });
    expect(await lists.groupsOf('c9', '1')).toEqual(['Maths']);
  });

  test('A community may be a class, in which teachers are instructors', async () => {
    await lists.make('c6', communities({ ...program, kind: 'class' }));
    const rows = `${row('1')},Econ\n${row('2', { type: 'Faculty' })},Econ\n`;
    await lists.take('c6', `${header},PROGRAM\n${rows}`);
    const { roster, context } = lists.feeds;
    const roles = await Promise.all(
      ['1', '2'].map(async (id) => {
        const [member] = await roster.membershipsOf(context, { person: (await lists.person('c6', id))?.guid ?? '' });
        return member?.data.roles.map(({ type }) => type);
      }),
    );
    expect(roles).toEqual([['Learner'], ['Instructor']]);
  });

  test('The list of what is not mapped belongs to lists only, and is empty before the first file', async () => {
    const { sync, context } = lists.feeds;
    await lists.make('c7');
    expect(await sync.unmapped(context, 'c7', { limit: 10 })).toEqual({
      ok: true,
      value: { run: null, items: [], total: 0, next: null },
    });
    await sync.putFeed(context, 'xml', { mode: 'full' });
    expect(await sync.unmapped(context, 'xml', { limit: 10 })).toMatchObject({ problem: { code: 'conflict' } });
    expect(await sync.unmapped(context, 'nobody', { limit: 10 })).toMatchObject({
      problem: { code: 'unknown-object' },
    });
  });
});
