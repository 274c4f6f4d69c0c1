import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import ssh2 from 'ssh2';
import { systemClock } from '../../src/base/clock.ts';
import type { Run } from '../../src/sync/index.ts';
import { makeSftpDrop, type SftpDrop, type SftpDropDeps, type Taken } from '../../src/transports/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { demo, type TestServices, testServices } from '../setup/services.ts';
import { watchedLog } from '../setup/watched-log.ts';
import { logIn, sftpClient, type TestClient } from './sftp-clients.ts';

const maxFileBytes = 400_000;
const password = 'a password of the school';
const key = ssh2.utils.generateKeyPairSync('ed25519');
const otherKey = ssh2.utils.generateKeyPairSync('ed25519');
const code = { absent: 2, denied: 3, failure: 4, unsupported: 8 } as const;

let services: TestServices;
let dataDir: string;
let drop: SftpDrop;
let port: number;
/** What the intake has said, and who waits for its next word. */
const said: Taken[] = [];
const waiting: ((taken: Taken) => void)[] = [];
const clients: TestClient[] = [];

const depsOf = (): SftpDropDeps => ({
  access: services.access,
  sync: services.sync,
  intake: {
    async take(...asked) {
      const taken = await services.transports.intake.take(...asked);
      const next = waiting.shift();
      if (next === undefined) said.push(taken);
      else next(taken);
      return taken;
    },
  },
  clock: systemClock,
  log: watchedLog,
  dataDir,
  maxFileBytes,
});

async function started(): Promise<void> {
  drop = makeSftpDrop(depsOf());
  const listening = await drop.start(0, '127.0.0.1');
  if (!listening.ok) throw new Error(listening.problem.text);
  port = listening.value.port;
}

beforeAll(async () => {
  services = await testServices({ maxFileBytes });
  dataDir = await mkdtemp(join(tmpdir(), 'rostergate-drop-'));
  await makeFeed('nightly', {});
  await makeFeed('other', {});
  await makeAccount('school', 'nightly', { publicKeys: [`${key.public} remark`] });
  await makeAccount('other-school', 'other');
  await started();
});
afterAll(async () => {
  for (const { ssh } of clients) ssh.destroy();
  await drop?.stop();
  await services?.close();
  if (dataDir !== undefined) await rm(dataDir, { recursive: true });
});

afterEach(() => {
  for (const { ssh } of clients.splice(0)) ssh.destroy();
});

async function makeFeed(name: string, sftpDrop: object): Promise<void> {
  const made = await services.sync.putFeed(services.context, name, { transport: 'sftp-drop', sftpDrop });
  if (!made.ok) throw new Error(made.problem.text);
}

async function makeAccount(name: string, feed: string, more: object = {}): Promise<void> {
  const account = { name, kinds: ['sftp'], feeds: [feed], secret: password, ...more } as const;
  const made = await services.credentials.create(services.context, account);
  if (!made.ok) throw new Error(made.problem.text);
}

async function client(username = 'school'): Promise<TestClient> {
  const made = await sftpClient(port, { username, password });
  clients.push(made);
  return made;
}

/** What becomes of the next file that is taken in, and its run. */
async function next(): Promise<Run> {
  const taken = said.shift() ?? (await new Promise<Taken>((resolve) => waiting.push(resolve)));
  if (taken.state !== 'taken') throw new Error(JSON.stringify(taken));
  const run = await services.sync.wait(services.context, taken.run);
  if (run === undefined) throw new Error('the run is gone');
  return run;
}

const content = (tag: string, count = 3) => enterpriseFile({ persons: manyIds(`${tag}-`, count) });

describe('An SFTP account', () => {
  test('is let in by its password and by its key, and not by another one', async () => {
    const own = await logIn(port, { username: 'school', privateKey: key.private });
    own.end();
    await expect(logIn(port, { username: 'school', privateKey: otherKey.private })).rejects.toThrow('authentication');
    await expect(logIn(port, { username: 'school', password: 'another password' })).rejects.toThrow('authentication');
    await expect(logIn(port, { username: 'nobody', password })).rejects.toThrow('authentication');
    // A credential of another kind is none here.
    await expect(logIn(port, { username: demo.user, password: demo.password })).rejects.toThrow('authentication');
    await services.audit.flush();
    const listed = await services.audit.list(services.context, { limit: 100 });
    const entries = (listed.ok ? listed.value.items : []).map(({ writer, outcome, address }) => [
      writer,
      outcome,
      address,
    ]);
    expect(entries).toContainEqual(['credential:school', 'done', '127.0.0.1']);
    expect(entries).toContainEqual(['nobody', 'refused', '127.0.0.1']);
  });

  test('is of exactly one feed and opens nothing else', async () => {
    const account = { name: 'wrong', kinds: ['sftp'] } as const;
    const { create } = services.credentials;
    const wrong = [{}, { feeds: ['nightly', 'other'] }, { feeds: ['nightly'], publicKeys: ['no key'] }];
    for (const more of wrong) {
      expect(await create(services.context, { ...account, ...more })).toMatchObject({
        problem: { code: 'invalid-data' },
      });
    }
    const both = { name: 'wrong', kinds: ['sftp', 'soap'], feeds: ['nightly'] } as const;
    expect(await create(services.context, both)).toMatchObject({ problem: { place: { field: 'kinds' } } });
    const keyOfAdmin = { name: 'wrong', kinds: ['admin'], publicKeys: [key.public] } as const;
    expect(await create(services.context, keyOfAdmin)).toMatchObject({ problem: { place: { field: 'publicKeys' } } });
    expect(await services.access.admin('school', password)).toMatchObject({ problem: { code: 'unauthenticated' } });
  });

  test('that is disabled sends nothing more, by a connection that is open neither', async () => {
    await makeAccount('leaver', 'nightly');
    const leaver = await client('leaver');
    const handle = await leaver.open('/late.xml', 'w');
    await leaver.write(handle, content('late'));
    await services.credentials.change(services.context, 'leaver', { disabled: true });
    await expect(leaver.shut(handle)).rejects.toMatchObject({ code: code.failure });
    await expect(leaver.open('/more.xml', 'w')).rejects.toMatchObject({ code: code.denied });
    await expect(logIn(port, { username: 'leaver', password })).rejects.toThrow('authentication');
  });
});

