import { UnreadableFile } from '../../sync/index.ts';
import { CsvError, makeRowSplitter, makeRowText, type RowHandler, toUtf8 } from '../../wire/index.ts';
import type { Intake } from './intake.ts';

/** Gives the rows of a file to `handler` as the bytes come; one turn for each piece. Throws a {@link CsvError}. */
async function* eachPiece(
  bytes: AsyncIterable<Uint8Array>,
  handler: RowHandler,
  repaired: (text: string) => void,
): AsyncGenerator<void> {
  const splitter = makeRowSplitter(handler);
  for await (const piece of toUtf8(bytes, repaired)) {
    splitter.push(piece);
    yield;
  }
  splitter.end();
  yield;
}

/** A row as text, or with its fault. */
export interface TextRow {
  readonly text: string;
  readonly line: number;
  readonly whole: boolean;
}

/** The first rows of a file; the rest is not unpacked. */
export async function firstRows(bytes: AsyncIterable<Uint8Array>, wanted: number): Promise<TextRow[]> {
  const rows: TextRow[] = [];
  const decode = makeRowText(() => undefined);
  let broken: CsvError | undefined;
  const handler: RowHandler = (row, from, to, line, fault) => {
    if (rows.length >= wanted || broken !== undefined) return;
    try {
      rows.push({ text: decode(row, from, to, line), line, whole: fault === undefined });
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
    yield* eachPiece(csv.read(), below, (text) =>
      intake.notice({ notice: 'repair.encoding', text: `the file ${text}`, file: name, line: 1 }),
    );
  } catch (error) {
    throw unreadableIn(name, error);
  }
}

/** What is thrown while a file is read, with the name of the file where it is its fault. */
export function unreadableIn(name: string, error: unknown): unknown {
  if (!(error instanceof CsvError)) return error;
  return new UnreadableFile(error.code, `${name}: ${error.message}`, error.line, name);
}
