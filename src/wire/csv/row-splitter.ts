const lineFeed = 10;
const carriageReturn = 13;
const quote = 34;
const comma = 44;

/** Where in a row the scan stands. */
const fieldStart = 0;
const plain = 1;
const quoted = 2;
const afterQuote = 3;
/** A fault was met: the rest of the line belongs to the row, whatever it holds. */
const junk = 4;
/** In a line behind a quote that is not closed, which may belong to that field. */
const behind = 5;

/** The same in a line of which nothing matters but its end. */
function lineEnd(bytes: Buffer, start: number, stop: number): number {
  let index = start + 1;
  for (; index < stop; index += 1) {
    const byte = bytes[index] as number;
    if (byte === lineFeed || byte === carriageReturn) break;
  }
  return index - 1;
}

/** What is wrong with a row: a quote that is none of RFC 4180, one that is not closed, more bytes than allowed. */
export type RowFault = 'stray-quote' | 'open-quote' | 'too-large';

/**
 * Takes a row: bytes `from` to `to` without the line end, valid during the call only. `line` counts from 1. Of a row
 * that is too large these are the first bytes.
 */
export type RowHandler = (bytes: Buffer, from: number, to: number, line: number, fault: RowFault | undefined) => void;

/** Cuts rows out of bytes that come in pieces. */
export interface RowSplitter {
  push(chunk: Uint8Array): void;
  /** The bytes are at their end; gives what is left. */
  end(): void;
}

/** Goes on in a field without quotes: to the last byte before one that means something, or before `stop`. */
function plainEnd(bytes: Buffer, start: number, stop: number, delimiter: number): number {
  let index = start + 1;
  for (; index < stop; index += 1) {
    const byte = bytes[index] as number;
    if (byte === delimiter || byte === quote || byte === lineFeed || byte === carriageReturn) break;
  }
  return index - 1;
}

/** The same within quotes. */
function quotedEnd(bytes: Buffer, start: number, stop: number): number {
  let index = start + 1;
  for (; index < stop; index += 1) {
    const byte = bytes[index] as number;
    if (byte === quote || byte === lineFeed || byte === carriageReturn) break;
  }
  return index - 1;
}

/**
 * Cuts CSV (RFC 4180, in UTF-8) into rows by their bytes alone: CRLF, LF or CR end a row outside of quotes, empty lines
 * are passed over. Where the pieces are cut makes no difference. A row with a fault ends at its line's end, so that a
 * quote which nobody closes takes one line and not the rest of the file; with it go the lines behind it up to the first that
 * `isRow` takes for one. Where that finds none in what a row may hold, the field is too large. Holds one row, of `limit` bytes
 * at most. `delimiter` is the byte between fields.
 */
export function makeRowSplitter(
  handler: RowHandler,
  limit = 1_048_576,
  isRow: (bytes: Buffer, from: number, to: number) => boolean = () => true,
  delimiter = comma,
): RowSplitter {
  let held: Buffer = Buffer.alloc(0);
  let at = 0;
  let state: number = fieldStart;
  let line = 1;
  /** Line ends inside the row at hand, and where the first of them stands. */
  let breaks = 0;
  let firstBreak = -1;
  let afterReturn = false;
  let dropping = false;
  let fault: RowFault | undefined;

  function begin(): void {
    state = fieldStart;
    breaks = 0;
    firstBreak = -1;
    fault = undefined;
  }

  /** Whether one of the lines behind the first is a row. */
  function holdsRow(bytes: Buffer, from: number, to: number): boolean {
    for (let start = from; start < to; ) {
      let end = start;
      while (end < to && bytes[end] !== lineFeed && bytes[end] !== carriageReturn) end += 1;
      if (end > start && end < to && isRow(bytes, start, end)) return true;
      start = end + 1;
    }
    return false;
  }

  /** Scans `bytes`, whose first byte is that of the row at hand; answers where the row that is not at its end begins. */
  function scan(bytes: Buffer, last: boolean): number {
    let from = 0;
    let index = at;
    const { length } = bytes;
    /** Gives the row's first line alone with its fault, and goes on behind it. */
    const rewind = (why: RowFault): void => {
      const to = from + firstBreak;
      handler(bytes, from, to, line, why);
      index = to + 1;
      from = index;
      line += 1;
      afterReturn = bytes[to] === carriageReturn;
      begin();
      state = behind;
    };
    /** Whether a line is a row, or belongs to the faulty one before it. */
    const takes = (to: number): boolean => {
      if (!isRow(bytes, from, to)) return false;
      index = from;
      begin();
      return true;
    };
    for (;;) {
      if (index >= length) {
        if (!last || from >= length) break;
        if (state === behind) {
          if (!dropping && takes(length)) continue;
          return length;
        }
        if (state === quoted && firstBreak >= 0) {
          rewind('open-quote');
          continue;
        }
        if (!dropping) handler(bytes, from, length, line, state === quoted ? 'open-quote' : fault);
        return length;
      }
      const byte = bytes[index] as number;
      if (afterReturn) {
        afterReturn = false;
        if (byte === lineFeed) {
          index += 1;
          from = index;
          continue;
        }
      }
      if (byte === lineFeed || byte === carriageReturn) {
        if (state === behind) {
          if (!dropping && index > from && takes(index)) continue;
          line += 1;
          index += 1;
          from = index;
          afterReturn = byte === carriageReturn;
          dropping = false;
          continue;
        }
        if (state !== quoted) {
          if (!dropping && index > from) handler(bytes, from, index, line, fault);
          line += 1 + breaks;
          index += 1;
          from = index;
          afterReturn = byte === carriageReturn;
          dropping = false;
          begin();
          continue;
        }
        if (byte === carriageReturn || bytes[index - 1] !== carriageReturn) breaks += 1;
        if (firstBreak < 0) firstBreak = index - from;
      }
      if (dropping) {
        index += 1;
        from = index;
        continue;
      }
      if (index - from >= limit) {
        if (firstBreak >= 0) {
          rewind(holdsRow(bytes, from + firstBreak, index) ? 'open-quote' : 'too-large');
          continue;
        }
        dropping = true;
        if (state !== behind) {
          handler(bytes, from, index, line, 'too-large');
          state = junk;
        }
        from = index;
        continue;
      }
      switch (state) {
        case fieldStart:
          state = byte === quote ? quoted : byte === delimiter ? fieldStart : plain;
          if (state === plain) index = plainEnd(bytes, index, Math.min(length, from + limit), delimiter);
          else if (state === quoted) index = quotedEnd(bytes, index, Math.min(length, from + limit));
          break;
        case plain:
          if (byte === delimiter) state = fieldStart;
          else if (byte === quote) {
            fault = 'stray-quote';
            state = junk;
          }
          break;
        case quoted:
          if (byte === quote) state = afterQuote;
          break;
        case afterQuote:
          if (byte === delimiter) state = fieldStart;
          else if (byte === quote) state = quoted;
          else if (firstBreak >= 0) {
            rewind('open-quote');
            continue;
          } else {
            fault = 'stray-quote';
            state = junk;
          }
          break;
        case behind:
          index = lineEnd(bytes, index, Math.min(length, from + limit));
          break;
        default:
      }
      index += 1;
    }
    at = index - from;
    return from;
  }

  return {
    push(chunk) {
      const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const bytes = held.length === 0 ? fresh : Buffer.concat([held, fresh]);
      const from = scan(bytes, false);
      // A copy, for the piece may be used again by whoever gave it.
      held = from >= bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(from));
    },
    end() {
      scan(held, true);
      held = Buffer.alloc(0);
      at = 0;
    },
  };
}
