import type { RecordType } from '../../model/index.ts';
import { entryBytes, entryType, entryTypeNumber } from '../../store/index.ts';

type BlockType = RecordType | 'session';

/** What a feed is known to have sent: per record a guid and the hash of its bytes, and what this file has shown. */
export interface FeedIndex {
  /** Replays a stored block; blocks come in the order of their sequence. */
  load(block: Uint8Array): void;
  /** Whether a record of this hash stands unchanged and the file has not shown it yet; marks it as seen. */
  unchanged(hash: string): boolean;
  /** The guid of the record of a hash. */
  guidOf(hash: string): string | undefined;
  /** The type of the record of a hash. */
  typeOf(hash: string): BlockType | undefined;
  /** Marks a record as seen; answers whether the file had shown it before. */
  see(guid: string, type: BlockType): boolean;
  seen(guid: string): boolean;
  /** Records that the feed has sent before and this file has not shown. */
  unseen(): Generator<{ guid: string; type: BlockType }>;
  /** All records that the feed lists, for compaction. */
  live(): Generator<{ guid: string; type: BlockType; hash: string }>;
  /** Entries that were loaded, the superseded ones included, and those that are left. */
  readonly loaded: number;
  readonly size: number;
}

const seenFlag = 16;
const newFlag = 32;
const droppedFlag = 64;
const typeMask = 3;

