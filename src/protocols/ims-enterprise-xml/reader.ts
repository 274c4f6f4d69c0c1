import { type FeedItem, type FeedReader, UnreadableFile } from '../../sync/index.ts';
import { decodeXmlStream, XmlError } from '../../wire/index.ts';
import { makeByteWatch } from './byte-watch.ts';
import { makePieceReader, type PieceReader } from './pieces.ts';
import type { RecordStream } from './stream/piece.ts';
import { makeRecordStream } from './stream/record-stream.ts';

const batchLength = 100;

/** How the reader may be set up, for tests. */
export interface ReaderSettings {
  /** Characters that are looked at together. */
  readonly pieceLength?: number;
}

/**
 * Reads batch files of IMS Enterprise 1.0 to 1.1 and its profiles (PIFU, LMB, Colleague …) leniently: what exporters
 * commonly bend is repaired and noted, a record that cannot be used is rejected alone, and only a file that cannot be
 * taken as a whole (not IMS Enterprise, cut off, with declarations of entities, in another encoding than it says) ends
 * with {@link UnreadableFile}.
 */
export function makeImsEnterpriseXmlReader(settings: ReaderSettings = {}): FeedReader {
  return {
    protocol: 'ims-enterprise-xml',
    version: 'ims-enterprise-xml/2',
    async *read(bytes, options) {
      const items: FeedItem[] = [];
      const stream = makeRecordStream();
      const pieces = makePieceReader(options, items);
      const watch = makeByteWatch();
      const texts = decodeXmlStream(
        watch.pass(bytes),
        {
          mode: 'lenient',
          repaired: (text) =>
            items.push({ kind: 'notice', notice: 'repair.encoding', line: 1, text: `the file ${text}` }),
        },
        settings.pieceLength,
      );
      try {
        for await (const text of texts) {
          stream.push(text);
          yield* drain(stream, pieces, items);
        }
        stream.end();
        yield* drain(stream, pieces, items);
        pieces.end();
      } catch (error) {
        if (!(error instanceof XmlError)) throw error;
        if (items.length > 0) yield items.splice(0);
        const line = error.line ?? (error.offset === undefined ? undefined : watch.lineAt(error.offset));
        throw new UnreadableFile(error.code, error.message, line);
      }
      if (items.length > 0) yield items;
    },
  };
}

function* drain(stream: RecordStream, pieces: PieceReader, items: FeedItem[]): Generator<FeedItem[]> {
  for (let piece = stream.next(); piece !== undefined; piece = stream.next()) {
    pieces.read(piece);
    while (items.length >= batchLength) yield items.splice(0, batchLength);
  }
}
