import { createHash } from 'node:crypto';
import type { Client, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import { problem } from '../../base/problem.ts';
import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import type { SftpPullSettings } from '../../sync/index.ts';
import type { Outbound } from '../../wire/index.ts';
import { makeRemote, type Remote, type RemoteWaits } from './remote.ts';

/** What a log-in needs besides the settings. */
export interface LogInDeps {
  readonly outbound: Pick<Outbound, 'connect'>;
  readonly waits: RemoteWaits;
}

/** A log-in is over after so long, in milliseconds. */
const longestMs = 30_000;

/** The secrets of a log-in; the password or the key, as the feed's settings say. */
export interface LogInSecrets {
  readonly password: string | undefined;
  readonly privateKey: string | undefined;
  readonly passphrase: string | undefined;
}

/** Kinds of keys that a server may have one of each of: it shows the one that it is asked for. */
const families: readonly (readonly ServerHostKeyAlgorithm[])[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
];

/**
 * Logs in at a feed's SFTP server, once its key is the one that the settings name: before, nothing is sent that another server
 * could use. Problems: `conflict` (the key, the account, the settings), `busy` (no answer), and those of the guarded way out.
 */
export async function logIn(
  { outbound, waits }: LogInDeps,
  settings: SftpPullSettings,
  secrets: LogInSecrets,
  signal: AbortSignal,
): Promise<Result<Remote>> {
  // Heavy, and needed by feeds of this transport alone.
  const { Client: SshClient } = await import('ssh2').then((all) => all.default ?? all);
  const shown: string[] = [];
  const waitMs = Math.min(waits.idleMs, longestMs);
  // The key that the settings name may be of another kind than the one that is agreed on first.
  for (const family of [undefined, ...families]) {
    const socket = await outbound.connect(settings.host, settings.port, waitMs, signal);
    if (!socket.ok) return atField(socket);
    socket.value.setNoDelay(true).unref();
    const client = new SshClient();
    const config: ConnectConfig = {
      sock: socket.value,
      username: settings.user,
      readyTimeout: waitMs,
      ...waysIn(settings, secrets),
      ...(family === undefined ? {} : { algorithms: { serverHostKey: [...family] } }),
    };
    const entered = await enter(client, config, settings, secrets, shown, signal);
    if (entered === undefined) return connected(client, waits);
    socket.value.destroy();
    const isOther = entered === 'other-key' || (shown.length > 0 && entered === 'no-agreement');
    if (!isOther) return entered === 'no-agreement' ? noAgreement : entered;
  }
  return failed('conflict', otherKey(shown), { field: 'sftpPull.hostKey' });
}

/** What is in the way of a log-in. */
type Stopped = Failed | 'other-key' | 'no-agreement';

/** Waits until a client has logged in. */
function enter(
  client: Client,
  config: ConnectConfig,
  { hostKey, auth }: SftpPullSettings,
  { password }: LogInSecrets,
  shown: string[],
  signal: AbortSignal,
): Promise<Stopped | undefined> {
  return new Promise((resolve) => {
    let isOther = false;
    const stop = () => end(failed('busy', 'The log-in was stopped.'));
    const end = (stopped: Stopped | undefined) => {
      signal.removeEventListener('abort', stop);
      resolve(stopped);
      if (stopped !== undefined) client.destroy();
    };
    signal.addEventListener('abort', stop);
    client.on('ready', () => end(undefined));
    client.on('close', () => end(failed('busy', 'The server ended the connection before the log-in.')));
    client.on('error', (error) => end(isOther ? 'other-key' : reasonOf(error)));
    client.on('keyboard-interactive', (_name, _text, _language, prompts, answer) => {
      // The question for a password, and no other one.
      const isPassword = auth === 'password' && prompts.length === 1 && prompts[0]?.echo !== true;
      answer(isPassword ? [password ?? ''] : []);
    });
    const hostVerifier = (key: Buffer) => {
      const print = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
      isOther = print !== hostKey.replace(/=+$/, '');
      if (isOther && !shown.includes(print)) shown.push(print);
      return !isOther;
    };
    try {
      client.connect({ ...config, hostVerifier });
    } catch {
      // What the library throws here is about the key, and may quote it.
      end(failed('conflict', badKey, { field: 'sftpPull.privateKey' }));
    }
  });
}

function connected(client: Client, waits: RemoteWaits): Promise<Result<Remote>> {
  return new Promise((resolve) => {
    const lost = () => end(failed('busy', 'The server ended the connection after the log-in.'));
    const end = (result: Result<Remote>) => {
      clearTimeout(timer);
      client.off('close', lost);
      resolve(result);
      if (!result.ok) client.destroy();
    };
    const timer = setTimeout(() => end(failed('busy', 'The server has stopped answering.')), waits.idleMs);
    client.on('close', lost);
    client.sftp((error, sftp) => {
      if (error == null) end(ok(makeRemote(client, sftp, waits)));
      else end(failed('conflict', 'The server gives no SFTP to the account.', { field: 'sftpPull.user' }));
    });
  });
}

function waysIn(
  { auth }: SftpPullSettings,
  { password, privateKey, passphrase }: LogInSecrets,
): Partial<ConnectConfig> {
  if (auth === 'password') {
    return { password: password ?? '', tryKeyboard: true, authHandler: ['password', 'keyboard-interactive'] };
  }
  return {
    privateKey: privateKey ?? '-',
    ...(passphrase === undefined ? {} : { passphrase }),
    authHandler: ['publickey'],
  };
}

/** What went wrong before the log-in; nothing of what a server says is shown. */
function reasonOf(error: Error): Stopped {
  const { level } = error as { level?: unknown };
  if (level === 'handshake') return 'no-agreement';
  if (level === 'client-authentication') {
    const text = 'The server does not let the account in; check sftpPull.user, and set the password or key again.';
    return failed('conflict', text, { field: 'sftpPull.user' });
  }
  if (level === 'client-timeout') return failed('busy', 'The server has not let the account in in time.');
  return failed('busy', 'The connection to the server broke off before the log-in.');
}

const noAgreement: Failed = {
  ok: false,
  problem: problem(
    'conflict',
    'The server and the gateway could not agree on how to talk (SSH handshake); check that the port is that of an SFTP server with algorithms of our time.',
  ),
};

function otherKey(shown: readonly string[]): string {
  return `The server is not the one of sftpPull.hostKey: it shows the key ${shown.join(', ')}. Nothing was sent to it. Ask whoever runs the server, by another way, whether this is its key; then set it.`;
}

const badKey = 'The private key cannot be read: set sftpPull.privateKey (OpenSSH or PEM) and its passphrase again.';

/** A host that is none or not one to be asked, as a problem of the settings. */
function atField({ problem: { code, text } }: Failed): Failed {
  return code === 'busy' ? failed(code, text) : failed('conflict', text, { field: 'sftpPull.host' });
}
