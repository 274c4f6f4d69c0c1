import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SubscriberList } from '../../src/notify/index.ts';
import { startAdmin } from '../admin/gateway.ts';
import { type TestDatabase, testDatabase } from '../setup/database.ts';
import { demo } from '../setup/services.ts';
import { type CommandLine, makeCommandLine } from './command-line.ts';

const mails = {
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: 'Roster <roster@school.example>',
  PUBLIC_URL: 'https://roster.school.example',
};
const entered = ['--set', 'notices.subscribers=[{"address":"it@school.example"}]'];

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const listOf = async (line: CommandLine) =>
  JSON.parse((await line.run(['subscribers', 'nightly', '--json'])).stdout) as SubscriberList;

test('Subscribers are listed, added to wait for their link, and taken off', async () => {
  const line = await makeCommandLine({ MONGODB_URI: database.uri, PORT: '1', BOOTSTRAP_PASSWORD: 'first', ...mails });
  try {
    expect(await line.run(['feed', 'nightly', ...entered])).toMatchObject({ code: 0 });
    const options = ['--add', 'head@school.example', '--digest', '--hears', 'held,failed'];
    expect((await line.run(['subscribers', 'nightly', ...options])).stdout).toContain('A mail with a link goes to');
    const { items } = await listOf(line);
    expect(items).toMatchObject([
      { address: 'it@school.example', how: 'each', state: 'on', by: 'settings' },
      { address: 'head@school.example', how: 'digest', hears: ['held', 'failed'], state: 'asked', by: 'subscription' },
    ]);
    for (const { id } of items) {
      expect((await line.run(['subscribers', 'nightly', '--remove', id])).stdout).toContain(
        `subscriber ${id} any more`,
      );
    }
    expect((await line.run(['subscribers', 'nightly'])).stdout).toBe('Nobody.\n');
    expect((await line.run(['subscribers', 'nightly', '--remove', 'x'])).code).toBe(1);
    expect((await line.run(['subscribers', 'nightly', '--add', 'nobody'])).code).toBe(1);
    expect((await line.run(['subscribers', 'nightly', '--add', 'a@b.example', '--remove', 'x'])).code).toBe(2);
    expect((await line.run(['subscribers', 'nightly', '--add', 'a@b.example', '--hears', 'all'])).code).toBe(2);
  } finally {
    await line.close();
  }
}, 60_000);

test('A running gateway without a mail server says so', async () => {
  const gateway = await startAdmin();
  const url = gateway.url.replace(/\/api\/v1$/, '');
  const line = await makeCommandLine({ ROSTERGATE_URL: url, ROSTERGATE_KEY: demo.password });
  try {
    await line.run(['feed', 'nightly', ...entered]);
    const shown = await line.run(['subscribers', 'nightly']);
    expect(shown.stdout).toContain('it@school.example');
    expect(shown.stdout).toContain('No mails are sent: SMTP_URL is not set.\n');
    const refused = await line.run(['subscribers', 'nightly', '--add', 'a@b.example']);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('set SMTP_URL, MAIL_FROM and PUBLIC_URL'),
    });
    const [entry] = (await listOf(line)).items;
    expect((await line.run(['subscribers', 'nightly', '--remove', entry?.id ?? ''])).code).toBe(0);
    expect((await listOf(line)).items).toEqual([]);
  } finally {
    await line.close();
    await gateway.close();
  }
}, 60_000);

test('A mail server without a sender is refused at the start', async () => {
  const line = await makeCommandLine({ MONGODB_URI: database.uri, PORT: '1', SMTP_URL: mails.SMTP_URL });
  const refused = await line.run(['feeds']);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('SMTP_URL is set and MAIL_FROM is not');
  await line.close();
}, 60_000);
