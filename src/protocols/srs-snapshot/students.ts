import { UnreadableFile } from '../../sync/index.ts';

/** Bytes of the longest student, and of all that stands around the students. */
const longestStudent = 65_536;
const longestRest = 65_536;
/** Levels of objects and arrays within a student, and around them. */
const mostLevels = 32;

const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const lineFeed = 0x0a;

/** A student as it stands in the body: its place among the students, its line, and its bytes; undefined: they are too many. */
export interface StudentBytes {
  readonly index: number;
  readonly line: number;
  readonly bytes: Buffer | undefined;
}

/** Cuts students out of a body as its pieces come. */
export interface StudentCutter {
  push(piece: Buffer): void;
  /** Ends the body; throws `UnreadableFile` where it is none. */
  end(): void;
}

const isBlank = (byte: number) => byte === 0x20 || byte === lineFeed || byte === 0x0d || byte === 0x09;

/**
 * Cuts the members of `data.students` out of a JSON text (RFC 8259) without holding more than one of them. What stands around them
 * is kept and parsed at the end; a student is any value, and is parsed by who takes it. Throws `UnreadableFile` for what is
 * no such text, at once where that can be seen.
 */
export function makeStudentCutter(file: string, take: (student: StudentBytes) => void): StudentCutter {
  /** What stands around the students, and containers that are open there, each with the key that it stands under. */
  let rest = '';
  const open: (string | undefined)[] = [];
  const kinds: number[] = [];
  let text: number[] | undefined;
  let key: string | undefined;
  let isEscaped = false;
  let found = false;
  /** Within the students: what comes next. */
  let state: 'outside' | 'first' | 'value' | 'student' | 'after' = 'outside';
  let held: Buffer[] = [];
  let heldBytes = 0;
  let levels = 0;
  let inString = false;
  let index = 0;
  let line = 1;
  let studentLine = 1;
  let isFirstPiece = true;

  const unreadable = (why: string): UnreadableFile =>
    new UnreadableFile(
      'unreadable-input',
      `${file}: ${why}, so that it is no snapshot; it must be JSON as {"data":{"students":[…]}}. Nothing was changed.`,
      line,
      file,
    );

  /** Takes a byte of what stands around the students. */
  function outside(byte: number): void {
    if (rest.length >= longestRest) throw unreadable(`more than ${longestRest} bytes stand around the students`);
    rest += String.fromCharCode(byte);
    if (text !== undefined) {
      if (isEscaped) isEscaped = false;
      else if (byte === backslash) isEscaped = true;
      else if (byte === quote) {
        key = Buffer.from(text).toString();
        text = undefined;
        return;
      }
      if (text.length < 256) text.push(byte);
      return;
    }
    if (byte === quote) text = [];
    else if (byte === openBrace || byte === openBracket) {
      if (kinds.length >= mostLevels) throw unreadable(`its values are nested deeper than ${mostLevels} levels`);
      const isStudents = byte === openBracket && key === 'students' && open.length === 2 && open[1] === 'data';
      if (isStudents && kinds.every((kind) => kind === openBrace)) {
        if (found) throw unreadable('data.students stands in it twice');
        found = true;
        state = 'first';
        return;
      }
      open.push(key);
      kinds.push(byte);
      key = undefined;
    } else if (byte === closeBrace || byte === closeBracket) {
      open.pop();
      kinds.pop();
      key = undefined;
    } else if (byte === comma) key = undefined;
  }

  function hold(piece: Buffer, from: number, to: number): void {
    heldBytes += to - from;
    if (heldBytes <= longestStudent) held.push(Buffer.from(piece.subarray(from, to)));
    else held = [];
  }

  function finish(piece: Buffer, from: number, to: number): void {
    let bytes: Buffer | undefined;
    if (heldBytes === 0) bytes = to - from <= longestStudent ? piece.subarray(from, to) : undefined;
    else {
      hold(piece, from, to);
      bytes = heldBytes <= longestStudent ? Buffer.concat(held) : undefined;
    }
    held = [];
    heldBytes = 0;
    state = 'after';
    take({ index, line: studentLine, bytes });
    index += 1;
  }

  /** Goes on in a student from `at`; the place of the byte behind it, or the piece's length. */
  function within(piece: Buffer, begin: number): number {
    const { length } = piece;
    let at = begin;
    while (at < length) {
      if (inString) {
        if (isEscaped) {
          isEscaped = false;
          at += 1;
          continue;
        }
        while (at < length && piece[at] !== quote && piece[at] !== backslash) at += 1;
        if (at >= length) break;
        if (piece[at] === quote) inString = false;
        else isEscaped = true;
        at += 1;
        continue;
      }
      const byte = piece[at] as number;
      if (byte === quote) inString = true;
      else if (byte === openBrace || byte === openBracket) {
        levels += 1;
        if (levels > mostLevels) throw unreadable(`a student is nested deeper than ${mostLevels} levels`);
      } else if (byte === closeBrace || byte === closeBracket) {
        if (levels === 0) break;
        levels -= 1;
      } else if (byte === comma && levels === 0) break;
      else if (byte === lineFeed) line += 1;
      at += 1;
    }
    if (at < length) finish(piece, begin, at);
    else hold(piece, begin, at);
    return at;
  }

  function push(given: Buffer): void {
    const piece = isFirstPiece ? withoutMark(given) : given;
    if (isFirstPiece && (piece[0] === 0 || piece[1] === 0 || (piece[0] ?? 0) >= 0xfe)) {
      throw unreadable('it is UTF-16 or UTF-32, where JSON is UTF-8');
    }
    isFirstPiece = false;
    let at = 0;
    while (at < piece.length) {
      if (state === 'student') {
        at = within(piece, at);
        continue;
      }
      const byte = piece[at] as number;
      if (byte === lineFeed) line += 1;
      if (state === 'outside') outside(byte);
      else if (isBlank(byte)) {
        at += 1;
        continue;
      } else if (byte === closeBracket && state !== 'value') {
        rest += ']';
        key = undefined;
        state = 'outside';
      } else if (state === 'after') {
        state = 'value';
      } else {
        if (byte === comma || byte === closeBracket) throw unreadable(`data.students[${index}] is empty`);
        state = 'student';
        studentLine = line;
        levels = 0;
        inString = false;
        isEscaped = false;
        continue;
      }
      at += 1;
    }
  }

  return {
    push,
    end() {
      if (state !== 'outside') throw unreadable(`it ends within data.students[${index}], before it is whole`);
      let whole: unknown;
      try {
        whole = JSON.parse(rest);
      } catch {
        throw unreadable(rest.trim() === '' ? 'it is empty' : 'it is no well-formed JSON, or is cut off');
      }
      if (!found || !hasStudents(whole)) throw unreadable('it has no array data.students');
    },
  };
}

/** Whether the students stand where they were found: a later member of the same name takes the place of an earlier one. */
function hasStudents(whole: unknown): boolean {
  const data = typeof whole === 'object' && whole !== null && 'data' in whole ? whole.data : undefined;
  return typeof data === 'object' && data !== null && 'students' in data && Array.isArray(data.students);
}

function withoutMark(piece: Buffer): Buffer {
  return piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf ? piece.subarray(3) : piece;
}

/** A student as JSON; throws `UnreadableFile` where it is none. */
export function parsedStudent(file: string, index: number, line: number, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new UnreadableFile(
      'unreadable-input',
      `${file}: data.students[${index}] is no well-formed JSON, so that the body is no snapshot; it must be JSON as {"data":{"students":[…]}}. Nothing was changed.`,
      line,
      file,
    );
  }
}
