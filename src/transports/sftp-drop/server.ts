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
import { makeConnections } from './connections.ts';
import type { DropBox } from './drop-box.ts';
import { openHostKeys } from './host-keys.ts';
import { makeLogIn } from './log-in.ts';
import { serveSession } from './session.ts';

/** Milliseconds that a connection has to log in, and that nothing may come for. */
const logInMs = 30_000;
const idleMs = 300_000;
/** Channels of one connection. */
const mostSessions = 4;

/** What the SFTP server needs. */
export interface SftpServerDeps {
  readonly dataDir: string;
  readonly access: Pick<Access, 'sftpUser' | 'sftpKey' | 'hasSftpKey' | 'sftpHolds'>;
  readonly sync: Pick<Sync, 'feed'>;
  readonly log: Log;
  box(place: FeedPlace): DropBox;
}

/** A listening SFTP server. */
export interface SftpListener {
  readonly port: number;
  /** Ends all connections; what was on its way stays, to be gone on with. */
  close(): Promise<void>;
}

/** Listens for SFTP clients; `conflict` where the port is taken or a host key cannot be read. */
export async function listenSftp(deps: SftpServerDeps, port: number, host: string): Promise<Result<SftpListener>> {
  const keys = await openHostKeys(deps.dataDir);
  if (!keys.ok) return keys;
  const { Server, utils } = await import('ssh2').then((all) => all.default ?? all);
  const connections = makeConnections();
  const sockets = new Set<Socket>();

  const ssh = new Server(
    // What is packed could be small outside and huge inside.
    { hostKeys: [...keys.value], ident: 'Rostergate', algorithms: { compress: ['none'] } },
    (connection, { ip }) => serveConnection(connection, ip),
  );

  function serveConnection(connection: Connection, address: string): void {
    const cut = () => void connection.end();
    const onDefect = (error: unknown) => {
      const at = error instanceof Error ? framesOf(error, 6).join(' < ') : typeof error;
      deps.log.error({ error: error instanceof Error ? error.name : 'unknown', at }, 'defect in an SFTP connection');
    };
    let entered: Context | undefined;
    let leave: (() => void) | undefined;
    let sessions = 0;
    const patience = setTimeout(cut, logInMs).unref();
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
        leave = connections.enter('account', context.writer);
        return leave !== undefined;
      },
    });
    connection.on('error', () => undefined);
    connection.on('close', () => {
      clearTimeout(patience);
      leave?.();
    });
    connection.on('authentication', answer);
    connection.on('ready', () => {
      connection.on('session', (accept, reject) => {
        sessions += 1;
        if (entered === undefined || leave === undefined || sessions > mostSessions) return reject();
        const context = entered;
        accept().on('sftp', (open, refuse) => {
          serve(open, refuse, context, cut, onDefect).catch(onDefect);
        });
      });
    });
  }

  async function serve(
    open: () => SFTPWrapper,
    refuse: () => void,
    context: Context,
    cut: () => void,
    onDefect: (error: unknown) => void,
  ): Promise<void> {
    const [name = ''] = context.feeds ?? [];
    const feed = await deps.sync.feed(context, name);
    if (feed?.transport !== 'sftp-drop') {
      deps.log.warn({ tenant: context.tenant, feed: name }, 'an SFTP account was refused: its feed takes no files so');
      return refuse();
    }
    const sftp = open();
    // OpenSSH's client ends only the channel, and waits for the other side.
    (sftp as unknown as Session).on('end', () => cut());
    serveSession(sftp, {
      box: deps.box({ tenant: context.tenant, feed: name }),
      by: context.writer,
      list: feed.sftpDrop?.list !== false,
      mayStill: () => deps.access.sftpHolds(context),
      cut,
      onDefect,
    });
  }

  const listener = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    const leave = connections.enter('address', socket.remoteAddress ?? '');
    if (leave === undefined) return void socket.destroy();
    sockets.add(socket);
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
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
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
}
