import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { key, type RecordType } from '../../src/model/index.ts';
import type { Change, ChangeResult, Context, WriteChange } from '../../src/roster/index.ts';
import { history } from './history.ts';
import { faultsOf } from './invariants.ts';
import { done, group, member, one, openRoster, person, sis, type TestRoster } from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster();
});
afterAll(() => room.close());

let tenants = 0;
async function fresh(): Promise<Context> {
  tenants += 1;
  const tenant = `collide${tenants}`;
  await room.addTenant(tenant);
  return { ...sis, tenant };
}

const said = (results: readonly ChangeResult[]) =>
  results.map((result) => (result.ok ? result.outcome : result.problem.code));

const types: readonly RecordType[] = ['person', 'group', 'membership'];

/** Changes of one record by words: `create a`, `new a` (must not exist), `other a` (other data), `delete a`, `rename a b`, `purge a`. */
function changeOf(type: RecordType, words: string, named: ReadonlyMap<string, string> = new Map()): Change {
  const [act = '', id = '', to = ''] = words.split(' ');
  const keyOf = (name: string) => key(type, 'default', named.get(name) ?? name);
  if (act === 'delete') return { op: 'remove', type, key: keyOf(id) };
  if (act === 'purge') return { op: 'purge', type, key: keyOf(id), force: true };
  if (act === 'rename') return { op: 'rename', type, key: keyOf(id), newKey: key(type, 'default', to) };
  const data = act === 'other' ? { comments: { text: 'other' } } : {};
  const write = (
    type === 'person'
      ? person(id, data)
      : type === 'group'
        ? group(id, 'class', [], data)
        : { ...member('c', id[0] ?? '', ['Learner'], id), data: { ...member('c', id[0] ?? '').data, ...data } }
  ) as WriteChange;
  return { ...write, key: keyOf(id), ...(act === 'new' ? { must: 'not-exist' as const } : {}) };
}

/** What stands there, what is asked, and what each answers. */
const table: readonly [string, readonly string[], readonly string[], readonly string[]][] = [
  ['create, create', [], ['create a', 'create a', 'other a'], ['created', 'unchanged', 'updated']],
  ['new, new', [], ['new a', 'new a'], ['created', 'already-exists']],
  ['create, delete', [], ['create a', 'delete a'], ['created', 'trashed']],
  ['create, delete, new', [], ['create a', 'delete a', 'new a'], ['created', 'trashed', 'already-exists']],
  ['delete, create', ['create a'], ['delete a', 'create a'], ['trashed', 'restored']],
  ['delete, create, delete', ['create a'], ['delete a', 'create a', 'delete a'], ['trashed', 'restored', 'trashed']],
  ['delete, delete', ['create a'], ['delete a', 'delete a'], ['trashed', 'already-trashed']],
  ['delete before create', [], ['delete a', 'create a'], ['unknown-object', 'created']],
  ['delete, purge, new', ['create a'], ['delete a', 'purge a', 'new a'], ['trashed', 'purged', 'created']],
  ['rename, create of the old id', ['create a'], ['rename a ab', 'create a'], ['renamed', 'unchanged']],
  ['rename, new of the old id', ['create a'], ['rename a ab', 'new a'], ['renamed', 'already-exists']],
  [
    'create, rename, delete by the old id',
    [],
    ['create a', 'rename a ab', 'delete a'],
    ['created', 'renamed', 'trashed'],
  ],
  [
    'rename, rename back',
    ['create a'],
    ['rename a ab', 'rename ab a', 'rename a a'],
    ['renamed', 'renamed', 'unchanged'],
  ],
  ['rename to what was just made', [], ['create a', 'create b', 'rename a b'], ['created', 'created', 'key-in-use']],
  ['delete, rename', ['create a'], ['delete a', 'rename a ab'], ['trashed', 'unknown-object']],
  [
    'purge, rename to the freed id',
    ['create a', 'create b'],
    ['delete a', 'purge a', 'rename b a'],
    ['trashed', 'purged', 'renamed'],
  ],
];

describe.each(types)('Changes of one %s in one call', (type) => {
  async function ready(before: readonly string[]): Promise<Context> {
    const as = await fresh();
    if (type === 'membership') await done(room.roster, as, group('c'), person('a'), person('b'));
    for (const words of before) await done(room.roster, as, changeOf(type, words));
    return as;
  }

  test.each(table)('have one right answer each: %s', async (_name, before, words, answers) => {
    const changes = words.map((one) => changeOf(type, one));
    const together = await ready(before);
    expect(said(await room.roster.execute(together, changes))).toEqual(answers);
    expect(await faultsOf(room.store, together.tenant)).toEqual([]);
    const apart = await ready(before);
    for (const [at, change] of changes.entries())
      expect(said(await room.roster.execute(apart, [change]))).toEqual([answers[at]]);
    const gathered = await ready(before);
    const calls = await Promise.all(changes.map((change) => room.roster.execute(gathered, [change])));
    expect(said(calls.flat())).toEqual(answers);
  });

  test.each(table)('have the same answers where guids stand for ids: %s', async (_name, before, words, answers) => {
    const as = await ready(before);
    const named = new Map<string, string>();
    for (const [at, one] of words.entries()) {
      for (const made of [...before, ...words.slice(0, at)]) {
        const [act, id = ''] = made.split(' ');
        if (act !== 'create' && act !== 'new') continue;
        const [guid = ''] = await room.roster.guidsOf(as, [changeOf(type, `create ${id}`)]);
        named.set(id, guid);
      }
      expect(said(await room.roster.execute(as, [changeOf(type, one, named)]))).toEqual([answers[at]]);
    }
    expect(await faultsOf(room.store, as.tenant)).toEqual([]);
  });

  test('are found by both ids after a rename of what was just made', async () => {
    const as = await ready([]);
    await done(room.roster, as, changeOf(type, 'create a'), changeOf(type, 'rename a ab'));
    const [old, now] = await Promise.all(['a', 'ab'].map((id) => one(room.roster, type, key(type, 'default', id), as)));
    expect(old?.guid).toBe(now?.guid);
    expect(now?.imsId).toBe('ab');
  });
});

test('Any changes in one call answer as they do one by one, and leave the same records', async () => {
  const contents = async ({ tenant }: Context) => {
    const rows = await Promise.all(
      types.map((type) =>
        room.store
          .records(type)
          .find({ tenant, made: { $exists: false } })
          .toArray(),
      ),
    );
    return (
      rows
        .flat()
        .map((row) => [
          (row['keys'] as string[] | undefined)?.toSorted() ?? [],
          row['imsId'],
          row['state'],
          row['owner'],
          // What came and went in one transaction was in no view.
          row['state'] === 'trashed' ? null : row['views'],
        ])
        // Guids are keyed per tenant.
        .map((row) => JSON.stringify(row).replace(/[0-9a-f]{32}/g, 'guid'))
        .sort()
    );
  };
  await fc.assert(
    fc.asyncProperty(history, async (calls) => {
      const changes = calls.filter(({ context }) => context.writer === sis.writer).flatMap((call) => call.changes);
      const [together, apart] = [await fresh(), await fresh()];
      const answers: string[] = [];
      for (const change of changes) answers.push(...said(await room.roster.execute(apart, [change])));
      expect(said(await room.roster.execute(together, changes))).toEqual(answers);
      expect(await contents(together)).toEqual(await contents(apart));
      expect(await faultsOf(room.store, together.tenant)).toEqual([]);
    }),
    { numRuns: Number(process.env['RUNS'] ?? 8) },
  );
}, 120_000);
