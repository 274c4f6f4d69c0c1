import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { writeZip, type ZipContent } from '../zip/write-zip.ts';
import { csvRow } from './write-row.ts';

/** Cells of a row by column; what is undefined is empty. */
export type Cells = Readonly<Record<string, string | undefined>>;

/** A row of a file. */
export interface ShelvedRow {
  readonly file: string;
  readonly cells: Cells;
}

/** What the package on a {@link RowShelf} is. */
export interface RowShelfDeps {
  /** An empty folder. */
  readonly folder: string;
  /** Columns of a file; `metadata.*` come behind them. */
  columns(file: string): readonly string[];
  /** Files whose rows come from the same records have the same collection; its own name unless told. */
  collectionOf?(file: string): string;
  /** The rows of `manifest.csv`, with the header. */
  manifest(files: readonly string[]): readonly (readonly string[])[];
}

/** Rows put aside until all are there, then packed. Which `metadata.*` columns there are is known at the end only. */
export interface RowShelf {
  /** Makes a file, so that it is in the package even without rows, with columns of metadata that it has in any case. */
  begin(file: string, metadata?: readonly string[]): void;
  /** Puts aside the rows of a record; those of the same `owner` that came before are given up. */
  add(collection: string, owner: string, rows: readonly ShelvedRow[]): Promise<void>;
  /** Ends the writing. */
  end(): Promise<void>;
  /** The columns of metadata of a file so far. */
  metadata(file: string): string[];
  /** The package: a zip with a file for each that was begun, and `manifest.csv`. */
  bytes(): AsyncIterable<Uint8Array>;
}

interface Aside {
  readonly collection: string;
  readonly path: string;
  readonly stream: WriteStream;
  readonly metadata: Set<string>;
}

type Line = readonly [owner: string, turn: number, cells: Cells];

/** Makes a {@link RowShelf}; memory holds one number for each record, the rows are on disk. */
export function makeRowShelf({ folder, columns, collectionOf, manifest }: RowShelfDeps): RowShelf {
  const files = new Map<string, Aside>();
  const turns = new Map<string, Map<string, number>>();

  function begin(file: string, metadata: readonly string[] = []): Aside {
    const path = join(folder, `${file}.ndjson`);
    const made = {
      collection: collectionOf?.(file) ?? file,
      path,
      stream: createWriteStream(path, { mode: 0o600 }),
      metadata: new Set(metadata),
    };
    // What went wrong is met by the next write or the end.
    made.stream.on('error', () => undefined);
    files.set(file, made);
    return made;
  }

  async function* rowsOf(file: string, { collection, path, metadata }: Aside): AsyncGenerator<Uint8Array> {
    const names = [...columns(file), ...metadata];
    const last = turns.get(collection);
    let text = csvRow(names);
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      const [owner, turn, cells] = JSON.parse(line) as Line;
      if (last?.get(owner) !== turn) continue;
      text += csvRow(names.map((name) => cells[name]));
      if (text.length > 65_536) {
        yield Buffer.from(text);
        text = '';
      }
    }
    yield Buffer.from(text);
  }

  async function* contents(): AsyncGenerator<ZipContent> {
    for (const [file, aside] of files) yield { name: `${file}.csv`, bytes: rowsOf(file, aside) };
    yield {
      name: 'manifest.csv',
      bytes: only(
        manifest([...files.keys()])
          .map(csvRow)
          .join(''),
      ),
    };
  }

  return {
    begin(file, metadata) {
      begin(file, metadata);
    },
    async add(collection, owner, rows) {
      const known = turns.get(collection) ?? new Map<string, number>();
      turns.set(collection, known);
      const turn = (known.get(owner) ?? -1) + 1;
      known.set(owner, turn);
      for (const { file, cells } of rows) {
        const { stream, metadata } = files.get(file) ?? begin(file);
        for (const name of Object.keys(cells)) if (name.startsWith('metadata.')) metadata.add(name);
        if (stream.errored !== null) throw stream.errored;
        if (!stream.write(`${JSON.stringify([owner, turn, cells] satisfies Line)}\n`)) {
          await once(stream, 'drain');
        }
      }
    },
    async end() {
      for (const { stream } of files.values()) {
        stream.end();
        await finished(stream);
      }
    },
    metadata: (file) => [...(files.get(file)?.metadata ?? [])],
    bytes: () => writeZip(contents()),
  };
}

async function* only(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
