import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/base/clock.ts';
import { makeArrivals } from '../../src/store/index.ts';
import { type Arrival, makeSftpPullLooker, type Taken } from '../../src/transports/index.ts';
import { makeOutbound } from '../../src/wire/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { demo, type TestServices, testServices } from '../setup/services.ts';
import { freePort, listening } from './free-port.ts';

const run = promisify(execFile);
const sshd = process.env['ROSTERGATE_SSHD'] ?? '/usr/sbin/sshd';
const isHere = await Promise.all([access(sshd), run('ssh-keygen', ['-?']).catch(({ code }) => noProgram(code))]).then(
  () => true,
  () => false,
);
const needed = process.env['ROSTERGATE_INTEROP'] === 'all';
if (!isHere && !needed) console.log('skipped: install openssh-server and openssh-client, or set ROSTERGATE_SSHD');
const describeWhereHere = isHere || needed ? describe : describe.skip;

/** A program that ends with a fault is there all the same. */
function noProgram(code: unknown): void {
  if (code === 'ENOENT') throw new Error('there is no such program');
}

const never = new AbortController().signal;
const content = (tag: string, count = 3) => enterpriseFile({ persons: manyIds(`${tag}-`, count) });

describeWhereHere('An account at OpenSSH’s server', () => {
  let folder: string;
  let out: string;
  let port: number;
  let server: ChildProcess;
  let privateKey: string;
  let services: TestServices;
  const prints: Record<string, string> = {};

  const makeKey = (type: string, name: string) =>
    run('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', join(folder, name)]);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rostergate-sshd-'));
    out = join(folder, 'out');
    await mkdir(out);
    for (const type of ['ed25519', 'rsa']) {
      await makeKey(type, `host-${type}`);
      const { stdout } = await run('ssh-keygen', ['-l', '-f', join(folder, `host-${type}.pub`)]);
      prints[type] = stdout.split(' ')[1] ?? '';
    }
    await makeKey('ed25519', 'client');
    privateKey = await readFile(join(folder, 'client'), 'utf8');
    port = await freePort();
    const settings = {
      ListenAddress: `127.0.0.1:${port}`,
      HostKey: [join(folder, 'host-ed25519'), join(folder, 'host-rsa')],
      AuthorizedKeysFile: join(folder, 'client.pub'),
      Subsystem: 'sftp internal-sftp',
      PidFile: 'none',
      StrictModes: 'no',
      UsePAM: 'no',
      PasswordAuthentication: 'no',
      PermitRootLogin: 'prohibit-password',
    };
    const lines = Object.entries(settings).flatMap(([name, values]) =>
      [values].flat().map((value) => `${name} ${value}`),
    );
    await writeFile(join(folder, 'config'), `${lines.join('\n')}\n`);
    // Where it puts itself away before a log-in.
    await mkdir('/run/sshd', { recursive: true }).catch(() => undefined);
    server = spawn(sshd, ['-D', '-e', '-f', join(folder, 'config')], { stdio: 'ignore' });
    await listening(port, () => server.exitCode !== null);
    services = await testServices({});
  });
  afterAll(async () => {
    server?.kill();
    await services?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  /** Puts a file into the folder that was written an hour ago, or so many seconds. */
  async function put(name: string, text: string, secondsAgo = 3600): Promise<void> {
    await writeFile(join(out, name), text);
    const at = Date.now() / 1000 - secondsAgo;
    await utimes(join(out, name), at, at);
  }

  /** A feed that nobody looks at but the test. */
  async function makeFeed(name: string, settings: object = {}): Promise<void> {
    const { username: user } = userInfo();
    const way = { host: '127.0.0.1', port, user, auth: 'key', privateKey, hostKey: prints['ed25519'] };
    const sftpPull = { ...way, path: out, pattern: '*.xml', ...settings };
    const feed = { transport: 'sftp-pull', schedule: '0 0 29 2 *', sftpPull };
    const made = await services.sync.putFeed(services.context, name, feed);
    if (!made.ok) throw new Error(made.problem.text);
  }

  async function look(name: string) {
    const feed = await services.sync.feed(services.context, name);
    if (feed === undefined) throw new Error(`no feed ${name}`);
    const looker = makeSftpPullLooker({
      outbound: makeOutbound({ hosts: ['127.0.0.1'] }),
      sync: services.sync,
      arrivals: makeArrivals(services.store),
      clock: systemClock,
      limits: { idleMs: 20_000, wholeMs: 120_000 },
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
    return services.transports.intake.take({ tenant: demo.tenant, feed }, 'sftp-pull', arrival, never);
  };

  /** Looks and takes the first file; its run is waited for. */
  async function takeDone(name: string): Promise<string> {
    const taken = await takeIn(name, (await seen(name))[0]);
    if (taken.state !== 'taken') return taken.state;
    return (await services.sync.wait(services.context, taken.run))?.state ?? 'gone';
  }

  test('gives its files, each once, and one that was written anew again', async () => {
    await makeFeed('nightly');
    await put('students.xml', content('a', 3_000));
    await put('students.xml.part', 'half of it');
    expect(await takeDone('nightly')).toBe('done');
    expect(await takeDone('nightly')).toBe('known');
    await put('students.xml', content('a', 3_100), 1800);
    expect(await takeDone('nightly')).toBe('done');
    await rm(join(out, 'students.xml'));
  });

  test('has what was taken moved to another folder, with its marker gone', async () => {
    await makeFeed('moves', { after: 'move', moveTo: `${out}/taken`, whole: 'marker' });
    await put('moved.xml', content('m'));
    expect(await seen('moves')).toEqual([]);
    await put('moved.xml.done', '');
    expect(await takeDone('moves')).toBe('done');
    expect(await readdir(join(out, 'taken'))).toEqual([expect.stringMatching(/^\d{8}T\d{6}\.000Z-moved\.xml$/)]);
    expect(await readdir(out)).not.toContain('moved.xml.done');
  });

  test('gives nothing of a file that is written while it is read', async () => {
    await makeFeed('written', { pattern: 'written.xml' });
    await put('written.xml', content('w', 3_000));
    const [arrival] = await seen('written');
    if (arrival === undefined) throw new Error('nothing was seen');
    const written: Arrival = {
      ...arrival,
      async open(signal) {
        const bytes = await arrival.open(signal);
        if (bytes.ok) await put('written.xml', content('w', 3_000).replace('w-1', 'v-1'), 60);
        return bytes;
      },
    };
    expect(await takeIn('written', written)).toMatchObject({ state: 'waiting', problem: { code: 'busy' } });
    expect(await takeDone('written')).toBe('done');
  });

  test('is known by any of its server’s keys, and left where the server shows none of the wanted', async () => {
    await makeFeed('rsa', { hostKey: prints['rsa'], path: join(out, 'rsa.xml'), pattern: null });
    await put('rsa.xml', content('r'));
    expect((await seen('rsa')).map(({ name }) => name)).toEqual(['rsa.xml']);
    await makeFeed('rsa', { hostKey: `SHA256:${'A'.repeat(43)}` });
    const found = await look('rsa');
    expect(found).toMatchObject({ ok: false, problem: { place: { field: 'sftpPull.hostKey' } } });
    expect(JSON.stringify(found)).toContain(prints['ed25519']);
  });

  test('that may not be entered, or not read, says so', async () => {
    await makeKey('ed25519', 'other');
    await makeFeed('other', { privateKey: await readFile(join(folder, 'other'), 'utf8') });
    expect(await look('other')).toMatchObject({ ok: false, problem: { place: { field: 'sftpPull.user' } } });
    await makeFeed('nowhere', { path: join(folder, 'nowhere') });
    expect(await look('nowhere')).toMatchObject({ ok: false, problem: { code: 'conflict' } });
    // Nobody keeps the system's own user from reading.
    if (userInfo().uid === 0) return;
    await put('closed.xml', content('c'));
    await chmod(join(out, 'closed.xml'), 0);
    await makeFeed('closed', { pattern: 'closed.xml' });
    expect(await takeIn('closed', (await seen('closed'))[0])).toMatchObject({ state: 'waiting' });
  });
});
