import { type BlockBase, type BlockType, blockTypes, entryBytes, type FeedBlocks } from '../../store/index.ts';
import { compactBlocks } from './compact.ts';
import { type GuidSet, makeGuidSet } from './guid-set.ts';
import { type HashTable, makeHashTable } from './hash-table.ts';
import { guidAt, hashAt, type LastEntries, makeLastEntries } from './last-entries.ts';

/** A record that a feed lists. */
export interface Listed {
  readonly guid: string;
  readonly type: BlockType;
}

/**
 * What a feed is known to have sent, and what its file has shown of it. Of known records only their hashes are in memory;
 * their guids are read from the store again when they are asked for.
 */
export interface FeedIndex {
  readonly hashes: HashTable;
  /** Records that the file shows otherwise than they are known, or for the first time. */
  readonly read: GuidSet;
  /** Records that are not looked for in the file: what cannot be read means them. */
  readonly protected: GuidSet;
  /** Whether nothing has been added to the feed's blocks since the index was opened. */
  isCurrent(): Promise<boolean>;
  /** Forgets what the file has shown. */
  begin(): void;
  /** Records that were known by their hash and were read otherwise too, by hash. */
  contradicted(): Promise<Map<string, string>>;
  /** Adds the guids of records that were known by their hash to {@link FeedIndex.read}. */
  readKnown(wanted: (type: BlockType) => boolean): Promise<void>;
  /** Records that the feed has sent before and this file has not shown. */
  unseen(): AsyncGenerator<Listed>;
}

/** Looks that are taken at a feed's blocks while somebody else puts them together. */
const looks = 5;
const droppedWord = -1;

type Appendix = Awaited<ReturnType<FeedBlocks['appended']>>;

/**
 * Opens the index of a feed: 11 bytes a known record, 13 for one that its file shows otherwise.
 */
export async function openFeedIndex(blocks: FeedBlocks): Promise<FeedIndex> {
  await compactBlocks(blocks);
  for (let look = 1; ; look += 1) {
    const base = await blocks.base();
    const index = await load(blocks, base);
    if (index !== undefined) return index;
    if (look >= looks) throw new Error(`blocks of the base ${base?.id} are missing`);
  }
}

async function load(blocks: FeedBlocks, base: BlockBase | undefined): Promise<FeedIndex | undefined> {
  const from = base?.sequence ?? -1;
  const appendix = await blocks.appended(from);
  const { last } = appendix;
  const appended = makeLastEntries();
  for await (const block of blocks.readAppended(from, last)) appended.load(block);
  const hashes = makeHashTable((base?.entries ?? 0) + appended.size);
  let found = 0;
  // What has no hash is looked at again whenever it stands in a file.
  let without = 0;
  await eachEntry(
    blocks,
    base,
    appended,
    (view, at) => {
      const [high, low] = [view.getInt32(at + hashAt), view.getInt32(at + hashAt + 4)];
      if (high === 0 && low === 0) without += 1;
      else hashes.add(high, low, view.getUint8(at));
    },
    (entries) => {
      found += entries;
    },
  );
  if (base !== undefined && found !== base.entries) return undefined;
  return makeFeedIndex(blocks, base, appendix, appended, hashes, without);
}

function makeFeedIndex(
  blocks: FeedBlocks,
  base: BlockBase | undefined,
  appendix: Appendix,
  appended: LastEntries,
  hashes: HashTable,
  without: number,
): FeedIndex {
  let read = makeGuidSet();
  let kept = makeGuidSet();

  const each = (visit: (view: DataView, at: number, place: number) => void) => {
    return eachEntry(blocks, base, appended, (view, at) => visit(view, at, placeOf(hashes, view, at)));
  };

  return {
    hashes,
    get read() {
      return read;
    },
    get protected() {
      return kept;
    },
    async isCurrent() {
      const now = await blocks.base();
      if (now?.id !== base?.id || now?.sequence !== base?.sequence) return false;
      const { entries, last } = await blocks.appended(base?.sequence ?? -1);
      return entries === appendix.entries && last === appendix.last;
    },
    begin() {
      hashes.forget();
      read = makeGuidSet();
      kept = makeGuidSet();
    },
    async contradicted() {
      const found = new Map<string, string>();
      if (read.size === 0 || hashes.seen === 0) return found;
      await each((view, at, place) => {
        if (place < 0 || !hashes.isSeen(place)) return;
        if (read.hasWords(view.getUint32(at + guidAt), view.getUint32(at + guidAt + 4))) {
          found.set(hexAt(view, at + hashAt, 8), hexAt(view, at + guidAt, 16));
        }
      });
      return found;
    },
    async readKnown(wanted) {
      await each((view, at, place) => {
        if (place < 0 || !hashes.isSeen(place) || !wanted(typeAt(view, at))) return;
        read.addWords(view.getUint32(at + guidAt), view.getUint32(at + guidAt + 4));
      });
    },
    async *unseen() {
      if (without === 0 && hashes.seen === hashes.size) return;
      const isGone = (view: DataView, at: number): boolean => {
        const place = placeOf(hashes, view, at);
        if (place >= 0 && hashes.isSeen(place)) return false;
        const [high, low] = [view.getUint32(at + guidAt), view.getUint32(at + guidAt + 4)];
        return !read.hasWords(high, low) && !kept.hasWords(high, low);
      };
      for await (const view of views(blocks, base)) {
        for (let at = 0; at + entryBytes <= view.byteLength; at += entryBytes) {
          if (!appended.has(view, at) && isGone(view, at)) yield listedAt(view, at);
        }
      }
      for (const entry of appended.entries()) {
        const view = viewOf(entry);
        if (!isDropped(view, 0) && isGone(view, 0)) yield listedAt(view, 0);
      }
    },
  };
}

/** Visits the last entry of each guid, those that the feed has let go of left out. */
async function eachEntry(
  blocks: FeedBlocks,
  base: BlockBase | undefined,
  appended: LastEntries,
  visit: (view: DataView, at: number) => void,
  counted?: (entries: number) => void,
): Promise<void> {
  for await (const view of views(blocks, base)) {
    counted?.(Math.floor(view.byteLength / entryBytes));
    for (let at = 0; at + entryBytes <= view.byteLength; at += entryBytes) {
      if (appended.size === 0 || !appended.has(view, at)) visit(view, at);
    }
  }
  for (const entry of appended.entries()) {
    const view = viewOf(entry);
    if (!isDropped(view, 0)) visit(view, 0);
  }
}

async function* views(blocks: FeedBlocks, base: BlockBase | undefined): AsyncGenerator<DataView> {
  if (base === undefined) return;
  for await (const block of blocks.readBase(base)) yield viewOf(block);
}

const viewOf = (block: Uint8Array) => new DataView(block.buffer, block.byteOffset, block.byteLength);
const typeAt = (view: DataView, at: number): BlockType => blockTypes[view.getUint8(at)] ?? 'person';
const listedAt = (view: DataView, at: number): Listed => ({
  guid: hexAt(view, at + guidAt, 16),
  type: typeAt(view, at),
});

function placeOf(hashes: HashTable, view: DataView, at: number): number {
  const [high, low] = [view.getInt32(at + hashAt), view.getInt32(at + hashAt + 4)];
  return high === 0 && low === 0 ? -1 : hashes.find(high, low);
}

function isDropped(view: DataView, at: number): boolean {
  return view.getInt32(at + hashAt) === droppedWord && view.getInt32(at + hashAt + 4) === droppedWord;
}

function hexAt(view: DataView, at: number, bytes: number): string {
  return Buffer.from(view.buffer, view.byteOffset + at, bytes).toString('hex');
}
