import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Doors, startDoors } from '../setup/doors.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { demo } from '../setup/services.ts';

let doors: Doors;
let root: string;
let nightly: string;
let url: string;
let answer: (response: ServerResponse) => void;
const server = createServer((_request, response) => answer(response));

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rostergate-check-'));
  nightly = join(root, demo.tenant, 'nightly');
  await mkdir(nightly, { recursive: true });
  doors = await startDoors({ dropFolders: [root] });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/roster.xml`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await doors.close();
  await rm(root, { recursive: true });
});

const put = async (feed: string, data: object) =>
  expect(await doors.ask('PUT', `/api/v1/feeds/${feed}`, { as: doors.admin, data })).toMatchObject({ status: 200 });
const check = (feed: string) => doors.ask('POST', `/api/v1/feeds/${feed}/check`, { as: doors.admin });
const never = { schedule: '0 0 29 2 *' } as const;

/** A file that was written an hour ago. */
async function drop(name: string, text: string): Promise<void> {
  await writeFile(join(nightly, name), text);
  const hourAgo = Date.now() / 1000 - 3600;
  await utimes(join(nightly, name), hourAgo, hourAgo);
}

test('A check shows the files that lie at a feed’s place, which of them are new, and takes nothing', async () => {
  const folder = { path: 'nightly', pattern: '*.xml', after: 'keep', settleSeconds: 1, whole: 'rename' };
  await put('nightly', { transport: 'folder', ...never, folder });
  expect((await check('nightly')).json).toEqual({ transport: 'folder', files: [], total: 0, records: null });
  await drop('a.xml', enterpriseFile({ persons: manyIds('a-', 3) }));
  await drop('b.xml', 'no file of this feed');
  const place = { tenant: demo.tenant, feed: 'nightly' };
  const feed = await doors.sync.feed(doors.context, 'nightly');
  const looker = doors.transports.lookers.find(({ kind }) => kind === 'folder');
  if (feed === undefined || looker === undefined) throw new Error('no feed');
  const seen = await looker.look(place, feed, new AbortController().signal);
  const [first] = seen.ok ? seen.value : [];
  if (first === undefined) throw new Error('nothing was seen');
  const taken = await doors.transports.intake.take(place, 'folder', first, new AbortController().signal);
  await drop('c.xml', enterpriseFile({ persons: manyIds('c-', 3) }));
  const found = await check('nightly');
  expect(found).toMatchObject({ status: 200, json: { transport: 'folder', total: 3, records: null } });
  expect(found.json.files).toMatchObject([
    { name: 'b.xml', bytes: 20, state: 'new', run: null },
    { name: 'c.xml', state: 'new', run: null },
    { name: 'a.xml', state: 'taken', run: taken.state === 'taken' ? taken.run : 'none' },
  ]);
  expect(await readdir(nightly)).toEqual(['a.xml', 'b.xml', 'c.xml']);
  const runs = await doors.sync.runs(doors.context, { feed: 'nightly', limit: 5 });
  expect(runs).toMatchObject({ ok: true, value: { total: 1 } });
});

test('It says what is wrong, with the setting, and nothing of a secret', async () => {
  const httpsPull = { url, auth: 'bearer', secret: 'a-secret-token' };
  await put('fetched', { transport: 'https-pull', ...never, httpsPull });
  answer = (response) => {
    response.writeHead(401).end('a-secret-token of Anna');
  };
  const refused = await check('fetched');
  expect(refused).toMatchObject({ status: 409, json: { code: 'conflict' } });
  expect(refused.text).not.toMatch(/a-secret-token|Anna/);
  answer = (response) => {
    response.writeHead(200, { etag: '"1"', 'content-length': '4' }).end('four');
  };
  expect((await check('fetched')).json).toMatchObject({ files: [{ name: 'roster.xml', bytes: 4, state: 'new' }] });
});

test('One check of a feed goes on at a time', async () => {
  await put('slow', { transport: 'https-pull', ...never, httpsPull: { url } });
  let begun: () => void;
  const waiting = new Promise<ServerResponse>((resolve) => {
    answer = (response) => {
      resolve(response);
      begun();
    };
  });
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const first = check('slow');
  await hasBegun;
  expect(await check('slow')).toMatchObject({ status: 503, json: { code: 'busy' } });
  (await waiting).writeHead(404).end();
  expect((await first).json.code).toBe('conflict');
});

test('Feeds whose files are brought have no place, and feeds of others are not looked at', async () => {
  await put('brought', { transport: 'upload' });
  expect(await check('brought')).toMatchObject({ status: 409, json: { code: 'conflict' } });
  expect(await check('nobody')).toMatchObject({ status: 404, json: { code: 'unknown-object' } });
  const others = await doors.transports.check({ ...doors.context, feeds: ['brought'] }, 'fetched');
  expect(others).toMatchObject({ ok: false, problem: { code: 'forbidden' } });
  const elsewhere = await doors.transports.check({ ...doors.context, tenant: 'elsewhere' }, 'fetched');
  expect(elsewhere).toMatchObject({ ok: false, problem: { code: 'unknown-object' } });
});
