import type { Random } from './random.ts';

/** Texts that have done harm somewhere. None of them is a word that an answer must not hold. */
export const nasty: readonly string[] = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  '9007199254740993',
  'null',
  'true',
  'NaN',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '$ne',
  '$where',
  '$gt',
  '{"$gt":""}',
  "'; return true; var x='",
  '../../../../etc/passwd',
  '..%2f..%2f',
  '%00',
  '%',
  '%zz',
  '%c0%ae',
  '\u0000',
  '\u001b[31m',
  '\r\nSet-Cookie: a=b',
  '\u202e',
  '\ufeff',
  '\ud800',
  '😀',
  'é',
  'é',
  'İ',
  '<script>alert(1)</script>',
  ']]>',
  '<![CDATA[',
  '<!--',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '&b;',
  '&#0;',
  '&#x10FFFF;',
  '<a xmlns="b">',
  '=cmd()',
  '(a+)+$',
  "' OR '1'='1",
  '*',
  '~',
  '[',
  '{',
  '"',
  '\\',
  '\\u0000',
  '2026-02-30',
  '2026-11-23T07:00:00Z',
  'https://fuzz.invalid/a',
  'a'.repeat(300),
  'é'.repeat(2_000),
  '['.repeat(500),
  '<a>'.repeat(100),
];

/** A text with a few things taken out, put in, doubled or exchanged. */
export function mutateText(text: string, random: Random, most = 3): string {
  let changed = text;
  for (let times = 1 + random.below(most); times > 0; times -= 1) {
    const at = random.below(changed.length + 1);
    const length = random.chance(0.7) ? random.below(8) : random.below(200);
    const [head, cut, tail] = [changed.slice(0, at), changed.slice(at, at + length), changed.slice(at + length)];
    switch (random.below(5)) {
      case 0:
        changed = head + tail;
        break;
      case 1:
        changed = head + cut + cut + tail;
        break;
      case 2:
        changed = head + random.pick(nasty) + cut + tail;
        break;
      case 3:
        changed = head + random.pick(nasty) + tail;
        break;
      default:
        changed = head + String.fromCodePoint(random.below(0x300)) + cut.slice(1) + tail;
    }
  }
  return changed;
}

/** Bytes with a few of them changed. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  const changed = Buffer.from(bytes);
  for (let times = 1 + random.below(4); times > 0 && changed.length > 0; times -= 1) {
    changed[random.below(changed.length)] = random.below(256);
  }
  return random.chance(0.2) ? changed.subarray(0, random.below(changed.length + 1)) : changed;
}

function nastyValue(random: Random): unknown {
  switch (random.below(12)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.pick([0, -1, 1.5, 1e308, -0, 2 ** 53, 1e-320]);
    case 3:
      return { $ne: null };
    case 4:
      return { $where: 'sleep(1000)' };
    case 5:
      return [];
    case 6:
      return {};
    case 7:
      return Array.from({ length: random.below(40) }, () => random.pick(nasty));
    case 8:
      return { __proto__x: 1, constructor: { prototype: { polluted: true } } };
    case 9:
      return deep(random.below(60));
    default:
      return random.pick(nasty);
  }
}

function deep(levels: number): unknown {
  let value: unknown = 'a';
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** A JSON value with a few of its parts exchanged, taken out or added. */
export function mutateJson(value: unknown, random: Random): unknown {
  const isLeaf = typeof value !== 'object' || value === null;
  if (isLeaf || random.chance(0.12)) {
    return typeof value === 'string' && random.chance(0.5) ? mutateText(value, random) : nastyValue(random);
  }
  if (Array.isArray(value)) {
    const items = [...(value as unknown[])];
    const at = random.below(items.length + 1);
    if (at === items.length) return [...items, nastyValue(random)];
    if (random.chance(0.2)) items.splice(at, 1);
    else items[at] = mutateJson(items[at], random);
    return items;
  }
  const entries = Object.entries(value);
  const at = random.below(entries.length + 1);
  const [name, inner] = entries[at] ?? [random.pick(nasty), undefined];
  if (inner === undefined) return { ...value, [name]: nastyValue(random) };
  if (random.chance(0.2)) return Object.fromEntries(entries.filter((_, index) => index !== at));
  return { ...value, [name]: mutateJson(inner, random) };
}
