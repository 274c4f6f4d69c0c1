import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChangeItem, Feed, Listing, ProblemItem, Run } from '../../src/sync/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { type CommandLine, makeCommandLine } from './command-line.ts';
import { ways } from './ways.ts';

describe.each(Object.entries(ways))('reports and Plans work with %s', (_way, start) => {
  let line: CommandLine;
  let close: () => Promise<void>;
  let first: Run;
  beforeAll(async () => {
    const started = await start();
    line = await makeCommandLine(started.settings);
    ({ close } = started);
    const text = enterpriseFile({ persons: manyIds('p', 60), groups: ['g1'], members: ['g1/p1', 'g1/p2'] });
    const path = await line.file('first.xml', text.replace('</enterprise>', '<person/></enterprise>'));
    first = (await line.json<Run>('import', path, '--feed', 'sis', '--mode', 'full')).value;
  });
  afterAll(async () => {
    await line.close();
    await close();
  });

  test('changes are listed for people, for machines and as CSV in a file', async () => {
    const few = await line.json<Listing<ChangeItem>>('changes', first.id, '--type', 'person', '--limit', '50');
    expect(few).toMatchObject({ code: 0, value: { total: 60 } });
    const next = String(few.value.next);
    const rest = await line.json<Listing<ChangeItem>>('changes', first.id, '--type', 'person', '--cursor', next);
    expect(rest.value.items).toHaveLength(10);
    const { stdout } = await line.run(['changes', first.id, '--action', 'created', '--type', 'group']);
    expect(stdout).toBe('created group g1 (Group g1)\n1 of 1 changes\n');
    const path = join(line.folder, 'changes.csv');
    expect(await line.run(['changes', first.id, '--csv', '-o', path])).toMatchObject({ code: 0, stdout: '' });
    expect((await readFile(path, 'utf8')).split('\r\n')).toHaveLength(1 + 60 + 1 + 2 + 1);
    expect((await stat(path)).mode & 0o077).toBe(0);
  });

  test('problems are listed with their places, and as CSV on standard output', async () => {
    const { value } = await line.json<Listing<ProblemItem>>('problems', first.id, '--kind', 'rejected.missing-id');
    expect(value).toMatchObject({ items: [{ kind: 'rejected.missing-id', file: 'first.xml' }], total: 1 });
    const { stdout } = await line.run(['problems', first.id, '--kind', 'rejected.missing-id', '--csv']);
    expect(stdout).toMatch(/^file,line,id,field,code,message,type\r\nfirst\.xml,\d+,,,rejected\.missing-id,/);
    expect((await line.run(['problems', first.id])).stdout).toContain('rejected.missing-id');
  });

  test('the log of a run has the words of the certification', async () => {
    const { stdout } = await line.run(['log', first.id]);
    expect(stdout).toContain('Test Identifier:    first.xml\n');
    expect(stdout).toContain('Status:             Fail\n');
    expect((await line.run(['log', first.id, '--csv'])).stdout).toMatch(/^Test Identifier,Test Date,Status,/);
  });

  test('what is asked for wrongly ends with 2, a run that is not there with 1', async () => {
    for (const args of [
      ['changes', first.id, '-o', 'x.csv'],
      ['problems', first.id, '--csv', '--json'],
      ['changes', first.id, '--action', 'x'],
      ['merge', first.id],
      ['merge', first.id, 'p1', '--all'],
      ['rollover', 'g1', '--title', 'x'],
      ['crosswalk', join(line.folder, 'none.csv'), '--feed', 'sis'],
      ['feed-window', 'sis', 'x', '--kind', 'paused'],
      ['feed', 'sis', '--delete', '--set', 'mode=full'],
    ]) {
      expect({ args, code: (await line.run(args)).code }).toEqual({ args, code: 2 });
    }
    for (const args of [['changes'], ['problems'], ['pairs'], ['log'], ['undo'], ['merge', '--all']]) {
      expect({ args, code: (await line.run([...args, 'none'])).code }).toEqual({ args, code: 1 });
    }
  });

  test('a held run says what to look at and how to go on', async () => {
    const path = await line.file('few.xml', enterpriseFile({ persons: manyIds('p', 20), groups: ['g1'], members: [] }));
    const { code, stdout } = await line.run(['import', path, '--feed', 'sis', '--mode', 'full']);
    expect(code).toBe(3);
    const [, id = ''] = /npx rostergate changes (\S+)/.exec(stdout) ?? [];
    expect(stdout).toMatch(/^Held: 40 of 60 \(66.67 %\) person deletes; the limit is 10 %\./m);
    const { value } = await line.json<Listing<ChangeItem>>('changes', id, '--action', 'trashed', '--type', 'person');
    expect(value.total).toBe(40);
    expect((await line.run(['reject', id])).code).toBe(0);
  });

  test('pairs are shown and merged when the run is approved', async () => {
    const named = (id: string) =>
      `<person><sourcedid><source>SIS</source><id>${id}</id></sourcedid><name><fn>Ann Ek</fn><n><family>Ek</family><given>Ann</given></n></name><email>ann@x.example</email></person>`;
    const file = (id: string) => line.file('one.xml', `<enterprise>${named(id)}</enterprise>`);
    const full = ['--feed', 'keys', '--mode', 'full'];
    await line.run(['feed', 'keys', '--set', 'keyChanges=hold', 'reviewMatches=false']);
    expect((await line.run(['import', await file('old'), ...full])).code).toBe(0);
    const held = await line.json<Run>('import', await file('new'), ...full);
    expect(held).toMatchObject({ code: 3, value: { pairs: { keyChanges: 1, merged: 0 } } });
    const { stdout } = await line.run(['pairs', held.value.id]);
    expect(stdout).toMatch(/^key-change +old +new +Ann Ek +email +no$/m);
    const merged = await line.json<Run>('merge', held.value.id, 'new');
    expect(merged).toMatchObject({ code: 0, value: { pairs: { merged: 1 } } });
    const approved = await line.json<Run>('approve', held.value.id);
    expect(approved).toMatchObject({
      code: 0,
      value: { state: 'done', counts: { person: { renamed: 1, created: 0 } } },
    });
  });

  test('a run is undone, dry first', async () => {
    const path = await line.file('more.xml', enterpriseFile({ persons: ['x1', 'x2'] }));
    const run = (await line.json<Run>('import', path, '--feed', 'other')).value;
    const dry = await line.json<Run>('undo', run.id, '--dry-run');
    expect(dry).toMatchObject({ code: 0, value: { kind: 'undo', dryRun: true, counts: { person: { trashed: 2 } } } });
    const { code, stdout } = await line.run(['undo', run.id]);
    expect(code).toBe(0);
    expect(stdout).toContain(`Undo of the run ${run.id}`);
    expect((await line.json<Run>('run', run.id)).value.state).toBe('undone');
    expect((await line.json<Listing<Run>>('runs', '--kind', 'undo')).value.total).toBe(2);
  });

  test('a crosswalk and a rollover are followed to their end', async () => {
    const path = await line.file('ids.csv', 'oldId,newId\np1,q1\n');
    const moved = await line.json<Run>('crosswalk', path, '--feed', 'sis', '--dry-run');
    expect(moved).toMatchObject({ code: 0, value: { kind: 'crosswalk', counts: { person: { renamed: 1 } } } });
    const year = await line.json<Run>('rollover', 'g1', '--dry-run', '--next', 'g2', '--title', 'Next');
    expect(year).toMatchObject({ code: 0, value: { kind: 'rollover', counts: { group: { created: 1, trashed: 1 } } } });
    const never = await line.run(['rollover', 'g1', '--next', 'g2', '--start', '2027-13-45', '--dry-run']);
    expect(never).toMatchObject({ code: 2, stderr: expect.stringContaining('next.start must be a day') });
    const nowhere = await line.run(['crosswalk', path, '--feed', 'nofeed']);
    expect(nowhere).toMatchObject({ code: 1, stderr: 'rostergate: There is no feed nofeed.\n' });
  });

  test('windows of a feed are set, replaced and removed; a paused feed skips its files', async () => {
    const days = ['--from', '2020-01-01', '--until', '2099-12-31'];
    const windows = async () => (await line.json<Feed>('feed', 'sis')).value.windows;
    const limits = '{"person":{"delete":{"percent":90}}}';
    const raised = ['feed-window', 'sis', 'w1', '--kind', 'raised-limits', ...days, '--limits', limits];
    expect((await line.run(raised)).stdout).toContain('windows=[{"name":"w1"');
    expect((await line.run(['feed-window', 'sis', 'w2', '--kind', 'paused', ...days])).code).toBe(0);
    expect((await line.run(['feed-window', 'sis', 'w1', '--kind', 'additions-only', ...days])).code).toBe(0);
    expect((await windows()).map(({ name, kind }) => `${name} ${kind}`)).toEqual(['w2 paused', 'w1 additions-only']);
    const path = await line.file('paused.xml', enterpriseFile({ persons: ['z'] }));
    const { code, stdout } = await line.run(['import', path, '--feed', 'sis']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/: skipped\n.*\nThe feed sis is paused until 2099-12-31/);
    for (const name of ['w1', 'w2']) await line.run(['feed-window', 'sis', name, '--remove']);
    expect(await windows()).toEqual([]);
    const none = await line.run(['feed-window', 'sis', 'w1', '--remove']);
    expect(none).toMatchObject({ code: 1, stderr: 'rostergate: There is no window w1.\n' });
  });

  test('what helps is said by what went wrong', async () => {
    const ended = async (...args: string[]) => (await line.run(args)).stdout;
    const own = await ended('rollover', 'g1', '--next', 'g1');
    expect(own).toContain('Put right what the message names, then begin the rollover again.');
    const list = await line.file('no-list.csv', 'a,b\n1,2\n');
    expect(await ended('crosswalk', list, '--feed', 'sis')).toContain('a CSV with the columns oldId and newId; put it');
    const typed = await line.file('dtd.xml', '<!DOCTYPE enterprise []><enterprise/>');
    expect(await ended('import', typed, '--feed', 'sis')).toMatch(/forbidden-input.*\n.*a DTD and its entities/);
    await line.run(['feed', 'fewer', '--set', 'onBreach=no-deletes', 'mode=full']);
    const [many, few] = [manyIds('w', 60), manyIds('w', 20)].map((persons) => enterpriseFile({ persons }));
    await ended('import', await line.file('many.xml', many ?? ''), '--feed', 'fewer');
    const withheld = await ended('import', await line.file('less.xml', few ?? ''), '--feed', 'fewer');
    expect(withheld).toMatch(/warning\.withheld.*\n +Look at the file and at the limits that were exceeded/);
  });

  test('a feed that lists nothing is deleted, one that lists records is not', async () => {
    await line.run(['feed', 'empty', '--set', 'schedule=0 2 * * *']);
    expect((await line.json<Feed>('feed', 'empty')).value.schedule).toBe('0 2 * * *');
    expect((await line.run(['feed', 'empty', '--delete'])).code).toBe(0);
    expect((await line.run(['feed', 'empty'])).code).toBe(1);
    expect((await line.run(['feed', 'sis', '--delete'])).stderr).toContain('lists');
  });
});
