import { type FileHandle, open } from 'node:fs/promises';

/** The most pieces of a file that may be there beyond one that is still to come. */
const mostAhead = 1_000;
/** The most pieces that are written at once, one right behind the other. */
const mostAtOnce = 64;

/** Why a piece was not written: more than a file may have, no room on the disk, or the upload is over. */
export type UploadFault = 'too-large' | 'no-room' | 'broken-off';

/** A file that is being written. */
export interface Upload {
  /** Writes a piece; a fault breaks the upload. */
  write(at: number, piece: Uint8Array): Promise<UploadFault | undefined>;
  /** Its sender says how long it is: it is not whole before it is, and what is more is cut off. */
  resize(bytes: number): Promise<void>;
  /** Ends it after all pieces; false: something of it is missing, and what is there from its beginning is kept. */
  close(): Promise<boolean>;
  /** Breaks it off: what is there from its beginning is kept, so that it can be gone on with. */
  abandon(): Promise<void>;
  /** Bytes that are there from its beginning. */
  readonly bytes: number;
}

/** How {@link openUpload} opens a file. */
export interface UploadWay {
  readonly truncate: boolean;
  /** Every piece goes to the end, whatever place it names. */
  readonly append: boolean;
  readonly exclusive: boolean;
  readonly maxBytes: number;
}

interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly done: (fault: UploadFault | undefined) => void;
}

/** Opens a file for writing; pieces are written in the order in which they came, those that are neighbours together. */
export async function openUpload(path: string, way: UploadWay): Promise<Upload> {
  const file = await opened(path, way);
  let covered = (await file.stat()).size;
  let ahead: { from: number; to: number }[] = [];
  let queue: Piece[] = [];
  let fault: UploadFault | undefined;
  let said: number | undefined;
  let isOver = false;
  let working: Promise<void> | undefined;

  function cover(from: number, to: number): void {
    ahead.push({ from, to });
    for (let next = ahead.find(reaches); next !== undefined; next = ahead.find(reaches)) {
      covered = Math.max(covered, next.to);
      const joined = next;
      ahead = ahead.filter((one) => one !== joined);
    }
  }
  const reaches = ({ from }: { from: number }) => from <= covered;

  /** The pieces at the head of the queue of which each begins where the one before ends. */
  function neighbours(): Piece[] {
    const taken: Piece[] = [];
    let end: number | undefined;
    for (const piece of queue) {
      if (taken.length === mostAtOnce || (end !== undefined && !way.append && piece.at !== end)) break;
      taken.push(piece);
      end = piece.at + piece.bytes.length;
    }
    queue = queue.slice(taken.length);
    return taken;
  }

  async function put(from: number, pieces: readonly Piece[]): Promise<void> {
    const parts = pieces.map(({ bytes }) => bytes);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (from + length > way.maxBytes) fault ??= 'too-large';
    if (ahead.length >= mostAhead) fault ??= 'broken-off';
    if (fault !== undefined) return;
    let { bytesWritten: done } = await file.writev(parts, from);
    const rest = done < length ? Buffer.concat(parts) : undefined;
    while (rest !== undefined && done < length) {
      done += (await file.write(rest, done, length - done, from + done)).bytesWritten;
    }
    cover(from, from + length);
  }

  async function work(): Promise<void> {
    while (queue.length > 0) {
      const pieces = neighbours();
      try {
        await put(way.append ? covered : (pieces[0]?.at ?? 0), pieces);
      } catch (error) {
        fault ??= isNoRoom(error) ? 'no-room' : 'broken-off';
      }
      for (const { done } of pieces) done(fault);
    }
    working = undefined;
  }

  /** Ends it once; nothing is written to it after that. */
  async function end(): Promise<boolean> {
    if (isOver) return false;
    isOver = true;
    await working;
    try {
      const isWhole = fault === undefined && ahead.length === 0 && (said === undefined || said <= covered);
      if (!isWhole) await file.truncate(covered);
      await file.sync();
      return isWhole;
    } finally {
      await file.close();
    }
  }

  return {
    get bytes() {
      return covered;
    },
    write(at, bytes) {
      if (isOver) return Promise.resolve('broken-off');
      return new Promise((done) => {
        queue.push({ at, bytes, done });
        working ??= work();
      });
    },
    async resize(bytes) {
      await working;
      if (isOver) return;
      said = bytes > covered ? bytes : undefined;
      if (bytes >= covered) return;
      covered = bytes;
      ahead = [];
      await file.truncate(bytes);
    },
    close: end,
    async abandon() {
      await end();
    },
  };
}

/** Whether the disk, or what the gateway may use of it, is full. */
export function isNoRoom(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** Opens a file without a link on the way to it: the spool has none. */
async function opened(path: string, { truncate, exclusive }: UploadWay): Promise<FileHandle> {
  if (exclusive) return open(path, 'wx', 0o600);
  if (truncate) return open(path, 'w', 0o600);
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return open(path, 'wx', 0o600);
  }
}
