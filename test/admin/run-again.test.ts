import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Run } from '../../src/sync/index.ts';
import { type CommandLine, makeCommandLine } from '../cli/command-line.ts';
import { basic, type Doors, startDoors } from '../setup/doors.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { demo } from '../setup/services.ts';

let doors: Doors;
let line: CommandLine;
beforeAll(async () => {
  doors = await startDoors();
  line = await makeCommandLine({ ROSTERGATE_URL: doors.url, ROSTERGATE_KEY: demo.password });
});
afterAll(async () => {
  await line.close();
  await doors.close();
});

const again = (id: string, query = '', as = doors.admin) =>
  doors.ask('POST', `/api/v1/runs/${id}/again${query}`, { as });

async function ended(id: string): Promise<Run> {
  const run = await doors.sync.wait(doors.context, id);
  if (run === undefined) throw new Error('There is no such run.');
  return run;
}

async function sent(feed: string, body: string, query = ''): Promise<Run> {
  const path = `/api/v1/imports?feed=${feed}&name=night.xml${query}`;
  const answer = await doors.ask('POST', path, { as: doors.admin, body });
  expect(answer.status).toBe(202);
  return ended(answer.json.id);
}

/** A credential of its own, as HTTP Basic. */
async function credential(data: { name: string; role: string; feeds?: string[] }): Promise<string> {
  const made = await doors.ask('POST', '/api/v1/credentials', { as: doors.admin, data: { ...data, kinds: ['admin'] } });
  expect(made.status).toBe(201);
  return basic(data.name, made.json.secret);
}

test('The file that was kept of a run is worked on once more, under the settings as they are now, and that is on record', async () => {
  const first = await sent('nightly', enterpriseFile({ persons: manyIds('p', 3) }));
  await doors.ask('PUT', '/api/v1/feeds/nightly', { as: doors.admin, data: { mode: 'full' } });
  await sent('nightly', enterpriseFile({ persons: [...manyIds('p', 3), 'q1'] }));
  const answer = await again(first.id);
  expect(answer).toMatchObject({ status: 202, json: { of: first.id, feed: 'nightly', dryRun: false } });
  expect(answer.headers.get('location')).toBe(`/api/v1/runs/${answer.json.id}`);
  expect(await ended(answer.json.id)).toMatchObject({
    state: 'done',
    kind: 'import',
    mode: 'full',
    file: first.file,
    counts: { person: { inFile: 3, created: 0, unchanged: 3, trashed: 1 } },
  });
  const { items } = (await doors.ask('GET', '/api/v1/audit?action=imports.send&limit=1', { as: doors.admin })).json;
  const subject = { type: 'run', id: first.id };
  expect(items).toMatchObject([{ outcome: 'done', writer: 'admin:sis', subject, run: answer.json.id }]);
});

test('It is tried by a dry run, of which nothing is kept that could be run again', async () => {
  const first = await sent('tried', enterpriseFile({ persons: manyIds('t', 1) }));
  const tried = await ended((await again(first.id, '?dryRun=true')).json.id);
  expect(tried).toMatchObject({ state: 'done', dryRun: true, of: first.id });
  expect(await again(tried.id)).toMatchObject({
    status: 409,
    json: { code: 'conflict', detail: expect.stringContaining('not kept any more') },
  });
});

test('A run that waits for a decision, an undo and a run that is not there are refused', async () => {
  const limits = { person: { insert: { number: 1 } } };
  await doors.ask('PUT', '/api/v1/feeds/held', { as: doors.admin, data: { limits } });
  await sent('held', enterpriseFile({ persons: manyIds('h', 1) }));
  await sent('held', enterpriseFile({ persons: manyIds('h', 2) }));
  const held = await sent('held', enterpriseFile({ persons: manyIds('h', 60) }));
  expect(held.state).toBe('held');
  expect(await again(held.id)).toMatchObject({ status: 409, json: { detail: expect.stringContaining('is held') } });
  await doors.ask('POST', `/api/v1/runs/${held.id}/reject`, { as: doors.admin });
  const other = await sent('undone', enterpriseFile({ persons: manyIds('u', 1) }));
  const undo = await doors.ask('POST', `/api/v1/runs/${other.id}/undo`, { as: doors.admin });
  const undone = await ended(undo.json.id);
  expect(await again(undone.id)).toMatchObject({ status: 409, json: { code: 'conflict' } });
  expect(await again('nothing')).toMatchObject({ status: 404, json: { code: 'unknown-object' } });
});

test('A file that came before a purge is not run again: what was purged would come back', async () => {
  const before = await sent('purged', enterpriseFile({ persons: ['x1', 'x2'] }), '&mode=full');
  await sent('purged', enterpriseFile({ persons: ['x1'] }), '&mode=full');
  const [gone] = (await doors.ask('GET', '/api/v1/trash?q=Person%20x2', { as: doors.admin })).json.items;
  const purged = await doors.ask('DELETE', `/api/v1/trash/${gone.id}?force=true`, { as: doors.admin });
  expect(purged.status).toBe(204);
  expect(await again(before.id)).toMatchObject({ status: 409, json: { code: 'conflict' } });
});

test('Nobody runs again what is of another feed, and nobody may who only looks', async () => {
  const first = await sent('nobodys', enterpriseFile({ persons: manyIds('n', 1) }));
  const sender = await credential({ name: 'other-feed', role: 'sender', feeds: ['other'] });
  expect(await again(first.id, '', sender)).toMatchObject({ status: 404 });
  const viewer = await credential({ name: 'looks', role: 'viewer' });
  expect(await again(first.id, '', viewer)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
});

test('The command line runs it again and shows how it went', async () => {
  const first = await sent('line', enterpriseFile({ persons: manyIds('l', 1) }));
  const { code, value } = await line.json<Run>('run-again', first.id, '--dry-run');
  expect({ code, value }).toMatchObject({ code: 0, value: { state: 'done', dryRun: true, of: first.id } });
  expect((await line.run(['run-again', first.id])).stdout).toContain('done');
  const unknown = await line.run(['run-again', 'nothing']);
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no run nothing') });
}, 30_000);
