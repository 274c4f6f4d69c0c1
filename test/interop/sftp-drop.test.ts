import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Run } from '../../src/sync/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { type TestServices, testServices } from '../setup/services.ts';

const run = promisify(execFile);
const isHere = await Promise.all(['sftp', 'ssh-keygen'].map((name) => run(name, ['-?']).catch(noProgram))).then(
  () => true,
  () => false,
);
const needed = process.env['ROSTERGATE_INTEROP'] === 'all';
if (!isHere && !needed) console.log('skipped: install openssh-client');
const describeWhereHere = isHere || needed ? describe : describe.skip;

/** A program that ends with a fault is there all the same. */
function noProgram({ code }: { readonly code?: unknown }): void {
  if (code === 'ENOENT') throw new Error('there is no such program');
}

const content = (tag: string) => enterpriseFile({ persons: manyIds(`${tag}-`, 3) });
/** The same in about a megabyte. */
const large = (tag: string) =>
  content(tag).replace('</enterprise>', `${`<!-- ${'x'.repeat(990)} -->\n`.repeat(1_000)}</enterprise>`);
const password = 'a password of the school';

describeWhereHere('OpenSSH’s sftp', () => {
  let folder: string;
  let services: TestServices;
  let port: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rostergate-sftp-'));
    services = await testServices({});
    const feed = { transport: 'sftp-drop' };
    for (const [name, whole] of [
      ['nightly', 'closed'],
      ['marked', 'marker'],
      ['renamed', 'rename'],
    ] as const) {
      const made = await services.sync.putFeed(services.context, name, { ...feed, sftpDrop: { whole } });
      if (!made.ok) throw new Error(made.problem.text);
    }
    const publicKeys: string[] = [];
    for (const type of ['ed25519', 'ecdsa', 'rsa']) {
      await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', join(folder, type)]);
      publicKeys.push(await readFile(join(folder, `${type}.pub`), 'utf8'));
    }
    const { create } = services.credentials;
    const accounts = [
      { name: 'school', feeds: ['nightly'], publicKeys, secret: password },
      { name: 'marked', feeds: ['marked'], publicKeys },
      { name: 'renamed', feeds: ['renamed'], publicKeys },
    ];
    for (const account of accounts) {
      const made = await create(services.context, { kinds: ['sftp'], ...account });
      if (!made.ok) throw new Error(made.problem.text);
    }
    const listening = await services.sftpDrop.start(0, '127.0.0.1');
    if (!listening.ok) throw new Error(listening.problem.text);
    ({ port } = listening.value);
    // As a sender writes it down from `rostergate sftp`.
    const known = listening.value.hostKeys.map(({ publicKey }) => `[127.0.0.1]:${port} ${publicKey}`);
    await writeFile(join(folder, 'known_hosts'), `${known.join('\n')}\n`);
    await writeFile(join(folder, 'askpass'), `#!/bin/sh\necho '${password}'\n`);
    await chmod(join(folder, 'askpass'), 0o700);
  });
  afterAll(async () => {
    await services?.sftpDrop.stop();
    await services?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  const options = (more: readonly string[]) => [
    '-P',
    String(port),
    '-F',
    'none',
    ...['StrictHostKeyChecking=yes', `UserKnownHostsFile=${join(folder, 'known_hosts')}`, ...more].flatMap((one) => [
      '-o',
      one,
    ]),
  ];
  const byKey = (type = 'ed25519') => options([`IdentityFile=${join(folder, type)}`, 'IdentitiesOnly=yes']);

  /** Runs the commands of a batch; answers what it said. */
  async function batch(commands: readonly string[], user = 'school', how = byKey(), env: object = {}) {
    await writeFile(join(folder, 'batch'), `${commands.join('\n')}\n`);
    const file = how.includes('BatchMode=no') ? [] : ['-b', join(folder, 'batch')];
    const sftp = spawn('sftp', [...file, ...how, `${user}@127.0.0.1`], {
      env: { ...process.env, SSH_AUTH_SOCK: '', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    sftp.stdin.end(file.length === 0 ? `${commands.join('\n')}\n` : '');
    return said(sftp);
  }

  async function said(sftp: ChildProcess): Promise<{ readonly code: number | null; readonly text: string }> {
    const texts: string[] = [];
    for (const stream of [sftp.stdout, sftp.stderr]) stream?.on('data', (text) => texts.push(String(text)));
    const [code] = (await once(sftp, 'close')) as [number | null];
    return { code, text: texts.join('') };
  }

  async function put(name: string, text: string): Promise<string> {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  }

  /** The run of a file, at its end. */
  async function runOf(name: string, feed = 'nightly'): Promise<Run> {
    for (;;) {
      const page = await services.sync.runs(services.context, { feed, limit: 50 });
      const found = page.ok ? page.value.items.find(({ file }) => file.name === name) : undefined;
      const done = found === undefined ? undefined : await services.sync.wait(services.context, found.id);
      if (done !== undefined) return done;
      await pause(50);
    }
  }
  /** Bytes of a file that is on its way; undefined: it is not. */
  const coming = async (name: string, user = 'school') => {
    const { text } = await batch(['ls -l'], user);
    const line = text.split('\n').find((one) => one.endsWith(` ${name}`)) ?? '';
    return / coming /.test(line) ? Number(/feed +(\d+)/.exec(line)?.[1]) : undefined;
  };

  test.each(['ed25519', 'ecdsa', 'rsa'])('comes in by a key of %s and sends a file', async (type) => {
    const { code, text } = await batch([`put -p ${await put(`${type}.xml`, content(type))}`], 'school', byKey(type));
    expect([code, text]).toEqual([0, expect.not.stringContaining('denied')]);
    expect(await runOf(`${type}.xml`)).toMatchObject({ state: 'done', counts: { person: { created: 3 } } });
  });

  test('comes in by a password', async () => {
    const how = options(['PubkeyAuthentication=no', 'BatchMode=no']);
    const env = { SSH_ASKPASS: join(folder, 'askpass'), SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' };
    const sent = await batch(
      [`put ${await put('by-password.xml', content('by-password'))}`, 'bye'],
      'school',
      how,
      env,
    );
    expect(sent.text).not.toContain('denied');
    expect(await runOf('by-password.xml')).toMatchObject({ state: 'done' });
  });

  test('does not trust a server whose key it does not know', async () => {
    await writeFile(join(folder, 'no_hosts'), '');
    const how = byKey().map((one) => one.replace('known_hosts', 'no_hosts'));
    expect((await batch(['ls'], 'school', how)).text).toContain('Host key verification failed');
  });

  test('sends a file that needs many pieces, renames, lists and removes', async () => {
    const path = await put('large.xml', large('large'));
    const done = await batch([
      `put ${path} large.xml.part`,
      `put ${path} other.part`,
      'rename large.xml.part large.xml',
      'ls -l',
      'rm other.part',
      'ls',
    ]);
    expect(done.code).toBe(0);
    expect(done.text).toMatch(/-rw------- 1 (?:waiting|taken) +feed +\d+ .* large\.xml/);
    expect(done.text.split('sftp> ls').at(-1)).not.toContain('other.part');
    expect(await runOf('large.xml')).toMatchObject({ state: 'done', counts: { person: { created: 3 } } });
  });

  test('that is killed while it sends is gone on with by reput', async () => {
    const text = large('killed');
    const path = await put('killed.xml', text);
    const sftp = spawn('sftp', ['-l', '4000', ...byKey(), 'school@127.0.0.1'], { stdio: ['pipe', 'pipe', 'pipe'] });
    sftp.stdin.write(`put ${path}\n`);
    while (((await coming('killed.xml')) ?? 0) < 200_000) await pause(50);
    sftp.kill('SIGKILL');
    await once(sftp, 'exit');
    const most = await coming('killed.xml');
    expect(most).toBeLessThan(text.length);
    expect((await batch([`reput ${path}`])).code).toBe(0);
    expect(await runOf('killed.xml')).toMatchObject({ state: 'done', counts: { person: { created: 3 } } });
  });

  test('whose user stops it closes what it has sent: that is not taken where files are whole by their last name', async () => {
    const text = large('stopped');
    const path = await put('stopped.xml', text);
    const sftp = spawn('sftp', ['-l', '4000', ...byKey(), 'renamed@127.0.0.1'], { stdio: ['pipe', 'pipe', 'pipe'] });
    sftp.stdin.write(`put ${path} stopped\n`);
    while (((await coming('stopped', 'renamed')) ?? 0) < 200_000) await pause(50);
    sftp.kill('SIGINT');
    const over = said(sftp);
    sftp.stdin.end('bye\n');
    await over;
    expect(await coming('stopped', 'renamed')).toBeLessThan(text.length);
    expect((await batch([`reput ${path} stopped`, 'rename stopped stopped.xml'], 'renamed')).code).toBe(0);
    expect(await runOf('stopped.xml', 'renamed')).toMatchObject({ state: 'done', counts: { person: { created: 3 } } });
  });

  test('sends a marker behind a file', async () => {
    const [file, marker] = [await put('marked.xml', content('marked')), await put('marker', '')];
    const { code } = await batch([`put ${file}`, `put ${marker} marked.xml.done`], 'marked');
    expect(code).toBe(0);
    expect(await runOf('marked.xml', 'marked')).toMatchObject({ state: 'done' });
  });

  test('gets nothing out, and no shell', async () => {
    await batch([`put ${await put('inside.part', 'inside')}`]);
    for (const command of [
      'get inside.part /dev/null',
      'get /etc/passwd /dev/null',
      'mkdir a',
      'ln -s /etc/passwd p',
      'cd ..\ncd etc',
    ]) {
      const { code, text } = await batch([command]);
      expect([command, code, text]).toEqual([command, 1, expect.any(String)]);
    }
    const how = byKey().map((one) => (one === '-P' ? '-p' : one));
    const shell = spawn('ssh', [...how, '-T', 'school@127.0.0.1', 'id'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const { code, text } = await said(shell);
    expect([code === 0, text]).toEqual([false, expect.not.stringContaining('uid=')]);
  });
});
