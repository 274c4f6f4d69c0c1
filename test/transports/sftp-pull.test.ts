import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import ssh2 from 'ssh2';
import { makeArrivals } from '../../src/store/index.ts';
import { type Arrival, type Looker, makeSftpPullLooker, type Taken } from '../../src/transports/index.ts';
import { makeOutbound } from '../../src/wire/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { movedClock } from '../setup/moved-clock.ts';
import { demo, type TestServices, testServices } from '../setup/services.ts';
import { account, linkKind, type SftpServer, startSftpServer } from './sftp-server.ts';

const clientKey = ssh2.utils.generateKeyPairSync('ed25519', { passphrase: 'words', cipher: 'aes256-cbc', rounds: 4 });
const clock = movedClock('2026-03-02T03:00:00Z');
const seconds = () => clock.now().getTime() / 1000;

let services: TestServices;
let server: SftpServer;

beforeAll(async () => {
  services = await testServices({});
  server = await startSftpServer(clientKey.public);
});
afterAll(async () => {
  await server.close();
  await services.close();
});
beforeEach(() => {
  server.files.clear();
  server.attempts.length = 0;
  server.tricks = {};
});

const content = (tag: string, count = 3) => enterpriseFile({ persons: manyIds(`${tag}-`, count) });
const never = new AbortController().signal;
const long = { idleMs: 10_000, wholeMs: 10_000 };

/** Puts a file on the server that was written so many seconds ago. */
function put(path: string, text: string, secondsAgo = 3600, kind?: number): void {
  server.files.set(path, { content: text, mtime: seconds() - secondsAgo, ...(kind === undefined ? {} : { kind }) });
}

const place = () => ({
  host: '127.0.0.1',
  port: server.port,
  user: account.user,
  hostKey: server.prints.ed25519,
  path: '/out',
  pattern: '*.xml',
  password: account.password,
});

/** A feed that nobody looks at but the test. */
async function makeFeed(name: string, sftpPull: object = {}): Promise<void> {
  const settings = { transport: 'sftp-pull', schedule: '0 0 29 2 *', sftpPull: { ...place(), ...sftpPull } };
  const made = await services.sync.putFeed(services.context, name, settings);
  if (!made.ok) throw new Error(made.problem.text);
}

const makeLooker = (limits = long, hosts = ['127.0.0.1']): Looker =>
  makeSftpPullLooker({
    outbound: makeOutbound({ hosts }),
    sync: services.sync,
    arrivals: makeArrivals(services.store),
    clock,
    limits,
  });

async function look(name: string, by: Looker = makeLooker()) {
  const feed = await services.sync.feed(services.context, name);
  if (feed === undefined) throw new Error(`no feed ${name}`);
  return by.look({ tenant: demo.tenant, feed: name }, feed, never);
}

async function seen(name: string, by?: Looker): Promise<readonly Arrival[]> {
  const found = await look(name, by);
  if (!found.ok) throw new Error(found.problem.text);
  return found.value;
}

const names = async (name: string, by?: Looker) => (await seen(name, by)).map((arrival) => arrival.name);

const takeIn = (feed: string, arrival: Arrival | undefined): Promise<Taken> => {
  if (arrival === undefined) throw new Error('nothing was seen');
  return services.transports.intake.take({ tenant: demo.tenant, feed }, 'sftp-pull', arrival, never);
};

/** Looks and takes the first file that is seen; its run is waited for. */
async function takeDone(name: string): Promise<string> {
  const taken = await takeIn(name, (await seen(name))[0]);
  if (taken.state !== 'taken') return taken.state;
  return (await services.sync.wait(services.context, taken.run))?.state ?? 'gone';
}

