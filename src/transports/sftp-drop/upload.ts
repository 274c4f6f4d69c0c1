import { type FileHandle, open } from 'node:fs/promises';

/** The most pieces of a file that may be there beyond one that is still to come. */
const mostAhead = 1_000;

/** A file that is being written. */
export interface Upload {
  /** Writes a piece; false: it could not be written, or the file would be too large, and the upload is broken. */
  write(at: number, piece: Uint8Array): Promise<boolean>;
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

/** Opens a file for writing; pieces are written one after the other, in the order in which they came. */
export async function openUpload(path: string, way: UploadWay): Promise<Upload> {
  const file = await opened(path, way);
  let covered = (await file.stat()).size;
  let ahead: { from: number; to: number }[] = [];
  let isBroken = false;
  let isOver = false;
  let last: Promise<void> = Promise.resolve();

  function cover(from: number, to: number): void {
    ahead.push({ from, to });
    for (let next = ahead.find(reaches); next !== undefined; next = ahead.find(reaches)) {
      covered = Math.max(covered, next.to);
      const joined = next;
      ahead = ahead.filter((one) => one !== joined);
    }
  }
  const reaches = ({ from }: { from: number }) => from <= covered;

  async function put(at: number, piece: Uint8Array): Promise<void> {
    const from = way.append ? covered : at;
    const to = from + piece.length;
    if (isBroken || to > way.maxBytes || ahead.length >= mostAhead) {
      isBroken = true;
      return;
    }
    for (let done = 0; done < piece.length; ) {
      const { bytesWritten } = await file.write(piece, done, piece.length - done, from + done);
      done += bytesWritten;
    }
    cover(from, to);
  }

  /** Ends it once; nothing is written to it after that. */
  async function end(): Promise<boolean> {
    if (isOver) return false;
    isOver = true;
    await last;
    try {
      const isWhole = !isBroken && ahead.length === 0;
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
    async write(at, piece) {
      if (isOver) return false;
      last = last
        .then(() => put(at, piece))
        .catch(() => {
          isBroken = true;
        });
      await last;
      return !isBroken;
    },
    close: end,
    async abandon() {
      await end();
    },
  };
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
