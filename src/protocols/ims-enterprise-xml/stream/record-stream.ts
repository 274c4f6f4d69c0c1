import type { NoticeKind } from '../../../base/problem.ts';
import { XmlError } from '../../../wire/index.ts';
import { closings, firstInk, type Markup, makeMarkup, plainName, readMarkup } from './markup.ts';
import { type Container, type Piece, type RecordStream, recordLimits, type StreamSource } from './piece.ts';
import { makeShapes } from './shapes.ts';
import { makeWindow } from './window.ts';

// Comments, CDATA, prefixes, and starts or ends of records, which might mean that a record is not closed.
const needsLook = /<(?:[!?]|[^\s<>]*:|\/?(?:person|group|member|properties|enterprise))/i;
// So short that it cannot hold more elements than allowed.
const plainLength = 3 * recordLimits.elements;

interface Part {
  readonly name: string;
  readonly rawName: string;
  readonly line: number;
  start: number;
  depth: number;
  elements: number;
  sameOpen: number;
  nested: boolean;
  why?: string;
  head?: string;
}

const recordNames: ReadonlySet<string> = new Set([
  'person',
  'group',
  'membership',
  'member',
  'properties',
  'enterprise',
]);

/**
 * Cuts records out of an IMS Enterprise file lexically, before anything is parsed: `enterprise` and `membership` are
 * containers, each other child is a part. What surrounds the root element, and further root elements, are repairs; a file
 * that is cut off inside the root element, or whose records do not close, is an error, since it must not be taken as
 * complete.
 */
