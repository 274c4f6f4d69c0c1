/**
 * Hashes of records, with a number for what each is of, and whether a file has shown it: 11 bytes each. A hash that is
 * added twice is one. Hashes are two signed numbers of 32 bits that are not both 0.
 */
export interface HashTable {
  /** Adds a hash of what has a type number below 128. */
  add(high: number, low: number, type: number): void;
  /** The place of a hash, or -1. */
  find(high: number, low: number): number;
  /** Finds the places of many hashes, one behind the other; false where one of them is not there. */
  findAll(hashes: Int32Array, places: Int32Array): boolean;
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
const filled = 0.8;
const typeMask = 127;
const seenFlag = 128;

/** The place of a hash, or of the gap where it would be; outside of the table's closures, where it is compiled best. */
function placeOf(words: Int32Array, high: number, low: number): number {
  const places = words.length >>> 1;
  let at = Math.floor(((high >>> 0) * places) / word);
  for (;;) {
    const first = words[at * 2];
    const second = words[at * 2 + 1];
    if ((first === high && second === low) || (first === 0 && second === 0)) return at;
    at = at + 1 === places ? 0 : at + 1;
  }
}

function findAll(words: Int32Array, hashes: Int32Array, found: Int32Array): boolean {
  for (let at = 0; at * 2 < hashes.length; at += 1) {
    const place = placeOf(words, hashes[at * 2] ?? 0, hashes[at * 2 + 1] ?? 0);
    if (words[place * 2] === 0 && words[place * 2 + 1] === 0) return false;
    found[at] = place;
  }
  return true;
}

/** Makes a table for so many hashes; it does not grow. */
export function makeHashTable(expected: number): HashTable {
  const places = Math.ceil(expected / filled) + 8;
  // Signed, since numbers above 2^31 would be boxed on their way. An empty place is two zeros.
  const words = new Int32Array(places * 2);
  const flags = new Uint8Array(places);
  let size = 0;
  let seen = 0;

  return {
    add(high, low, type) {
      const place = placeOf(words, high, low);
      if (words[place * 2] !== 0 || words[place * 2 + 1] !== 0) return;
      words[place * 2] = high;
      words[place * 2 + 1] = low;
      flags[place] = type;
      size += 1;
    },
    find(high, low) {
      const place = placeOf(words, high, low);
      return words[place * 2] === 0 && words[place * 2 + 1] === 0 ? -1 : place;
    },
    findAll: (hashes, found) => findAll(words, hashes, found),
    typeAt: (place) => (flags[place] ?? 0) & typeMask,
    isSeen: (place) => (flags[place] ?? 0) >= seenFlag,
    see(place) {
      const flag = flags[place] ?? 0;
      if (flag >= seenFlag) return;
      flags[place] = flag | seenFlag;
      seen += 1;
    },
    forget() {
      for (let at = 0; at < places; at += 1) flags[at] = (flags[at] ?? 0) & typeMask;
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
