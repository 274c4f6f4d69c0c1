import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bodyOf, openSnapshots, row, type Snapshots } from './snapshots.ts';

let all: Snapshots;
let key: string;
beforeAll(async () => {
  all = await openSnapshots();
  key = await all.make('uni');
  await all.push('uni', row('1'), row('2'));
});
afterAll(() => all.doors.close());

const runs = async () =>
  (await all.doors.sync.runs(all.doors.context, { feed: 'uni', limit: 200 })) as unknown as {
    value: { total: number };
  };
const body = bodyOf('uni', row('1'), row('2'));
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('A body that is no snapshot is refused with 400, and nothing is changed', () => {
  test.each([
    ['empty', '', /empty/],
    ['XML', '<enterprise/>', /JSON/],
    ['an array', '[]', /data\.students/],
    ['without data', '{"students":[]}', /data\.students/],
    ['with students that are no array', '{"data":{"students":{}}}', /data\.students/],
    ['with null students', '{"data":{"students":null}}', /data\.students/],
    ['with students elsewhere', '{"x":{"students":[]},"data":{}}', /data\.students/],
    ['with students twice', '{"data":{"students":[],"students":[]}}', /twice/],
    ['with data twice', '{"data":{"students":[]},"data":{"students":[]}}', /twice/],
    ['with other data behind', '{"data":{"students":[]},"data":{}}', /data\.students/],
    ['cut off at 90 %', body.slice(0, Math.floor(body.length * 0.9)), /ends within|cut off/],
    ['cut off at its end', body.slice(0, -1), /cut off/],
    ['with more behind it', `${body}{}`, /JSON/],
    ['with a comma too many', body.replace(']', ',]'), /is empty/],
    ['with a comma too few', body.replace('},{', '}{'), /no well-formed/],
    ['with a student that is no JSON', body.replace('"year":1', '"year":01'), /students\[0\] is no well-formed JSON/],
    ['with single quotes', body.replaceAll('"', "'"), /JSON/],
    ['nested too deep around the students', `{"x":${deep(100)},"data":{"students":[]}}`, /nested/],
    ['nested too deep in a student', `{"data":{"students":[${deep(100_000)}]}}`, /nested/],
    ['with too much around the students', `{"x":"${'x'.repeat(100_000)}","data":{"students":[]}}`, /around/],
    ['in UTF-16', Buffer.from(`\ufeff${body}`, 'utf16le'), /UTF-16/],
  ])('%s', async (_what, text, why) => {
    const before = await runs();
    const answer = await all.post(key, text);
    expect(answer).toMatchObject({ status: 400, json: { code: 'unreadable-input' } });
    expect(answer.headers.get('content-type')).toMatch(/problem\+json/);
    expect(answer.json.detail).toMatch(why);
    expect((await runs()).value.total).toBe(before.value.total);
  });

  test('beyond MAX_IMPORT_BYTES', async () => {
    const answer = await all.post(key, bodyOf('uni', ...Array.from({ length: 30_000 }, (_, at) => row(`n${at}`))));
    expect(answer).toMatchObject({ status: 413, json: { code: 'too-large' } });
  });

  test('that stops on its way: nothing of it is kept', async () => {
    const before = await runs();
    const { port } = new URL(all.doors.url);
    await new Promise<void>((resolve) => {
      const sent = request(
        { port, method: 'POST', path: '/v1/sync', headers: { API_KEY: key, 'content-length': body.length } },
        () => undefined,
      );
      sent.on('error', () => resolve());
      sent.write(body.slice(0, Math.floor(body.length * 0.9)));
      setTimeout(() => sent.destroy(), 200);
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await runs()).value.total).toBe(before.value.total);
    expect((await all.push('uni', row('1'), row('2'))).counts.person).toMatchObject({ unchanged: 2 });
  });
});

describe('A faulty row stops no other one, and its student stays as it is', () => {
  test.each([
    ['no object', 'x', 'rejected.invalid-data', ''],
    ['null', null, 'rejected.invalid-data', ''],
    ['an array', [1], 'rejected.invalid-data', ''],
    ['without e-mail', row('1', { email: undefined }), 'rejected.no-email', '.email'],
    ['with an e-mail that is none', row('1', { email: 'a@b@c' }), 'rejected.no-email', '.email'],
    ['with an e-mail that is an object', row('1', { email: { $ne: '' } }), 'rejected.invalid-data', '.email'],
    ['without course', row('1', { course: ' ' }), 'rejected.invalid-data', '.course'],
    ['without last name', row('1', { lastName: null }), 'rejected.invalid-data', '.lastName'],
    ['with a first name that is a number', row('1', { firstName: 7 }), 'rejected.invalid-data', '.firstName'],
    ['with a year beyond 7', row('1', { year: 8 }), 'rejected.invalid-data', '.year'],
    ['with half a year', row('1', { year: 1.5 }), 'rejected.invalid-data', '.year'],
    ['with an endless name', row('1', { firstName: 'x'.repeat(300) }), 'rejected.invalid-data', '.firstName'],
    ['with an id that is an object', row('1', { id: {} }), 'rejected.invalid-data', '.id'],
    ['of more bytes than a student has', row('1', { note: 'x'.repeat(70_000) }), 'rejected.too-large', ''],
  ])('%s', async (_what, faulty, kind, field) => {
    const run = await all.push('uni', faulty, row('2'), row('3'), row('1', { email: '1@uni.example' }));
    expect(run.state).toBe('done');
    const [problem] = (await all.problems(run)).filter(([one]) => one === kind);
    expect(problem?.[2]).toBe(`data.students[0]${field}`);
    expect((await all.person('uni', '3'))?.state).toBe('active');
    const alone = await all.push('uni', faulty, row('2'), row('3'));
    if (field !== '' && field !== '.id') expect((await all.person('uni', '1'))?.state).toBe('active');
    expect(alone.state).toBe('done');
    await all.push('uni', row('1'), row('2'));
  });

  test('of bytes that are not UTF-8', async () => {
    const text = bodyOf('uni', row('1'), row('2', { firstName: 'Zoë' }));
    const answer = await all.post(key, Buffer.from(text, 'latin1'));
    expect(answer.status).toBe(202);
    const run = await all.doors.sync.wait(all.doors.context, answer.json.run);
    expect(run).toMatchObject({ state: 'done', counts: { person: { rejected: 1, unchanged: 1, disabled: 0 } } });
    expect((await all.person('uni', '2'))?.data.name?.given).toBe('Ann');
  });
});

