import { createHash } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { posix } from 'node:path';
import ssh2, { type AuthContext, type FileEntry, type ServerChannel, type SFTPWrapper } from 'ssh2';

const { Server, utils } = ssh2;
const { STATUS_CODE } = utils.sftp;

/** A file of the test's server. */
export interface ServedFile {
  content: string;
  /** Seconds since 1970. */
  mtime: number;
  /** Bits of its kind; those of a file unless told. */
  kind?: number;
}

/** What a test may have the server do besides. */
export interface ServerTricks {
  /** Called before a piece is given; false: there is no answer. */
  onRead?(path: string, position: number): boolean;
  /** Names that are told besides those of the files. */
  names?: readonly string[];
  /** Passwords are asked for as questions only. */
  asks?: boolean;
}

/** An SFTP server of one account, with files in memory. */
export interface SftpServer {
  readonly port: number;
  /** Fingerprints of its keys. */
  readonly prints: { readonly ed25519: string; readonly ecdsa: string };
  readonly files: Map<string, ServedFile>;
  tricks: ServerTricks;
  /** Ways and secrets by which somebody tried to come in. */
  readonly attempts: string[];
  /** Connections that came. */
  readonly count: () => number;
  /** Ends all connections as a cable does that is pulled out. */
  cut(): void;
  close(): Promise<void>;
}

export const account = { user: 'school', password: 'pässword of the school' } as const;
const regular = 0o100_644;
export const linkKind = 0o120_777;
const folderKind = 0o040_755;
/** Names of one answer. */
const pageSize = 500;

