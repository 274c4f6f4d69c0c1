import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeFindingPacks, makeOriginals, makeRunStore, openStore, type Store } from '../../src/store/index.ts';
import { makeRetention } from '../../src/sync/attempt/retention.ts';
import { type ChangeItem, certificationLog, type Listing, type ProblemItem, type Run } from '../../src/sync/index.ts';
import { openFindings } from '../../src/sync/report/open-findings.ts';
import { packedPage } from '../../src/sync/report/packs.ts';
import { manifest, zipOf } from '../protocols/oneroster-csv/packages.ts';
import { type Feeds, file, group, ids, membership, openFeeds, person } from './feeds.ts';

let feeds: Feeds;
let store: Store;
beforeAll(async () => {
  feeds = await openFeeds();
  store = await openStore(feeds.database.uri, feeds.database.name);
});
afterAll(async () => {
  await store.close();
  await feeds.end();
});

type ChangeQuery = Parameters<Feeds['sync']['changes']>[2];

/** A list page by page to its end. */
async function pages<T>(
  limit: number,
  page: (paging: { limit: number; cursor?: string }) => Promise<{ ok: boolean; value?: Listing<T> }>,
): Promise<{ items: T[]; totals: number[]; sizes: number[] }> {
  const read = { items: [] as T[], totals: [] as number[], sizes: [] as number[] };
  for (let cursor: string | undefined; ; ) {
    const { value } = await page({ limit, ...(cursor === undefined ? {} : { cursor }) });
    if (value === undefined) throw new Error('no page');
    read.items.push(...value.items);
    read.totals.push(value.total);
    read.sizes.push(value.items.length);
    if (value.next === null) return read;
    cursor = value.next;
  }
}

const changesOf = ({ id }: Run, limit = 200, filter: Omit<ChangeQuery, 'limit' | 'cursor'> = {}) =>
  pages<ChangeItem>(limit, (paging) => feeds.sync.changes(feeds.context, id, { ...filter, ...paging }));
const problemsOf = ({ id }: Run, limit = 200, filter: { kind?: string } = {}) =>
  pages<ProblemItem>(limit, (paging) => feeds.sync.problems(feeds.context, id, { ...filter, ...paging }));

/** What tells changes apart; of a new record the log has no values. */
const essence = ({ type, action, id, name, before }: ChangeItem) => ({ type, action, id, name, before });
const sorted = (items: readonly ChangeItem[]) =>
  items.map((item) => JSON.stringify(essence(item))).sort((a, b) => (a < b ? -1 : 1));

const secret = '<userid password="s3cret">u1</userid>';
const first = file(
  ...ids('p', 60).map((id) => person(id)),
  person('pw', 'Ek', secret),
  group('g1'),
  group('g2', 'g1'),
  membership('g1', ids('p', 12)),
);
const second = file(
  ...ids('p', 58).map((id) => person(id, id === 'p3' ? 'Newname' : 'Ek')),
  person('pw', 'Ek', '<userid password="other">u1</userid>'),
  person('new'),
  group('g1'),
  group('g2', 'g1'),
  membership('g1', ids('p', 12)),
);

