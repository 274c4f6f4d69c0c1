import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { basic, type Doors, startDoors } from '../setup/doors.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { demo } from '../setup/services.ts';

let doors: Doors;
let key: string;
let bearer: string;
beforeAll(async () => {
  doors = await startDoors({ maxFileBytes: 200_000 });
  await doors.sync.putFeed(doors.context, 'nightly', { transport: 'http-put' });
  await doors.sync.putFeed(doors.context, 'other', { transport: 'http-put' });
  await doors.sync.putFeed(doors.context, 'plain', {});
  const data = { name: 'nightly-key', kinds: ['key'], role: 'sender', feeds: ['nightly'] };
  const made = await doors.ask('POST', '/api/v1/credentials', { as: doors.admin, data });
  key = made.json.secret;
  bearer = `Bearer ${key}`;
});
afterAll(() => doors.close());

const school = enterpriseFile({ persons: manyIds('p', 3) });
const put = (path: string, body: string | Uint8Array, headers = {}, as: string | null = bearer) =>
  doors.ask('PUT', `/drop/${path}`, { as, body, headers });
const ended = (run: string) => doors.sync.wait(doors.context, run);
const arrivals = async (feed = 'nightly') =>
  (await doors.ask('GET', `/api/v1/feeds/${feed}/arrivals`, { as: doors.admin })).json;

