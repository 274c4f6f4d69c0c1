import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JobItem } from '../../src/jobs/index.ts';
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

test('Jobs are listed, worked on at once, and forgotten when they are dead', async () => {
  const settings = ['transport=folder', 'folder={"path":"nightly"}', 'schedule=0 2 * * *'];
  const set = await line.run(['feed', 'nightly', '--set', ...settings]);
  expect(set).toMatchObject({ code: 0 });
  const { items } = JSON.parse((await line.run(['jobs', '--json'])).stdout) as { items: JobItem[] };
  expect(items).toMatchObject([{ kind: 'slot', key: 'nightly', state: 'waiting', attempts: 0, problem: null }]);
  const id = items[0]?.id ?? '';
  const shown = await line.run(['jobs', '--state', 'waiting', '--kind', 'slot']);
  expect(shown.stdout).toContain(`${id}  slot  nightly  waiting  ${items[0]?.dueAt.slice(0, 19)}`);
  expect(shown.stdout).toContain('1 of 1 jobs\n');
  expect((await line.run(['jobs', '--retry', id])).stdout).toBe(`The job ${id} is worked on now.\n`);
  expect((await line.run(['jobs', '--drop', id])).stderr).toContain('only a dead job can be deleted');
  await database.connection.collection('jobs').updateOne({ key: 'nightly' }, { $set: { state: 'dead' } });
  expect((await line.run(['jobs', '--drop', id])).stdout).toBe(`The job ${id} is forgotten.\n`);
  expect((await line.run(['jobs', '--retry', id])).code).toBe(1);
  expect((await line.run(['jobs', '--retry', id, '--drop', id])).code).toBe(2);
  expect((await line.run(['jobs', '--state', 'lost'])).code).toBe(2);
}, 60_000);
