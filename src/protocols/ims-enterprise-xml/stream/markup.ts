/** What stands at a `<`. `more`: cut off by the end of the text; `stray`: no markup. */
export type MarkupKind =
  | 'start'
  | 'empty'
  | 'end'
  | 'comment'
  | 'cdata'
  | 'instruction'
  | 'declaration'
  | 'stray'
  | 'more';

/** A piece of markup in a text, from `start` to before `end`; its name from `nameStart` to before `nameEnd`. */
export interface Markup {
  kind: MarkupKind;
  start: number;
  end: number;
  nameStart: number;
  nameEnd: number;
  /** What closes it, where that is not `>`; known also while it is cut off. */
  closing: keyof typeof closings | undefined;
}

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const bang = 33;
const doubleQuote = 34;
const singleQuote = 39;
const slash = 47;
const less = 60;
const greater = 62;
const question = 63;

/** Makes an empty {@link Markup} to be filled again and again. */
export function makeMarkup(): Markup {
  return { kind: 'more', start: 0, end: 0, nameStart: 0, nameEnd: 0, closing: undefined };
}

/** The closing characters of comments, CDATA sections and instructions. */
export const closings = { comment: '-->', cdata: ']]>', instruction: '?>' } as const;

/**
 * Looks at the markup that begins with the `<` at `start`, lexically only (XML 1.0 productions 15, 16, 18, 28, 40–44): what
 * it is and where it ends, so that records can be cut out without being parsed.
 */
export function readMarkup(text: string, start: number, markup: Markup): void {
  markup.start = start;
  markup.closing = undefined;
  const first = text.charCodeAt(start + 1);
  if (Number.isNaN(first)) {
    markup.kind = 'more';
  } else if (first === slash) {
    readTag(text, start + 2, markup, 'end');
  } else if (first === bang) {
    readDeclaration(text, start, markup);
  } else if (first === question) {
    readTo(text, start + 2, 'instruction', markup);
    markup.nameStart = start + 2;
  } else if (isNameStart(first)) {
    readTag(text, start + 1, markup, 'start');
  } else {
    stray(markup);
  }
}

function readTag(text: string, from: number, markup: Markup, kind: 'start' | 'end'): void {
  markup.nameStart = from;
  let at = from;
  let code = text.charCodeAt(at);
  while (code !== greater && code > space && code !== slash && code !== less) {
    at += 1;
    code = text.charCodeAt(at);
  }
  markup.nameEnd = at;
  let quote = 0;
  for (;;) {
    if (code === less) {
      stray(markup);
      return;
    }
    if (Number.isNaN(code)) {
      markup.kind = 'more';
      return;
    }
    if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (code === greater) {
      break;
    } else if (code === doubleQuote || code === singleQuote) {
      quote = code;
    }
    at += 1;
    code = text.charCodeAt(at);
  }
  markup.end = at + 1;
  markup.kind = kind === 'start' && text.charCodeAt(at - 1) === slash ? 'empty' : kind;
}

function readDeclaration(text: string, start: number, markup: Markup): void {
  if (text.startsWith('<!--', start)) {
    readTo(text, start + 4, 'comment', markup);
    return;
  }
  if (text.startsWith('<![CDATA[', start)) {
    readTo(text, start + 9, 'cdata', markup);
    return;
  }
  const word = text.slice(start, start + 9);
  if (word.length < 9 && ('<!--'.startsWith(word) || '<![CDATA['.startsWith(word))) {
    markup.kind = 'more';
    return;
  }
  readTag(text, start + 2, markup, 'start');
  if (markup.kind !== 'more' && markup.kind !== 'stray') markup.kind = 'declaration';
  // An internal subset holds declarations of its own; it is refused, so that its end does not matter.
  if (markup.kind === 'stray') {
    markup.kind = 'declaration';
    markup.end = text.indexOf('<', start + 1);
  }
}

function readTo(text: string, from: number, kind: keyof typeof closings, markup: Markup): void {
  const closing = closings[kind];
  const at = text.indexOf(closing, from);
  markup.closing = kind;
  markup.kind = at < 0 ? 'more' : kind;
  markup.end = at + closing.length;
}

function stray(markup: Markup): void {
  markup.kind = 'stray';
  markup.end = markup.start + 1;
}

function isNameStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 58 || code > 0x7f;
}

/** The place of the first character that is no white space, or -1. */
export function firstInk(text: string, from: number, to: number): number {
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== space && code !== lineFeed && code !== carriageReturn && code !== tab) return at;
  }
  return -1;
}

/** A name without its prefix, in small letters. */
export function plainName(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1).toLowerCase();
}
