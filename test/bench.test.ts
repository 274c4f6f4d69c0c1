import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs the bench as `npm run bench -- …` does, on data too small to say anything about speed. */
async function bench(...options: readonly string[]): Promise<string> {
  const program = ['--expose-gc', '--import', 'tsx', 'bench/run.ts'];
  const { stdout } = await run(process.execPath, [...program, '--scale', '0.002', ...options], { cwd: root });
  return stdout;
}

/** One measure of each family; `BENCH_MEASURES=all` tries all but those of memory. */
const some = ['changed-import', 'changed-list', 'changed-push', 'user-page', 'read-person', 'create-persons'];
const all = [
  'first-import',
  'unchanged-import',
  'changed-import',
  'unchanged-list',
  'changed-list',
  'unchanged-push',
  'changed-push',
  'user-page',
  'filtered-page',
  'user-by-id',
  'enrollment-crawl',
  'far-page',
  'read-person',
  'create-person',
  'create-persons',
  'read-under-import',
  'create-under-import',
  'page-under-import',
];

test('`npm run bench -- --json` prints one JSON line a measure, with its value, its floor and their ratio', async () => {
  const names = process.env['BENCH_MEASURES'] === 'all' ? all : some;
  const text = await bench('--json', '--only', names.slice(0, 2).join(','), '--only', names.slice(2).join(','));
  const lines = text.trim().split('\n');
  const findings = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(findings.map(({ bench: name }) => name)).toEqual(names);
  for (const finding of findings) {
    expect(Object.keys(finding)).toEqual(['bench', 'value', 'floor', 'ratio', 'unit']);
    for (const field of ['value', 'floor', 'ratio']) expect(finding[field]).toBeGreaterThan(0);
    expect(['records/s', 'requests/s', 'ms']).toContain(finding['unit']);
  }
}, 300_000);

test('What this machine cannot do is skipped with a printed reason', async () => {
  const program = ['--expose-gc', '--import', 'tsx', 'bench/run.ts', '--json', '--only', 'sftp-upload'];
  const env = { ...process.env, ROSTERGATE_SSHD: '/no/such/sshd' };
  const { stdout, stderr } = await run(process.execPath, program, { cwd: root, env });
  expect([stdout, stderr]).toEqual(['', expect.stringContaining('sftp-upload is skipped: install openssh-server')]);
}, 120_000);

test('An unknown measure is refused with the names of all', async () => {
  await expect(bench('--only', 'nonsense')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('memory-10m'),
  });
}, 30_000);
