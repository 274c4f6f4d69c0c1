import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Measure, speed } from './measure.ts';

const run = promisify(execFile);
/** Bytes of the file at scale 1. */
const fullBytes = 256 * 1024 * 1024;
const sshd = process.env['ROSTERGATE_SSHD'] ?? '/usr/sbin/sshd';

/** Megabytes a second that OpenSSH's client uploads to the gateway's SFTP server, and to OpenSSH's. */
export const sftpUpload: Measure = {
  name: 'sftp-upload',
  async run(bench) {
    try {
      await Promise.all([access(sshd), run('sftp', ['-?']).catch(unlessAbsent)]);
    } catch {
      bench.say('sftp-upload is skipped: install openssh-server and openssh-client, or set ROSTERGATE_SSHD');
      return undefined;
    }
    const folder = join(bench.folder, 'sftp-upload');
    await mkdir(join(folder, 'out'), { recursive: true });
    const bytes = Math.max(1_048_576, Math.round(fullBytes * bench.scale));
    await writeRandom(join(folder, 'file'), bytes);
    for (const name of ['host', 'client']) {
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    }
    const other = await startSshd(folder);
    const own = await bench.start('sftp-server', { folder: join(folder, 'data') });
    try {
      const upload = ([port, to]: readonly [number, string]) => seconds(folder, port, to);
      const places = {
        own: [Number(own.ready['port']), 'file'],
        other: [other.port, join(folder, 'out', 'file')],
      } as const;
      const times = { own: [] as number[], other: [] as number[] };
      // In turn, and the first of each is not counted.
      for (let at = 0; at < 4; at += 1) {
        for (const side of ['own', 'other'] as const) times[side].push(await upload(places[side]));
      }
      const [value = 0, floor = 0] = [times.own, times.other].map((all) => bytes / 1e6 / median(all.slice(1)));
      return speed('sftp-upload', value, floor, 'MB/s');
    } finally {
      other.server.kill();
      await own.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Seconds of one upload, log-in included. */
async function seconds(folder: string, port: number, to: string): Promise<number> {
  const batch = join(folder, 'batch');
  await writeFile(batch, `put ${join(folder, 'file')} ${to}\n`);
  const settings = [
    `IdentityFile=${join(folder, 'client')}`,
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
  ].flatMap((one) => ['-o', one]);
  const where = ['-b', batch, '-P', String(port), '-F', 'none', ...settings, `${userInfo().username}@127.0.0.1`];
  const began = performance.now();
  await run('sftp', where);
  return (performance.now() - began) / 1000;
}

async function startSshd(folder: string): Promise<{ readonly port: number; readonly server: ChildProcess }> {
  const port = await freePort();
  const lines = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'client.pub')}`,
    'Subsystem sftp internal-sftp',
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
  ];
  await writeFile(join(folder, 'config'), `${lines.join('\n')}\n`);
  // Where it puts itself away before a log-in.
  await mkdir('/run/sshd', { recursive: true }).catch(() => undefined);
  const server = spawn(sshd, ['-D', '-e', '-f', join(folder, 'config')], { stdio: 'ignore' });
  while (!(await answers(port))) {
    if (server.exitCode !== null) throw new Error('sshd ended');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { port, server };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function writeRandom(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w');
  for (let left = bytes; left > 0; left -= 1_048_576) await file.write(randomBytes(Math.min(left, 1_048_576)));
  await file.close();
}

/** A program that ends with a fault is there all the same. */
function unlessAbsent({ code }: { readonly code?: unknown }): void {
  if (code === 'ENOENT') throw new Error('there is no such program');
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
