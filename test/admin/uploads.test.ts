import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sendInPieces } from '../../src/cli/uploads/send-in-pieces.ts';
import { type Doors, startDoors } from '../setup/doors.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { movedClock } from '../setup/moved-clock.ts';

const clock = movedClock(new Date());
let doors: Doors;
beforeAll(async () => {
  doors = await startDoors({ clock });
});
afterAll(() => doors.close());

const file = Buffer.from(enterpriseFile({ persons: manyIds('u', 40) }));
const encoded = (text: string) => Buffer.from(text).toString('base64');
const metadata = (feed: string) => `feed ${encoded(feed)},filename ${encoded('night ä.xml')}`;
const piece = 'application/offset+octet-stream';

const create = (length: number | string, feed = 'pieces', as = doors.admin) =>
  doors.ask('POST', '/api/v1/uploads', {
    as,
    headers: { 'tus-resumable': '1.0.0', 'upload-length': String(length), 'upload-metadata': metadata(feed) },
  });
const patch = (
  path: string,
  offset: number,
  body: Uint8Array,
  headers: Record<string, string> = {},
  as = doors.admin,
) =>
  doors.ask('PATCH', path, {
    as,
    body,
    headers: { 'content-type': piece, 'upload-offset': String(offset), ...headers },
  });
const offsetOf = async (path: string) =>
  Number((await doors.ask('HEAD', path, { as: doors.admin })).headers.get('upload-offset'));

