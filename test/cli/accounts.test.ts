import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../setup/database.ts';
import { enterpriseFile } from '../setup/enterprise-file.ts';
import { type CommandLine, makeCommandLine } from './command-line.ts';

let database: TestDatabase;
let line: CommandLine;
beforeAll(async () => {
  database = await testDatabase();
  line = await makeCommandLine({ MONGODB_URI: database.uri, PORT: '1', BOOTSTRAP_PASSWORD: 'first' });
});
afterAll(async () => {
  await line.close();
  await database.close();
});

test('Accounts are looked at by their ids, found by what they sign on with, and listed when they change', async () => {
  const path = join(line.folder, 'a.xml');
  await writeFile(path, enterpriseFile({ persons: ['p1', 'p2'] }).replace('<name>', '<userid>ada</userid><name>'));
  expect((await line.run(['import', path, '--feed', 'sis'])).code).toBe(0);
  expect((await line.run(['account-status', 'p1', '--by', 'id'])).stdout).toMatch(/^active since \d{4}-/);
  expect(await line.run(['account-status', 'nobody', '--by', 'username'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no person of that name.'),
  });
  const found = JSON.parse((await line.run(['identify', 'ADA', '--json'])).stdout) as { items: { imsId: string }[] };
  expect(found.items).toMatchObject([{ imsId: 'p1', types: expect.arrayContaining(['username']) }]);
  expect((await line.run(['identify', 'ada', '--type', 'email'])).code).toBe(1);
  const changed = await line.run(['account-changes', '2000-01-01']);
  expect(changed.stdout.match(/ active /g)).toHaveLength(2);
  expect((await line.run(['account-changes', 'yesterday'])).code).toBe(2);
  expect((await line.run(['account-status', 'p1', '--by', 'shoe'])).code).toBe(2);
}, 60_000);
