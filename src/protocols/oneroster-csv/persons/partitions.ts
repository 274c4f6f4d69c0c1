import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RowFault } from '../../../wire/index.ts';
import type { SideRow } from './side-index.ts';

/** A row that is put aside: a user's (`file` −1) or one that is joined to it. */
export interface AsideRow extends SideRow {
  readonly user: string;
}

/** Rows put aside in files by user, so that all rows of a user stand in one. */
export interface Partitions {
  readonly count: number;
  add(user: string, row: SideRow): void;
  /** No more rows come. */
  finish(): void;
  /** The rows of one file, which is removed. */
  rows(partition: number): AsyncGenerator<AsideRow>;
}

const faults: readonly (RowFault | undefined)[] = [undefined, 'stray-quote', 'open-quote', 'too-large'];
const headLength = 12;
const bufferLength = 262_144;

/** Bytes of rows that one file is to hold about; it is read as a whole. */
const partitionBytes = 12 * 1024 * 1024;
const mostPartitions = 256;

/** Makes {@link Partitions} for about so many bytes, in a folder of their own. */
export async function makePartitions(folder: string, bytes: number): Promise<Partitions> {
  const place = join(folder, 'persons');
  await mkdir(place, { recursive: true });
  const count = Math.min(Math.max(Math.ceil(bytes / partitionBytes), 2), mostPartitions);
  const size = Math.min(bufferLength, Math.ceil((16 * 1024 * 1024) / count));
  const paths = Array.from({ length: count }, (_, at) => join(place, String(at)));
  const buffers = paths.map(() => ({ bytes: Buffer.allocUnsafe(size), length: 0 }));
  const files = paths.map((path) => openSync(path, 'w', 0o600));

  const flush = (at: number): void => {
    const buffer = buffers[at];
    const file = files[at];
    if (buffer === undefined || file === undefined || buffer.length === 0) return;
    writeSync(file, buffer.bytes, 0, buffer.length);
    buffer.length = 0;
  };

  return {
    count,
    add(user, row) {
      const at = partitionOf(user, count);
      const buffer = buffers[at];
      const file = files[at];
      if (buffer === undefined || file === undefined) return;
      const id = Buffer.from(user, 'latin1');
      const length = row.to - row.from;
      const record = headLength + id.length + length;
      if (buffer.length + record > buffer.bytes.length) flush(at);
      const fits = record <= buffer.bytes.length;
      const target = fits ? buffer.bytes : Buffer.allocUnsafe(record);
      const start = fits ? buffer.length : 0;
      target.writeUInt32LE(row.line, start);
      target.writeUInt32LE(length, start + 4);
      target.writeUInt16LE(id.length, start + 8);
      target.writeUInt8(row.file + 1, start + 10);
      target.writeUInt8(faults.indexOf(row.fault), start + 11);
      id.copy(target, start + headLength);
      row.bytes.copy(target, start + headLength + id.length, row.from, row.to);
      if (fits) buffer.length += record;
      else writeSync(file, target, 0, record);
    },
    finish() {
      for (const [at, file] of files.entries()) {
        flush(at);
        closeSync(file);
      }
      files.length = 0;
    },
    async *rows(partition) {
      const path = paths[partition];
      if (path === undefined) return;
      const bytes = await readFile(path);
      await rm(path);
      for (let at = 0; at < bytes.length; ) {
        const id = at + headLength;
        const from = id + bytes.readUInt16LE(at + 8);
        const to = from + bytes.readUInt32LE(at + 4);
        yield {
          user: bytes.toString('latin1', id, from),
          file: bytes.readUInt8(at + 10) - 1,
          bytes,
          from,
          to,
          line: bytes.readUInt32LE(at),
          fault: faults[bytes.readUInt8(at + 11)],
        };
        at = to;
      }
    },
  };
}

/** FNV-1a over the id. */
function partitionOf(user: string, count: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < user.length; at += 1) hash = Math.imul(hash ^ user.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % count;
}