describe('What is meant is understood', () => {
  test('a byte-order mark, blanks everywhere, a quoted year, a numeric id, members of others', async () => {
    const rows = [row('1', { year: '3', phone: '1' }), { ...row('2'), id: 2 }];
    const text = `\ufeff\n${JSON.stringify({ v: 1, data: { at: [1], students: rows, more: {} } }, null, 2)}\n`;
    const answer = await all.post(key, text.replaceAll('@uni.example', '@uni.example'));
    const run = await all.doors.sync.wait(all.doors.context, answer.json.run);
    expect(run).toMatchObject({
      state: 'done',
      counts: { person: { inFile: 2, updated: 1, unchanged: 1, repaired: 2 } },
    });
    expect(run === undefined ? [] : await all.problems(run)).toEqual([
      ['repair.number-format', '1', 'data.students[0].year'],
      ['repair.number-format', '2', 'data.students[1].id'],
      ['warning.column-ignored', null, 'phone'],
    ]);
  });

  test('names that only JavaScript knows are data', async () => {
    const odd = `{"data":{"students":[{"__proto__":{"email":"x@uni.example"},"constructor":1,"faculty":"__proto__","department":"toString","course":"BSc Physics","firstName":"constructor","lastName":"valueOf","email":"odd@uni.example","id":"__proto__","year":null}]}}`;
    await all.make('uni', {
      courses: [{ faculty: '__proto__', department: 'toString', course: 'BSc Physics', enrolled: true }],
    });
    const answer = await all.post(key, odd);
    const run = await all.doors.sync.wait(all.doors.context, answer.json.run);
    expect(run?.state).toBe('done');
    expect((await all.person('uni', '__proto__'))?.data).toMatchObject({
      email: 'odd@uni.example',
      name: { given: 'constructor' },
    });
    expect(({} as { email?: string }).email).toBeUndefined();
    await all.make('uni');
    await all.push('uni', row('1'), row('2'));
  });

  test('a body in pieces of any size gives the same', async () => {
    const { port } = new URL(all.doors.url);
    for (const size of [1, 7, 64]) {
      const run = await new Promise<string>((resolve, reject) => {
        const sent = request({ port, method: 'POST', path: '/v1/sync', headers: { 'API-KEY': key } }, (answer) => {
          let text = '';
          answer.on('data', (piece) => {
            text += String(piece);
          });
          answer.on('end', () => resolve(JSON.parse(text).run));
        });
        sent.on('error', reject);
        for (let at = 0; at < body.length; at += size) sent.write(body.slice(at, at + size));
        sent.end();
      });
      expect((await all.doors.sync.wait(all.doors.context, run))?.counts.person).toMatchObject({
        inFile: 2,
        unchanged: 2,
      });
    }
  });
});

describe('Nobody is let in', () => {
  test.each([
    ['without a key', {}, 401],
    ['with a wrong key', { API_KEY: 'wrong' }, 401],
    ['with an endless key', { API_KEY: 'x'.repeat(5_000) }, 401],
    ['with the key in another header', { authorization: 'Bearer KEY' }, 401],
  ] as const)('%s', async (_what, headers, status) => {
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('KEY', key)]));
    const answer = await all.doors.ask('POST', '/v1/sync', { as: null, body, headers: sent });
    expect(answer).toMatchObject({ status, json: { code: 'unauthenticated' } });
    expect(answer.headers.get('www-authenticate')).toMatch(/API_KEY/);
  });

  test('with a key that sends nothing, or to feeds of other files; other methods and types are told', async () => {
    const { doors } = all;
    const make = async (name: string, more: object) =>
      (await doors.ask('POST', '/api/v1/credentials', { as: doors.admin, data: { name, kinds: ['key'], ...more } }))
        .json.secret as string;
    expect((await all.post(await make('looks', { role: 'viewer' }), body)).status).toBe(403);
    await doors.sync.putFeed(doors.context, 'xml', {});
    expect((await all.post(await make('xml', { role: 'sender', feeds: ['xml'] }), body)).status).toBe(409);
    expect((await all.post(key, body, { 'content-type': 'text/html' })).status).toBe(415);
    expect((await all.post(key, body, { 'content-encoding': 'gzip' })).status).toBe(415);
    const got = await doors.ask('GET', '/v1/sync', { as: null, headers: { API_KEY: key } });
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  });
});
