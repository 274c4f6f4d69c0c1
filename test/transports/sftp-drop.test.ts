import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import ssh2, { type ConnectConfig } from 'ssh2';
import { systemClock } from '../../src/base/clock.ts';
import type { Run } from '../../src/sync/index.ts';
import { makeSftpDrop, type SftpDrop, type SftpDropDeps, type Taken } from '../../src/transports/index.ts';
import { makeLogIn } from '../../src/transports/sftp-drop/log-in.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { demo, type TestServices, testServices } from '../setup/services.ts';
import { watchedLog } from '../setup/watched-log.ts';
import { logIn, makeKeyPair, sftpClient, type TestClient } from './sftp-clients.ts';

const maxFileBytes = 400_000;
const password = 'a password of the school';
const key = makeKeyPair();
const otherKey = makeKeyPair();
const code = { absent: 2, denied: 3, failure: 4, unsupported: 8 } as const;

let services: TestServices;
let dataDir: string;
let drop: SftpDrop;
let port: number;
/** What the intake has said, and who waits for its next word. */
const said: Taken[] = [];
const waiting: ((taken: Taken) => void)[] = [];
const clients: TestClient[] = [];
/** Fields of what the log warns of. */
const warned: object[] = [];

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
  log: {
    ...watchedLog,
    warn(fields, message) {
      watchedLog.warn(fields, message);
      warned.push(fields);
    },
  },
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
  services = await testServices({ maxFileBytes, failedLogins: 5 });
  dataDir = await mkdtemp(join(tmpdir(), 'rostergate-drop-'));
  await makeFeed('nightly', {});
  await makeFeed('other', {});
  await makeAccount('school', 'nightly', { publicKeys: [`${key.public} remark`] });
  await makeFeed('keys', {});
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
    const before = performance.now();
    await services.credentials.change(services.context, 'leaver', { disabled: true });
    await leaver.ended();
    expect(performance.now() - before).toBeLessThan(500);
    await expect(logIn(port, { username: 'leaver', password })).rejects.toThrow('authentication');
  });
});

describe('An SFTP account by public keys', () => {
  const rsa = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;

  test('has no password until it is given one', async () => {
    const { create, renew } = services.credentials;
    const made = await create(services.context, {
      name: 'keys-only',
      kinds: ['sftp'],
      feeds: ['other'],
      publicKeys: [key.public],
    });
    expect(made).toMatchObject({ ok: true, value: { publicKeys: [key.public.trim()] } });
    expect(made).not.toHaveProperty('value.secret');
    await expect(logIn(port, { username: 'keys-only', password: '' })).rejects.toThrow();
    (await logIn(port, { username: 'keys-only', privateKey: key.private })).end();
    const renewed = await renew(services.context, 'keys-only');
    const secret = renewed.ok ? renewed.value.secret : '';
    (await logIn(port, { username: 'keys-only', password: secret })).end();
  });

  test('is cut off by the key that is taken away, and stays in by another one', async () => {
    await makeAccount('two-keys', 'keys', { publicKeys: [key.public, otherKey.public] });
    const one = await sftpClient(port, { username: 'two-keys', privateKey: key.private });
    const two = await sftpClient(port, { username: 'two-keys', privateKey: otherKey.private });
    clients.push(one, two);
    await services.credentials.change(services.context, 'two-keys', { publicKeys: [otherKey.public] });
    await one.ended();
    await two.put('/still-here.part', 'still here');
    await expect(logIn(port, { username: 'two-keys', privateKey: key.private })).rejects.toThrow('authentication');
  });

  test('by a password is cut off when it is given another one', async () => {
    await makeAccount('renewed', 'keys');
    const renewed = await client('renewed');
    await services.credentials.renew(services.context, 'renewed');
    await renewed.ended();
    await expect(logIn(port, { username: 'renewed', password })).rejects.toThrow('authentication');
  });

  test('by RSA signs by SHA-2, and not by SHA-1', async () => {
    const parsed = ssh2.utils.parseKey(rsa);
    if (parsed instanceof Error) throw parsed;
    const line = `ssh-rsa ${parsed.getPublicSSH().toString('base64')}`;
    await makeAccount('rsa', 'keys', { publicKeys: [line] });
    (await logIn(port, { username: 'rsa', privateKey: rsa })).end();
    const asked = await new Promise<string>((resolve) => {
      const answer = makeLogIn({
        access: { ...services.access, hasSftpKey: async () => true },
        utils: ssh2.utils,
        caller: { address: '127.0.0.1', request: 'r' },
        cut: () => resolve('cut'),
        entered: () => true,
        onDefect: () => resolve('defect'),
      });
      const sha1 = { method: 'publickey', username: 'rsa', key: { algo: 'ssh-rsa', data: parsed.getPublicSSH() } };
      answer({ ...sha1, accept: () => resolve('accepted'), reject: () => resolve('rejected') } as never);
    });
    expect(asked).toBe('rejected');
  });

  test.each([
    ['RSA of 1024 bits', 'ssh-rsa', 128],
    ['DSA', 'ssh-dss', 256],
  ])('takes no key of %s', async (_, type, bytes) => {
    const parts = [Buffer.from(type), Buffer.from([1, 0, 1]), Buffer.alloc(bytes, 0xc5)];
    const blob = parts.map((part) => Buffer.concat([Buffer.from(new Uint8Array([0, 0, 0, part.length])), part]));
    if (bytes > 255) blob[2] = Buffer.concat([Buffer.from([0, 0, 1, 0]), parts[2] ?? Buffer.alloc(0)]);
    const publicKeys = [`${type} ${Buffer.concat(blob).toString('base64')}`];
    const wanted = { name: 'weak', kinds: ['sftp'], feeds: ['other'], publicKeys } as const;
    expect(await services.credentials.create(services.context, wanted)).toMatchObject({
      problem: { code: 'invalid-data', place: { field: 'publicKeys' } },
    });
  });
});

