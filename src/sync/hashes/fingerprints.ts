import { createHmac } from 'node:crypto';
import { type BlockType, blockTypes } from '../../store/index.ts';
import type { Fingerprints, Seed } from '../reader.ts';
import type { HashTable } from './hash-table.ts';
import { type Hash64, type HashSeed, murmur64 } from './murmur.ts';

/** What recognises records of a feed. */
export interface FingerprintDeps {
  /** The tenant's key. */
  readonly key: Uint8Array;
  /** What decides beside the bytes which record they give: feed, versions of codec and settings. */
  readonly parts: readonly string[];
  readonly hashes: HashTable;
  /**
   * Asked of a record whose hash is known, before it is taken as seen: false, and it is read all the same. `again`: the
   * file has shown it before.
   */
  accept(type: BlockType, again: boolean, hash: () => string): boolean;
  /** Told of the hash of each record in file order, known or not. */
  noted?(high: number, low: number): void;
}

/** Gives the four numbers with which all hashes of a feed begin (decisions 4.2). */
export function seedOf({ key, parts }: Pick<FingerprintDeps, 'key' | 'parts'>): Buffer {
  return createHmac('sha256', key).update(parts.join('\u0000')).digest().subarray(0, 16);
}

/**
 * Makes the {@link Fingerprints} of decisions 4.2: keyed per tenant, over feed, versions, container and the bytes as they
 * stand in the file.
 */
export function makeFingerprints({ key, parts, hashes, accept, noted }: FingerprintDeps): Fingerprints {
  const digest = seedOf({ key, parts });
  const outer: HashSeed = [digest.readInt32BE(0), digest.readInt32BE(4), digest.readInt32BE(8), digest.readInt32BE(12)];
  const found: Hash64 = { high: 0, low: 0 };
  let container: Seed = 0n;
  let seed: HashSeed = outer;
  let buffer: ArrayBufferLike | undefined;
  let view: DataView = new DataView(new ArrayBuffer(0));

  const hash = (): string => hexOf(found);

  return {
    container(name) {
      const bytes = Buffer.from(name, 'utf8');
      const own: Hash64 = { high: 0, low: 0 };
      murmur64(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, outer, own);
      return (BigInt(own.high) << 32n) | BigInt(own.low >>> 0);
    },
    known(_type, of, bytes, from, to) {
      if (of !== container) {
        container = of;
        seed = [Number(of >> 32n), Number(BigInt.asIntN(32, of)), outer[2], outer[3]];
      }
      if (bytes.buffer !== buffer) {
        buffer = bytes.buffer;
        view = new DataView(buffer);
      }
      murmur64(view, bytes.byteOffset + from, to - from, seed, found);
      // Two values have a meaning of their own in the blocks.
      if ((found.high === 0 || found.high === -1) && found.low === found.high) {
        found.high = 0;
        found.low = 1;
      }
      const place = hashes.find(found.high, found.low);
      if (place < 0) return false;
      const type = blockTypes[hashes.typeAt(place)] ?? 'person';
      if (!accept(type, hashes.isSeen(place), hash)) return false;
      hashes.see(place);
      noted?.(found.high, found.low);
      return true;
    },
    hash() {
      noted?.(found.high, found.low);
      return hash();
    },
  };
}

/** A hash as 16 hexadecimal digits. */
export function hexOf({ high, low }: Hash64): string {
  return wordOf(high) + wordOf(low);
}

function wordOf(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