describe('A file on an SFTP server', () => {
  test('is fetched by its feed itself, in full', async () => {
    put('/out/roster.xml', content('self', 2_000));
    const made = await services.sync.putFeed(services.context, 'self', { transport: 'sftp-pull', sftpPull: place() });
    expect(made).toMatchObject({ ok: true });
    services.jobs.wake();
    const runs = async () => {
      const page = await services.sync.runs(services.context, { feed: 'self', limit: 5 });
      return page.ok ? page.value.items : [];
    };
    while ((await runs())[0]?.state !== 'done') await sleep(5);
    const bytes = Buffer.byteLength(content('self', 2_000));
    expect((await runs()).map(({ file }) => [file.name, file.bytes])).toEqual([['roster.xml', bytes]]);
    await services.sync.putFeed(services.context, 'self', { transport: 'upload' });
  });

  test('is one of the folder’s files that the pattern names: no folders, links, unfinished names and tricks', async () => {
    await makeFeed('glob');
    put('/out/b.xml', content('b'), 100);
    put('/out/a.xml', content('a'), 200);
    put('/out/c.csv', content('c'));
    put('/out/.d.xml', content('d'));
    put('/out/link.xml', content('l'), 3600, linkKind);
    put('/out/more/e.xml', content('e'));
    server.tricks = { names: ['../../up.xml', '/abs.xml', '..', 'nul\0.xml'] };
    expect(await names('glob')).toEqual(['a.xml', 'b.xml']);
  });

  test('may be one by its path; where it is missing there is nothing to take', async () => {
    await makeFeed('one', { path: '/out/students.xml', pattern: null });
    put('/out/other.xml', content('o'));
    expect(await names('one')).toEqual([]);
    put('/out/students.xml', content('one'));
    expect(await takeDone('one')).toBe('done');
    await makeFeed('one', { path: '/out', pattern: null });
    expect(await look('one')).toMatchObject({ ok: false, problem: { place: { field: 'sftpPull.pattern' } } });
  });

  test('3.13: is taken once; overwritten it is a new file, and so it is when the one of before comes back', async () => {
    await makeFeed('over');
    put('/out/a.xml', content('v1'), 300);
    expect(await takeDone('over')).toBe('done');
    expect(await takeDone('over')).toBe('known');
    put('/out/a.xml', content('v2'), 200);
    expect(await takeDone('over')).toBe('done');
    put('/out/a.xml', content('v1'), 300);
    expect(await takeDone('over')).toBe('done');
    expect(await takeDone('over')).toBe('known');
  });

  test('is moved, deleted or left, and one that took its place stays', async () => {
    const left = () => Array.from(server.files.keys()).sort();
    await makeFeed('move', { after: 'move', moveTo: '/out/taken/', whole: 'marker' });
    put('/out/a.xml', content('m'));
    put('/out/a.xml.done', '');
    expect(await takeDone('move')).toBe('done');
    expect(left()).toEqual(['/out/taken/20260302T020000.000Z-a.xml']);
    server.files.clear();
    await makeFeed('delete', { after: 'delete' });
    put('/out/b.xml', content('n'));
    put('/out/c.xml', 'no file of this feed', 30);
    expect(await takeDone('delete')).toBe('done');
    expect(left()).toEqual(['/out/c.xml']);
    put('/out/c.xml', content('o'));
    const [arrival] = await seen('delete');
    put('/out/c.xml', content('p'), 30);
    await arrival?.settle?.('taken');
    expect(left()).toEqual(['/out/c.xml']);
  });
});

describe('A file counts as arrived when it is whole', () => {
  test('settled: when nothing was written to it for a time, by the server’s clock or as it was seen', async () => {
    await makeFeed('settled', { settleSeconds: 60 });
    const looker = makeLooker();
    put('/out/a.xml', content('s'), 10);
    put('/out/ahead.xml', content('t'), -86_400);
    expect(await names('settled', looker)).toEqual([]);
    clock.pass(50_000);
    expect(await names('settled', looker)).toEqual(['a.xml']);
    clock.pass(10_000);
    expect(await names('settled', looker)).toEqual(['a.xml', 'ahead.xml']);
  });

  test('rename: at once under its own name; marker: when its marker lies beside it', async () => {
    put('/out/a.xml', content('r'), 0);
    put('/out/b.xml.part', content('r'), 0);
    await makeFeed('rename', { whole: 'rename', pattern: '*' });
    expect(await names('rename')).toEqual(['a.xml']);
    await makeFeed('marker', { whole: 'marker', pattern: '*', markerSuffix: '.ok' });
    expect(await names('marker')).toEqual([]);
    put('/out/a.xml.ok', '');
    expect(await names('marker')).toEqual(['a.xml']);
    await makeFeed('marker', { path: '/out/a.xml', pattern: null });
    expect(await names('marker')).toEqual(['a.xml']);
    server.files.delete('/out/a.xml.ok');
    expect(await names('marker')).toEqual([]);
  });

  test('one that changes between look and reading, or while it is read, waits and is taken then', async () => {
    await makeFeed('moving');
    put('/out/a.xml', content('x', 500), 300);
    const [before] = await seen('moving');
    put('/out/a.xml', content('y', 500), 200);
    expect(await takeIn('moving', before)).toMatchObject({ state: 'waiting', problem: { code: 'busy' } });
    server.tricks = {
      onRead(path, position) {
        if (position > 0) put(path, content('z', 600), 100);
        return true;
      },
    };
    expect(await takeIn('moving', (await seen('moving'))[0])).toMatchObject({ state: 'waiting' });
    server.tricks = {};
    expect(await takeDone('moving')).toBe('done');
  });

  test('one whose server cuts it off or stops answering waits, and is taken once it comes whole', async () => {
    await makeFeed('cut');
    put('/out/a.xml', content('cut', 500));
    server.tricks = {
      onRead(_path, position) {
        if (position > 0) server.cut();
        return true;
      },
    };
    expect(await takeIn('cut', (await seen('cut'))[0])).toMatchObject({ state: 'waiting', problem: { code: 'busy' } });
    server.tricks = { onRead: (_path, position) => position === 0 };
    const patience = { ...long };
    const [hanging] = await seen('cut', makeLooker(patience));
    patience.idleMs = 50;
    expect(await takeIn('cut', hanging)).toMatchObject({ state: 'waiting', problem: { code: 'busy' } });
    const runs = await services.sync.runs(services.context, { feed: 'cut', limit: 5 });
    expect(runs).toMatchObject({ ok: true, value: { items: [] } });
    server.tricks = {};
    expect(await takeDone('cut')).toBe('done');
  });

  test('a folder of names without an end is not gone through', async () => {
    await makeFeed('many');
    put('/out/a.xml', content('many'));
    server.tricks = { names: Array.from({ length: 10_001 }, (_, index) => `${index}`) };
    expect(await look('many')).toMatchObject({ ok: false, problem: { code: 'too-large' } });
  });
});

