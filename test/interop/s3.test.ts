import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeArrivals } from '../../src/store/index.ts';
import { type Arrival, makeS3Looker, type Taken } from '../../src/transports/index.ts';
import { makeOutbound } from '../../src/wire/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { demo, type TestServices, testServices } from '../setup/services.ts';
import { freePort, listening } from './free-port.ts';

const versitygw = process.env['ROSTERGATE_VERSITYGW'] ?? 'versitygw';
const isHere = await promisify(execFile)(versitygw, ['--version']).then(
  () => true,
  () => false,
);
const needed = process.env['ROSTERGATE_INTEROP'] === 'all';
if (!isHere && !needed) {
  console.log('skipped: go install github.com/versity/versitygw/cmd/versitygw@latest, or set ROSTERGATE_VERSITYGW');
}
const describeWhereHere = isHere || needed ? describe : describe.skip;

const keys = { accessKeyId: 'school', secretAccessKey: 'the secret of the school' } as const;
const never = new AbortController().signal;
const content = (tag: string, count = 3) => enterpriseFile({ persons: manyIds(`${tag}-`, count) });

describeWhereHere('A bucket of an S3 server', () => {
  let folder: string;
  let server: ChildProcess;
  let endpoint: string;
  let s3: S3Client;
  let services: TestServices;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rostergate-s3-'));
    const [objects, versions] = [join(folder, 'objects'), join(folder, 'versions')];
    await Promise.all([mkdir(objects), mkdir(versions)]);
    const port = await freePort();
    endpoint = `http://127.0.0.1:${port}`;
    const account = ['--access', keys.accessKeyId, '--secret', keys.secretAccessKey];
    const store = ['posix', '--versioning-dir', versions, objects];
    server = spawn(versitygw, ['--port', `127.0.0.1:${port}`, ...account, '--quiet', ...store], { stdio: 'ignore' });
    await listening(port, () => server.exitCode !== null);
    s3 = new S3Client({ endpoint, region: 'us-east-1', credentials: { ...keys }, forcePathStyle: true });
    services = await testServices({});
  });
  afterAll(async () => {
    s3?.destroy();
    server?.kill();
    await services?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  const put = (bucket: string, key: string, body: string) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));

  /** The same bytes, uploaded in parts: another ETag. */
  async function putInParts(bucket: string, key: string, parts: readonly (string | Buffer)[]): Promise<void> {
    const at = { Bucket: bucket, Key: key };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
    const done: { PartNumber: number; ETag: string | undefined }[] = [];
    for (const [index, Body] of parts.entries()) {
      const part = { PartNumber: index + 1, UploadId, Body };
      const { ETag } = await s3.send(new UploadPartCommand({ ...at, ...part }));
      done.push({ PartNumber: index + 1, ETag });
    }
    await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts: done } }));
  }

  async function keysIn(bucket: string): Promise<string[]> {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key = '' }) => Key);
  }

  /** A bucket, and a feed of the same name that nobody looks at but the test. */
  async function makeFeed(name: string, settings: object = {}): Promise<void> {
    await s3.send(new CreateBucketCommand({ Bucket: name }));
    await change(name, { endpoint, bucket: name, key: 'students.xml', ...keys, ...settings });
  }

  async function change(name: string, settings: object): Promise<void> {
    const feed = { transport: 's3', schedule: '0 0 29 2 *', s3: settings };
    const made = await services.sync.putFeed(services.context, name, feed);
    if (!made.ok) throw new Error(made.problem.text);
  }

  async function look(name: string) {
    const feed = await services.sync.feed(services.context, name);
    if (feed === undefined) throw new Error(`no feed ${name}`);
    const looker = makeS3Looker({
      outbound: makeOutbound({ hosts: ['127.0.0.1'] }),
      sync: services.sync,
      arrivals: makeArrivals(services.store),
      limits: { maxBytes: 1_000_000_000, idleMs: 10_000, wholeMs: 600_000 },
    });
    return looker.look({ tenant: demo.tenant, feed: name }, feed, never);
  }

  async function seen(name: string): Promise<readonly Arrival[]> {
    const found = await look(name);
    if (!found.ok) throw new Error(found.problem.text);
    return found.value;
  }

  const takeIn = (feed: string, arrival: Arrival | undefined): Promise<Taken> => {
    if (arrival === undefined) throw new Error('nothing was seen');
    return services.transports.intake.take({ tenant: demo.tenant, feed }, 's3', arrival, never);
  };

  /** Looks and takes the first object; its run is waited for. */
  async function takeDone(name: string): Promise<string> {
    const taken = await takeIn(name, (await seen(name))[0]);
    if (taken.state !== 'taken') return taken.state;
    return (await services.sync.wait(services.context, taken.run))?.state ?? 'gone';
  }

  test('3.13: the same object overwritten is a new file; the same bytes uploaded again are not', async () => {
    await makeFeed('overwritten');
    expect(await seen('overwritten')).toEqual([]);
    await put('overwritten', 'students.xml', content('a'));
    expect(await takeDone('overwritten')).toBe('done');
    await put('overwritten', 'students.xml', content('a'));
    expect(await takeDone('overwritten')).toBe('known');
    await putInParts('overwritten', 'students.xml', [content('a')]);
    expect(await takeDone('overwritten')).toBe('known');
    await put('overwritten', 'students.xml', content('b'));
    expect(await takeDone('overwritten')).toBe('done');
    await put('overwritten', 'students.xml', content('a'));
    expect(await takeDone('overwritten')).toBe('done');
  });

  test('keeps versions, of which the newest is the file', async () => {
    await makeFeed('versioned', { after: 'delete' });
    const versions = { Bucket: 'versioned', VersioningConfiguration: { Status: 'Enabled' } } as const;
    await s3.send(new PutBucketVersioningCommand(versions));
    await put('versioned', 'students.xml', content('v1'));
    await put('versioned', 'students.xml', content('v2', 5));
    const [arrival] = await seen('versioned');
    expect(arrival?.bytes).toBe(Buffer.byteLength(content('v2', 5)));
    expect(await takeDone('versioned')).toBe('done');
    expect(await seen('versioned')).toEqual([]);
  });

  test('gives the objects of a prefix that a pattern names, without what lies deeper', async () => {
    await makeFeed('pattern', { key: 'out/students-', pattern: '*.xml' });
    for (const key of [
      'out/students-2.xml',
      'out/students-1.xml',
      'out/students-1.csv',
      'out/students-x/y.xml',
      'z.xml',
    ]) {
      await put('pattern', key, content('p'));
    }
    const names = (await seen('pattern')).map(({ name }) => name);
    expect(names.sort()).toEqual(['students-1.xml', 'students-2.xml']);
  });

  test('gives up what was taken: moved, deleted, or left where something else took its place', async () => {
    await makeFeed('after', { after: 'move', moveTo: 'done/' });
    await put('after', 'students.xml', content('m'));
    expect(await takeDone('after')).toBe('done');
    expect(await keysIn('after')).toEqual([expect.stringMatching(/^done\/\d{8}T\d{6}\.000Z-students\.xml$/)]);
    await change('after', { after: 'delete', moveTo: null });
    await put('after', 'students.xml', content('n'));
    const [arrival] = await seen('after');
    await put('after', 'students.xml', content('o'));
    await arrival?.settle?.('taken');
    expect(await keysIn('after')).toContain('students.xml');
    expect(await takeDone('after')).toBe('done');
    expect(await keysIn('after')).not.toContain('students.xml');
  });

  test('an object that changes while it is read waits, and is taken as it is then', async () => {
    await makeFeed('moving');
    await put('moving', 'students.xml', content('x', 5_000));
    const [arrival] = await seen('moving');
    if (arrival === undefined) throw new Error('nothing was seen');
    const overwritten: Arrival = {
      ...arrival,
      async open(signal) {
        const bytes = await arrival.open(signal);
        if (bytes.ok) await put('moving', 'students.xml', content('y', 5_000));
        return bytes;
      },
    };
    expect(await takeIn('moving', overwritten)).toMatchObject({ state: 'waiting', problem: { code: 'busy' } });
    expect(await takeIn('moving', arrival)).toMatchObject({ state: 'waiting', problem: { code: 'busy' } });
    expect(await takeDone('moving')).toBe('done');
  });

  test('that does not let in says what is wrong, without the secret', async () => {
    await makeFeed('refused');
    const wrong = async (settings: object) => {
      await change('refused', settings);
      const found = await look('refused');
      expect(JSON.stringify(found)).not.toMatch(/the secret of the school|not-the-secret/);
      return found.ok ? 'ok' : found.problem;
    };
    expect(await wrong({ secretAccessKey: 'not-the-secret' })).toMatchObject({
      code: 'conflict',
      text: expect.stringContaining('s3.secretAccessKey'),
    });
    expect(await wrong({ accessKeyId: 'nobody' })).toMatchObject({
      code: 'conflict',
      text: expect.stringContaining('s3.accessKeyId'),
    });
    expect(await wrong({ ...keys, bucket: 'no-such-bucket' })).toMatchObject({
      code: 'conflict',
      text: expect.stringContaining('s3.bucket'),
    });
  });

  test('an object of 200 MB is read in flat memory', async () => {
    await makeFeed('large');
    const part = Buffer.alloc(20_000_000, 'x');
    await putInParts(
      'large',
      'students.xml',
      Array.from({ length: 10 }, () => part),
    );
    const [arrival] = await seen('large');
    const opened = await arrival?.open(never);
    if (opened?.ok !== true) throw new Error('not opened');
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    collect();
    const { arrayBuffers: before } = process.memoryUsage();
    let read = 0;
    let most = 0;
    let next = 0;
    for await (const piece of opened.value) {
      read += piece.length;
      if (read < next) continue;
      next += 20_000_000;
      collect();
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(read).toBe(200_000_000);
    expect(most).toBeLessThan(60_000_000);
  });
});
