import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeArrivals } from '../../src/store/index.ts';
import { makeS3Looker } from '../../src/transports/index.ts';
import { makeOutbound } from '../../src/wire/index.ts';
import { demo, type TestServices, testServices } from '../setup/services.ts';

let services: TestServices;
let endpoint: string;
let answer: (response: ServerResponse) => void;
let asked = 0;
const server = createServer((_request, response) => {
  asked += 1;
  answer(response);
});

beforeAll(async () => {
  services = await testServices({});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await services.close();
});

const bucket = () => ({
  endpoint,
  bucket: 'school',
  key: 'students.xml',
  accessKeyId: 'school',
  secretAccessKey: 'the secret of the school',
});
const set = (name: string, s3: object) =>
  services.sync.putFeed(services.context, name, { transport: 's3', schedule: '0 0 29 2 *', s3 });

describe('What answers in place of an S3 server', () => {
  async function look(name: string, hosts = ['127.0.0.1'], more: object = { pattern: null }) {
    expect(await set(name, { ...bucket(), ...more })).toMatchObject({ ok: true });
    const feed = await services.sync.feed(services.context, name);
    if (feed === undefined) throw new Error('no feed');
    const looker = makeS3Looker({
      outbound: makeOutbound({ hosts }),
      sync: services.sync,
      arrivals: makeArrivals(services.store),
      limits: { maxBytes: 1_000_000, idleMs: 10_000, wholeMs: 10_000 },
    });
    return looker.look({ tenant: demo.tenant, feed: name }, feed, new AbortController().signal);
  }

  test('a web page is no bucket, and what it says is not shown', async () => {
    answer = (response) => {
      response.writeHead(403, { 'content-type': 'text/html' }).end('<html>Anna may not see <b>this');
    };
    const found = await look('page');
    expect(found).toMatchObject({ ok: false, problem: { code: 'conflict' } });
    expect(JSON.stringify(found)).not.toContain('Anna');
  });

  test('a redirect is not followed', async () => {
    const target = createServer((_request, response) => {
      followed += 1;
      response.end();
    });
    let followed = 0;
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    const location = `http://127.0.0.1:${(target.address() as AddressInfo).port}/school/students.xml`;
    answer = (response) => {
      response.writeHead(307, { location }).end();
    };
    expect(await look('redirect')).toMatchObject({ ok: false, problem: { code: 'conflict' } });
    expect(followed).toBe(0);
    await new Promise((resolve) => target.close(resolve));
  });

  test('a list without an end is not read for ever', async () => {
    let pages = 0;
    answer = (response) => {
      pages += 1;
      if (pages > 2_000) return void response.writeHead(403).end();
      const next = `<IsTruncated>true</IsTruncated><NextContinuationToken>${pages}</NextContinuationToken>`;
      response.writeHead(200, { 'content-type': 'application/xml' });
      response.end(`<?xml version="1.0"?><ListBucketResult>${next}</ListBucketResult>`);
    };
    expect(await look('endless', ['127.0.0.1'], { key: 'in/', pattern: '*' })).toMatchObject({
      ok: false,
      problem: { code: 'too-large' },
    });
  });

  test('two keys that are shown by the same name are two files', async () => {
    const contents = ['a.xml', 'a\u200b.xml'].map(
      (key) => `<Contents><Key>in/${key}</Key><ETag>"${key.length}"</ETag><Size>1</Size></Contents>`,
    );
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/xml; charset=utf-8' });
      response.end(`<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>${contents.join('')}</ListBucketResult>`);
    };
    const found = await look('alike', ['127.0.0.1'], { key: 'in/', pattern: '*' });
    if (!found.ok) throw new Error(found.problem.text);
    const names = found.value.map(({ name }) => name);
    expect(names).toEqual(['a.xml', expect.stringMatching(/^a\.xml~[0-9a-f]{8}$/)]);
  });

  test('a host that nobody has opened is not asked', async () => {
    const before = asked;
    expect(await look('closed', [])).toMatchObject({ ok: false });
    expect(asked).toBe(before);
  });
});

describe('The setting s3', () => {
  const put = (s3: object) => services.sync.putFeed(services.context, 'settings', { s3 });
  const field = (name: string) => ({ ok: false, problem: { place: { field: `s3.${name}` } } });

  test('names a service, objects, and a place for what was taken that is not looked at again', async () => {
    const { secretAccessKey, ...rest } = bucket();
    expect(await put(rest)).toMatchObject(field('secretAccessKey'));
    expect(await put({ ...bucket(), endpoint: `${endpoint}/school` })).toMatchObject(field('endpoint'));
    expect(await put({ ...bucket(), endpoint: 'http://s3.example' })).toMatchObject(field('endpoint'));
    expect(await put({ ...bucket(), key: 'out/' })).toMatchObject(field('pattern'));
    expect(await put({ ...bucket(), key: 'out/', pattern: 'a/*' })).toMatchObject(field('pattern'));
    expect(await put({ ...bucket(), after: 'move' })).toMatchObject(field('moveTo'));
    expect(await put({ ...bucket(), key: 'out/', pattern: '*', after: 'move', moveTo: 'out/x-' })).toMatchObject(
      field('moveTo'),
    );
    const made = await put({ ...bucket(), key: 'out/', pattern: '*', after: 'move', moveTo: 'out/done/' });
    expect(made).toMatchObject({ ok: true, value: { s3: { region: 'us-east-1', pathStyle: true } } });
    expect(JSON.stringify(made)).not.toContain(secretAccessKey);
  });

  test('does not sign with a secret for another server than it was given for', async () => {
    expect(await put({ ...bucket(), after: 'keep' })).toMatchObject({ ok: true });
    expect(await put({ key: 'other.xml', pattern: null })).toMatchObject({ ok: true });
    expect(await put({ endpoint: 'https://attacker.example' })).toMatchObject(field('secretAccessKey'));
  });
});