export function makeRecordStream(source: StreamSource): RecordStream {
  const window = makeWindow();
  const { lineOf } = window;
  let buffer = '';
  let at = 0;
  let ended = false;
  let atStart = true;
  let roots = 0;
  let junkTold = false;
  let skipping: keyof typeof closings | undefined;
  let part: Part | undefined;
  const open: { container: Container; rawName: string; line: number }[] = [];
  const ready: Piece[] = [];
  const markup: Markup = makeMarkup();
  const shapes = makeShapes();

  const textOf = (from: number, to: number): string => source.text(window.bytes, from, Math.min(to, buffer.length));
  const unreadable = (text: string, position: number): never => {
    throw new XmlError('unreadable-input', text, { line: lineOf(position) });
  };
  const forbidden = (position: number): never => {
    throw new XmlError('forbidden-input', 'declarations of types or entities (<!…>) are not allowed', {
      line: lineOf(position),
    });
  };
  const notice = (kind: NoticeKind, text: string, position: number): void => {
    ready.push({ kind: 'notice', notice: kind, text, line: lineOf(position) });
  };
  const junk = (text: string, position: number): void => {
    const inside = open.at(-1);
    if (inside !== undefined) {
      notice('repair.unknown-element', `${text} in <${inside.container}> ignored`, position);
      return;
    }
    if (junkTold) return;
    junkTold = true;
    if (roots === 0) notice('repair.leading-junk', `${text} before <enterprise> ignored`, position);
    else notice('repair.trailing-junk', `${text} after </enterprise> ignored`, position);
  };
  const rawNameOf = (): string => buffer.slice(markup.nameStart, markup.nameEnd);
  const nameOf = (): string => textOf(markup.nameStart, markup.nameEnd);

  const skipClosed = (): boolean => {
    if (skipping === undefined) return true;
    const closing = closings[skipping];
    const end = buffer.indexOf(closing, at);
    if (end < 0) {
      at = Math.max(at, buffer.length - closing.length + 1);
      return false;
    }
    at = end + closing.length;
    skipping = undefined;
    return true;
  };

  // The next markup, with the text before it looked at; false where more text is needed.
  const advance = (): boolean => {
    if (!skipClosed()) return false;
    const found = buffer.indexOf('<', at);
    const next = found < 0 ? buffer.length : found;
    if (next > at) {
      const ink = part === undefined ? firstInk(buffer, at, next) : -1;
      if (ink >= 0) junk('text', ink);
      atStart = false;
    }
    at = next;
    if (found < 0) return false;
    readMarkup(buffer, next, markup);
    const skippable = markup.closing !== undefined;
    const length = (markup.kind === 'more' ? buffer.length : markup.end) - next;
    if (length > recordLimits.bytes && !skippable) tooLong(next);
    if (markup.kind !== 'more') return true;
    if (ended) {
      // Markup cut off outside the root element is junk like any other text there.
      if (open.length === 0) junk('text', next);
      at = buffer.length;
    } else if (length > recordLimits.bytes) {
      if (part === undefined && markup.closing === 'cdata') junk('text', next);
      if (part !== undefined) giveUp(part, `longer than ${recordLimits.bytes} bytes`);
      skipping = markup.closing;
      at = next + 9;
    }
    return false;
  };

  const tooLong = (position: number): never => {
    throw new XmlError('too-large', `a tag is longer than ${recordLimits.bytes} bytes`, {
      line: lineOf(position),
    });
  };

  const giveUp = (given: Part, why: string): void => {
    if (given.why !== undefined) return;
    given.why = why;
    given.head = textOf(given.start, given.start + recordLimits.head);
  };

  const outside = (): void => {
    switch (markup.kind) {
      case 'comment':
        break;
      case 'instruction':
        if (!atStart && buffer.startsWith('xml', markup.nameStart)) {
          if (roots === 0) junk('white space', markup.start);
        }
        break;
      case 'declaration':
        doctype();
        break;
      case 'start':
      case 'empty':
        startOutside();
        break;
      default:
        junk(markup.kind === 'end' ? `</${nameOf()}>` : 'text', markup.start);
    }
    atStart = false;
    at = markup.end;
  };

  const doctype = (): void => {
    const text = buffer.slice(markup.start, markup.end);
    if (!/^<!DOCTYPE[^[]*$/i.test(text)) forbidden(markup.start);
    if (roots > 0) junk('a document type declaration', markup.start);
  };

  const startOutside = (): void => {
    const rawName = nameOf();
    if (plainName(rawName) !== 'enterprise') {
      if (roots > 0) {
        junk(`<${rawName.slice(0, 64)}>`, markup.start);
        return;
      }
      unreadable(
        `this is no IMS Enterprise file: its root element is <${rawName.slice(0, 64)}>, not <enterprise>`,
        markup.start,
      );
    }
    if (roots > 0) junk('another <enterprise> (which is read too)', markup.start);
    roots += 1;
    junkTold = false;
    openContainer('enterprise');
  };

  const openContainer = (container: Container): void => {
    const begin = lineOf(markup.start);
    ready.push({ kind: 'open', container, tag: textOf(markup.start, markup.end), line: begin });
    if (markup.kind === 'empty') ready.push({ kind: 'close', container, line: begin });
    else open.push({ container, rawName: rawNameOf(), line: begin });
  };

  const inside = (container: Container): void => {
    switch (markup.kind) {
      case 'declaration':
        forbidden(markup.start);
        break;
      case 'end': {
        const top = open.at(-1);
        if (rawNameOf() !== top?.rawName) {
          unreadable(
            `</${nameOf().slice(0, 64)}> stands where <${top?.rawName}> of line ${top?.line} must close`,
            markup.start,
          );
        }
        open.pop();
        ready.push({ kind: 'close', container, line: lineOf(markup.start) });
        break;
      }
      case 'start':
      case 'empty':
        startInside(container);
        break;
      case 'cdata':
      case 'stray':
        junk('text', markup.start);
        break;
    }
    at = markup.end;
  };

  const startInside = (container: Container): void => {
    const rawName = rawNameOf();
    const name = plainName(nameOf());
    if (container === 'enterprise' && name === 'membership') {
      openContainer('membership');
      return;
    }
    if (name === 'enterprise' || (container === 'membership' && name !== 'member' && recordNames.has(name))) {
      unreadable(
        `<${nameOf()}> stands inside <${container}> of line ${open.at(-1)?.line}, which is not closed`,
        markup.start,
      );
    }
    const begin = lineOf(markup.start);
    if (markup.kind === 'empty') {
      ready.push({ kind: 'part', container, name, ...cut(markup.start, markup.end), line: begin, nested: false });
      return;
    }
    shapes.learn(container, name, rawName);
    const { start, nameEnd } = markup;
    if (finishPlain(container, name, rawName, start, nameEnd, begin)) return;
    part = { name, rawName, line: begin, start, depth: 1, elements: 1, sameOpen: 0, nested: false };
  };

  const cut = (from: number, to: number) => ({ text: textOf(from, to), bytes: window.bytes.subarray(from, to) });

  // Passes by records that are known by their bytes. They were cut out tag by tag when they came first, and the same bytes
  // are cut in the same way; so it does not matter here what is inside.
  const passKnown = (container: Container): void => {
    const tell = () => container !== 'enterprise' || source.between(buffer.length - at, lineOf(at));
    let told = tell();
    while (passOne(container)) if (!told) told = tell();
    tell();
  };

  const passOne = (container: Container): boolean => {
    const from = firstInk(buffer, at, buffer.length);
    if (from < 0 || buffer.charCodeAt(from) !== 60) return false;
    const shape = shapes.at(container, buffer, from);
    if (shape === undefined) return false;
    const close = buffer.indexOf(shape.closing, from + shape.rawName.length + 1);
    if (close < 0) return false;
    const to = close + shape.closing.length;
    if (to - from > recordLimits.bytes || !source.known(container, shape.name, window.bytes, from, to)) return false;
    at = to;
    return true;
  };

  // Most records are all in the buffer and hold nothing that needs a closer look; tag by tag gives the same, slower.
  const finishPlain = (
    container: Container,
    name: string,
    rawName: string,
    start: number,
    nameEnd: number,
    begin: number,
  ): boolean => {
    const close = buffer.indexOf(`</${rawName}>`, nameEnd);
    if (close < 0 || close - start > plainLength) return false;
    if (needsLook.test(buffer.slice(nameEnd, close))) return false;
    markup.end = close + rawName.length + 3;
    ready.push({ kind: 'part', container, name, ...cut(start, markup.end), line: begin, nested: false });
    return true;
  };

  const sameName = (name: string): boolean =>
    markup.nameEnd - markup.nameStart === name.length && buffer.startsWith(name, markup.nameStart);

  const within = (container: Container, given: Part): void => {
    switch (markup.kind) {
      case 'declaration':
        forbidden(markup.start);
        break;
      case 'start':
        given.depth += 1;
        given.elements += 1;
        if (given.depth === 2 && (container === 'membership' || recordNames.has(given.name))) checkChild(given);
        if (given.elements > recordLimits.elements) giveUp(given, `more than ${recordLimits.elements} elements`);
        if (sameName(given.rawName)) {
          given.sameOpen += 1;
          given.nested = true;
        }
        break;
      case 'empty':
        given.elements += 1;
        if (given.elements > recordLimits.elements) giveUp(given, `more than ${recordLimits.elements} elements`);
        break;
      case 'end':
        given.depth -= 1;
        if (sameName(given.rawName)) {
          if (given.sameOpen === 0) finish(container, given);
          else given.sameOpen -= 1;
        } else if (given.depth <= 0 && open.some(({ rawName }) => sameName(rawName))) {
          unreadable(`<${given.rawName}> of line ${given.line} is not closed`, markup.start);
        }
        break;
    }
    at = markup.end;
  };

  const checkChild = (given: Part): void => {
    const child = plainName(nameOf());
    if (recordNames.has(child)) {
      unreadable(`<${given.rawName}> of line ${given.line} is not closed before <${nameOf()}>`, markup.start);
    }
  };

  const finish = (container: Container, given: Part): void => {
    if (given.why === undefined && markup.end - given.start > recordLimits.bytes) {
      giveUp(given, `longer than ${recordLimits.bytes} bytes`);
    }
    const { name, line: begin } = given;
    ready.push(
      given.why === undefined
        ? {
            kind: 'part',
            container,
            name,
            ...cut(given.start, markup.end),
            line: begin,
            nested: given.nested,
          }
        : { kind: 'oversize', container, name, text: given.head ?? '', why: given.why, line: begin },
    );
    part = undefined;
  };

  const atEnd = (): void => {
    if (roots === 0) unreadable('this is no IMS Enterprise file: it has no <enterprise> element', buffer.length);
    const top = part ?? open.at(-1);
    if (top !== undefined)
      unreadable(`the file is cut off: <${top.rawName}> of line ${top.line} is not closed`, buffer.length);
  };

  return {
    push(bytes) {
      if (part !== undefined && part.why === undefined && at - part.start > recordLimits.bytes) {
        giveUp(part, `longer than ${recordLimits.bytes} bytes`);
      }
      const keep = part === undefined || part.why !== undefined ? at : part.start;
      window.slide(keep, bytes);
      buffer = window.text;
      at -= keep;
      if (part !== undefined) part.start -= keep;
    },
    line: () => lineOf(buffer.length),
    get isBetween() {
      const isOutside = part === undefined && skipping === undefined && ready.length === 0;
      return isOutside && at === buffer.length && open.at(-1)?.container === 'enterprise';
    },
    skip: window.skipLines,
    end() {
      ended = true;
    },
    next() {
      for (;;) {
        const piece = ready.shift();
        if (piece !== undefined) return piece;
        const top = open.at(-1)?.container;
        if (top !== undefined && part === undefined && skipping === undefined) passKnown(top);
        if (!advance()) {
          const told = ready.shift();
          if (told !== undefined) return told;
          if (ended) atEnd();
          return undefined;
        }
        const container = open.at(-1)?.container;
        if (container === undefined) outside();
        else if (part === undefined) inside(container);
        else within(container, part);
      }
    },
  };
}
