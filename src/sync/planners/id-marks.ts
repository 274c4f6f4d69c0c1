import xxhash from 'xxhash-wasm';

/** What an id is marked as; the same mark twice is told apart. */
export const marks = { old: 1, new: 4 } as const;

/** What a file says of an id. */
export interface IdMarks {
  readonly old: boolean;
  readonly oldTwice: boolean;
  readonly new: boolean;
  readonly newTwice: boolean;
}

/** Marks of ids by 64-bit hashes in typed arrays: 13 bytes an id at most half full, whatever its length. */
export async function makeIdMarks() {
  const { h64 } = await xxhash();
  let capacity = 1024;
  let size = 0;
  let hashes = new BigUint64Array(capacity);
  let flags = new Uint8Array(capacity);

  function placeOf(hash: bigint): number {
    const mask = capacity - 1;
    let at = Number(hash & BigInt(mask));
    while (flags[at] !== 0 && hashes[at] !== hash) at = (at + 1) & mask;
    return at;
  }

  function grow(): void {
    const [oldHashes, oldFlags] = [hashes, flags];
    capacity *= 2;
    hashes = new BigUint64Array(capacity);
    flags = new Uint8Array(capacity);
    oldHashes.forEach((hash, at) => {
      const flag = oldFlags[at] ?? 0;
      if (flag === 0) return;
      const to = placeOf(hash);
      hashes[to] = hash;
      flags[to] = flag;
    });
  }

  return {
    mark(id: string, mark: 1 | 4): void {
      if (size * 2 >= capacity) grow();
      const hash = h64(id);
      const at = placeOf(hash);
      const flag = flags[at] ?? 0;
      if (flag === 0) size += 1;
      hashes[at] = hash;
      flags[at] = flag | ((flag & mark) === 0 ? mark : mark * 2);
    },
    of(id: string): IdMarks {
      const flag = flags[placeOf(h64(id))] ?? 0;
      return {
        old: (flag & 1) !== 0,
        oldTwice: (flag & 2) !== 0,
        new: (flag & 4) !== 0,
        newTwice: (flag & 8) !== 0,
      };
    },
  };
}
