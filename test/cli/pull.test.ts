import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeOneRosterCsvReader } from '../../src/protocols/oneroster-csv/index.ts';
import type { Run } from '../../src/sync/index.ts';
import { startAdmin } from '../admin/gateway.ts';
import { startQuirksServer } from '../protocols/oneroster-pull/quirks-server.ts';
import { timedRoster } from '../protocols/oneroster-pull/timed-roster.ts';
import { startRestServer } from '../protocols/rest-pull/rest-server.ts';
import { demo } from '../setup/services.ts';
import { type CommandLine, makeCommandLine } from './command-line.ts';

const roster = timedRoster();
let gateway: Awaited<ReturnType<typeof startAdmin>>;
let server: Awaited<ReturnType<typeof startQuirksServer>>;
let line: CommandLine;
beforeAll(async () => {
  gateway = await startAdmin({ readers: [makeOneRosterCsvReader()] });
  server = await startQuirksServer(roster.collections);
  const url = gateway.url.replace(/\/api\/v1$/, '');
  line = await makeCommandLine({ ROSTERGATE_URL: url, ROSTERGATE_KEY: demo.password });
});
afterAll(() => Promise.all([line.close(), gateway.close(), server.close()]));

test('A feed is pulled in full, then by changes, and in full again where that is asked for; the report says which', async () => {
  const response = await fetch(`${gateway.url}/feeds/sis`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${demo.password}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      pull: {
        url: `${server.root}/ims/oneroster/v1p1`,
        version: 'v1p1',
        tokenUrl: `${server.root}/token`,
        clientId: 'rostergate',
        secret: 'quite secret',
      },
    }),
  });
  expect(response.status).toBe(200);
  expect((await line.run(['feed', 'sis', '--set', 'pull.delta=true'])).code).toBe(0);
  const pulls = async (...args: string[]) => {
    const { code, value } = await line.json<Run>('pull', 'sis', ...args);
    return [code, value.pull?.kind];
  };
  expect(await pulls()).toEqual([0, 'full']);
  expect(await pulls('--dry-run')).toEqual([0, 'delta']);
  expect(await pulls('--full')).toEqual([0, 'full']);
  const ended = await line.run(['pull', 'sis']);
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('What has changed at the server was read.') });
}, 30_000);

test('--preview shows what the first pages of a server become, and what the mapping could not be applied to', async () => {
  const rest = await startRestServer(() => ({ body: [{ code: 'S1', title: 'School One', kind: 'nursery' }] }));
  const fields = {
    sourcedId: { from: 'code' },
    name: { from: 'title' },
    type: { from: 'kind', steps: [{ do: 'codes', table: { primary: 'school' } }] },
  };
  const restPull = JSON.stringify({
    url: rest.url,
    auth: 'bearer',
    collections: [{ type: 'orgs', path: '/schools', fields }],
  });
  const secret = `restPull.secret=${await line.file('rest-secret', 'a-secret-key\n')}`;
  const set = ['protocol=oneroster-csv', 'transport=rest-pull', `restPull=${restPull}`];
  const made = await line.run(['feed', 'rest', '--set', ...set, '--secret-file', secret]);
  expect([made.code, made.stdout.includes('a-secret-key')]).toEqual([0, false]);
  const { code, stdout } = await line.run(['pull', 'rest', '--preview']);
  expect(rest.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer a-secret-key']);
  expect(code).toBe(0);
  expect(stdout).toContain('orgs, from /schools: 1 records on the first page');
  expect(stdout).toContain('  sourcedId=S1  name=School One  type=nursery');
  expect(stdout).toContain('  ! type from kind: It is not in the table of codes; it is left as it is. (1)');
  expect((await line.run(['pull', 'sis', '--preview'])).stderr).toContain('has a preview');
  await rest.close();
});
