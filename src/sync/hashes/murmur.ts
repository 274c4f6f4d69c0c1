/** A hash as two signed numbers of 32 bits (others would be boxed); filled again and again. */
export interface Hash64 {
  high: number;
  low: number;
}

/** Where a hash begins: four numbers of 32 bits. */
export type HashSeed = readonly [number, number, number, number];

const c1 = 0x239b961b;
const c2 = 0xab0e9789;
const c3 = 0x38b34ae5;
const c4 = 0xa1e38b93;

/**
 * The first 64 bits of MurmurHash3_x86_128 (A. Appleby, public domain) of a stretch of bytes, with a seed of its own for
 * each of the four lanes. It works in place and makes no object, which is why it is faster here than a hash in
 * WebAssembly, which wants a copy and gives a big integer.
 */
export function murmur64(view: DataView, from: number, length: number, seed: HashSeed, hash: Hash64): void {
  let h1 = seed[0] | 0;
  let h2 = seed[1] | 0;
  let h3 = seed[2] | 0;
  let h4 = seed[3] | 0;
  const tail = from + (length & ~15);
  for (let at = from; at < tail; at += 16) {
    h1 ^= mix(view.getInt32(at, true), c1, 15, c2);
    h1 = (Math.imul((turn(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= mix(view.getInt32(at + 4, true), c2, 16, c3);
    h2 = (Math.imul((turn(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= mix(view.getInt32(at + 8, true), c3, 17, c4);
    h3 = (Math.imul((turn(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= mix(view.getInt32(at + 12, true), c4, 18, c1);
    h4 = (Math.imul((turn(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  const left = length & 15;
  if (left > 12) h4 ^= mix(wordAt(view, tail + 12, left - 12), c4, 18, c1);
  if (left > 8) h3 ^= mix(wordAt(view, tail + 8, left - 8), c3, 17, c4);
  if (left > 4) h2 ^= mix(wordAt(view, tail + 4, left - 4), c2, 16, c3);
  if (left > 0) h1 ^= mix(wordAt(view, tail, left), c1, 15, c2);

  h1 ^= length;
  h2 ^= length;
  h3 ^= length;
  h4 ^= length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = finish((h2 + h1) | 0);
  h3 = finish((h3 + h1) | 0);
  h4 = finish((h4 + h1) | 0);
  h1 = (finish(h1) + h2 + h3 + h4) | 0;
  hash.high = h1;
  hash.low = (h2 + h1) | 0;
}

function turn(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function mix(word: number, first: number, bits: number, second: number): number {
  return Math.imul(turn(Math.imul(word, first), bits), second);
}

/** Up to four bytes, the first one lowest. */
function wordAt(view: DataView, at: number, bytes: number): number {
  let word = 0;
  for (let next = Math.min(bytes, 4) - 1; next >= 0; next -= 1) word = (word << 8) | view.getUint8(at + next);
  return word;
}

function finish(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