describe('The host keys', () => {
  test('are made once, are the gateway’s alone, and are told as clients show them', async () => {
    const told = await drop.info();
    const shown: string[] = [];
    await logIn(port, {
      username: 'school',
      password,
      hostHash: 'sha256',
      hostVerifier: (hash: string) => {
        shown.push(`SHA256:${Buffer.from(hash, 'hex').toString('base64').replace(/=+$/, '')}`);
        return true;
      },
    }).then((ssh) => ssh.end());
    if (!told.ok) throw new Error(told.problem.text);
    expect(told.value.port).toBe(port);
    expect(told.value.hostKeys.map(({ type }) => type)).toEqual(['ssh-ed25519', 'ecdsa-sha2-nistp256']);
    expect(shown).toEqual([told.value.hostKeys[0]?.fingerprint]);
    for (const { publicKey, type } of told.value.hostKeys) {
      const parsed = ssh2.utils.parseKey(publicKey);
      expect(parsed instanceof Error ? parsed : parsed.type).toBe(type);
    }
    await chmod(join(dataDir, 'sftp-host-ecdsa'), 0o644);
    // Another start, as after a restart of the machine.
    const again = await makeSftpDrop(depsOf()).info();
    expect(again).toEqual({ ok: true, value: { port: null, hostKeys: told.value.hostKeys } });
    for (const name of ['sftp-host-ed25519', 'sftp-host-ecdsa']) {
      expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600);
    }
  });

  test('that cannot be read are told before the gateway starts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rostergate-keys-'));
    await writeFile(join(folder, 'sftp-host-ed25519'), 'no key');
    const answer = await makeSftpDrop({ ...depsOf(), dataDir: folder }).start(0, '127.0.0.1');
    expect(answer).toMatchObject({ ok: false, problem: { code: 'conflict' } });
    expect(await makeSftpDrop(depsOf()).start(port, '127.0.0.1')).toMatchObject({ problem: { code: 'conflict' } });
    await rm(folder, { recursive: true });
  });

  test.each([
    ['hmac', 'hmac-sha1'],
    ['cipher', 'aes128-cbc'],
    ['kex', 'diffie-hellman-group14-sha1'],
    ['serverHostKey', 'ssh-rsa'],
    ['compress', 'zlib'],
  ])('and all else are of modern algorithms: nothing of %s %s', async (kind, name) => {
    // With AES-GCM no message code is agreed on.
    const algorithms = { ...(kind === 'hmac' ? { cipher: ['aes256-ctr'] } : {}), [kind]: [name] };
    const config = { username: 'school', password, algorithms } as ConnectConfig;
    await expect(logIn(port, config)).rejects.toThrow(/no matching|Handshake failed/);
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

  test('3.13: sent again under its name is a new file', async () => {
    const school = await client();
    await school.put('/again.xml', content('again'));
    const first = await next();
    await school.put('/again.xml', content('again').replace('again-1', 'anew-1'));
    const second = await next();
    expect(second.id).not.toBe(first.id);
    expect(second).toMatchObject({ state: 'done', counts: { person: { created: 1 } } });
    await school.put('/again.xml', content('again').replace('again-1', 'anew-1'));
    expect((await next()).file.name).toBe('again.xml');
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

  test('whose length is said first is not taken before it has it', async () => {
    const text = content('said');
    const school = await client();
    const short = await school.open('/said.xml', 'w');
    await school.resize(short, text.length);
    await school.write(short, text.slice(0, -1));
    await expect(school.shut(short)).rejects.toMatchObject({ code: code.failure });
    const whole = await school.open('/said.xml', 'w');
    await school.resize(whole, text.length);
    await school.write(whole, `${text}more than it has`);
    await school.resize(whole, text.length);
    await school.shut(whole);
    expect(await next()).toMatchObject({ state: 'done', counts: { person: { created: 3 } } });
  });

  test('is begun anew where its sender wants that', async () => {
    const school = await client();
    const handle = await school.open('/anew.xml', 'w');
    await school.write(handle, 'x'.repeat(100_000));
    await school.lose();
    const again = await client();
    await again.put('/anew.xml', content('anew'));
    expect(await next()).toMatchObject({ state: 'done', file: { bytes: content('anew').length } });
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
    await expect(other.open('..', 'w')).rejects.toMatchObject({ code: code.denied });
    await other.put('../../escaped.part', 'stays here');
    expect((await other.list()).map(({ filename }) => filename)).toEqual(['escaped.part']);
    expect(await readdir(dataDir)).toEqual(['sftp', 'sftp-host-ecdsa', 'sftp-host-ed25519']);
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

  test('fills no disk: each feed has room for some files of the largest size, and a full disk is told', async () => {
    await makeFeed('full', {});
    await makeAccount('filler', 'full');
    const filler = await client('filler');
    const piece = 'x'.repeat(30_000);
    const handles = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => filler.open(`/${name}.part`, 'w')));
    let told: unknown;
    for (let at = 0; at < 13 && told === undefined; at += 1) {
      const written = await Promise.allSettled(handles.map((handle) => filler.write(handle, piece, at * 30_000)));
      told = written.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))[0];
    }
    expect(told).toMatchObject({ code: code.failure, message: expect.stringContaining('no room') });
    for (const handle of handles) await filler.shut(handle).catch(() => undefined);
    for (const name of ['a', 'b', 'c', 'd', 'e']) await filler.remove(`/${name}.part`);
    // The kernel's own full disk, in the place of a file.
    const [tenant, feed] = [demo.tenant, 'full'].map((name) => Buffer.from(name).toString('base64url'));
    await symlink('/dev/full', join(dataDir, 'sftp', tenant ?? '', feed ?? '', 'coming', 'disk.xml'));
    const handle = await filler.open('/disk.xml', 'a');
    await expect(filler.write(handle, piece)).rejects.toMatchObject({ message: expect.stringContaining('no room') });
    await filler.lose();
    expect(warned).toContainEqual({ tenant: demo.tenant, feed: 'full', fault: 'no-room' });
  });

  test('sets no length, right or time of what is not open, and makes no link out', async () => {
    const school = await client();
    await school.put('/set.part', 'ours');
    const refused = (ask: (done: (error?: Error | null) => void) => void) =>
      expect(new Promise<void>((resolve, reject) => ask((error) => (error ? reject(error) : resolve())))).rejects;
    await refused((done) => school.sftp.setstat('/set.part', { size: 1 }, done)).toMatchObject({ code: code.denied });
    await refused((done) => school.sftp.setstat('/a/b', { mode: 0o777 }, done)).toMatchObject({ code: code.absent });
    await refused((done) => school.sftp.readlink('/set.part', done)).toMatchObject({ code: code.unsupported });
    await expect(school.rename('/set.part', '/a/b.part')).rejects.toMatchObject({ code: code.absent });
    await expect(school.rename('/set.part', '/nul\0.part')).rejects.toMatchObject({ code: code.absent });
    await new Promise((resolve) => school.sftp.setstat('/set.part', { mode: 0o777, mtime: 1, atime: 1 }, resolve));
    expect(await school.stat('/set.part')).toMatchObject({ size: 4, mode: 0o100_600 });
  });

  test('sends without reading answers, and is cut off', async () => {
    const school = await client('other-school');
    const handle = await school.open('/unread.part', 'w');
    // What the server sends is left where it comes.
    (school.ssh as unknown as { readonly _sock: Socket })._sock.pause();
    const piece = Buffer.alloc(32_000);
    for (let at = 0; at < 200_000; at += 1) school.sftp.write(handle, piece.subarray(0, 1), 0, 1, at, () => undefined);
    for (let at = 0; at < 200_000; at += 1) school.sftp.stat('/unread.part', () => undefined);
    (school.ssh as unknown as { readonly _sock: Socket })._sock.resume();
    await school.ended();
  });

  test('is put out after a while without a log-in, and without a request', async () => {
    const limits = { logInMs: 300, idleMs: 600 };
    const folder = await mkdtemp(join(tmpdir(), 'rostergate-idle-'));
    const patient = makeSftpDrop({ ...depsOf(), dataDir: folder, limits });
    const listening = await patient.start(0, '127.0.0.1');
    if (!listening.ok) throw new Error(listening.problem.text);
    const silent = connect(listening.value.port, '127.0.0.1');
    silent.resume();
    const idle = await sftpClient(listening.value.port, { username: 'school', password, keepaliveInterval: 50 });
    const began = performance.now();
    await Promise.all([idle.ended(), new Promise((resolve) => silent.on('close', resolve))]);
    expect(performance.now() - began).toBeLessThan(5_000);
    await patient.stop();
    await rm(folder, { recursive: true });
  });

  test('guesses passwords and is slowed down', async () => {
    await makeAccount('guessed', 'keys');
    const tries: string[] = [];
    for (let at = 0; at < 12; at += 1) {
      const ssh = logIn(port, { username: 'guessed', password: `guess ${at} of many` });
      tries.push(await ssh.then(() => 'in').catch((error: Error) => error.message));
    }
    expect(tries).not.toContain('in');
    // The right one is not looked at any more.
    await expect(logIn(port, { username: 'guessed', password })).rejects.toThrow();
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
