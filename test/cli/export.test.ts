import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { file, group, ids, membership, person } from '../sync/feeds.ts';
import { type CommandLine, makeCommandLine } from './command-line.ts';
import { ways } from './ways.ts';

interface Written {
  readonly file: string;
  readonly bytes: number;
  readonly counts: Record<string, number>;
}

describe.each(Object.entries(ways))('rostergate export by %s', (_, open) => {
  let line: CommandLine;
  let end: () => Promise<void>;
  let run: string;
  beforeAll(async () => {
    const { settings, close } = await open();
    line = await makeCommandLine(settings);
    end = close;
    const members = ids('p', 3);
    const text = file(...members.map((id) => person(id)), group('k'), membership('k', members));
    const taken = await line.json<{ id: string }>('import', await line.file('a.xml', text));
    run = taken.value.id;
  });
  afterAll(async () => {
    await line.close();
    await end();
  });

  test('writes a package, reads it back and says what it holds', async () => {
    const path = join(line.folder, 'all.zip');
    const { code, value } = await line.json<Written>('export', '-o', path);
    expect(code).toBe(0);
    expect(value).toEqual({
      file: path,
      format: 'oneroster-csv-1.2.1',
      bytes: statSync(path).size,
      counts: { academicSessions: 1, courses: 1, classes: 1, users: 3, roles: 3, enrollments: 3, orgs: 1 },
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('writes IMS Enterprise XML, to standard output too', async () => {
    const path = join(line.folder, 'all.xml');
    const { value } = await line.json<Written>('export', '--format', 'ims-enterprise-xml', '-o', path);
    expect(value.counts).toEqual({ persons: 3, groups: 1, members: 3 });
    const { stdout, stderr } = await line.run(['export', '--format', 'ims-enterprise-xml', '-o', '-']);
    const timeless = (text: string) => text.replace(/<datetime>.*<\/datetime>/, '');
    expect(timeless(stdout)).toBe(timeless(readFileSync(path, 'utf8')));
    expect(stderr).toContain(`${Buffer.byteLength(stdout)} bytes written.`);
  });

  test('writes what has changed since a run', async () => {
    const path = join(line.folder, 'none.zip');
    const { value } = await line.json<Written>('export', '--run', run, '-o', path);
    expect(value.counts).toEqual({});
    const { stdout } = await line.run(['export', '--since', '2020-01-01', '-o', path]);
    expect(stdout).toContain('3 users, 3 roles, 3 enrollments');
  });

  test('refuses what cannot be, and leaves nothing behind', async () => {
    const before = readdirSync(line.folder).sort();
    const unknown = await line.run(['export', '--run', 'nobody', '-o', join(line.folder, 'x.zip')]);
    expect([unknown.code, unknown.stderr]).toEqual([1, 'rostergate: There is no run nobody.\n']);
    const nowhere = await line.run(['export', '-o', join(line.folder, 'no', 'x.zip')]);
    expect(nowhere.code).not.toBe(0);
    expect(nowhere.stderr).toContain('cannot be written: ENOENT');
    expect((await line.run(['export', '--format', 'pdf'])).code).toBe(2);
    expect(readdirSync(line.folder).sort()).toEqual(before);
  });
});
