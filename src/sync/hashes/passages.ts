import { type BlockType, blockTypes, type FilePart, type Learned } from '../../store/index.ts';
import type { KnownPassage, Passages } from '../reader.ts';
import { type FingerprintDeps, hexOf, seedOf } from './fingerprints.ts';

/** Records of a passage below which it is not worth to be kept. */
const fewest = 64;

/** {@link Passages} of a file whose parts are announced one after the other. */
export interface PartPassages extends Passages {
  /** The part that comes next. */
  part(part: Pick<FilePart, 'id' | 'bytes' | 'passage'>): void;
  /** Told of the hash of each record. */
  noted(high: number, low: number): void;
  /** No part comes any more. */
  end(): void;
  /** Passages that were learned since the last question, of parts that have ended. */
  learned(): Learned[];
}

interface Place {
  readonly offset: number;
  readonly line: number;
}

/** Makes {@link PartPassages} for one reading of a file; the deps are those of its fingerprints. */
export function makePassages({ key, parts, hashes, accept }: Omit<FingerprintDeps, 'noted'>): PartPassages {
  const name = seedOf({ key, parts }).toString('hex');
  let start = 0;
  let part: Pick<FilePart, 'id' | 'bytes' | 'passage'> | undefined;
  let known: KnownPassage | undefined;
  let passed = false;
  let ready: Learned[] = [];
  // What is read now: from where to where, and the hashes of it, and those behind it.
  let first: Place | undefined;
  let last: Place | undefined;
  let rank = 0;
  let noted = new Int32Array(8192);
  let count = 0;
  let whole = 0;

  function forget(): void {
    first = undefined;
    last = undefined;
    count = 0;
    whole = 0;
  }

  function end(): void {
    if (part !== undefined && first !== undefined && last !== undefined && !passed && whole >= fewest) {
      const packed = Buffer.allocUnsafe(whole * 8);
      for (let at = 0; at < whole * 2; at += 1) packed.writeInt32BE(noted[at] ?? 0, at * 4);
      const lines = last.line - first.line;
      const place = { from: first.offset - start, to: last.offset - start };
      ready.push({ id: part.id, passage: { name, ...place, lines, rank, hashes: packed } });
    }
    forget();
  }

  return {
    part(next) {
      end();
      start += part?.bytes ?? 0;
      part = next;
      passed = false;
      const { passage } = next;
      known = undefined;
      if (passage?.name !== name) return;
      known = { from: start + passage.from, to: start + passage.to, lines: passage.lines, rank: passage.rank };
    },
    noted(high, low) {
      if (first === undefined) return;
      if (count * 2 === noted.length) {
        const more = new Int32Array(noted.length * 2);
        more.set(noted);
        noted = more;
      }
      noted[count * 2] = high;
      noted[count * 2 + 1] = low;
      count += 1;
    },
    end,
    learned() {
      const all = ready;
      ready = [];
      return all;
    },
    partEnd: () => start + (part?.bytes ?? 0),
    from: (offset) => (known !== undefined && known.from >= offset ? known : undefined),
    pass(passage) {
      const packed = part?.passage?.hashes;
      known = undefined;
      if (packed === undefined || passage.to > start + (part?.bytes ?? 0)) return false;
      const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
      const records = new Int32Array(packed.byteLength / 4);
      for (let at = 0; at < records.length; at += 1) records[at] = view.getInt32(at * 4);
      const places = new Int32Array(records.length / 2);
      if (!hashes.findAll(records, places)) return false;
      for (let at = 0; at < places.length; at += 1) {
        const place = places[at] ?? 0;
        const type: BlockType = blockTypes[hashes.typeAt(place)] ?? 'person';
        const hash = () => hexOf({ high: records[at * 2] ?? 0, low: records[at * 2 + 1] ?? 0 });
        if (!accept(type, hashes.isSeen(place), hash)) throw new Error('a passage cannot be passed by in part');
        hashes.see(place);
      }
      passed = true;
      forget();
      return true;
    },
    between(offset, line, at) {
      if (offset < start) return false;
      if (passed) return true;
      first ??= { offset, line };
      last = { offset, line };
      rank = at;
      whole = count;
      return true;
    },
    other: forget,
  };
}
