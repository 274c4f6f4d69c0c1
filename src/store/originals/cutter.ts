import { createHash, type Hash } from 'node:crypto';
import { digestBytes, headBytes, mostBytes, type PartList, usualBytes } from './parts.ts';

/** A part that was cut out of a file. */
export interface CutPart {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  readonly digest: Uint8Array;
  readonly head: Uint8Array;
  /** Its place among the parts of the file before, where it is the same there. */
  readonly known: number | undefined;
}

/** Cuts a file into parts on its way. */
export interface Cutter {
  /** The parts that are whole with more bytes; these must not change later. */
  push(bytes: Uint8Array): Generator<CutPart>;
  /** The rest. */
  end(): Generator<CutPart>;
}

const lineFeed = 10;
/** A part that is new ends behind a line, if one ends so many bytes before the usual place. */
const lineBytes = 65_536;
/** Parts of the file before that are looked for where the files differ, and parts without any of them until nobody looks. */
const sought = 8;
const mostLost = 64;

/**
 * Makes a {@link Cutter} that cuts where the file before was cut: as long as its parts come, each is as long as it was;
 * where something else comes, the beginnings of its next parts are looked for.
 */
export function makeCutter(before: PartList): Cutter {
  const count = before.ids.length;
  let pieces: Uint8Array[] = [];
  let length = 0;
  let hash: Hash = createHash('sha256');
  /** The part that should come, and for how many parts it has not come. */
  let next = 0;
  let lost = count === 0 ? mostLost : 0;
  let follows = count > 0;

  const lengthOf = (part: number): number => before.lengths[part] ?? 0;
  const headOf = (part: number): Uint8Array =>
    before.heads.subarray(part * headBytes, part * headBytes + Math.min(headBytes, lengthOf(part)));
  const isSame = (part: number, digest: Uint8Array): boolean =>
    Buffer.compare(before.digests.subarray(part * digestBytes, (part + 1) * digestBytes), digest) === 0;

  function wanted(): number {
    return follows ? lengthOf(next) : mostBytes;
  }

  function take(bytes: Uint8Array): void {
    pieces.push(bytes);
    length += bytes.length;
    if (follows) hash.update(bytes);
  }

  function clear(): void {
    pieces = [];
    length = 0;
    hash = createHash('sha256');
  }

  function cut(parts: readonly Uint8Array[], digest: Uint8Array, known?: number): CutPart {
    const bytes = parts.reduce((sum, piece) => sum + piece.length, 0);
    const head = Buffer.alloc(headBytes);
    let at = 0;
    for (const piece of parts) {
      if (at >= headBytes) break;
      head.set(piece.subarray(0, headBytes - at), at);
      at += piece.length;
    }
    return { pieces: parts, bytes, digest, head, known };
  }

  const cutNew = (bytes: Uint8Array): CutPart => cut([bytes], createHash('sha256').update(bytes).digest());

  /** Where a part of the file before begins in a text, the first of those that are looked for. */
  function find(text: Buffer): { readonly part: number; readonly at: number } | undefined {
    if (lost >= mostLost) return undefined;
    for (let part = next; part < Math.min(count, next + sought + lost); part += 1) {
      const at = text.indexOf(headOf(part));
      if (at >= 0) return { part, at };
    }
    return undefined;
  }

  function usualEnd(text: Buffer, ended: boolean): number {
    if (ended && text.length <= usualBytes + lineBytes) return text.length;
    const line = text.lastIndexOf(lineFeed, usualBytes - 1);
    return line >= usualBytes - lineBytes ? line + 1 : usualBytes;
  }

  /** What is at hand is as much as was wanted, or all that is left. */
  function* decide(ended: boolean): Generator<CutPart> {
    if (follows) {
      if (length === lengthOf(next)) {
        const digest = hash.digest();
        if (isSame(next, digest)) {
          yield cut(pieces, digest, next);
          clear();
          next += 1;
          lost = 0;
          follows = next < count;
          return;
        }
      }
      // It is another one.
      follows = false;
      next += 1;
      lost = 1;
      if (!ended) return;
    }
    let text = Buffer.concat(pieces);
    clear();
    while (text.length > 0 && (ended || text.length >= mostBytes)) {
      const found = find(text);
      const end = found === undefined ? usualEnd(text, ended) : found.at;
      if (end > 0) yield cutNew(text.subarray(0, end));
      text = text.subarray(end);
      if (found === undefined) {
        lost += 1;
        continue;
      }
      next = found.part;
      follows = true;
      yield* again(text, ended);
      return;
    }
    if (text.length > 0) take(text);
  }

  function* again(text: Uint8Array, ended: boolean): Generator<CutPart> {
    yield* push(text);
    if (ended) yield* end();
  }

  function* push(bytes: Uint8Array): Generator<CutPart> {
    for (let from = 0; from < bytes.length; ) {
      const part = bytes.subarray(from, from + wanted() - length);
      take(part);
      from += part.length;
      if (length >= wanted()) yield* decide(false);
    }
  }

  function* end(): Generator<CutPart> {
    if (length > 0) yield* decide(true);
  }

  return { push, end };
}
