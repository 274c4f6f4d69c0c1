/** What may stand between fields. */
export const delimiters = [',', ';', '\t', '|'] as const;
/** One of {@link delimiters}. */
export type Delimiter = (typeof delimiters)[number];

const fieldPatterns: Readonly<Record<Delimiter, RegExp>> = {
  ',': /(?:"((?:[^"]|"")*)"|([^,"]*))(,|$)/y,
  ';': /(?:"((?:[^"]|"")*)"|([^;"]*))(;|$)/y,
  '\t': /(?:"((?:[^"]|"")*)"|([^\t"]*))(\t|$)/y,
  '|': /(?:"((?:[^"]|"")*)"|([^|"]*))(\||$)/y,
};

/** The fields of one row (RFC 4180), or undefined where a quote stands that may not stand there. */
export function fieldsOf(row: string, delimiter: Delimiter = ','): string[] | undefined {
  if (!row.includes('"')) return row.split(delimiter);
  const fieldPattern = fieldPatterns[delimiter];
  const fields: string[] = [];
  fieldPattern.lastIndex = 0;
  for (;;) {
    const at = fieldPattern.lastIndex;
    const found = fieldPattern.exec(row);
    if (found === null || found.index !== at) return undefined;
    const inner = found[1];
    fields.push(inner === undefined ? (found[2] ?? '') : inner.includes('""') ? inner.replaceAll('""', '"') : inner);
    if (found[3] === '') return fields;
  }
}

/**
 * One field of a row by its bytes, as text in latin1, without reading the others; undefined where the row has fewer. It
 * serves to compare ids: bytes beyond ASCII are not decoded.
 */
export function fieldBytes(bytes: Buffer, from: number, to: number, wanted: number): string | undefined {
  let index = from;
  for (let field = 0; ; field += 1) {
    const start = index;
    let end: number;
    let inner = false;
    if (bytes[index] === 34) {
      index += 1;
      for (;;) {
        const close = bytes.indexOf(34, index);
        if (close < 0 || close >= to) return undefined;
        index = close + 1;
        if (index >= to || bytes[index] !== 34) break;
        index += 1;
        inner = true;
      }
      end = index;
    } else {
      while (index < to && bytes[index] !== 44) index += 1;
      end = index;
    }
    if (field === wanted) {
      if (bytes[start] !== 34) return bytes.toString('latin1', start, end);
      const text = bytes.toString('latin1', start + 1, end - 1);
      return inner ? text.replaceAll('""', '"') : text;
    }
    if (index >= to || bytes[index] !== 44) return undefined;
    index += 1;
  }
}
