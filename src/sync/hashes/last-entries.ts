import { entryBytes } from '../../store/index.ts';

/** The last entry of each guid in blocks that are loaded one after the other. */
export interface LastEntries {
  /** Takes the entries of a block whose guids `wanted` names; of all where it is not given. */
  load(block: Uint8Array, wanted?: (high: number) => boolean): void;
  /** Whether a guid of another block has an entry here. */
  has(view: DataView, at: number): boolean;
  /** The entries, packed as in a block; the array is lent. */
  entries(): Generator<Uint8Array>;
  readonly size: number;
}

/** Where an entry's parts are. */
export const hashAt = 1;
export const guidAt = 9;

/** Makes an empty {@link LastEntries}: about 33 bytes an entry. */
export function makeLastEntries(): LastEntries {
  let capacity = 1024;
  let size = 0;
  let packed = new Uint8Array(capacity * entryBytes);
  let view = new DataView(packed.buffer);
  let places = new Int32Array(capacity * 2).fill(-1);

  function placeOf(other: DataView, at: number): number {
    const mask = places.length - 1;
    const [a, b] = [other.getUint32(at + guidAt), other.getUint32(at + guidAt + 4)];
    const [c, d] = [other.getUint32(at + guidAt + 8), other.getUint32(at + guidAt + 12)];
    for (let place = b & mask; ; place = (place + 1) & mask) {
      const entry = places[place] ?? -1;
      if (entry === -1) return place;
      const own = entry * entryBytes + guidAt;
      if (view.getUint32(own) !== a || view.getUint32(own + 4) !== b) continue;
      if (view.getUint32(own + 8) === c && view.getUint32(own + 12) === d) return place;
    }
  }

  function grow(): void {
    capacity *= 2;
    const more = new Uint8Array(capacity * entryBytes);
    more.set(packed);
    packed = more;
    view = new DataView(packed.buffer);
    places = new Int32Array(capacity * 2).fill(-1);
    for (let entry = 0; entry < size; entry += 1) places[placeOf(view, entry * entryBytes)] = entry;
  }

  return {
    load(block, wanted) {
      const other = new DataView(block.buffer, block.byteOffset, block.byteLength);
      for (let at = 0; at + entryBytes <= block.byteLength; at += entryBytes) {
        if (wanted !== undefined && !wanted(other.getUint32(at + guidAt))) continue;
        let place = placeOf(other, at);
        let entry = places[place] ?? -1;
        if (entry === -1) {
          if (size === capacity) {
            grow();
            place = placeOf(other, at);
          }
          entry = size;
          size += 1;
          places[place] = entry;
        }
        packed.set(block.subarray(at, at + entryBytes), entry * entryBytes);
      }
    },
    has: (other, at) => (places[placeOf(other, at)] ?? -1) !== -1,
    *entries() {
      for (let entry = 0; entry < size; entry += 1) yield packed.subarray(entry * entryBytes, (entry + 1) * entryBytes);
    },
    get size() {
      return size;
    },
  };
}
