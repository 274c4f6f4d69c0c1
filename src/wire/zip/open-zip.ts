import type { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { ZipError } from './error.ts';

/** What a package may hold at most. Sizes are those of the unpacked bytes. */
export interface ZipLimits {
  readonly entries: number;
  readonly fileBytes: number;
  readonly totalBytes: number;
  /** How many bytes one packed byte may give, beyond the first mebibyte of a file. */
  readonly ratio: number;
}

/** The limits where nothing else is said: 64 files, 4 GiB a file, 8 GiB in all, 100 : 1. */
export const zipLimits: ZipLimits = { entries: 64, fileBytes: 4 * 1024 ** 3, totalBytes: 8 * 1024 ** 3, ratio: 100 };

/** A file of a package. */
export interface ZipEntry {
  /** Its name with folders, as it stands in the package. */
  readonly name: string;
  /** Its size unpacked, as the package says and {@link ZipPackage.read} checks. */
  readonly bytes: number;
}

/** An open package; all its files have passed the checks of {@link openZip}. */
export interface ZipPackage {
  readonly entries: readonly ZipEntry[];
  /** The unpacked bytes of a file; may be left early. Throws a {@link ZipError} where they are not what was promised. */
  read(entry: ZipEntry): AsyncGenerator<Uint8Array>;
  close(): void;
}

const freeBytes = 1024 ** 2;

/**
 * Opens a zip file on disk by its list of contents and refuses it as a whole (a {@link ZipError}) for: more files or bytes
 * than allowed, paths that lead out, absolute paths, links, encryption, packings other than stored and deflate, two files
 * of one name in any case, files that lie over one another, zip files inside. Folders are left out of the entries.
 */
export async function openZip(path: string, limits: ZipLimits = zipLimits): Promise<ZipPackage> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { autoClose: false, strictFileNames: true });
  } catch (error) {
    throw unreadable(error);
  }
  try {
    const raw = await listed(zip, limits);
    const known = new Map(
      raw.map((entry) => [{ name: entry.fileName, bytes: entry.uncompressedSize } satisfies ZipEntry, entry]),
    );
    return {
      entries: [...known.keys()],
      read: (entry) => read(zip, known.get(entry) as Entry),
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function listed(zip: ZipFile, limits: ZipLimits): Promise<Entry[]> {
  if (zip.entryCount > limits.entries) {
    throw new ZipError('too-large', `the package holds ${zip.entryCount} files; ${limits.entries} are allowed`);
  }
  const entries: Entry[] = [];
  const names = new Set<string>();
  let total = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName;
      const lower = name.toLowerCase();
      if (names.has(lower)) throw new ZipError('forbidden-input', 'the package holds this name twice', name);
      names.add(lower);
      if (name.endsWith('/')) continue;
      check(entry, limits);
      total += entry.uncompressedSize;
      if (total > limits.totalBytes) {
        throw new ZipError('too-large', `the files have more than ${limits.totalBytes} bytes unpacked`);
      }
      entries.push(entry);
    }
  } catch (error) {
    throw unreadable(error);
  }
  const placed = [...entries].sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  let free = 0;
  for (const entry of placed) {
    if (entry.relativeOffsetOfLocalHeader < free) {
      throw new ZipError('forbidden-input', 'the file lies over another one', entry.fileName);
    }
    free = entry.relativeOffsetOfLocalHeader + 30 + entry.fileNameLength + entry.compressedSize;
  }
  return entries;
}

function check(entry: Entry, limits: ZipLimits): void {
  const { fileName: name, uncompressedSize: size, compressedSize: packed } = entry;
  if (entry.isEncrypted()) throw new ZipError('forbidden-input', 'the file is encrypted', name);
  if (((entry.externalFileAttributes >>> 16) & 0xf000) === 0xa000) {
    throw new ZipError('forbidden-input', 'the entry is a link and no file', name);
  }
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    throw new ZipError('unreadable-input', 'the file is packed in another way than deflate', name);
  }
  if (/\.(zip|gz|tgz|7z|rar)$/i.test(name)) {
    throw new ZipError('forbidden-input', 'a package inside the package is not read', name);
  }
  if (size > limits.fileBytes) {
    throw new ZipError('too-large', `the file has ${size} bytes unpacked; ${limits.fileBytes} are allowed`, name);
  }
  if (size > freeBytes && size - freeBytes > packed * limits.ratio) {
    throw new ZipError('too-large', `the file unpacks to more than ${limits.ratio} times its packed size`, name);
  }
}

async function* read(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  const name = entry.fileName;
  let packed: Readable | undefined;
  let unpacked: Readable | undefined;
  let size = 0;
  let sum = 0;
  try {
    packed = await zip.openReadStreamPromise(entry, { decodeFileData: false });
    unpacked = entry.compressionMethod === 0 ? packed : inflated(packed);
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > entry.uncompressedSize) {
        throw new ZipError('forbidden-input', 'the file has more bytes than the package says', name);
      }
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof ZipError ? error : unreadable(error, name);
  } finally {
    unpacked?.destroy();
    packed?.destroy();
  }
  if (size !== entry.uncompressedSize || sum !== entry.crc32) {
    throw new ZipError('unreadable-input', 'the file is damaged: it is not what the package says of it', name);
  }
}

function inflated(packed: Readable): Readable {
  const inflate = createInflateRaw({ chunkSize: 131_072 });
  packed.once('error', (error) => inflate.destroy(error));
  return packed.pipe(inflate);
}

function unreadable(error: unknown, name?: string): ZipError {
  if (error instanceof ZipError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (/absolute path|relative path|invalid characters in fileName/.test(text)) {
    return new ZipError('forbidden-input', `a path in the package leads elsewhere: ${text}`, name);
  }
  return new ZipError('unreadable-input', `this is no whole zip package: ${text}`, name);
}
