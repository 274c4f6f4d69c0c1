/** The part of a file that is looked at: bytes, and the same as one character a byte. */
export interface Window {
  readonly bytes: Buffer;
  /** One character for each byte (ISO-8859-1), so that places in it are places in the bytes. */
  readonly text: string;
  /** Forgets what stands before a place and adds bytes. */
  slide(keep: number, more: Uint8Array): void;
  /** The line of a place, from 1. */
  lineOf(position: number): number;
  /** Counts lines that stand behind all bytes and are not added. */
  skipLines(lines: number): void;
}

const lineFeed = 10;

/** Makes an empty {@link Window}. */
export function makeWindow(): Window {
  let room = Buffer.alloc(0);
  let length = 0;
  let text = '';
  let line = 1;
  let counted = 0;

  const linesBetween = (from: number, to: number): number => {
    let lines = 0;
    for (let at = room.indexOf(lineFeed, from); at !== -1 && at < to; at = room.indexOf(lineFeed, at + 1)) lines += 1;
    return lines;
  };
  const lineOf = (position: number): number => {
    if (position < counted) return line - linesBetween(position, counted);
    line += linesBetween(counted, position);
    counted = position;
    return line;
  };

  return {
    get bytes() {
      return room;
    },
    get text() {
      return text;
    },
    lineOf,
    skipLines(lines) {
      lineOf(length);
      line += lines;
    },
    slide(keep, more) {
      lineOf(keep);
      const kept = length - keep;
      const wanted = kept + more.length;
      if (wanted > room.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(wanted, Math.min(room.length * 2, wanted * 2)));
        room.copy(larger, 0, keep, length);
        room = larger;
      } else if (keep > 0) room.copyWithin(0, keep, length);
      room.set(more, kept);
      length = wanted;
      counted -= keep;
      text = room.toString('latin1', 0, length);
    },
  };
}
