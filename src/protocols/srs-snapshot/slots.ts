/** Texts that were met, each with a number of its own, from 0. */
export interface Slots {
  /** The number of a text; a new one where it was not met before. */
  of(kind: string, text: string): number;
  readonly count: number;
}

/**
 * Makes {@link Slots}: texts are kept as hashes of 64 bits, so that a snapshot of any length fits: some 25 bytes each. Two of a
 * million share a hash once in 30 million snapshots.
 */
export function makeSlots(): Slots {
  let size = 1 << 12;
  let high = new Int32Array(size);
  let low = new Int32Array(size);
  /** The number of each, from 1; 0: it is free. */
  let numbers = new Uint32Array(size);
  let count = 0;

  const placeOf = (a: number, b: number): number => {
    let place = b & (size - 1);
    while (numbers[place] !== 0 && (high[place] !== a || low[place] !== b)) place = (place + 1) & (size - 1);
    return place;
  };

  function grow(): void {
    const [oldHigh, oldLow, oldNumbers] = [high, low, numbers];
    size *= 2;
    high = new Int32Array(size);
    low = new Int32Array(size);
    numbers = new Uint32Array(size);
    for (const [at, number] of oldNumbers.entries()) {
      if (number === 0) continue;
      const place = placeOf(oldHigh[at] as number, oldLow[at] as number);
      high[place] = oldHigh[at] as number;
      low[place] = oldLow[at] as number;
      numbers[place] = number;
    }
  }

  return {
    of(kind, text) {
      if (count * 2 >= size) grow();
      let a = 0xdeadbeef ^ kind.length;
      let b = 0x41c6ce57;
      const stir = (part: string): void => {
        for (let at = 0; at < part.length; at += 1) {
          const unit = part.charCodeAt(at);
          a = Math.imul(a ^ unit, 2_654_435_761);
          b = Math.imul(b ^ unit, 1_597_334_677);
        }
      };
      stir(kind);
      stir(text);
      a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
      b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
      const place = placeOf(a | 0, b | 0);
      if (numbers[place] === 0) {
        count += 1;
        high[place] = a | 0;
        low[place] = b | 0;
        numbers[place] = count;
      }
      return (numbers[place] as number) - 1;
    },
    get count() {
      return count;
    },
  };
}
