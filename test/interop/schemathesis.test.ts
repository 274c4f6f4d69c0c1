import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { discovered } from '../../src/protocols/oneroster-rest/discovery/index.ts';
import { fillMixedTenant } from '../protocols/oneroster-rest/mixed-tenant.ts';
import { type Doors, startDoors } from '../setup/doors.ts';

const run = promisify(execFile);
const command = process.env['ROSTERGATE_SCHEMATHESIS'] ?? 'schemathesis';
const isHere = await run(command, ['--version']).then(
  () => true,
  () => false,
);
const needed = process.env['ROSTERGATE_INTEROP'] === 'all';
if (!isHere && !needed) console.log('skipped: pip install schemathesis, or set ROSTERGATE_SCHEMATHESIS');
const describeWhereHere = isHere || needed ? describe : describe.skip;

/** What every answer must hold to: no 500, no status, media type or body that the document does not have. */
const checks = 'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance';

/** The part of a report that speaks of the gateway; errors of the program itself are not among it. */
function findingsIn(report: string): string {
  const from = report.indexOf('= FAILURES =');
  if (from >= 0) return report.slice(from);
  return / ERRORS =/.test(report) && !/Network Error|Schema Error|Connection/i.test(report) ? '' : report;
}

describeWhereHere('schemathesis finds nothing wrong with', () => {
  let doors: Doors;
  let folder: string;
  beforeAll(async () => {
    doors = await startDoors();
    await fillMixedTenant(doors.roster, { ...doors.context, writer: 'credential:sis' });
    folder = await mkdtemp(join(tmpdir(), 'rostergate-schemathesis-'));
  });
  afterAll(async () => {
    await doors.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function findings(path: string, authorization: string, more: readonly string[]): Promise<string> {
    const own = ['run', doors.url + path, '-H', `Authorization: ${authorization}`, '--checks', checks];
    const bounds = ['--seed', '42', '--generation-deterministic', '-n', '6', '-w', '1', '--no-color', '--no-shrink'];
    const limits = { cwd: folder, maxBuffer: 64 * 1024 * 1024, timeout: 280_000 };
    return run(command, [...own, ...bounds, '--phases', 'coverage,fuzzing', '--warnings', 'off', ...more], limits).then(
      () => '',
      (error: { stdout?: string; message: string }) => findingsIn(error.stdout ?? error.message),
    );
  }

  test.each(discovered)(
    '$title',
    async ({ paths }) => {
      expect(await findings(paths[0] ?? '', await doors.token(), [])).toBe('');
    },
    300_000,
  );

  test('the admin API', async () => {
    // Streams of events do not end by themselves, and a deleted feed or credential would end the test itself.
    const excluded = ['--exclude-path-regex', 'events|downstream', '--exclude-method', 'DELETE'];
    expect(await findings('/api/v1/openapi.json', doors.admin, excluded)).toBe('');
  }, 300_000);
});
