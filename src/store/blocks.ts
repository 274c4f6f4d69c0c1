import type { RecordType } from '../model/index.ts';

/** An entry of a feed's hash block: a record, and the hash of the bytes it last came from (decisions 4.2). */
export interface PackedEntry {
  readonly guid: string;
  readonly type: RecordType | 'session';
  readonly hash: string;
}

/** Bytes of a packed entry: type, hash, guid. */
export const entryBytes = 25;

const types = ['person', 'group', 'membership', 'session'] as const;
const touched = '0000000000000000';
const dropped = 'ffffffffffffffff';

/** Packs entries, 25 bytes each. A hash of zeros means: look at it again; of ones: the feed has let go of it. */
export function encodeBlock(entries: readonly PackedEntry[]): Buffer {
  const block = Buffer.allocUnsafe(entries.length * entryBytes);
  entries.forEach((entry, index) => {
    const at = index * entryBytes;
    block[at] = types.indexOf(entry.type);
    const hash = entry.hash === 'touched' ? touched : entry.hash === 'dropped' ? dropped : entry.hash;
    block.write(hash, at + 1, 8, 'hex');
    block.write(entry.guid, at + 9, 16, 'hex');
  });
  return block;
}

/** The type of a packed entry. */
export function entryType(block: Uint8Array, at: number): RecordType | 'session' {
  return types[block[at] ?? 0] ?? 'person';
}

/** The type's number in a packed entry. */
export function entryTypeNumber(type: RecordType | 'session'): number {
  return types.indexOf(type);
}