describe('A file that is sent', () => {
  test('is taken when it is closed, once, and is listed with its state', async () => {
    const school = await client();
    await school.put('/night.xml', content('night'));
    const run = await next();
    expect(run).toMatchObject({ state: 'done', feed: 'nightly', counts: { person: { created: 3 } } });
    expect(run.file).toMatchObject({ name: 'night.xml', bytes: content('night').length });
    expect((await school.stat('/night.xml')).size).toBe(content('night').length);
    const listed = (await school.list()).find(({ filename }) => filename === 'night.xml');
    expect(listed?.longname).toMatch(/^-rw------- 1 taken +feed +\d+ .* night\.xml$/);
    await drop.sweep();
    expect(said).toEqual([]);
  });

  test('under a name of a file on its way waits for its last name', async () => {
    const school = await client();
    await school.put('/full.xml.filepart', content('renamed'));
    expect((await school.list()).find(({ filename }) => filename === 'full.xml.filepart')?.longname).toMatch(/coming/);
    await school.rename('/full.xml.filepart', '/full.xml');
    expect((await next()).file.name).toBe('full.xml');
  });

  test('is not taken when the connection is lost at 90 %, and is gone on with', async () => {
    const text = content('lost');
    const most = Math.floor(text.length * 0.9);
    const school = await client();
    const handle = await school.open('/lost.xml', 'w');
    await school.write(handle, text.slice(0, most));
    await school.lose();
    const again = await client();
    expect((await again.stat('/lost.xml')).size).toBe(most);
    const more = await again.open('/lost.xml', 'r+').catch(() => again.open('/lost.xml', 'a'));
    await again.write(more, text.slice(most), most);
    await again.shut(more);
    expect(await next()).toMatchObject({ state: 'done', counts: { person: { created: 3 } } });
  });

  test('of which a piece is missing is not taken', async () => {
    const school = await client();
    const handle = await school.open('/hole.xml', 'w');
    await school.write(handle, 'the beginning', 0);
    await school.write(handle, 'the end', 1_000);
    await expect(school.shut(handle)).rejects.toMatchObject({ code: code.failure });
    expect((await school.stat('/hole.xml')).size).toBe('the beginning'.length);
    await school.remove('/hole.xml');
    await expect(school.stat('/hole.xml')).rejects.toMatchObject({ code: code.absent });
  });

  test('by pieces in any order is taken as it is', async () => {
    const text = content('order');
    const school = await client();
    const handle = await school.open('/order.xml', 'w');
    await school.write(handle, text.slice(300), 300);
    await school.write(handle, text.slice(100, 300), 100);
    await school.write(handle, text.slice(0, 100), 0);
    await school.shut(handle);
    expect(await next()).toMatchObject({ state: 'done', counts: { person: { created: 3 } } });
  });

  test('under the name of one that another connection is sending breaks that one off', async () => {
    const [slow, fast] = [await client(), await client()];
    const handle = await slow.open('/same.xml', 'w');
    await slow.write(handle, 'something that is not whole');
    await fast.put('/same.xml', content('same'));
    expect(await next()).toMatchObject({ state: 'done', counts: { person: { created: 3 } } });
    await expect(slow.write(handle, 'more', 27)).rejects.toMatchObject({ code: code.failure });
    await expect(slow.shut(handle)).rejects.toMatchObject({ code: code.failure });
  });

  test('is taken after a restart where it was whole before', async () => {
    const school = await client();
    await drop.stop();
    await expect(school.stat('/')).rejects.toThrow();
    const whole = makeSftpDrop({ ...depsOf(), intake: { take: () => Promise.reject(new TypeError('a defect')) } });
    const listening = await whole.start(0, '127.0.0.1');
    port = listening.ok ? listening.value.port : 0;
    await (await client()).put('/kept.xml', content('kept'));
    await whole.stop();
    await started();
    expect(await next()).toMatchObject({ state: 'done', file: { name: 'kept.xml' } });
  });

  test('is whole by its last name or by a second file, where the feed says so', async () => {
    await makeFeed('by-name', { whole: 'rename' });
    await makeFeed('by-marker', { whole: 'marker', list: false });
    await makeAccount('by-name', 'by-name');
    await makeAccount('by-marker', 'by-marker');
    const [name, marker] = [await client('by-name'), await client('by-marker')];
    await name.put('/draft.xml', content('by-name'));
    await name.rename('/draft.xml', '/final.xml');
    expect((await next()).file.name).toBe('final.xml');
    await marker.put('/roster.xml', content('by-marker'));
    expect(await marker.list()).toEqual([]);
    const done = await marker.open('/roster.xml.done', 'w');
    await marker.shut(done);
    expect((await next()).file.name).toBe('roster.xml');
    await expect(marker.stat('/roster.xml.done')).rejects.toMatchObject({ code: code.absent });
  });
});

