import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Connection, Session, SFTPWrapper } from 'ssh2';
import { randomId } from '../../base/ids.ts';
import type { Log } from '../../base/log.ts';
import { problem } from '../../base/problem.ts';
import { ok, type Result } from '../../base/result.ts';
import { framesOf } from '../../base/stack.ts';
import type { Access, Context } from '../../roster/index.ts';
import type { Sync } from '../../sync/index.ts';
import type { FeedPlace } from '../types.ts';
import { algorithms } from './algorithms.ts';
import { makeConnections } from './connections.ts';
import type { DropBox } from './drop-box.ts';
import { type HostKey, openHostKeys } from './host-keys.ts';
import { makeLogIn } from './log-in.ts';
import { type SessionDeps, serveSession } from './session.ts';

/** Bytes of answers that may wait for a client to read them. */
const mostUnread = 4 * 1024 * 1024;
/** Channels of one connection. */
const mostSessions = 4;

/** What the SFTP server needs. */
export interface SftpServerDeps {
  readonly dataDir: string;
  readonly access: Pick<Access, 'sftpUser' | 'sftpKey' | 'hasSftpKey' | 'sftpHolds' | 'onSftpChange'>;
  readonly sync: Pick<Sync, 'feed'>;
  readonly log: Log;
  /** Milliseconds that a connection has to log in, and that it may stay without a request. */
  readonly limits: { readonly logInMs: number; readonly idleMs: number };
  box(place: FeedPlace): DropBox;
}

/** A listening SFTP server. */
export interface SftpListener {
  readonly port: number;
  readonly hostKeys: readonly HostKey[];
  /** Ends all connections; what was on its way stays, to be gone on with. */
  close(): Promise<void>;
}

/** Listens for SFTP clients; `conflict` where the port is taken or a host key cannot be read. */
export async function listenSftp(deps: SftpServerDeps, port: number, host: string): Promise<Result<SftpListener>> {
  const keys = await openHostKeys(deps.dataDir);
  if (!keys.ok) return keys;
  const { Server, utils } = await import('ssh2').then((all) => all.default ?? all);
  const connections = makeConnections();
  const { logInMs, idleMs } = deps.limits;
  const sockets = new Map<string, Socket>();
  const nameOf = (address: string | undefined, from: number | undefined) => `${address} ${from}`;

  const ssh = new Server(
    { hostKeys: [...keys.value.secret], ident: 'Rostergate', algorithms: writable(algorithms) },
    (connection, { ip, port: from }) => serveConnection(connection, ip, sockets.get(nameOf(ip, from))),
  );

  function serveConnection(connection: Connection, address: string, socket: Socket | undefined): void {
    // Who does not end his side, or reads nothing, is not waited for.
    const cut = () => {
      connection.end();
      setTimeout(() => socket?.destroy(), 250).unref();
    };
    const onDefect = (error: unknown) => {
      const at = error instanceof Error ? framesOf(error, 6).join(' < ') : typeof error;
      deps.log.error({ error: error instanceof Error ? error.name : 'unknown', at }, 'defect in an SFTP connection');
    };
    let entered: Context | undefined;
    let leave: (() => void) | undefined;
    let sessions = 0;
    // Pings below SFTP keep nobody in: what counts is what is asked for.
    let patience = setTimeout(cut, logInMs).unref();
    const asked = () => void patience.refresh();
    const check = () => {
      if (entered === undefined) return;
      deps.access.sftpHolds(entered).then((holds) => holds || cut(), onDefect);
    };
    const forget = deps.access.onSftpChange(check);
    const caller = { address, request: randomId() };
    const answer = makeLogIn({
      access: deps.access,
      utils,
      caller,
      cut,
      onDefect,
      entered(context) {
        entered = context;
        clearTimeout(patience);
        patience = setTimeout(cut, idleMs).unref();
        leave = connections.enter('account', context.writer);
        return leave !== undefined;
      },
    });
    connection.on('error', () => undefined);
    connection.on('close', () => {
      clearTimeout(patience);
      forget();
      leave?.();
    });
    connection.on('authentication', answer);
    connection.on('ready', () => {
      connection.on('session', (accept, reject) => {
        sessions += 1;
        if (entered === undefined || leave === undefined || sessions > mostSessions) return reject();
        const isClogged = () => (socket?.writableLength ?? 0) > mostUnread;
        serve(accept, reject, entered, { cut, onDefect, asked, isClogged }).catch(onDefect);
      });
    });
  }

  async function serve(
    accept: () => Session,
    reject: () => void,
    context: Context,
    line: Pick<SessionDeps, 'cut' | 'onDefect' | 'asked' | 'isClogged'>,
  ): Promise<void> {
    const [name = ''] = context.feeds ?? [];
    const feed = await deps.sync.feed(context, name);
    if (feed?.transport !== 'sftp-drop') {
      deps.log.warn({ tenant: context.tenant, feed: name }, 'an SFTP account was refused: its feed takes no files so');
      return reject();
    }
    // At once: OpenSSH's client asks for SFTP and begins to speak it without waiting for the answer.
    accept().on('sftp', (open) => {
      const sftp: SFTPWrapper = open();
      // OpenSSH's client ends only the channel, and waits for the other side.
      (sftp as unknown as Session).on('end', () => line.cut());
      serveSession(sftp, {
        box: deps.box({ tenant: context.tenant, feed: name }),
        by: context.writer,
        list: feed.sftpDrop?.list !== false,
        mayStill: () => deps.access.sftpHolds(context),
        ...line,
      });
    });
  }

  const listener = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    const leave = connections.enter('address', socket.remoteAddress ?? '');
    if (leave === undefined) return void socket.destroy();
    const name = nameOf(socket.remoteAddress, socket.remotePort);
    sockets.set(name, socket);
    socket.setTimeout(Math.max(logInMs, idleMs), () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(name);
      leave();
    });
    ssh.injectSocket(socket);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(port, host, resolve);
    });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const text = `The SFTP server cannot listen on ${host}, port ${port} (${reason}); choose another SFTP_PORT or SFTP_HOST.`;
    return { ok: false, problem: problem('conflict', text) };
  }
  return ok({
    port: (listener.address() as AddressInfo).port,
    hostKeys: keys.value.shown,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const socket of sockets.values()) socket.destroy();
      }),
  });
}

/** The library wants lists that it may change. */
function writable<T extends Readonly<Record<string, readonly unknown[]>>>(
  lists: T,
): { -readonly [Name in keyof T]: T[Name][number][] } {
  return Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, [...list]])) as never;
}
