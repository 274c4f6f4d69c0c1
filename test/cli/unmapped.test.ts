import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { list, row } from '../protocols/list-csv/lists.ts';
import { type CommandLine, makeCommandLine } from './command-line.ts';

describe('rostergate unmapped', () => {
  let line: CommandLine;
  beforeAll(async () => {
    line = await makeCommandLine({ BOOTSTRAP_TENANT: 'demo', BOOTSTRAP_USER: 'sis', BOOTSTRAP_PASSWORD: 'a-password' });
  });
  afterAll(() => line.close());

  test('shows what is not mapped as a table, as JSON and as CSV', async () => {
    expect(await line.run(['feed', 'alumni', '--set', 'protocol=list-csv'])).toMatchObject({ code: 0 });
    expect((await line.run(['unmapped', 'alumni'])).stdout).toBe('No file of this feed was read yet.\n');
    const file = await line.file('list.csv', list(row('1', { type: 'Wizard' }), row('2', { type: 'wizard' })));
    await line.run(['import', file, '--feed', 'alumni', '--dry-run']);
    const shown = await line.run(['unmapped', 'alumni']);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/STAKEHOLDERS +Wizard +2 +2 +list\.userTypes/);
    expect((await line.json('unmapped', 'alumni')).value).toMatchObject({
      total: 1,
      items: [{ column: 'STAKEHOLDERS', value: 'Wizard', rows: 2, entry: { value: 'Wizard', role: null } }],
    });
    const path = join(line.folder, 'unmapped.csv');
    expect(await line.run(['unmapped', 'alumni', '--csv', '-o', path])).toMatchObject({ code: 0 });
    expect(await readFile(path, 'utf8')).toBe((await line.run(['unmapped', 'alumni', '--csv'])).stdout);
    expect(await readFile(path, 'utf8')).toContain('STAKEHOLDERS,Wizard,2,2,list.userTypes,');
  });

  test('says what is wrong', async () => {
    expect(await line.run(['unmapped', 'nobody'])).toMatchObject({ code: 1 });
    expect(await line.run(['unmapped', 'alumni', '-o', 'x.csv'])).toMatchObject({ code: 2 });
  });
});