describe('Who means harm', () => {
  test('gets nowhere but into the folder of the feed', async () => {
    const [school, other] = [await client(), await client('other-school')];
    await school.put('/secret.xml.part', 'ours');
    expect(await other.list()).toEqual([]);
    await expect(other.stat('/secret.xml.part')).rejects.toMatchObject({ code: code.absent });
    await expect(other.rename('/secret.xml.part', '/theirs.part')).rejects.toMatchObject({ code: code.absent });
    expect(await other.realpath('../../etc')).toBe('/etc');
    expect(await other.realpath('/a/../..')).toBe('/');
    for (const path of [
      '/etc/passwd',
      '../../etc/passwd',
      'a/b',
      'back\\slash',
      `/${'x'.repeat(201)}`,
      '/with\nline',
    ]) {
      await expect(other.open(path, 'w')).rejects.toMatchObject({ code: code.absent });
    }
    await expect(other.open('..', 'w')).rejects.toMatchObject({ code: code.failure });
    await other.put('../../escaped.part', 'stays here');
    expect((await other.list()).map(({ filename }) => filename)).toEqual(['escaped.part']);
    expect(await readdir(dataDir)).toEqual(['sftp', 'sftp-host-ed25519', 'sftp-host-rsa']);
  });

  test('makes no links and folders, reads no file and runs no program', async () => {
    const school = await client();
    const { sftp, ssh } = school;
    const refused = (ask: (done: (error?: Error | null) => void) => void) =>
      expect(new Promise<void>((resolve, reject) => ask((error) => (error ? reject(error) : resolve())))).rejects;
    await refused((done) => sftp.symlink('/etc/passwd', '/link', done)).toMatchObject({ code: code.unsupported });
    await refused((done) => sftp.mkdir('/folder', done)).toMatchObject({ code: code.unsupported });
    await refused((done) => sftp.rmdir('/', done)).toMatchObject({ code: code.unsupported });
    await school.put('/read.part', 'ours');
    await expect(school.open('/read.part', 'r')).rejects.toMatchObject({ code: code.denied });
    await refused((done) => ssh.exec('id', (error) => done(error))).toThrow('exec');
    await refused((done) => ssh.forwardOut('127.0.0.1', 1, '127.0.0.1', 27017, done)).toThrow('open failure');
  });

  test('renames nothing onto another file, and sends no more than a file may have', async () => {
    const school = await client();
    await school.put('/one.part', 'one');
    await school.put('/two.part', 'two');
    await expect(school.rename('/one.part', '/two.part')).rejects.toMatchObject({ code: code.failure });
    const handle = await school.open('/large.xml', 'w');
    await expect(school.write(handle, 'x', maxFileBytes)).rejects.toMatchObject({ code: code.failure });
    await expect(school.write(handle, 'x', 2 ** 40)).rejects.toMatchObject({ code: code.failure });
    await expect(school.shut(handle)).rejects.toMatchObject({ code: code.failure });
  });

  test('opens so many files only, and gets handles of nobody else', async () => {
    const school = await client();
    const opened = await Promise.allSettled(
      Array.from({ length: 10_000 }, (_, index) => school.open(`/many-${index % 100}.part`, 'w')),
    );
    expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(64);
    const other = await client('other-school');
    await expect(other.write(Buffer.from([0, 0, 0, 1]), 'x')).rejects.toMatchObject({ code: code.failure });
    await expect(other.shut(Buffer.from('no handle'))).rejects.toMatchObject({ code: code.failure });
    await school.lose();
  });

  test('gets so many connections only', async () => {
    await makeAccount('crowd', 'other');
    const tries = Array.from({ length: 25 }, () => logIn(port, { username: 'crowd', password }));
    const held = await Promise.allSettled(tries);
    const entered = held.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    for (const ssh of entered) ssh.destroy();
    expect(entered).toHaveLength(10);
  });
});
