import xxhash from 'xxhash-wasm';

/** So many owners of one identity are kept; more of them say nothing of any. */
const mostOwners = 3;

/** Who has an identity: owners by number, found by the hash of a text; 12 bytes an entry at most half full. */
export interface IdentityTable {
  add(text: string, owner: number): void;
  owners(text: string): number[];
}

/** Makes an empty {@link IdentityTable}. */
export async function makeIdentityTable(): Promise<IdentityTable> {
  const { h64 } = await xxhash();
  let capacity = 1024;
  let size = 0;
  let hashes = new BigUint64Array(capacity);
  /** Owner and one; 0 is an empty place. */
  let numbers = new Uint32Array(capacity);

  function place(hash: bigint, number: number): void {
    const mask = capacity - 1;
    let at = Number(hash & BigInt(mask));
    let same = 0;
    while (numbers[at] !== 0) {
      if (hashes[at] === hash) same += 1;
      if (same >= mostOwners) return;
      at = (at + 1) & mask;
    }
    hashes[at] = hash;
    numbers[at] = number;
    size += 1;
  }

  function grow(): void {
    const [oldHashes, oldNumbers] = [hashes, numbers];
    capacity *= 2;
    size = 0;
    hashes = new BigUint64Array(capacity);
    numbers = new Uint32Array(capacity);
    oldNumbers.forEach((number, at) => {
      if (number !== 0) place(oldHashes[at] ?? 0n, number);
    });
  }

  return {
    add(text, owner) {
      if (size * 2 >= capacity) grow();
      place(h64(text), owner + 1);
    },
    owners(text) {
      const hash = h64(text);
      const mask = capacity - 1;
      const found: number[] = [];
      for (let at = Number(hash & BigInt(mask)); numbers[at] !== 0; at = (at + 1) & mask) {
        if (hashes[at] === hash) found.push((numbers[at] ?? 1) - 1);
      }
      return found;
    },
  };
}
