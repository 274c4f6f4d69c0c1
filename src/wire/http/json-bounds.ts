/** What a JSON text may have at the most. */
export interface JsonBounds {
  /** Objects and lists inside each other. */
  readonly depth: number;
  /** Members of objects and items of lists, all together. */
  readonly values: number;
}

/** Bounds of all JSON that the gateway takes: 1,000 people with all that OneRoster knows fit. */
export const jsonBounds: JsonBounds = { depth: 32, values: 250_000 };

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const listStart = 0x5b;
const listEnd = 0x5d;
const objectStart = 0x7b;
const objectEnd = 0x7d;

/**
 * Why a JSON text is more than is taken, in words; undefined for what fits, or is no JSON. Looks at each byte once, at none
 * after the fault, and makes nothing: it goes before the parser.
 */
export function jsonFault(bytes: Uint8Array, { depth, values }: JsonBounds = jsonBounds): string | undefined {
  let open = 0;
  let seen = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      at = textEnd(bytes, at + 1);
    } else if (byte === objectStart || byte === listStart) {
      open += 1;
      seen += 1;
      if (open > depth) return `A body has at most ${depth} objects and lists inside each other.`;
    } else if (byte === objectEnd || byte === listEnd) {
      open -= 1;
    } else if (byte === comma) {
      seen += 1;
    }
    if (seen > values) return `A body has at most ${values} members and items.`;
  }
  return undefined;
}

/** Where the text that begins at `start` ends: at its closing quote, or behind the last byte. */
function textEnd(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length; at += 1) {
    if (bytes[at] === backslash) at += 1;
    else if (bytes[at] === quote) return at;
  }
  return bytes.length;
}
