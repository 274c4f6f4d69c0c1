import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DownstreamReport } from '../../src/sync/index.ts';
import { type TestDatabase, testDatabase } from '../setup/database.ts';
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

const url = 'https://lms.example/soap/ImsEnterpriseServicesPort';

test('A downstream is set up with the password from standard input, shown, changed and ended', async () => {
  const set = ['--set', `url=${url}`, 'user=sis', '--password'];
  const made = await line.spawn(['downstream', ...set, '--json'], 'top-secret\n');
  expect(made).toMatchObject({ code: 0 });
  expect((JSON.parse(made.stdout) as DownstreamReport).settings).toMatchObject({ url, user: 'sis', paused: false });
  expect((await line.run(['downstream', '--set', 'paused=true'])).code).toBe(0);
  const elsewhere = await line.run(['downstream', '--set', 'url=https://elsewhere.example/soap']);
  expect(elsewhere.code).toBe(2);
  expect(elsewhere.stderr).toContain('The setting password is needed with an address at another server');
  const unknown = await line.run(['downstream', '--set', 'colour=red']);
  expect(unknown.stderr).toBe('rostergate: The setting colour is not known here.\n');
  const shown = await line.run(['downstream']);
  expect(shown).toMatchObject({ code: 0 });
  expect(shown.stdout).toContain(`url=${url}\n`);
  expect(shown.stdout).toContain('State: paused\n');
  expect(made.stdout + made.stderr + shown.stdout).not.toContain('top-secret');
  expect((await line.run(['downstream', '--resend'])).code).toBe(0);
  expect((await line.run(['dead-letters'])).stdout).toContain('0 of 0 dead letters');
  expect((await line.run(['dead-letters', '--retry-all'])).stdout).toBe('0 put in line to be sent again.\n');
  expect((await line.run(['dead-letters', '--drop', 'person-a'])).code).toBe(1);
  expect((await line.run(['downstream', '--off'])).code).toBe(0);
  const [ended, retried] = [await line.run(['downstream']), await line.run(['dead-letters', '--retry-all'])];
  expect([ended.code, retried.code]).toEqual([1, 1]);
  expect(retried.stderr).toBe(ended.stderr);
}, 60_000);

test.each([
  ['a password on the command line', ['downstream', '--set', `url=${url}`, 'user=sis', 'password=top-secret']],
  ['no password on standard input', ['downstream', '--set', `url=${url}`, 'user=sis', '--password']],
  ['a new downstream without a password', ['downstream', '--set', `url=${url}`, 'user=sis']],
  ['two things at once', ['downstream', '--resend', '--off']],
  ['two things at once with dead letters', ['dead-letters', '--retry', 'a', '--drop', 'b']],
  ['an address that may not be asked', ['downstream', '--set', 'url=http://10.0.0.1/', 'user=x']],
])('%s is wrong usage', async (_name, args) => {
  const ended = await line.run(args);
  expect(ended.code).toBe(2);
  expect(ended.stdout).toBe('');
});
