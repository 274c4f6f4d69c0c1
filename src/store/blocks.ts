import { courseworkTypes, type GroupKind, type RecordType } from '../model/index.ts';
import type { Row, Store } from './store.ts';

/** What an entry speaks of; groups by their kind, `group` where it is not known. */
export type BlockType = RecordType | GroupKind;

/** An entry of a feed's hash block: a record, and the hash of the bytes it last came from (decisions 4.2). */
export interface PackedEntry {
  readonly guid: string;
  readonly type: BlockType;
  /** 16 hexadecimal digits, or why there is none: `touched`, look at it again; `dropped`, the feed has let go of it. */
  readonly hash: string;
}

/** Bytes of a packed entry: type, hash (8, big-endian), guid (16). */
export const entryBytes = 25;

/** The types by the number that an entry has for them. */
export const blockTypes: readonly BlockType[] = [
  'person',
  'group',
  'membership',
  'session',
  'org',
  'course',
  'class',
  'other',
  ...courseworkTypes,
];
const touched = '0000000000000000';
const dropped = 'ffffffffffffffff';

/** Packs entries. A hash of zeros means: look at it again; of ones: the feed has let go of it. */
export function encodeBlock(entries: readonly PackedEntry[]): Buffer {
  const block = Buffer.allocUnsafe(entries.length * entryBytes);
  entries.forEach((entry, index) => {
    const at = index * entryBytes;
    block[at] = blockTypes.indexOf(entry.type);
    const hash = entry.hash === 'touched' ? touched : entry.hash === 'dropped' ? dropped : entry.hash;
    block.write(hash, at + 1, 8, 'hex');
    block.write(entry.guid, at + 9, 16, 'hex');
  });
  return block;
}

/** The base of a feed's blocks: entries of unique guids, which stand for all blocks up to a sequence number. */
export interface BlockBase {
  readonly id: string;
  readonly sequence: number;
  readonly entries: number;
}

/**
 * A feed's hash blocks: a base, and what was appended since, in the order of its sequence; the last entry of a guid
 * counts.
 */
export interface FeedBlocks {
  base(): Promise<BlockBase | undefined>;
  /** Entries that were appended after a sequence number, and the last number of all. */
  appended(after: number): Promise<{ readonly entries: number; readonly last: number }>;
  /** The blocks appended after a sequence number, up to another. */
  readAppended(after: number, upTo: number): AsyncGenerator<Uint8Array>;
  readBase(base: BlockBase): AsyncGenerator<Uint8Array>;
  /** Adds blocks to a base to be; nobody sees it before {@link FeedBlocks.settle}. */
  write(base: Pick<BlockBase, 'id' | 'sequence'>, blocks: readonly Uint8Array[]): Promise<void>;
  /** Puts a base in the place of all that it stands for; false where a newer one is there. */
  settle(base: BlockBase): Promise<boolean>;
}

const DUPLICATE_KEY = 11_000;

/** The {@link FeedBlocks} of a feed. */
export function makeFeedBlocks(store: Store, tenant: string, feed: string): FeedBlocks {
  const rows = store.rows('block');
  const markId = `base ${tenant}/${feed}`;
  const after = (from: number) => ({ tenant, feed, sequence: { $gt: from }, base: { $exists: false } });

  async function* bytesOf(filter: Record<string, unknown>): AsyncGenerator<Uint8Array> {
    const cursor = rows.find(filter as never, { sort: { sequence: 1 }, batchSize: 16, projection: { entries: 1 } });
    for await (const row of cursor) yield (row['entries'] as { buffer: Uint8Array }).buffer;
  }

  return {
    async base() {
      const mark = await rows.findOne({ _id: markId, tenant, feed });
      if (mark === null) return undefined;
      return { id: String(mark['base']), sequence: Number(mark['sequence']), entries: Number(mark['total']) };
    },
    async appended(from) {
      const [found] = await rows
        .aggregate<{ bytes: number; last: number }>([
          { $match: after(from) },
          { $group: { _id: null, bytes: { $sum: { $binarySize: '$entries' } }, last: { $max: '$sequence' } } },
        ])
        .toArray();
      return { entries: (found?.bytes ?? 0) / entryBytes, last: found?.last ?? from };
    },
    readAppended: (from, upTo) => bytesOf({ ...after(from), sequence: { $gt: from, $lte: upTo } }),
    readBase: ({ id, sequence }) => bytesOf({ tenant, feed, sequence, base: id, total: { $exists: false } }),
    async write({ id, sequence }, blocks) {
      if (blocks.length === 0) return;
      await rows.insertMany(blocks.map((entries) => ({ tenant, feed, sequence, base: id, entries }) as unknown as Row));
    },
    async settle({ id, sequence, entries }) {
      const set = { feed, base: id, sequence, total: entries };
      try {
        const filter = { _id: markId, tenant, sequence: { $lt: sequence } };
        await rows.updateOne(filter, { $set: set }, { upsert: true });
      } catch (error) {
        if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
        throw error;
      }
      await rows.deleteMany({ tenant, feed, sequence: { $lte: sequence }, base: { $ne: id } } as never);
      return true;
    },
  };
}
