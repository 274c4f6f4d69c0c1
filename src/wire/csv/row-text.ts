import { isAscii, isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { CsvError } from './error.ts';

/** Turns the bytes of rows into text. */
export type RowText = (bytes: Buffer, from: number, to: number, line: number) => string;

/**
 * Makes the decoder of one file's rows: UTF-8; a file whose first bytes beyond ASCII are no UTF-8 is read as
 * windows-1252, which is told once. A file that mixes the two throws a {@link CsvError} with its line, and so do bytes
 * that windows-1252 does not know.
 */
export function makeRowText(repaired: (text: string, line: number) => void): RowText {
  let encoding: 'utf-8' | 'windows-1252' | undefined;
  return (bytes, from, to, line) => {
    const row = bytes.subarray(from, to);
    if (isAscii(row)) return row.toString('latin1');
    const found = isUtf8(row) ? 'utf-8' : 'windows-1252';
    if (encoding !== undefined && encoding !== found) {
      throw new CsvError(
        'unreadable-input',
        'the file mixes UTF-8 with bytes that are no UTF-8; it must be written in UTF-8 throughout',
        line,
      );
    }
    if (found === 'utf-8') {
      encoding = found;
      return row.toString('utf8');
    }
    const text = iconv.decode(row, found, { stripBOM: false });
    if (text.includes('\uFFFD')) {
      throw new CsvError('unreadable-input', 'the row holds bytes that are neither UTF-8 nor windows-1252', line);
    }
    if (encoding === undefined) repaired('is no UTF-8; it is read as windows-1252', line);
    encoding = found;
    return text;
  };
}