describe('the changes of a run', () => {
  let made: Run;
  let dry: Run;
  let changed: Run;
  beforeAll(async () => {
    const limits = { person: { delete: { percent: null } } };
    const put = await feeds.sync.putFeed(feeds.context, 'sis', { mode: 'full', limits });
    if (!put.ok) throw new Error(put.problem.text);
    made = await feeds.take(first, { feed: 'sis' });
    dry = await feeds.take(second, { feed: 'sis', dryRun: true });
    changed = await feeds.take(second, { feed: 'sis' });
  });

  test('of a run that made records are the records as they are, each once, in pages of any size', async () => {
    const { items, totals } = await changesOf(made, 7);
    expect(made).toMatchObject({ state: 'done' });
    expect(items).toHaveLength(61 + 2 + 12);
    expect(new Set(totals)).toEqual(new Set([75]));
    expect(new Set(items.map(({ guid }) => guid)).size).toBe(75);
    expect(items.every(({ action, before }) => action === 'created' && before === null)).toBe(true);
    expect(items.find(({ id }) => id === 'p0')).toMatchObject({ type: 'person', name: 'X Ek' });
    expect(items.filter(({ type }) => type === 'membership').map(({ name }) => name)).toContain('p4 in g1');
  });

  test('that a dry run lists are those that the run then makes, with the values before', async () => {
    const { items: planned } = await changesOf(dry);
    const { items: done } = await changesOf(changed);
    expect(sorted(done)).toEqual(sorted(planned));
    expect(done.find(({ id }) => id === 'p3')).toMatchObject({
      action: 'updated',
      before: { name: { formatted: 'X Ek', family: 'Ek' } },
      after: { name: { formatted: 'X Newname', family: 'Newname' } },
    });
    expect(planned.find(({ id }) => id === 'p3')?.line).toBe(5);
    expect(done.find(({ id }) => id === 'p59')).toMatchObject({
      action: 'trashed',
      before: { name: { formatted: 'X Ek' } },
      after: null,
    });
  });

  test('show no password, neither planned nor made', async () => {
    const lists = [await changesOf(made), await changesOf(dry), await changesOf(changed)];
    const text = JSON.stringify(lists.map(({ items }) => items.filter(({ id }) => id === 'pw')));
    expect(text).toContain('***');
    expect(text).not.toMatch(/s3cret|"other"/);
  });

  test('are filtered by type and action, and the total counts what matches', async () => {
    for (const run of [dry, changed]) {
      const { items, totals } = await changesOf(run, 1, { action: 'trashed' });
      expect(items.map(({ id }) => id).sort()).toEqual(['p58', 'p59']);
      expect(totals).toEqual([2, 2]);
      expect((await changesOf(run, 50, { type: 'person', action: 'created' })).items).toMatchObject([{ id: 'new' }]);
      expect(await changesOf(run, 50, { type: 'academicSession' })).toMatchObject({ items: [], totals: [0] });
    }
  });

  test('of a held run are listed while it waits and after it was rejected', async () => {
    await feeds.sync.putFeed(feeds.context, 'sis', { limits: { person: { delete: { percent: 10 } } } });
    const few = file(
      ...ids('p', 30).map((id) => person(id)),
      group('g1'),
      group('g2', 'g1'),
      membership('g1', ids('p', 12)),
    );
    const held = await feeds.take(few, { feed: 'sis' });
    expect(held.state).toBe('held');
    const { items } = await changesOf(held, 10, { action: 'trashed' });
    expect(items).toHaveLength(30);
    await feeds.sync.reject(feeds.context, held.id);
    expect((await changesOf(held, 10, { action: 'trashed' })).items).toEqual(items);
  });

  test('name who is only expected when they arrive, not before', async () => {
    const early = await feeds.take(file(group('late'), membership('late', ['l1'])), { feed: 'late' });
    const types = (run: Run) =>
      changesOf(run).then(({ items }) => items.map(({ type, action }) => `${type} ${action}`));
    expect(await types(early)).toEqual(['group created', 'membership created']);
    expect(await types(await feeds.take(file(person('l1')), { feed: 'late' }))).toEqual(['person created']);
    expect(await types(early)).toEqual(['group created', 'membership created']);
  });

  test('of an undo are the opposite of those of the run', async () => {
    const asked = await feeds.sync.undo(feeds.context, changed.id, { dryRun: false });
    if (!asked.ok) throw new Error(asked.problem.text);
    const undo = (await feeds.sync.wait(feeds.context, asked.value.id)) as Run;
    const actions = (await changesOf(undo)).items.map(({ action, id }) => `${action} ${id}`);
    expect(actions.sort()).toEqual(['restored p58', 'restored p59', 'trashed new', 'updated p3', 'updated pw']);
  });

  test('and problems and pairs are not shown to another tenant, nor is a cursor taken that no list gave', async () => {
    const other = { ...feeds.context, tenant: 'other' };
    for (const list of ['changes', 'problems', 'pairs'] as const) {
      const found = await feeds.sync[list](other, changed.id, { limit: 10 });
      expect(found).toMatchObject({ ok: false, problem: { code: 'unknown-object' } });
      const bad = await feeds.sync[list](feeds.context, changed.id, { limit: 10, cursor: 'x' });
      expect(bad).toMatchObject({ ok: false, problem: { code: 'invalid-request', place: { field: 'cursor' } } });
    }
  });
});

