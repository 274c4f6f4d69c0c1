import type { FileEntry, SFTPWrapper } from 'ssh2';
import type { DropBox, DropItem, DropRefusal, OpenFile } from './drop-box.ts';
import { readDropPath } from './names.ts';
import { isNoRoom } from './upload.ts';

/** Files and folders that one connection may have open at once. */
const mostHandles = 64;
/** Bytes of one connection that may wait to be written: a client that sends on without answers is cut off. */
const mostWaiting = 32 * 1024 * 1024;
/** Requests of one connection that may be worked on, and answers that may wait for it, before it is cut off. */
const mostRequests = 20_000;
/** Files that one answer lists: with the longest names it is below what clients take. */
const mostListed = 100;
const folderMode = 0o040_700;
const fileMode = 0o100_600;

/** Numbers of the protocol (draft-ietf-secsh-filexfer-02, sections 6.3 and 7). */
const code = { ok: 0, eof: 1, absent: 2, denied: 3, failure: 4, unsupported: 8 } as const;
const flag = { read: 1, write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 } as const;

/** What clients are told, as status and words. */
const words: Readonly<Record<DropRefusal, readonly [status: number, text: string]>> = {
  absent: [code.absent, 'There is no such file.'],
  denied: [code.denied, 'This account may not do that.'],
  exists: [code.failure, 'There is a file of that name already.'],
  'in-use': [code.failure, 'The file is being sent; close it first.'],
  incomplete: [code.failure, 'The file is not whole and is not taken; go on with it or send it anew.'],
  'too-many': [code.failure, 'Too many files are there or open; close, send or remove some first.'],
  'too-large': [code.failure, 'The file is larger than this gateway takes.'],
  'no-room': [code.failure, 'There is no room for the file now; send it again later.'],
  'broken-off': [code.failure, 'This upload is broken off; open the file again.'],
};

/** What one SFTP session works with. */
export interface SessionDeps {
  readonly box: DropBox;
  /** Who brings files. */
  readonly by: string;
  /** Whether the account may see what was sent. */
  readonly list: boolean;
  /** Whether the account still lets its holder in. */
  mayStill(): Promise<boolean>;
  /** Called for every request. */
  asked(): void;
  /** Whether the client does not read its answers. */
  isClogged(): boolean;
  /** Ends the connection. */
  cut(): void;
  /** Called for a fault of the gateway. */
  onDefect(error: unknown): void;
}

type Open = { readonly kind: 'file'; readonly file: OpenFile } | { readonly kind: 'folder'; rest: readonly DropItem[] };

/**
 * Answers SFTP version 3 (draft-ietf-secsh-filexfer-02) for the one folder of a feed: files are written, renamed, removed and
 * listed, never read; there are no links and no other folders.
 */