describe('PUT /drop/<feed>', () => {
  test('takes the file as the body, by the feed’s key, and answers 202 with its run', async () => {
    const answer = await put('nightly', school, { 'x-file-name': 'night.xml' });
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ feed: 'nightly', file: 'night.xml', run: expect.any(String) });
    expect(await ended(answer.json.run)).toMatchObject({
      state: 'done',
      feed: 'nightly',
      file: { name: 'night.xml', bytes: school.length },
      counts: { person: { created: 3 } },
    });
    expect((await arrivals()).items[0]).toMatchObject({
      name: 'night.xml',
      via: 'http-put',
      state: 'taken',
      run: answer.json.run,
      sha256: createHash('sha256').update(school).digest('hex'),
    });
  });

  test('takes the key as the password of HTTP Basic, POST for PUT, and the name from the address, as curl -T does', async () => {
    const answer = await doors.ask('POST', '/drop/nightly/night%2001.xml', { as: basic('nightly', key), body: school });
    expect(answer).toMatchObject({ status: 202, json: { file: 'night 01.xml' } });
    await ended(answer.json.run);
  });

  test('3.13: a file that is put twice is taken twice', async () => {
    const runs = [await put('nightly', school), await put('nightly', school)].map(({ json }) => json.run);
    expect(new Set(runs).size).toBe(2);
    for (const run of runs) expect(await ended(run)).toMatchObject({ state: 'done' });
  });

  test.each([
    ['no key', 'nightly', null, 401, 'unauthenticated'],
    ['a wrong key', 'nightly', 'Bearer wrong', 401, 'unauthenticated'],
    ['a key without end', 'nightly', `Bearer ${'x'.repeat(5000)}`, 401, 'unauthenticated'],
  ] as const)('lets nobody in with %s', async (_what, feed, as, status, code) => {
    const answer = await put(feed, school, {}, as);
    expect(answer).toMatchObject({ status, json: { status, code, type: `urn:rostergate:problem:${code}` } });
    expect(answer.headers.get('www-authenticate')).toMatch(/Basic .*Bearer/);
  });

  test('a key of one feed sends no files of another, and does nothing else', async () => {
    expect(await put('other', school)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect(await put('nobody', school)).toMatchObject({ status: 403 });
    for (const [method, path] of [
      ['GET', '/api/v1/feeds/nightly/arrivals'],
      ['GET', '/api/v1/runs'],
      ['PUT', '/api/v1/feeds/nightly'],
    ] as const) {
      expect(await doors.ask(method, path, { as: bearer, ...(method === 'PUT' ? { data: {} } : {}) })).toMatchObject({
        status: 403,
      });
    }
  });

  test('a feed that has no such address, or is not there, says what to do', async () => {
    const admin = basic(demo.user, demo.password);
    expect(await put('plain', school, {}, admin)).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining('transport must be http-put') },
    });
    expect(await put('nobody', school, {}, admin)).toMatchObject({ status: 404 });
    expect(await doors.ask('GET', '/drop/nightly', { as: bearer })).toMatchObject({ status: 405 });
    expect(await doors.ask('PUT', '/drop/%ff', { as: bearer, body: 'x' })).toMatchObject({ status: 400 });
  });

  test('a file larger than MAX_IMPORT_BYTES is refused before it is read, and while it is read where it has no length', async () => {
    const large = Buffer.alloc(300_000, 'x');
    expect(await put('nightly', large)).toMatchObject({ status: 413, json: { code: 'too-large' } });
    const streamed = await new Promise<number>((resolve, reject) => {
      const sent = request(
        `${doors.url}/drop/nightly`,
        { method: 'PUT', headers: { authorization: bearer } },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        },
      );
      sent.on('error', reject);
      for (let part = 0; part < 6; part += 1) sent.write(large.subarray(0, 50_000));
      sent.end();
    });
    expect(streamed).toBe(413);
    expect((await arrivals()).items.slice(0, 2)).toMatchObject([
      { state: 'refused', problem: { code: 'too-large' } },
      { state: 'refused', problem: { code: 'too-large' } },
    ]);
  });

  test('a form and a coded body are refused with what to do', async () => {
    expect(await put('nightly', school, { 'content-type': 'multipart/form-data; boundary=x' })).toMatchObject({
      status: 415,
      json: { detail: expect.stringContaining('-T FILE') },
    });
    expect(await put('nightly', school, { 'content-encoding': 'gzip' })).toMatchObject({ status: 415 });
  });

  test.each([
    ['Content-MD5', (text: string) => createHash('md5').update(text).digest('base64')],
    ['Content-Digest', (text: string) => `sha-256=:${createHash('sha256').update(text).digest('base64')}:`],
    ['Repr-Digest', (text: string) => `x-new=:AAAA:, sha-512=:${createHash('sha512').update(text).digest('base64')}:`],
    ['Digest', (text: string) => `SHA-256=${createHash('sha256').update(text).digest('base64')}`],
  ] as const)('a file that is not what %s says is not taken; one that is, is', async (header, digest) => {
    const right = await put('nightly', school, { [header]: digest(school) });
    expect(right.status).toBe(202);
    await ended(right.json.run);
    const before = (await arrivals()).total;
    const wrong = await put('nightly', school, { [header]: digest(`${school} `) });
    expect(wrong).toMatchObject({
      status: 400,
      json: { place: { field: header }, detail: expect.stringContaining(header) },
    });
    const { items, total } = await arrivals();
    expect(total).toBe(before + 1);
    expect(items[0]).toMatchObject({ state: 'refused', run: null });
  });

  test('a malformed digest is refused before the file is read', async () => {
    const before = (await arrivals()).total;
    expect(await put('nightly', school, { 'content-md5': 'AAAA' })).toMatchObject({ status: 400 });
    expect(await put('nightly', school, { 'content-digest': 'sha-256=:AAAA:' })).toMatchObject({ status: 400 });
    expect((await arrivals()).total).toBe(before);
  });

  test('an upload that stops at 90 % leaves nothing but its record', async () => {
    const runs = await doors.sync.runs(doors.context, { feed: 'nightly', limit: 1 });
    const before = (await arrivals()).total;
    await new Promise<void>((resolve) => {
      const headers = { authorization: bearer, 'content-length': '100000', 'x-file-name': 'cut.xml' };
      const sent = request(`${doors.url}/drop/nightly`, { method: 'PUT', headers });
      sent.on('error', () => resolve());
      sent.write(Buffer.alloc(90_000, 'x'), () => sent.destroy());
      sent.on('close', () => resolve());
    });
    for (;;) {
      const { items, total } = await arrivals();
      if (total > before && items[0].state !== 'taking') {
        expect(items[0]).toMatchObject({
          name: 'cut.xml',
          state: 'refused',
          run: null,
          problem: { text: expect.stringMatching(/ended after \d+ bytes/) },
        });
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const after = await doors.sync.runs(doors.context, { feed: 'nightly', limit: 1 });
    expect(after).toMatchObject({ value: { total: runs.ok ? runs.value.total : -1 } });
  });
});

describe('GET /api/v1/feeds/:name/arrivals', () => {
  test('lists by state, page by page, and answers 404 for a feed that is not there', async () => {
    const ask = (query: string) =>
      doors.ask('GET', `/api/v1/feeds/nightly/arrivals?${query}`, { as: doors.admin }).then(({ json }) => json);
    const all = await ask('limit=200');
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { items: { at: string }[]; next: string | null } = await ask(
        `limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...page.items.map((item) => JSON.stringify(item)));
      cursor = page.next;
    }
    expect(seen).toEqual(all.items.map((item: object) => JSON.stringify(item)));
    const refused = await ask('state=refused');
    expect(refused.total).toBeGreaterThan(0);
    expect(refused.items.every(({ state }: { state: string }) => state === 'refused')).toBe(true);
    expect(await ask('cursor=x')).toMatchObject({ code: 'invalid-request' });
    expect(await doors.ask('GET', '/api/v1/feeds/nobody/arrivals', { as: doors.admin })).toMatchObject({ status: 404 });
  });
});
