/** A set of guids: 64 bits of each, since a guid is a hash itself (decisions 1.1). */
export interface GuidSet {
  /** Adds a guid; answers whether it was there. */
  add(guid: string): boolean;
  has(guid: string): boolean;
  /** The same for a guid whose first two words are at hand. */
  addWords(high: number, low: number): boolean;
  hasWords(high: number, low: number): boolean;
  readonly size: number;
}

const parts = 64;
const word = 4_294_967_296;

interface Part {
  words: Uint32Array;
  capacity: number;
  size: number;
}

/**
 * Makes an empty set of 10 to 13 bytes an entry. It is kept in parts that grow one after the other, so that there are
 * never two copies of the whole.
 */
export function makeGuidSet(): GuidSet {
  const all: Part[] = Array.from({ length: parts }, () => ({ words: new Uint32Array(32), capacity: 16, size: 0 }));
  let size = 0;

  /** The place of a guid in its part, or of the gap where it would be. */
  function placeOf({ words, capacity }: Part, high: number, low: number): number {
    for (let at = Math.floor((low * capacity) / word); ; at = at + 1 === capacity ? 0 : at + 1) {
      const there = words[at * 2];
      if (there === high && words[at * 2 + 1] === low) return at;
      if (there === 0 && words[at * 2 + 1] === 0) return at;
    }
  }

  function grow(part: Part): void {
    const before = part.words;
    part.capacity = Math.ceil(part.capacity * 1.3) + 1;
    part.words = new Uint32Array(part.capacity * 2);
    for (let at = 0; at < before.length; at += 2) {
      const [high, low] = [before[at] ?? 0, before[at + 1] ?? 0];
      if (high === 0 && low === 0) continue;
      const place = placeOf(part, high, low);
      part.words[place * 2] = high;
      part.words[place * 2 + 1] = low;
    }
  }

  function partOf(high: number): Part {
    return all[high >>> 26] as Part;
  }

  function addWords(high: number, low: number): boolean {
    const part = partOf(high);
    // An empty place is two zeros.
    const second = high === 0 && low === 0 ? 1 : low;
    const at = placeOf(part, high, second);
    if (part.words[at * 2] !== 0 || part.words[at * 2 + 1] !== 0) return true;
    part.words[at * 2] = high;
    part.words[at * 2 + 1] = second;
    part.size += 1;
    size += 1;
    if (part.size > part.capacity * 0.8) grow(part);
    return false;
  }

  function hasWords(high: number, low: number): boolean {
    const part = partOf(high);
    const at = placeOf(part, high, high === 0 && low === 0 ? 1 : low);
    return part.words[at * 2] !== 0 || part.words[at * 2 + 1] !== 0;
  }

  const half = (guid: string, from: number) => Number.parseInt(guid.slice(from, from + 8), 16);
  return {
    addWords,
    hasWords,
    add: (guid) => addWords(half(guid, 0), half(guid, 8)),
    has: (guid) => hasWords(half(guid, 0), half(guid, 8)),
    get size() {
      return size;
    },
  };
}