describe('The server', () => {
  test('of another key is refused before anybody tries to log in, and its key is told', async () => {
    const hostKey = `SHA256:${'A'.repeat(43)}`;
    await makeFeed('pin', { hostKey });
    const found = await look('pin');
    expect(found).toMatchObject({ ok: false, problem: { code: 'conflict', place: { field: 'sftpPull.hostKey' } } });
    const told = JSON.stringify(found);
    expect(told).toContain(server.prints.ed25519);
    expect(told).not.toContain(account.password);
    expect(server.attempts).toEqual([]);
  });

  test('may be known by any of its keys', async () => {
    await makeFeed('ecdsa', { hostKey: server.prints.ecdsa });
    put('/out/a.xml', content('e'));
    expect(await names('ecdsa')).toEqual(['a.xml']);
    expect(server.attempts).toEqual([`password ${account.password}`]);
  });

  test('lets in by a key with a passphrase, or asks for the password as a question', async () => {
    put('/out/a.xml', content('key'));
    const { private: privateKey } = clientKey;
    await makeFeed('key', { auth: 'key', privateKey, passphrase: 'words' });
    expect(await names('key')).toEqual(['a.xml']);
    expect(new Set(server.attempts)).toEqual(new Set(['key']));
    await makeFeed('key', { passphrase: 'wrong' });
    expect(await look('key')).toMatchObject({ ok: false, problem: { place: { field: 'sftpPull.privateKey' } } });
    server.tricks = { asks: true };
    await makeFeed('asks');
    expect(await names('asks')).toEqual(['a.xml']);
  });

  test('that does not let in is told without the password', async () => {
    await makeFeed('wrong', { password: 'a-wrong-password' });
    const found = await look('wrong');
    expect(found).toMatchObject({ ok: false, problem: { code: 'conflict', place: { field: 'sftpPull.user' } } });
    expect(JSON.stringify(found)).not.toContain('a-wrong-password');
  });

  test('is not connected to where nobody has opened its address', async () => {
    await makeFeed('closed');
    const before = server.count();
    for (const hosts of [[], ['127.0.0.1:22']]) {
      const found = await look('closed', makeLooker(long, hosts));
      expect(found).toMatchObject({ ok: false, problem: { place: { field: 'sftpPull.host' } } });
    }
    expect(server.count()).toBe(before);
  });

  test('that says nothing is left after its time', async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    await makeFeed('silent', { port: (silent.address() as AddressInfo).port });
    const found = await look('silent', makeLooker({ idleMs: 100, wholeMs: 10_000 }));
    expect(found).toMatchObject({ ok: false, problem: { code: 'busy' } });
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('The setting sftpPull', () => {
  const set = (settings: object) => services.sync.putFeed(services.context, 'settings', { sftpPull: settings });
  const field = (name: string) => ({ ok: false, problem: { place: { field: `sftpPull.${name}` } } });

  test('wants what its way in needs, and a place that is not looked at for what was taken', async () => {
    const { password, ...rest } = place();
    expect(await set(rest)).toMatchObject(field('password'));
    expect(await set({ ...rest, auth: 'key', password })).toMatchObject(field('privateKey'));
    expect(await set({ ...place(), pattern: 'a/*.xml' })).toMatchObject(field('pattern'));
    expect(await set({ ...place(), path: '/out/', pattern: null })).toMatchObject(field('pattern'));
    expect(await set({ ...place(), after: 'move' })).toMatchObject(field('moveTo'));
    expect(await set({ ...place(), after: 'move', moveTo: '/./out/' })).toMatchObject(field('moveTo'));
    const made = await set(place());
    expect(made).toMatchObject({ ok: true, value: { sftpPull: { auth: 'password', whole: 'settled' } } });
    expect(JSON.stringify(made)).not.toContain(password);
  });

  test('does not use a secret at another server than it was given for', async () => {
    expect(await set(place())).toMatchObject({ ok: true });
    expect(await set({ path: '/elsewhere' })).toMatchObject({ ok: true });
    for (const change of [{ host: 'attacker.example' }, { port: 2222 }, { hostKey: server.prints.ecdsa }]) {
      expect(await set(change)).toMatchObject(field('password'));
    }
  });
});
