import type { NoticeKind } from '../../../base/problem.ts';

/** Told of each repair: the kind, a text for people and the line. */
export type Note = (kind: NoticeKind, text: string, line: number) => void;

// Comments and CDATA are passed over; then an ampersand that begins no reference that XML knows by itself.
const ampersands =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|&(?!(?:#[0-9]{1,8}|#x[0-9A-Fa-f]{1,8}|amp|lt|gt|quot|apos);)|&#(?:x[0-9A-Fa-f]+|[0-9]+);/g;
// Everything but Char, production 2 of XML 1.0.
const suspect = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/;
const illegal = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/**
 * Makes the text of a record well-formed where exporters commonly fail: an ampersand that begins no reference is
 * escaped (an entity that only HTML knows stays as the text it is written with), characters that XML 1.0 does not allow
 * are left out, as themselves or as a reference. `line` is the record's first line.
 */
export function repairRecord(text: string, line: number, note: Note): string {
  let repaired = text;
  if (repaired.includes('&')) {
    repaired = repaired.replace(ampersands, (found, offset: number) => {
      if (found === '&') {
        note(
          'repair.bare-ampersand',
          'an ampersand that begins no reference is read as itself',
          lineIn(text, offset, line),
        );
        return '&amp;';
      }
      if (!found.startsWith('&#') || isChar(found)) return found;
      note('repair.control-character', `the character ${found.slice(1, 12)} is left out`, lineIn(text, offset, line));
      return '';
    });
  }
  if (!suspect.test(repaired)) return repaired;
  const before = repaired;
  return before.replace(illegal, (character, offset: number) => {
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    note('repair.control-character', `the character U+${code} is left out`, lineIn(before, offset, line));
    return '';
  });
}

function isChar(reference: string): boolean {
  const digits = reference.slice(2, -1);
  const code = digits.startsWith('x') ? Number.parseInt(digits.slice(1), 16) : Number.parseInt(digits, 10);
  return (
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}

function lineIn(text: string, offset: number, line: number): number {
  let at = line;
  for (let next = text.indexOf('\n'); next >= 0 && next < offset; next = text.indexOf('\n', next + 1)) at += 1;
  return at;
}