describe('An upload in pieces (tus 1.0)', () => {
  test('queues the run with its last piece, and tells it ever after', async () => {
    const made = await create(file.length);
    expect([made.status, made.json.offset, made.json.run]).toEqual([201, 0, null]);
    const path = made.headers.get('location') ?? '';
    expect(Date.parse(made.headers.get('upload-expires') ?? '')).toBeGreaterThan(clock.now().getTime());
    const first = await patch(path, 0, file.subarray(0, 1000));
    expect([first.status, first.headers.get('upload-offset'), first.headers.get('rostergate-run')]).toEqual([
      204,
      '1000',
      null,
    ]);
    expect(await offsetOf(path)).toBe(1000);
    const last = await patch(path, 1000, file.subarray(1000));
    const run = last.headers.get('rostergate-run') ?? '';
    expect(await doors.sync.wait(doors.context, run)).toMatchObject({
      state: 'done',
      feed: 'pieces',
      file: { name: 'night ä.xml', bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') },
      counts: { person: { created: 40 } },
    });
    expect((await doors.ask('GET', path, { as: doors.admin })).json).toMatchObject({ run, offset: file.length });
    expect((await patch(path, file.length, new Uint8Array())).headers.get('rostergate-run')).toBe(run);
  });

  test('goes on where a broken connection left it, at 90 % too', async () => {
    const path = (await create(file.length)).headers.get('location') ?? '';
    const most = Math.floor(file.length * 0.9);
    const headers = {
      authorization: doors.admin,
      'content-type': piece,
      'upload-offset': '0',
      'content-length': file.length,
    };
    const cut = httpRequest(new URL(doors.url + path), { method: 'PATCH', headers });
    cut.once('error', () => undefined);
    cut.write(file.subarray(0, most));
    while ((await offsetOf(path)) !== most) await sleep(10);
    cut.destroy();
    // The gateway sees the end of the connection a moment later.
    let last = await patch(path, most, file.subarray(most));
    for (; last.status === 409; last = await patch(path, most, file.subarray(most))) await sleep(10);
    expect(last.headers.get('rostergate-run')).not.toBeNull();
  });

  test('takes a piece with a digest as a whole or not at all', async () => {
    const path = (await create(file.length)).headers.get('location') ?? '';
    const digest = createHash('sha256').update(file).digest('base64');
    const wrong = await patch(path, 0, Buffer.concat([file.subarray(1), file.subarray(0, 1)]), {
      'upload-checksum': `sha256 ${digest}`,
    });
    expect([wrong.status, await offsetOf(path)]).toEqual([460, 0]);
    const right = await patch(path, 0, file, { 'upload-checksum': `sha256 ${digest}` });
    expect([right.status, right.headers.get('upload-offset')]).toEqual([204, String(file.length)]);
  });

  test('refuses what does not fit: another offset, too many bytes, a file that is too large, headers that are none', async () => {
    const path = (await create(10)).headers.get('location') ?? '';
    const elsewhere = await patch(path, 5, randomBytes(5));
    expect([elsewhere.status, elsewhere.json.detail]).toEqual([409, expect.stringContaining('begins at 0')]);
    expect((await patch(path, 0, randomBytes(11))).status).toBe(413);
    expect(await offsetOf(path)).toBe(0);
    expect((await create(10_000_000_000)).status).toBe(413);
    for (const length of ['', '-1', '1e3', 'x']) expect((await create(length)).status).toBe(400);
    expect((await patch(path, 0, randomBytes(5), { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await patch(path, 0, randomBytes(5), { 'upload-checksum': 'crc32 AAAA' })).status).toBe(400);
    const other = await patch(path, 0, randomBytes(5), { 'tus-resumable': '0.2.2' });
    expect([other.status, other.headers.get('tus-version')]).toEqual([412, '1.0.0']);
    const told = await doors.ask('OPTIONS', '/api/v1/uploads', { as: null });
    expect(told.headers.get('tus-extension')).toContain('checksum');
  });

  test('is its sender’s alone, can be deleted, and ends after a day', async () => {
    const data = { name: 'pieces-key', kinds: ['key'], role: 'sender', feeds: ['pieces'] };
    const { secret } = (await doors.ask('POST', '/api/v1/credentials', { as: doors.admin, data })).json;
    const path = (await create(10)).headers.get('location') ?? '';
    expect((await patch(path, 0, randomBytes(5), {}, `Bearer ${secret}`)).status).toBe(404);
    const elsewhere = (await create(file.length, 'another-feed', `Bearer ${secret}`)).headers.get('location') ?? '';
    expect((await patch(elsewhere, 0, file, {}, `Bearer ${secret}`)).status).toBe(403);
    expect((await doors.ask('DELETE', path, { as: doors.admin })).status).toBe(204);
    expect((await doors.ask('GET', path, { as: doors.admin })).status).toBe(404);
    const late = (await create(10)).headers.get('location') ?? '';
    clock.pass(86_400_000);
    expect((await patch(late, 0, randomBytes(5))).status).toBe(404);
    expect((await doors.ask('GET', '/api/v1/uploads/..%2F..%2Fsecrets-key', { as: doors.admin })).status).toBe(404);
  });
});

test('The command line sends a large file in pieces, over a connection that breaks now and then', async () => {
  let asked = 0;
  const bytes = (async function* () {
    for (let at = 0; at < file.length; at += 100) yield file.subarray(at, at + 100);
  })();
  const run = await sendInPieces(
    {
      signal: new AbortController().signal,
      secondMs: 1,
      refusal: (status, text) => ({ ok: false, problem: { code: 'internal', text: `${status} ${text}` } }),
      async ask(method, path, headers, body) {
        asked += 1;
        const send = () =>
          fetch(`${doors.url}/api/v1${path}`, {
            method,
            headers: { authorization: doors.admin, ...headers },
            ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
          });
        // The first piece is lost on its way, the answer to the second try is.
        if (asked === 2) throw new TypeError('fetch failed');
        const answer = await send();
        if (asked === 3) throw new TypeError('fetch failed');
        return answer;
      },
    },
    { feed: 'line', fileName: 'large.xml', dryRun: false },
    bytes,
    file.length,
  );
  expect(run.ok && (await doors.sync.wait(doors.context, run.value))).toMatchObject({
    state: 'done',
    file: { bytes: file.length },
  });
});
