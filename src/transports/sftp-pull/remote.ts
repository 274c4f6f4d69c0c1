import type { Client, FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2';
import { problem } from '../../base/problem.ts';
import { answered, noSuchFile, RemoteFailed } from './remote-failed.ts';

/** What a server says of a file or folder. */
export interface RemoteStats {
  readonly kind: 'file' | 'folder' | 'other';
  readonly bytes: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** A log-in at an SFTP server. All throws {@link RemoteFailed}: `conflict` (what the server answered) or `busy`. */
export interface Remote {
  readonly isClosed: boolean;
  /** Undefined: there is none. */
  stat(path: string): Promise<RemoteStats | undefined>;
  /** The names in a folder, without what is no name of a file; undefined where there are more than `most`. */
  list(path: string, most: number): Promise<readonly (readonly [string, RemoteStats])[] | undefined>;
  open(path: string): Promise<Buffer>;
  statOf(handle: Buffer): Promise<RemoteStats>;
  /** Bytes that were read at a place, none at the end of the file. */
  read(handle: Buffer, position: number, bytes: number): Promise<Buffer>;
  shut(handle: Buffer): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  close(): void;
}

/** How long is waited, in milliseconds. */
export interface RemoteWaits {
  /** For one answer. */
  readonly idleMs: number;
}

/** A log-in that nobody uses is kept for so long, in milliseconds. */
const unusedMs = 10_000;

const endOfFile = 1;

/** Makes {@link Remote} of a client that has logged in. */
export function makeRemote(client: Client, sftp: SFTPWrapper, waits: RemoteWaits): Remote {
  const waiting = new Set<(error: Error) => void>();
  let isClosed = false;

  function close(text = 'The connection to the server ended.'): void {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(unused);
    client.destroy();
    for (const fail of waiting) fail(new RemoteFailed(problem('busy', text)));
    waiting.clear();
  }
  const unused = setTimeout(close, unusedMs).unref();
  client.on('error', () => close());
  client.on('close', () => close());
  sftp.on('error', () => close());
  sftp.on('close', () => close());

  /** Asks for one thing; what comes after the connection has ended comes to nobody. */
  function ask<T>(send: (done: (error: Error | null | undefined, value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (isClosed) return reject(new RemoteFailed(problem('busy', 'The connection to the server ended.')));
      unused.refresh();
      const timer = setTimeout(() => close('The server has stopped answering.'), waits.idleMs);
      const end = () => {
        clearTimeout(timer);
        waiting.delete(fail);
      };
      const fail = (error: Error) => {
        end();
        reject(error);
      };
      waiting.add(fail);
      send((error, value) => {
        end();
        if (error == null) resolve(value);
        else reject(asFailed(error));
      });
    });
  }

  /** The next names of a folder; undefined at their end. */
  async function moreOf(handle: Buffer) {
    try {
      return await ask<FileEntryWithStats[]>((done) => {
        sftp.readdir(handle, (error, list) => done(error, list));
      });
    } catch (error) {
      if (error instanceof RemoteFailed && error.status === endOfFile) return undefined;
      throw error;
    }
  }

  const shut = (handle: Buffer) => ask<void>((done) => sftp.close(handle, (error) => done(error, undefined)));

  return {
    get isClosed() {
      return isClosed;
    },
    async stat(path) {
      try {
        return statsOf(await ask<Stats>((done) => sftp.stat(path, done)));
      } catch (error) {
        if (error instanceof RemoteFailed && error.status === noSuchFile) return undefined;
        throw error;
      }
    },
    async list(path, most) {
      const handle = await ask<Buffer>((done) => sftp.opendir(path, done));
      const names: (readonly [string, RemoteStats])[] = [];
      try {
        // A server that gives nothing again and again would be asked for ever.
        for (let pages = 0; pages <= most; pages += 1) {
          const page = await moreOf(handle);
          if (page === undefined) return names;
          if (names.length + page.length > most) return undefined;
          for (const { filename, attrs } of page) {
            if (!/[/\0\ufffd]|^\.{0,2}$/.test(filename)) names.push([filename, statsOf(attrs)]);
          }
        }
      } finally {
        await shut(handle).catch(() => undefined);
      }
      return undefined;
    },
    open: (path) => ask<Buffer>((done) => sftp.open(path, 'r', done)),
    statOf: async (handle) => statsOf(await ask<Stats>((done) => sftp.fstat(handle, done))),
    read: async (handle, position, bytes) => {
      const into = Buffer.allocUnsafe(bytes);
      const count = await ask<number>((done) => sftp.read(handle, into, 0, bytes, position, done));
      return into.subarray(0, count);
    },
    shut,
    rename: (from, to) => ask<void>((done) => sftp.rename(from, to, (error) => done(error, undefined))),
    remove: (path) => ask<void>((done) => sftp.unlink(path, (error) => done(error, undefined))),
    makeFolder: (path) => ask<void>((done) => sftp.mkdir(path, (error) => done(error, undefined))),
    close: () => close(),
  };
}

function statsOf(stats: Stats): RemoteStats {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
  return { kind, bytes: stats.size ?? 0, mtime: stats.mtime ?? 0 };
}

function asFailed(error: Error): RemoteFailed {
  const { code } = error as { code?: unknown };
  if (typeof code === 'number') return answered(code);
  return new RemoteFailed(problem('busy', 'The connection to the server ended.'));
}
