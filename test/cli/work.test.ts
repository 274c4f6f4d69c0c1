import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RestoreResult, TrashItem } from '../../src/roster/index.ts';
import type { Feed, Listing, Run } from '../../src/sync/index.ts';
import type { FeedWithHealth } from '../../src/transports/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { type CommandLine, makeCommandLine } from './command-line.ts';
import { ways } from './ways.ts';

describe.each(Object.entries(ways))('the command line works with %s', (_way, start) => {
  let line: CommandLine;
  let by: string;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const started = await start();
    line = await makeCommandLine(started.settings);
    ({ by, close } = started);
  });
  afterAll(async () => {
    await line.close();
    await close();
  });

  const all = manyIds('p', 60);
  const members = all.slice(0, 40).map((id) => `g1/${id}`);
  const full = enterpriseFile({ persons: all, groups: ['g1'], members });
  const few = enterpriseFile({ persons: all.slice(0, 20), groups: ['g1'], members: members.slice(0, 20) });
  const importFull = (path: string, ...more: string[]) =>
    line.json<Run>('import', path, '--feed', 'sis', '--mode', 'full', ...more);
  let held: Run;

  test('a dry run reports, changes nothing and exits with 0', async () => {
    const { code, value } = await importFull(await line.file('full.xml', full), '--dry-run');
    expect(code).toBe(0);
    expect(value).toMatchObject({ state: 'done', dryRun: true, feed: 'sis', mode: 'full', file: { name: 'full.xml' } });
    expect(value.counts.person).toMatchObject({ inFile: 60, created: 60, totalBefore: 0 });
  });

  test('an import ends with its run: 0 when it is done', async () => {
    const { code, stdout } = await line.spawn(['import', '-', '--feed', 'sis', '--mode', 'full'], full);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Run \S+ of feed sis: done$/m);
    expect(stdout).toMatch(/^person +60 +60 +0 +0 +0 +60$/m);
    expect(stdout).toMatch(/^membership +40 +40 +0 +0 +0 +40$/m);
    expect(stdout).toContain('Filters: all within the limits.');
  });

  test('a file that cannot be read fails with 1, and what helps is said', async () => {
    const { code, stdout } = await line.spawn(['import', await line.file('bad.xml', 'no XML at all'), '--feed', 'sis']);
    expect(code).toBe(1);
    expect(stdout).toContain(': failed');
    expect(stdout).toContain('Nothing of it was applied.');
  });

  test('a run that a filter holds exits with 3, and says how to approve and reject it', async () => {
    const path = await line.file('few.xml', few);
    const first = await importFull(path);
    expect(first).toMatchObject({ code: 3, value: { state: 'held' } });
    const rejected = await line.json<Run>('reject', first.value.id);
    expect(rejected).toMatchObject({ code: 0, value: { state: 'rejected', decision: { by, approved: false } } });

    const { code, stdout } = await line.spawn(['import', path, '--feed', 'sis', '--mode', 'full']);
    expect(code).toBe(3);
    expect(stdout).toContain('40 of 60 (66.67 %) person deletes; the limit is 10 %.');
    const [, id = ''] = /npx rostergate approve (\S+)/.exec(stdout) ?? [];
    expect(stdout).toContain(`npx rostergate reject ${id}`);
    const again = await line.run(['import', path, '--feed', 'sis']);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain(`The run ${id} of the feed sis is held`);

    held = (await line.json<Run>('run', id)).value;
    expect(held.state).toBe('held');
    const list = await line.json<Listing<Run>>('runs', '--state', 'held', '--feed', 'sis');
    expect(list.value).toMatchObject({ items: [{ id }], total: 1, next: null });
  });

  test('a dry run exits with 0 although a filter is exceeded, and shows the verdict', async () => {
    const path = await line.file('few.xml', few);
    const { code, stdout } = await line.run(['import', path, '--feed', 'sis', '--mode', 'full', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toContain('Filters: 2 exceeded');
    expect(stdout).toContain('A real run would be stopped by them');
  });

  test('approve works on the run to its end', async () => {
    const { code, value } = await line.json<Run>('approve', held.id);
    expect(code).toBe(0);
    expect(value).toMatchObject({ state: 'done', decision: { by, approved: true } });
    expect(value.counts.person).toMatchObject({ trashed: 40, totalAfter: 20 });
    expect((await line.run(['approve', held.id])).code).toBe(1);
  });

  test('trash lists, restore brings back, purge deletes', async () => {
    const { value } = await line.json<Listing<TrashItem>>(
      'trash',
      '--type',
      'person',
      '--run',
      held.id,
      '--limit',
      '5',
    );
    expect(value).toMatchObject({ total: 40 });
    expect(value.items).toHaveLength(5);
    const [one, other] = value.items;
    const back = await line.json<{ items: RestoreResult[] }>('restore', one?.id ?? '', 'unknown');
    expect(back.code).toBe(1);
    expect(back.value.items).toMatchObject([{ restored: true }, { restored: false }]);

    expect(await line.run(['purge', other?.id ?? ''])).toMatchObject({ code: 1 });
    expect(await line.run(['purge', other?.id ?? '', '--force'])).toMatchObject({
      code: 0,
      stdout: `${other?.id} is gone for good.\n`,
    });

    const rest = await line.run(['restore', '--run', held.id]);
    expect(rest.code).toBe(0);
    expect(rest.stdout.trim().split('\n')).toHaveLength(38);
    expect((await line.run(['trash'])).stdout).toContain('0 of 0 in the trash');
    expect((await line.run(['restore', '--run', 'none'])).code).toBe(1);
  });

  test('feed shows and changes settings, feeds lists them', async () => {
    const set = ['--set', 'limits.person.delete.percent=20', 'smallerFilePercent=null', 'onBreach=no-deletes'];
    const { code, value } = await line.json<Feed>('feed', 'sis', ...set);
    expect(code).toBe(0);
    expect(value).toMatchObject({
      limits: { person: { delete: { percent: 20 } } },
      smallerFilePercent: null,
      onBreach: 'no-deletes',
    });
    const shown = await line.run(['feed', 'sis']);
    expect(shown.stdout).toContain('limits.person.delete.percent=20\n');
    expect((await line.run(['feed', 'none'])).code).toBe(1);
    const wrong = await line.run(['feed', 'sis', '--set', 'limits.person.delete.percent=200']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('limits.person.delete.percent');
    const { health } = (await line.json<FeedWithHealth>('feed', 'sis')).value;
    const good = health.lastGoodRun;
    expect(shown.stdout).toContain(`# last good run: ${good?.id} ${good?.at}\n`);
    const listed = await line.run(['feeds']);
    const [{ totals } = { totals: { person: 0 } }] = health.trend;
    const [, state, last, persons] =
      /^sis +([a-z-]+) +(\S+) +0 +(\d+)(?: \(\S+\))? +ims-enterprise-xml +changes +\d+$/m.exec(listed.stdout) ?? [];
    expect([state, last, persons]).toEqual([health.state, `${good?.at.slice(0, 16)}Z`, String(totals.person)]);
    expect((await line.json<Listing<FeedWithHealth>>('feeds')).value.items).toMatchObject([{ name: 'sis', health }]);
  });

  test('what is not there fails with 1', async () => {
    for (const args of [
      ['run', 'none'],
      ['approve', 'none'],
      ['reject', 'none'],
      ['purge', 'none'],
      ['run', '-mC0Hs39lQcLiP30fE4vHA'],
      ['reject', '--C0Hs39lQcLiP30fE4vHA'],
      ['restore', '--run', '-mC0Hs39lQcLiP30fE4vHA'],
    ]) {
      const { code, stdout, stderr } = await line.run([...args, '--json']);
      expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: '' });
      expect(stderr).toMatch(/^rostergate: There is /);
    }
  });
});

describe('the command line and a data folder', () => {
  test('makes one for an import, shows the first secrets once and apart from the result, and keeps the data', async () => {
    const line = await makeCommandLine({ PORT: '1' });
    try {
      const nothing = await line.run(['runs']);
      expect(nothing.code).toBe(1);
      expect(nothing.stderr).toContain('No gateway runs here and there is no data folder');
      const path = await line.file('two.xml', enterpriseFile({ persons: ['p1', 'p2'] }));
      const first = await line.json<Run>('import', path);
      expect(first).toMatchObject({ code: 0, value: { counts: { person: { created: 2 } } } });
      expect(first.stderr).toContain('Admin key');
      const second = await line.json<Run>('import', path);
      expect(second).toMatchObject({ code: 0, value: { counts: { person: { unchanged: 2 } } } });
      expect(second.stderr).not.toContain('Admin key');
    } finally {
      await line.close();
    }
  });
});