/** A feed's index in typed arrays: about 45 bytes a record, whatever the records hold. */
export function makeFeedIndex(): FeedIndex {
  let capacity = 1024;
  let size = 0;
  let loaded = 0;
  let words = new Uint32Array(capacity * 6); // hash high, hash low, four words of the guid
  let flags = new Uint8Array(capacity);
  let byHash = new Int32Array(capacity * 2).fill(-1);
  let byGuid = new Int32Array(capacity * 2).fill(-1);
  let hashesPlaced = 0;

  const word = (at: number) => words[at] ?? 0;

  function grow(): void {
    capacity *= 2;
    const moreWords = new Uint32Array(capacity * 6);
    moreWords.set(words);
    words = moreWords;
    const moreFlags = new Uint8Array(capacity);
    moreFlags.set(flags);
    flags = moreFlags;
    byGuid = new Int32Array(capacity * 2).fill(-1);
    for (let entry = 0; entry < size; entry += 1) placeGuid(entry);
    rehash();
  }

  /** Rebuilds the table of hashes; entries without a hash are left out. */
  function rehash(): void {
    byHash = new Int32Array(capacity * 2).fill(-1);
    hashesPlaced = 0;
    for (let entry = 0; entry < size; entry += 1) if (hasHash(entry)) placeHash(entry);
  }

  const hasHash = (entry: number) => word(entry * 6) !== 0 || word(entry * 6 + 1) !== 0;

  function placeHash(entry: number): void {
    const mask = byHash.length - 1;
    let at = word(entry * 6 + 1) & mask;
    while (byHash[at] !== -1) at = (at + 1) & mask;
    byHash[at] = entry;
    hashesPlaced += 1;
  }

  function placeGuid(entry: number): void {
    const mask = byGuid.length - 1;
    let at = word(entry * 6 + 2) & mask;
    while (byGuid[at] !== -1) at = (at + 1) & mask;
    byGuid[at] = entry;
  }

  function findGuid(a: number, b: number, c: number, d: number): number {
    const mask = byGuid.length - 1;
    for (let at = a & mask; ; at = (at + 1) & mask) {
      const entry = byGuid[at] ?? -1;
      if (entry === -1) return -1;
      const base = entry * 6;
      if (word(base + 2) === a && word(base + 3) === b && word(base + 4) === c && word(base + 5) === d) return entry;
    }
  }

  function findHash(hash: string): number {
    const high = hex(hash, 0);
    const low = hex(hash, 8);
    const mask = byHash.length - 1;
    for (let at = low & mask; ; at = (at + 1) & mask) {
      const entry = byHash[at] ?? -1;
      if (entry === -1) return -1;
      const known = word(entry * 6) === high && word(entry * 6 + 1) === low;
      if (known && ((flags[entry] ?? 0) & droppedFlag) === 0) return entry;
    }
  }

  function add(a: number, b: number, c: number, d: number, flag: number): number {
    if (size === capacity) grow();
    const entry = size;
    size += 1;
    words.set([0, 0, a, b, c, d], entry * 6);
    flags[entry] = flag;
    placeGuid(entry);
    return entry;
  }

  function setHash(entry: number, high: number, low: number): void {
    words[entry * 6] = high;
    words[entry * 6 + 1] = low;
    if (high === 0 && low === 0) return;
    // Old places of an entry stay in the table and are passed by; too many of them, and it is built anew.
    if (hashesPlaced > byHash.length * 0.7) rehash();
    else placeHash(entry);
  }

  const hex = (text: string, at: number) => Number.parseInt(text.slice(at, at + 8), 16);
  const wordsOf = (guid: string) => [hex(guid, 0), hex(guid, 8), hex(guid, 16), hex(guid, 24)] as const;
  const guidAt = (entry: number) =>
    [2, 3, 4, 5]
      .map((part) =>
        word(entry * 6 + part)
          .toString(16)
          .padStart(8, '0'),
      )
      .join('');
  const typeAt = (entry: number): BlockType =>
    (['person', 'group', 'membership', 'session'] as const)[(flags[entry] ?? 0) & typeMask] ?? 'person';

  return {
    load(block) {
      const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
      for (let at = 0; at + entryBytes <= block.byteLength; at += entryBytes) {
        loaded += 1;
        const high = view.getUint32(at + 1);
        const low = view.getUint32(at + 5);
        const guid = [
          view.getUint32(at + 9),
          view.getUint32(at + 13),
          view.getUint32(at + 17),
          view.getUint32(at + 21),
        ] as const;
        const type = entryTypeNumber(entryType(block, at));
        let entry = findGuid(...guid);
        if (entry === -1) entry = add(...guid, type);
        const dropped = high === 0xffffffff && low === 0xffffffff;
        flags[entry] = type | (dropped ? droppedFlag : 0);
        if (dropped) setHash(entry, 0, 0);
        else setHash(entry, high, low);
      }
    },
    unchanged(hash) {
      const entry = findHash(hash);
      // What this file has shown before is looked at again: its last mention counts, not its first.
      if (entry === -1 || ((flags[entry] ?? 0) & seenFlag) !== 0) return false;
      flags[entry] = (flags[entry] ?? 0) | seenFlag;
      return true;
    },
    guidOf(hash) {
      const entry = findHash(hash);
      return entry === -1 ? undefined : guidAt(entry);
    },
    typeOf(hash) {
      const entry = findHash(hash);
      return entry === -1 ? undefined : typeAt(entry);
    },
    see(guid, type) {
      const parts = wordsOf(guid);
      let entry = findGuid(...parts);
      if (entry === -1) entry = add(...parts, entryTypeNumber(type) | newFlag);
      const before = ((flags[entry] ?? 0) & seenFlag) !== 0;
      flags[entry] = (flags[entry] ?? 0) | seenFlag;
      return before;
    },
    seen(guid) {
      const entry = findGuid(...wordsOf(guid));
      return entry !== -1 && ((flags[entry] ?? 0) & seenFlag) !== 0;
    },
    *unseen() {
      for (let entry = 0; entry < size; entry += 1) {
        if (((flags[entry] ?? 0) & (seenFlag | newFlag | droppedFlag)) === 0) {
          yield { guid: guidAt(entry), type: typeAt(entry) };
        }
      }
    },
    *live() {
      for (let entry = 0; entry < size; entry += 1) {
        if (((flags[entry] ?? 0) & (newFlag | droppedFlag)) !== 0) continue;
        const hash = [0, 1]
          .map((part) =>
            word(entry * 6 + part)
              .toString(16)
              .padStart(8, '0'),
          )
          .join('');
        yield { guid: guidAt(entry), type: typeAt(entry), hash };
      }
    },
    get loaded() {
      return loaded;
    },
    get size() {
      return size;
    },
  };
}
