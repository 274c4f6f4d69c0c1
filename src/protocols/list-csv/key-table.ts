/** Lines that a remark on a shared value names. */
const linesNamed = 10;

/** Lines in which a value stands besides one of them; `count` is how many there are, of which `lines` are the first. */
export interface OtherLines {
  readonly lines: readonly number[];
  readonly count: number;
}

/** Values of a file that must stand in one row each, with the lines in which they stand. */
export interface KeyTable {
  /** A value stands in a line. `kind` tells values of one column from those of another. */
  add(kind: string, value: string, line: number): void;
  /** Whether any value stands in more than one line. */
  readonly hasShared: boolean;
  /** The other lines of a value; undefined where there are none. */
  others(kind: string, value: string, line: number): OtherLines | undefined;
}

/**
 * Makes a {@link KeyTable}: values are kept as hashes of 64 bits in typed arrays, about 40 bytes each, and never as text, so that
 * a list of any length fits.
 */
export function makeKeyTable(): KeyTable {
  let size = 1 << 12;
  let high = new Int32Array(size);
  let low = new Int32Array(size);
  /** The last place of each value among `lines`, from 1; 0: the slot is free. */
  let last = new Uint32Array(size);
  let values = 0;
  let lines = new Uint32Array(1 << 12);
  let before = new Uint32Array(1 << 12);
  let places = 0;
  let hasShared = false;
  const hash = { high: 0, low: 0 };

  const slotOf = (): number => {
    const mask = size - 1;
    let slot = hash.low & mask;
    while (last[slot] !== 0 && (high[slot] !== hash.high || low[slot] !== hash.low)) slot = (slot + 1) & mask;
    return slot;
  };

  const grow = (): void => {
    const [oldHigh, oldLow, oldLast] = [high, low, last];
    size *= 2;
    high = new Int32Array(size);
    low = new Int32Array(size);
    last = new Uint32Array(size);
    for (let at = 0; at < oldLast.length; at += 1) {
      if (oldLast[at] === 0) continue;
      hash.high = oldHigh[at] as number;
      hash.low = oldLow[at] as number;
      const slot = slotOf();
      high[slot] = hash.high;
      low[slot] = hash.low;
      last[slot] = oldLast[at] as number;
    }
  };

  return {
    add(kind, value, line) {
      if (values * 2 > size) grow();
      if (places + 1 >= lines.length) {
        lines = longer(lines);
        before = longer(before);
      }
      hashOf(kind, value, hash);
      const slot = slotOf();
      const previous = last[slot] as number;
      if (previous === 0) {
        values += 1;
        high[slot] = hash.high;
        low[slot] = hash.low;
      } else if (lines[previous] === line) return;
      else hasShared = true;
      places += 1;
      lines[places] = line;
      before[places] = previous;
      last[slot] = places;
    },
    get hasShared() {
      return hasShared;
    },
    others(kind, value, line) {
      hashOf(kind, value, hash);
      const found: number[] = [];
      let count = 0;
      for (let place = last[slotOf()] as number; place !== 0; place = before[place] as number) {
        if (lines[place] === line) continue;
        count += 1;
        found.push(lines[place] as number);
        // The first lines are met last.
        if (found.length > linesNamed) found.shift();
      }
      return count === 0 ? undefined : { lines: found.reverse(), count };
    },
  };
}

function longer(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(array.length * 2);
  next.set(array);
  return next;
}

/** Two multiplicative hashes of the text side by side, each stirred at the end. */
function hashOf(kind: string, value: string, hash: { high: number; low: number }): void {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < kind.length; at += 1) {
    a = Math.imul(a ^ kind.charCodeAt(at), 2_654_435_761);
    b = Math.imul(b ^ kind.charCodeAt(at), 1_597_334_677);
  }
  // No letter, so that the end of the kind is told from the beginning of the value.
  a = Math.imul(a ^ 0x10000, 2_654_435_761);
  b = Math.imul(b ^ 0x10000, 1_597_334_677);
  for (let at = 0; at < value.length; at += 1) {
    const unit = value.charCodeAt(at);
    a = Math.imul(a ^ unit, 2_654_435_761);
    b = Math.imul(b ^ unit, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  hash.high = b | 0;
  hash.low = a | 0;
}
