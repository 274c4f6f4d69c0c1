import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bodyOf, openSnapshots, row, type Snapshots } from '../protocols/srs-snapshot/snapshots.ts';

const run = promisify(execFile);
const isHere = await run('curl', ['--version']).then(
  () => true,
  () => false,
);
const needed = process.env['ROSTERGATE_INTEROP'] === 'all';
if (!isHere && !needed) console.log('skipped: install curl');
const describeWhereHere = isHere || needed ? describe : describe.skip;

describeWhereHere('A record system that pushes by curl', () => {
  let all: Snapshots;
  let folder: string;
  let key: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rostergate-push-'));
    all = await openSnapshots();
    key = await all.make('uni');
  });
  afterAll(async () => {
    await all?.doors.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Status and body of what curl is answered. */
  async function curl(...args: string[]): Promise<{ status: number; json: Record<string, unknown> }> {
    const { stdout } = await run('curl', ['-sS', '-w', '\n%{http_code}', ...args]);
    const at = stdout.lastIndexOf('\n');
    return { status: Number(stdout.slice(at + 1)), json: JSON.parse(stdout.slice(0, at)) as Record<string, unknown> };
  }

  async function push(body: string, header = `API_KEY: ${key}`) {
    const path = join(folder, 'students.json');
    await writeFile(path, body);
    const headers = ['-H', header, '-H', 'Cache-Control: no-cache', '-H', 'Content-Type: application/json'];
    return curl('-X', 'POST', ...headers, '--data-binary', `@${path}`, `${all.doors.url}/v1/sync`);
  }

  async function followed(id: unknown): Promise<Record<string, unknown>> {
    for (;;) {
      const { json } = await curl('-H', `API_KEY: ${key}`, `${all.doors.url}/v1/sync/${String(id)}`);
      if (json['state'] !== 'queued' && json['state'] !== 'running') return json;
    }
  }

  test('is answered at once, follows its run, and sees who is absent disabled', async () => {
    const first = await push(bodyOf('uni', ...['1', '2', '3'].map((id) => row(id))));
    expect(first).toMatchObject({ status: 202, json: { feed: 'uni', dryRun: false } });
    expect(await followed(first.json['run'])).toMatchObject({ state: 'done', counts: { person: { created: 3 } } });
    const second = await push(bodyOf('uni', row('1'), row('2')), `API-KEY: ${key}`);
    expect(await followed(second.json['run'])).toMatchObject({
      state: 'done',
      counts: { person: { inFile: 2, unchanged: 2, disabled: 1 } },
    });
    expect((await all.person('uni', '3'))?.state).toBe('disabled');
  });

  test('with a body of more than a megabyte, for which curl waits to be asked (Expect: 100-continue)', async () => {
    const rows = Array.from({ length: 6_000 }, (_, at) => row(String(at + 1)));
    const sent = await push(bodyOf('uni', ...rows));
    expect(sent.status).toBe(202);
    expect(await followed(sent.json['run'])).toMatchObject({ state: 'done', counts: { person: { inFile: 6_000 } } });
  });

  test('is told of a wrong key and of a body that is no snapshot, and nothing is changed', async () => {
    expect(await push('{"students":[]}')).toMatchObject({ status: 400, json: { code: 'unreadable-input' } });
    expect(await push(bodyOf('uni'), 'API_KEY: wrong')).toMatchObject({
      status: 401,
      json: { code: 'unauthenticated' },
    });
    expect((await all.person('uni', '1'))?.state).toBe('active');
  });
});
