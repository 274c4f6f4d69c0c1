import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ArchivedItem, RecordLocks, RestoreResult } from '../../src/roster/index.ts';
import type { Listing, Run } from '../../src/sync/index.ts';
import { enterpriseFile } from '../setup/enterprise-file.ts';
import { type CommandLine, makeCommandLine } from './command-line.ts';
import { ways } from './ways.ts';

describe.each(Object.entries(ways))('records by the command line with %s', (_way, start) => {
  let line: CommandLine;
  let close: () => Promise<void>;
  const course = (status: string) => `<group${status}><sourcedid><source>SIS</source><id>k1</id></sourcedid>
    <grouptype><typevalue level="1">Course</typevalue></grouptype><description><short>Algebra</short></description></group>`;
  beforeAll(async () => {
    const started = await start();
    line = await makeCommandLine(started.settings);
    ({ close } = started);
    const file = enterpriseFile({ persons: ['p1'] }).replace('</enterprise>', `${course('')}</enterprise>`);
    expect((await line.json<Run>('import', await line.file('a.xml', file))).code).toBe(0);
  });
  afterAll(async () => {
    await line.close();
    await close();
  });

  test('lock names the fields that feeds may not change, unlock releases them', async () => {
    const locked = await line.json<RecordLocks>('lock', 'p1', 'email', 'name');
    expect(locked).toMatchObject({ code: 0, value: { type: 'person', locks: ['email', 'name'] } });
    const { guid } = locked.value;
    expect((await line.run(['lock', 'p1', 'url', '--type', 'person'])).stdout).toBe(`person ${guid}: locked are url\n`);
    expect((await line.run(['unlock', guid])).stdout).toBe(`person ${guid}: nothing is locked\n`);
    expect((await line.run(['lock', 'p1', 'none'])).stderr).toContain('A person has no field none that may be locked');
    expect((await line.run(['unlock', 'nobody'])).code).toBe(1);
  });

  test('archived lists courses that were removed; restore brings them back, also by a search', async () => {
    const file = `<enterprise><properties><datasource>Test SIS</datasource><datetime>2026-01-02T00:00:00</datetime></properties>
      <person recstatus="3"><sourcedid><source>SIS</source><id>p1</id></sourcedid></person>${course(' recstatus="3"')}</enterprise>`;
    expect((await line.json<Run>('import', await line.file('b.xml', file))).code).toBe(0);
    const { value } = await line.json<Listing<ArchivedItem>>('archived', '--q', 'alg');
    expect(value).toMatchObject({ total: 1, items: [{ sourcedId: 'k1', name: 'Algebra' }] });
    expect((await line.run(['archived'])).stdout).toContain('1 of 1 in the archive');
    expect((await line.run(['restore', value.items[0]?.id ?? ''])).code).toBe(0);
    expect((await line.run(['archived'])).stdout).toContain('0 of 0 in the archive');
    const found = await line.json<{ items: RestoreResult[] }>('restore', '--search', 'Person', '--type', 'person');
    expect(found).toMatchObject({ code: 0, value: { items: [{ restored: true }] } });
    expect((await line.run(['restore', '--search', 'x', '--run', 'y'])).code).toBe(2);
    expect((await line.run(['restore', 'id', '--type', 'person'])).code).toBe(2);
  });
});