describe('the problems of a run', () => {
  const bad = Array.from({ length: 1203 }, () => '<person><name><fn>Nobody</fn></name></person>');

  test('are all listed with their places, across packs, and counted by kind', async () => {
    const run = await feeds.take(file(person('a'), ...bad), { feed: 'bad' });
    const { items, totals } = await problemsOf(run, 200, { kind: 'rejected.missing-id' });
    expect(items).toHaveLength(1203);
    expect(new Set(totals)).toEqual(new Set([1203]));
    expect(items.map(({ line }) => line)).toEqual(bad.map((_, index) => index + 3));
    expect(items[0]).toMatchObject({ kind: 'rejected.missing-id', type: 'person', file: 'file.xml', id: null });
    const summary = run.problems.find(({ kind }) => kind === 'rejected.missing-id');
    expect(summary).toMatchObject({ count: 1203, first: { line: 3 } });
  });

  test('of a file that cannot be read say where it broke off', async () => {
    const run = await feeds.take('<enterprise><person>', { feed: 'cut', name: 'cut.xml' });
    expect(run.state).toBe('failed');
    const { items } = await problemsOf(run);
    expect(items).toMatchObject([{ kind: 'unreadable-input', file: 'cut.xml', line: 1, message: run.reason }]);
  });
});

test('the lists of a run are dropped when their time is over, the run stays', async () => {
  const run = await feeds.take(file('<person/>'), { feed: 'kept', dryRun: true });
  expect(Date.parse(run.keptUntil ?? '') - Date.parse(run.endedAt ?? '')).toBe(400 * 86_400_000);
  const retention = makeRetention({
    runs: makeRunStore(store),
    originals: makeOriginals(store),
    originalsDays: 30,
    reportDays: 400,
    packs: makeFindingPacks(store),
  });
  const total = () => problemsOf(run).then(({ totals }) => totals[0]);
  await retention.tidy(new Date(Date.parse(run.keptUntil ?? '') - 1));
  expect(await total()).toBeGreaterThan(0);
  await retention.tidy(new Date(Date.parse(run.keptUntil ?? '') + 1));
  expect(await total()).toBe(0);
  expect(await feeds.sync.run(feeds.context, run.id)).toMatchObject({ state: 'done' });
});

test('what is purged is gone from the file, the lists and the summary of a run, which says so; begun again it changes nothing', async () => {
  const feed = 'purged';
  const bad = '<photo imgtype="gif"><extref>https://x.example/a b</extref></photo>';
  await feeds.take(file(person('purge-1', 'Purgedname', bad), person('purge-2')), { feed, mode: 'full' });
  const named = file(person('purge-2'), membership('purge-g', ['purge-3']), person('purge-1', 'Purgednow'));
  const shown = await feeds.take(named, { feed, dryRun: true });
  const done = await feeds.take(named, { feed });
  const retention = makeRetention({
    runs: makeRunStore(store),
    originals: makeOriginals(store),
    originalsDays: 30,
    reportDays: 400,
    packs: makeFindingPacks(store),
  });
  const read = async () => {
    const all = [];
    for (const { id } of [shown, done]) {
      const run = await feeds.sync.run(feeds.context, id);
      if (run === undefined) throw new Error('the run is gone');
      all.push({ run, changes: (await changesOf(run)).items, problems: (await problemsOf(run)).items });
    }
    return all;
  };
  await retention.tidy(new Date());
  const before = await read();
  expect(JSON.stringify(before)).toContain('Purgednow');
  expect(before[1]?.run.purgedAt).toBeUndefined();
  const found = await feeds.roster.find(feeds.context, 'person', ['person:default:purge-1']);
  const guid = found[0]?.guid ?? '';
  await feeds.roster.execute(feeds.context, [
    { op: 'remove', type: 'person', key: guid },
    { op: 'purge', type: 'person', key: guid, force: true },
  ]);
  await retention.tidy(new Date());
  const after = await read();
  const text = JSON.stringify(after);
  for (const gone of ['purge-1', 'Purged', guid]) expect(text).not.toContain(gone);
  expect(text).toContain('purge-3');
  expect(after.map(({ run }) => run.purgedAt)).toEqual([expect.any(String), expect.any(String)]);
  // The lists of other records stay, and their totals follow.
  expect(after[0]?.changes.length).toBe((before[0]?.changes.length ?? 0) - 1);
  expect((await changesOf(shown)).totals[0]).toBe(after[0]?.changes.length);
  await expect(makeOriginals(store).parts('demo', done.id).next()).rejects.toThrow('gone');
  await retention.tidy(new Date());
  expect(await read()).toEqual(after);
});

