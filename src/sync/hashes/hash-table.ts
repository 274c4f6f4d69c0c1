/** Hashes of records, with a number for what each is of, and whether a file has shown it: nine bytes a place. */
export interface HashTable {
  /** Adds a hash, as two signed numbers of 32 bits, of what has a type number below 16. */
  add(high: number, low: number, type: number): void;
  /** The place of a hash, or -1. */
  find(high: number, low: number): number;
  typeAt(place: number): number;
  isSeen(place: number): boolean;
  see(place: number): void;
  /** Nothing was shown any more. */
  forget(): void;
  /** Hashes, and how many of them were shown. */
  readonly size: number;
  readonly seen: number;
}

const word = 4_294_967_296;
const seenFlag = 16;
const typeMask = 15;

/** Makes a table for so many hashes; it is filled to three quarters then and does not grow. */
export function makeHashTable(expected: number): HashTable {
  const capacity = Math.ceil(expected / 0.75) + 8;
  // Signed, since numbers above 2^31 would be boxed on their way.
  const words = new Int32Array(capacity * 2);
  const flags = new Uint8Array(capacity);
  let size = 0;
  let seen = 0;

  const homeOf = (high: number): number => Math.floor(((high >>> 0) * capacity) / word);

  return {
    add(high, low, type) {
      let at = homeOf(high);
      while (words[at * 2] !== 0 || words[at * 2 + 1] !== 0) {
        if (words[at * 2] === high && words[at * 2 + 1] === low) return;
        at = at + 1 === capacity ? 0 : at + 1;
      }
      words[at * 2] = high;
      words[at * 2 + 1] = low;
      flags[at] = type;
      size += 1;
    },
    find(high, low) {
      let at = homeOf(high);
      for (;;) {
        const there = words[at * 2];
        if (there === high && words[at * 2 + 1] === low) return at;
        if (there === 0 && words[at * 2 + 1] === 0) return -1;
        at = at + 1 === capacity ? 0 : at + 1;
      }
    },
    typeAt: (place) => (flags[place] ?? 0) & typeMask,
    isSeen: (place) => ((flags[place] ?? 0) & seenFlag) !== 0,
    see(place) {
      if (((flags[place] ?? 0) & seenFlag) !== 0) return;
      flags[place] = (flags[place] ?? 0) | seenFlag;
      seen += 1;
    },
    forget() {
      for (let at = 0; at < capacity; at += 1) flags[at] = (flags[at] ?? 0) & typeMask;
      seen = 0;
    },
    get size() {
      return size;
    },
    get seen() {
      return seen;
    },
  };
}