/** Starts {@link SftpServer}; `clientKey` is the public key of its account. */
export async function startSftpServer(clientKey: string): Promise<SftpServer> {
  const keys = {
    ed25519: utils.generateKeyPairSync('ed25519'),
    ecdsa: utils.generateKeyPairSync('ecdsa', { bits: 256 }),
  };
  const sockets = new Set<Socket>();
  let count = 0;
  const served: SftpServer = {
    port: 0,
    prints: { ed25519: printOf(keys.ed25519.public), ecdsa: printOf(keys.ecdsa.public) },
    files: new Map(),
    tricks: {},
    attempts: [],
    count: () => count,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        served.cut();
        server.close(() => resolve());
      }),
  };
  const server = new Server({ hostKeys: [keys.ed25519.private, keys.ecdsa.private] }, (client) => {
    const { _sock: socket } = client as unknown as { _sock: Socket };
    socket.setNoDelay(true);
    count += 1;
    sockets.add(socket);
    client.on('error', () => undefined);
    client.on('close', () => sockets.delete(socket));
    client.on('authentication', (context: AuthContext) => letIn(context, served, clientKey));
    client.on('ready', () => {
      client.on('session', (accept) => {
        accept().on('sftp', (open: () => SFTPWrapper) => serve(open(), served));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(served, { port: (server.address() as AddressInfo).port });
}

function printOf(key: string): string {
  const bytes = Buffer.from(key.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`;
}

function letIn(context: AuthContext, served: SftpServer, clientKey: string): void {
  const asks = served.tricks.asks === true;
  if (context.method === 'keyboard-interactive' && asks) {
    context.prompt([{ prompt: 'Password: ', echo: false }], ([answer = '']) => {
      served.attempts.push(`question ${answer}`);
      if (context.username === account.user && answer === account.password) context.accept();
      else context.reject();
    });
  } else if (context.username === account.user && isRight(context, served, clientKey)) context.accept();
  else context.reject(asks ? ['keyboard-interactive'] : ['password', 'publickey']);
}

/** Whether the password or the key is that of the account; a key is asked about first, and then signs. */
function isRight(context: AuthContext, { attempts, tricks }: SftpServer, clientKey: string): boolean {
  if (context.method === 'password' && tricks.asks !== true) {
    attempts.push(`password ${context.password}`);
    return context.password === account.password;
  }
  if (context.method !== 'publickey') return false;
  attempts.push('key');
  const key = utils.parseKey(clientKey);
  if (key instanceof Error || !context.key.data.equals(key.getPublicSSH())) return false;
  const { signature, blob, hashAlgo } = context;
  return signature === undefined || blob === undefined || key.verify(blob, signature, hashAlgo) === true;
}

function serve(sftp: SFTPWrapper, served: SftpServer): void {
  const { files } = served;
  // OpenSSH's way to end; a channel that is not ended keeps the other side waiting.
  (sftp as unknown as ServerChannel).on('end', () => sftp.end());
  const handles = new Map<string, { path: string; told: number }>();
  const handleOf = (path: string) => {
    const handle = `${handles.size}`;
    handles.set(handle, { path, told: 0 });
    return Buffer.from(handle);
  };
  const attrsOf = ({ content, mtime, kind = regular }: ServedFile) => {
    return { mode: kind, uid: 0, gid: 0, size: Buffer.byteLength(content), atime: mtime, mtime };
  };
  const folders = () => new Set(Array.from(files.keys(), (path) => posix.dirname(path)));
  const stat = (id: number, path: string) => {
    const file = files.get(path);
    if (file !== undefined) sftp.attrs(id, attrsOf(file));
    else if (folders().has(path)) sftp.attrs(id, attrsOf({ content: '', mtime: 0, kind: folderKind }));
    else sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
  };
  const pathOf = (handle: Buffer) => handles.get(handle.toString())?.path ?? '';
  sftp.on('STAT', stat);
  sftp.on('LSTAT', stat);
  sftp.on('FSTAT', (id, handle) => stat(id, pathOf(handle)));
  sftp.on('OPEN', (id, path) => {
    if (files.has(path)) sftp.handle(id, handleOf(path));
    else sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
  });
  sftp.on('READ', (id, handle, position, length) => {
    const path = pathOf(handle);
    if (served.tricks.onRead?.(path, position) === false) return;
    const bytes = Buffer.from(files.get(path)?.content ?? '');
    if (position >= bytes.length) sftp.status(id, STATUS_CODE.EOF);
    else sftp.data(id, bytes.subarray(position, position + length));
  });
  sftp.on('OPENDIR', (id, path) => {
    const isThere = folders().has(path);
    if (isThere) sftp.handle(id, handleOf(path));
    else sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
  });
  sftp.on('READDIR', (id, handle) => {
    const open = handles.get(handle.toString()) ?? { path: '', told: 0 };
    const inFolder = Array.from(files).filter(([path]) => posix.dirname(path) === open.path);
    const all = [
      ...inFolder.map(([path, file]) => ({ filename: posix.basename(path), longname: '', attrs: attrsOf(file) })),
      ...(served.tricks.names ?? []).map((filename) => {
        return { filename, longname: '', attrs: attrsOf({ content: 'x', mtime: 1 }) };
      }),
    ];
    const page = all.slice(open.told, open.told + pageSize);
    open.told += page.length;
    if (page.length === 0) sftp.status(id, STATUS_CODE.EOF);
    else sftp.name(id, page as FileEntry[]);
  });
  sftp.on('CLOSE', (id) => sftp.status(id, STATUS_CODE.OK));
  sftp.on('MKDIR', (id) => sftp.status(id, STATUS_CODE.OK));
  sftp.on('REMOVE', (id, path) => sftp.status(id, files.delete(path) ? STATUS_CODE.OK : STATUS_CODE.NO_SUCH_FILE));
  sftp.on('RENAME', (id, from, to) => {
    const file = files.get(from);
    const isRefused = file === undefined || files.has(to);
    if (!isRefused) files.set(to, file);
    if (!isRefused) files.delete(from);
    sftp.status(id, isRefused ? STATUS_CODE.FAILURE : STATUS_CODE.OK);
  });
}