describe('the lists of an attempt', () => {
  const place = { tenant: 'demo', run: 'run', fence: 1 };
  const problem = (id: string): ProblemItem => ({
    kind: 'rejected.store',
    type: 'person',
    file: 'f',
    line: 1,
    id,
    field: null,
    message: 'm',
  });
  const listed = async (at: typeof place) => {
    const page = await packedPage<ProblemItem>(makeFindingPacks(store), at, 'problem', { limit: 1000 }, {}, () => true);
    if (!page.ok) throw new Error(page.problem.text);
    return page.value;
  };

  test('take the place of those of an attempt before it, and are not changed by a worker that wakes up late', async () => {
    const packs = makeFindingPacks(store);
    const late = await openFindings(packs, place, false);
    late.problem(problem('early'));
    await late.flush();
    const now = { ...place, fence: 2 };
    const next = await openFindings(packs, now, false);
    next.problem(problem('next'));
    late.problem(problem('late'));
    await Promise.all([late.flush(), next.flush()]);
    expect((await listed(now)).items.map(({ id }) => id)).toEqual(['next']);
  });

  test('go on with the problems of an attempt that was cut, each of them once', async () => {
    const packs = makeFindingPacks(store);
    const from = { ...place, run: 'cut' };
    const cut = await openFindings(packs, from, false);
    for (const id of ids('x', 700)) cut.problem(problem(id));
    cut.change({ type: 'person', action: 'created', id: 'c', guid: 'c', name: null, line: 1, before: null, after: {} });
    await cut.flush();
    const now = { ...from, fence: 5 };
    const next = await openFindings(packs, now, true);
    for (const id of ids('x', 10, 695)) next.problem(problem(id));
    await next.flush();
    const { items, total } = await listed(now);
    expect(items.map(({ id }) => id)).toEqual(ids('x', 705));
    expect(total).toBe(705);
    expect(await packs.count(now, 'change')).toBe(0);
  });

  test('end at a limit, with a note of how many are left out', async () => {
    const packs = makeFindingPacks(store);
    const many = { ...place, run: 'many' };
    const findings = await openFindings(packs, many, false);
    for (let at = 0; at < 100_003; at += 1) findings.problem(problem(String(at)));
    await findings.flush();
    expect(await packs.count(many, 'problem', { kind: 'rejected.store' })).toBe(100_000);
    const page = await packedPage<ProblemItem>(
      packs,
      many,
      'problem',
      { limit: 5 },
      { kind: 'warning.list-cut' },
      ({ kind }) => kind === 'warning.list-cut',
    );
    expect(page).toMatchObject({
      value: { items: [{ message: '3 more problems are not listed; the list has the first 100000.' }], total: 1 },
    });
  });

  test('are dropped with their run, of no other tenant', async () => {
    const packs = makeFindingPacks(store);
    const other = { ...place, tenant: 'other' };
    for (const at of [place, other]) {
      const findings = await openFindings(packs, { ...at, run: 'drop' }, false);
      findings.problem(problem('p'));
      await findings.flush();
    }
    await packs.drop('demo', 'drop');
    expect((await listed({ ...place, run: 'drop' })).total).toBe(0);
    expect((await listed({ ...other, run: 'drop' })).total).toBe(1);
  });
});

