import { type Delimiter, delimiters, fieldsOf } from '../../wire/index.ts';

/** How a list is written. */
export interface Dialect {
  readonly delimiter: Delimiter;
  /** Whether the first line is Excel's `sep=;`, which is no row. */
  readonly named: boolean;
}

/** Bytes in which the first two lines are looked for. */
export const headBytes = 262_144;

/**
 * The dialect of a file by its first bytes: what its `sep=` line says, else the delimiter by which the header has most of the
 * names in `known` (folded), else by which it has most cells.
 */
export function dialectOf(head: Buffer, isKnown: (cell: string) => boolean): Dialect {
  const text = head.toString('utf8');
  const first = firstLine(text);
  const said = /^"?sep=([,;\t|])"?\s*$/i.exec(first)?.[1];
  if (said !== undefined) return { delimiter: said as Delimiter, named: true };
  let best: Dialect = { delimiter: ',', named: false };
  let most = -1;
  for (const delimiter of delimiters) {
    const cells = fieldsOf(first, delimiter) ?? first.split(delimiter);
    const score = cells.filter(isKnown).length * 1_000 + Math.min(cells.length, 999);
    if (score > most) {
      most = score;
      best = { delimiter, named: false };
    }
  }
  return best;
}

/** The first line that is not empty, a quoted line end being none. */
function firstLine(text: string): string {
  let from = 0;
  while (text[from] === '\n' || text[from] === '\r') from += 1;
  let quoted = false;
  for (let at = from; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '"') quoted = !quoted;
    else if (!quoted && (letter === '\n' || letter === '\r')) return text.slice(from, at);
  }
  return text.slice(from).split(/[\r\n]/, 1)[0] ?? '';
}

/** Names of delimiters, for people. */
export const delimiterNames: Readonly<Record<Delimiter, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'vertical bars',
};