export function serveSession(sftp: SFTPWrapper, deps: SessionDeps): void {
  const { box, by } = deps;
  const handles = new Map<number, Open>();
  let lastHandle = 0;
  let waiting = 0;
  let opening = 0;
  let working = 0;
  /** Names that this session has sent: who may list nothing may still see that they are there. */
  const sent = new Set<string>();

  /** Runs an answer; a fault of the gateway is a failure to the client. */
  function answer(id: number, work: () => Promise<void>): void {
    deps.asked();
    const { _buffer: unsent } = sftp as unknown as { readonly _buffer?: readonly unknown[] };
    if (working >= mostRequests || (unsent?.length ?? 0) >= mostRequests || deps.isClogged()) {
      deps.cut();
      return;
    }
    working += 1;
    work()
      .catch((error: unknown) => {
        if (isNoRoom(error)) return told(id, 'no-room');
        deps.onDefect(error);
        sftp.status(id, code.failure);
      })
      .finally(() => {
        working -= 1;
      });
  }
  const answerNow = (id: number, work: () => void) => answer(id, async () => work());
  function told(id: number, refusal: DropRefusal | undefined): void {
    if (refusal === undefined) sftp.status(id, code.ok);
    else sftp.status(id, ...words[refusal]);
  }

  function keep(id: number, what: Open): void {
    lastHandle += 1;
    handles.set(lastHandle, what);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(lastHandle);
    sftp.handle(id, handle);
  }
  const numberOf = (handle: Buffer) => (handle.length === 4 ? handle.readUInt32BE(0) : -1);
  const fileOf = (handle: Buffer) => {
    const found = handles.get(numberOf(handle));
    return found?.kind === 'file' ? found.file : undefined;
  };

  async function stat(id: number, path: string): Promise<void> {
    const read = readDropPath(path);
    if (read.kind === 'folder') return sftp.attrs(id, folderAttrs);
    const item = read.kind === 'file' ? await box.find(read.name) : undefined;
    // Who may not see what was sent still sees what is on its way, to go on with it, and what just went, to be sure of it.
    const isSeen = item !== undefined && (deps.list || item.state === 'coming' || sent.has(item.name));
    if (!isSeen) return told(id, 'absent');
    sftp.attrs(id, attrsOf(item));
  }

  async function openFile(id: number, path: string, flags: number): Promise<void> {
    const read = readDropPath(path);
    if (read.kind !== 'file') return told(id, read.kind === 'folder' ? 'denied' : 'absent');
    if ((flags & flag.read) !== 0 || (flags & flag.write) === 0 || !(await deps.mayStill())) return told(id, 'denied');
    const opened = await box.open(read.name, {
      truncate: (flags & flag.truncate) !== 0,
      append: (flags & flag.append) !== 0,
      create: (flags & flag.create) !== 0,
      exclusive: (flags & flag.exclusive) !== 0,
    });
    if (typeof opened === 'string') return told(id, opened);
    if (isOver) return opened.abandon();
    if (sent.size < mostRequests) sent.add(read.name);
    keep(id, { kind: 'file', file: opened });
  }

  async function limited(id: number, work: () => Promise<void>): Promise<void> {
    if (handles.size + opening >= mostHandles) return told(id, 'too-many');
    opening += 1;
    try {
      await work();
    } finally {
      opening -= 1;
    }
  }

  async function write(id: number, handle: Buffer, at: number, piece: Buffer): Promise<void> {
    const file = fileOf(handle);
    if (file === undefined) return sftp.status(id, code.failure);
    waiting += piece.length;
    if (waiting > mostWaiting) return deps.cut();
    const refusal = await file.write(at, piece);
    waiting -= piece.length;
    told(id, refusal);
  }

  async function close(id: number, handle: Buffer): Promise<void> {
    const number = numberOf(handle);
    const found = handles.get(number);
    handles.delete(number);
    if (found === undefined) return sftp.status(id, code.failure);
    if (found.kind === 'folder') return told(id, undefined);
    if (await deps.mayStill()) return told(id, await found.file.close(by));
    await found.file.abandon();
    told(id, 'denied');
  }

  async function list(id: number, handle: Buffer): Promise<void> {
    const found = handles.get(numberOf(handle));
    if (found?.kind !== 'folder') return sftp.status(id, code.failure);
    const page = found.rest.slice(0, mostListed);
    found.rest = found.rest.slice(mostListed);
    if (page.length === 0) sftp.status(id, code.eof);
    else sftp.name(id, page.map(entryOf));
  }

  async function rename(id: number, from: string, to: string): Promise<void> {
    const [source, target] = [readDropPath(from), readDropPath(to)];
    if (source.kind !== 'file' || target.kind !== 'file') return told(id, 'absent');
    told(id, (await deps.mayStill()) ? await box.rename(source.name, target.name, by) : 'denied');
    if (sent.size < mostRequests) sent.add(target.name);
  }

  /** Times and rights mean nothing here; programs that set them do not go on where they are refused. */
  async function setAttributes(id: number, path: string, size: number | undefined): Promise<void> {
    if (readDropPath(path).kind === 'none') return told(id, 'absent');
    told(id, size === undefined ? undefined : 'denied');
  }

  async function setOpenAttributes(id: number, handle: Buffer, size: number | undefined): Promise<void> {
    const file = fileOf(handle);
    if (file === undefined) return sftp.status(id, code.failure);
    if (size !== undefined) await file.resize(size);
    told(id, undefined);
  }

  let isOver = false;
  /** The connection is gone: what is open is kept as it is. */
  async function over(): Promise<void> {
    isOver = true;
    const left = [...handles.values()];
    handles.clear();
    for (const one of left) if (one.kind === 'file') await one.file.abandon();
  }

  sftp.on('OPEN', (id, path, flags) => answer(id, () => limited(id, () => openFile(id, path, flags))));
  sftp.on('WRITE', (id, handle, at, piece) => answer(id, () => write(id, handle, at, piece)));
  sftp.on('CLOSE', (id, handle) => answer(id, () => close(id, handle)));
  sftp.on('READ', (id) => answerNow(id, () => told(id, 'denied')));
  sftp.on('STAT', (id, path) => answer(id, () => stat(id, path)));
  sftp.on('LSTAT', (id, path) => answer(id, () => stat(id, path)));
  sftp.on('FSTAT', (id, handle) =>
    answerNow(id, () => {
      const file = fileOf(handle);
      if (file === undefined) sftp.status(id, code.failure);
      else sftp.attrs(id, attrsOf({ bytes: file.bytes, at: 0 }));
    }),
  );
  sftp.on('SETSTAT', (id, path, { size }) => answer(id, () => setAttributes(id, path, size)));
  sftp.on('FSETSTAT', (id, handle, { size }) => answer(id, () => setOpenAttributes(id, handle, size)));
  sftp.on('OPENDIR', (id, path) =>
    answer(id, () =>
      limited(id, async () => {
        if (readDropPath(path).kind !== 'folder') return told(id, 'absent');
        keep(id, { kind: 'folder', rest: deps.list ? await box.list() : [] });
      }),
    ),
  );
  sftp.on('READDIR', (id, handle) => answer(id, () => list(id, handle)));
  sftp.on('REALPATH', (id, path) =>
    answerNow(id, () => {
      const read = readDropPath(path);
      const filename = read.kind === 'file' ? `/${read.name}` : '/';
      if (read.kind === 'none') told(id, 'absent');
      else sftp.name(id, [{ filename, longname: filename, attrs: folderAttrs }]);
    }),
  );
  sftp.on('RENAME', (id, from, to) => answer(id, () => rename(id, from, to)));
  sftp.on('REMOVE', (id, path) =>
    answer(id, async () => {
      const read = readDropPath(path);
      if (read.kind !== 'file') return told(id, 'absent');
      told(id, (await deps.mayStill()) ? await box.remove(read.name) : 'denied');
    }),
  );
  sftp.on('close', () => void over().catch(deps.onDefect));
  sftp.on('error', deps.cut);
}

const folderAttrs = { mode: folderMode, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };

function attrsOf({ bytes, at }: Pick<DropItem, 'bytes' | 'at'>) {
  const seconds = Math.floor(at / 1_000);
  return { mode: fileMode, uid: 0, gid: 0, size: bytes, atime: seconds, mtime: seconds };
}

/** A line as of `ls -l`, with the file's state where its owner would be. */
function entryOf(item: DropItem): FileEntry {
  const [, day = '', month = '', , time = ''] = new Date(item.at).toUTCString().split(' ');
  const when = `${month} ${day} ${time.slice(0, 5)}`;
  const longname = `-rw------- 1 ${item.state.padEnd(8)} feed ${String(item.bytes).padStart(12)} ${when} ${item.name}`;
  return { filename: item.name, longname, attrs: attrsOf(item) };
}
