/**
 * Hashes of records in the order in which they were added, with a number for what each is of, and whether a file has shown
 * it: 9 bytes each, and 5 more once one was asked for out of order.
 */
export interface HashTable {
  /** Adds a hash, as two signed numbers of 32 bits, of what has a type number below 16. */
  add(high: number, low: number, type: number): void;
  /** The place of a hash, or -1. Quickest in the order of adding, in which most files come. */
  find(high: number, low: number): number;
  /** Says that all will be asked for in their order again; what was added twice is one from then on. */
  rewind(): void;
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
const typeMask = 15;
const seenFlag = 16;
/** It stands for a hash that stands before it too. */
const againFlag = 32;

/** Makes a table for so many hashes; it does not grow. */
export function makeHashTable(expected: number): HashTable {
  // Signed, since numbers above 2^31 would be boxed on their way.
  const words = new Int32Array(expected * 2);
  const flags = new Uint8Array(expected);
  // Where a hash is, plus one; filled to three quarters. Made only when it is needed, since making and asking it costs a
  // look at a far place of memory for each hash.
  let slots: Int32Array | undefined;
  let added = 0;
  let again = 0;
  let seen = 0;
  let next = 0;

  const isAt = (place: number, high: number, low: number): boolean =>
    words[place * 2] === high && words[place * 2 + 1] === low;

  /** The slot of a hash, or the gap where it would be. */
  function slotOf(all: Int32Array, high: number, low: number): number {
    for (let at = Math.floor(((high >>> 0) * all.length) / word); ; at = at + 1 === all.length ? 0 : at + 1) {
      const there = all[at] ?? 0;
      if (there === 0 || isAt(there - 1, high, low)) return at;
    }
  }

  function makeSlots(): Int32Array {
    const all = new Int32Array(Math.ceil(expected / 0.75) + 8);
    for (let place = 0; place < added; place += 1) {
      const at = slotOf(all, words[place * 2] ?? 0, words[place * 2 + 1] ?? 0);
      const first = (all[at] ?? 0) - 1;
      if (first < 0) all[at] = place + 1;
      else merge(first, place);
    }
    return all;
  }

  /** From now on the first one stands for both. */
  function merge(first: number, second: number): void {
    const flag = flags[second] ?? 0;
    if ((flag & seenFlag) !== 0) {
      seen -= 1;
      see(first);
    }
    flags[second] = (flag & typeMask) | againFlag;
    again += 1;
  }

  function see(place: number): void {
    const flag = flags[place] ?? 0;
    if ((flag & seenFlag) !== 0) return;
    flags[place] = flag | seenFlag;
    seen += 1;
  }

  return {
    add(high, low, type) {
      words[added * 2] = high;
      words[added * 2 + 1] = low;
      flags[added] = type;
      added += 1;
      slots = undefined;
    },
    find(high, low) {
      if (next < added && isAt(next, high, low) && (flags[next] ?? 0) < againFlag) {
        next += 1;
        return next - 1;
      }
      slots ??= makeSlots();
      const place = (slots[slotOf(slots, high, low)] ?? 0) - 1;
      if (place >= 0) next = place + 1;
      return place;
    },
    rewind() {
      slots ??= makeSlots();
      next = 0;
    },
    typeAt: (place) => (flags[place] ?? 0) & typeMask,
    isSeen: (place) => ((flags[place] ?? 0) & seenFlag) !== 0,
    see,
    forget() {
      for (let at = 0; at < added; at += 1) flags[at] = (flags[at] ?? 0) & ~seenFlag;
      seen = 0;
      next = 0;
    },
    get size() {
      return added - again;
    },
    get seen() {
      return seen;
    },
  };
}