describe('the log of a run for certifications (oneroster.md 9.1)', () => {
  const orgs = 'sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\ns1,,,School,school,S,\n';

  test('names the files of a package, imported and rejected, and each error', async () => {
    const users =
      'sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName\nu1,,,true,ann,,Ann,Ek\n,,,true,bo,,Bo,Ek\n';
    const zip = await zipOf({
      'manifest.csv': manifest({ orgs: 'bulk', users: 'bulk' }),
      'orgs.csv': orgs,
      'users.csv': users,
    });
    const run = await feeds.take(zip, { feed: 'district', name: 'IRb-1.zip' });
    expect(run).toMatchObject({ protocol: 'oneroster-csv', state: 'done' });
    const log = await certificationLog(feeds.sync, feeds.context, run.id);
    if (!log.ok) throw new Error(log.problem.text);
    expect(log.value).toMatchObject({ testIdentifier: 'IRb-1.zip', testDate: run.startedAt, status: 'Fail' });
    expect(log.value.filesImported).toEqual(expect.arrayContaining(['manifest.csv', 'orgs.csv', 'users.csv']));
    expect(log.value.comments.join('\n')).toMatch(/users\.csv, line 3, .*rejected\.missing-id/);
  });

  test('is of the format that the first file of a feed has, in a dry run too', async () => {
    const zip = await zipOf({ 'manifest.csv': manifest({ orgs: 'bulk' }), 'orgs.csv': orgs });
    const dry = await feeds.take(zip, { feed: 'tried', name: 'try.zip', dryRun: true });
    expect(dry).toMatchObject({ protocol: 'oneroster-csv', state: 'done', counts: { group: { inFile: 1 } } });
    expect(await feeds.sync.feed(feeds.context, 'tried')).toBeUndefined();
    await feeds.take(zip, { feed: 'tried' });
    expect(await feeds.sync.feed(feeds.context, 'tried')).toMatchObject({ protocol: 'oneroster-csv' });
  });

  test('is a success where nothing was rejected', async () => {
    const zip = await zipOf({ 'manifest.csv': manifest({ orgs: 'bulk' }), 'orgs.csv': orgs });
    const run = await feeds.take(zip, { feed: 'whole', name: 'VRb-1.zip' });
    const log = await certificationLog(feeds.sync, feeds.context, run.id);
    expect(log).toMatchObject({ value: { status: 'Success', filesRejected: [] } });
  });

  test('names the files of a package that is refused as a whole', async () => {
    const zip = await zipOf({ 'manifest.csv': manifest({ orgs: 'bulk' }), 'orgs.csv': 'no,header\nx,y\n' });
    const run = await feeds.take(zip, { feed: 'refused', name: 'IRb-2.zip' });
    expect(run.state).toBe('failed');
    const log = await certificationLog(feeds.sync, feeds.context, run.id);
    if (!log.ok) throw new Error(log.problem.text);
    expect(log.value.status).toBe('Fail');
    expect(log.value.filesRejected).toContain('orgs.csv');
    expect(log.value.comments[0]).toBe(run.reason);
  });

  test('of another kind of file names that one', async () => {
    const run = await feeds.take(file(person('q')), { feed: 'one', name: 'one.xml' });
    const log = await certificationLog(feeds.sync, feeds.context, run.id);
    expect(log).toMatchObject({ value: { status: 'Success', filesImported: ['one.xml'], comments: [] } });
    expect(await certificationLog(feeds.sync, { ...feeds.context, tenant: 'other' }, run.id)).toMatchObject({
      problem: { code: 'unknown-object' },
    });
  });
});
