import { UnreadableFile } from '../../sync/index.ts';
import { CsvError, fieldsOf, makeRowSplitter, makeRowText, type RowHandler, toUtf8 } from '../../wire/index.ts';
import type { Intake } from './intake.ts';

/** Whether a line has so many fields, and no quote where none may stand. */
function hasFields(bytes: Buffer, from: number, to: number, fewest: number): boolean {
  return (fieldsOf(bytes.toString('latin1', from, to))?.length ?? 0) >= fewest;
}

/**
 * Gives the rows of a file to `handler` as the bytes come; one turn for each piece. Lines of fewer than `fewest` fields behind a
 * quote that is not closed belong to its row. Throws a {@link CsvError}.
 */
async function* eachPiece(
  bytes: AsyncIterable<Uint8Array>,
  handler: RowHandler,
  repaired: (text: string) => void,
  fewest = 1,
): AsyncGenerator<void> {
  const splitter = makeRowSplitter(handler, undefined, (row, from, to) => hasFields(row, from, to, fewest));
  for await (const piece of toUtf8(bytes, repaired)) {
    splitter.push(piece);
    yield;
  }
  splitter.end();
  yield;
}

/** A row as text, whether it has a fault or not. */
export interface TextRow {
  readonly text: string;
  readonly line: number;
}

/** The first rows of a file; the rest is not unpacked. */
export async function firstRows(bytes: AsyncIterable<Uint8Array>, wanted: number): Promise<TextRow[]> {
  const rows: TextRow[] = [];
  const decode = makeRowText(() => undefined);
  let broken: CsvError | undefined;
  const handler: RowHandler = (row, from, to, line) => {
    if (rows.length >= wanted || broken !== undefined) return;
    try {
      rows.push({ text: decode(row, from, to, line), line });
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      broken = error;
    }
  };
  for await (const _ of eachPiece(bytes, handler, () => undefined)) {
    if (broken !== undefined) throw broken;
    if (rows.length >= wanted) break;
  }
  return rows;
}

/** A file of a package as far as its rows are concerned. */
export interface RowFile {
  readonly tally: { readonly name: string };
  readonly layout: { readonly lastRequired: number };
  read(): AsyncGenerator<Uint8Array>;
}

/** Gives the rows of a file below its header to `handler`; one turn for each piece that was read. */
export async function* rowsBelowHeader(intake: Intake, csv: RowFile, handler: RowHandler): AsyncGenerator<void> {
  const { name } = csv.tally;
  let isHeader = true;
  const below: RowHandler = (bytes, from, to, line, fault) => {
    if (isHeader) isHeader = false;
    else handler(bytes, from, to, line, fault);
  };
  try {
    const repaired = (text: string) =>
      intake.notice({ notice: 'repair.encoding', text: `the file ${text}`, file: name, line: 1 });
    yield* eachPiece(csv.read(), below, repaired, csv.layout.lastRequired + 1);
  } catch (error) {
    throw unreadableIn(name, error);
  }
}

/** What is thrown while a file is read, with the name of the file where it is its fault. */
export function unreadableIn(name: string, error: unknown): unknown {
  if (!(error instanceof CsvError)) return error;
  return new UnreadableFile(error.code, `${name}: ${error.message}`, error.line, name);
}
