import { type FeedItem, type FeedReader, type KnownPassage, type Passages, UnreadableFile } from '../../sync/index.ts';
import { makeSearchableXml, XmlError } from '../../wire/index.ts';
import { makeByteWatch } from './byte-watch.ts';
import { makePieceReader, type PieceReader } from './pieces.ts';
import type { RecordStream } from './stream/piece.ts';
import { makeRecordStream } from './stream/record-stream.ts';

const batchLength = 100;
const pieceLength = 262_144;

/** How the reader may be set up, for tests. */
export interface ReaderSettings {
  /** Bytes that are looked at together. */
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
    version: 'ims-enterprise-xml/3',
    streams: true,
    async *read(bytes, options) {
      const items: FeedItem[] = [];
      const xml = makeSearchableXml({
        mode: 'lenient',
        repaired: (text) =>
          items.push({ kind: 'notice', notice: 'repair.encoding', line: 1, text: `the file ${text}` }),
      });
      const pieces = makePieceReader(options, items, () => xml.encoding);
      // What is known of a file counts only where the stream is of the bytes that it was of.
      const passages = () => (xml.encoding === 'utf-8' && xml.place !== undefined ? options.passages : undefined);
      const stream = makeRecordStream({
        text: xml.text,
        known: pieces.known,
        between: (behind, line) => passages()?.between((xml.place ?? 0) - behind, line, pieces.rank()) ?? true,
      });
      const watch = makeByteWatch();
      // What is being decoded, and where it begins in the file.
      let piece: Uint8Array = new Uint8Array(0);
      let start = 0;
      let skipTo = 0;
      let tried: KnownPassage | undefined;
      try {
        const length = settings.pieceLength ?? pieceLength;
        for await (const chunk of pieced(watch.pass(bytes), length, options.passages)) {
          start += piece.length;
          piece = chunk;
          for (let from = 0; from < chunk.length; ) {
            if (start + from < skipTo) {
              const skipped = chunk.subarray(from, skipTo - start);
              xml.skip(skipped);
              from += skipped.length;
              continue;
            }
            const found = passages()?.from(start + from);
            const next = found === tried ? undefined : found;
            const to = Math.min(chunk.length, (next?.from ?? Number.POSITIVE_INFINITY) - start);
            stream.push(xml.push(chunk.subarray(from, to)));
            yield* drain(stream, pieces, items, options.passages);
            from = to;
            if (next === undefined || start + from !== next.from) continue;
            tried = next;
            // Where it stands otherwise than then, the passage is read.
            if (!stream.isBetween || xml.place !== next.from || passages()?.pass(next) !== true) continue;
            pieces.passed(next.rank);
            stream.skip(next.lines);
            skipTo = next.to;
          }
          // Many records may have been passed by; whoever reads may want to stop.
          yield items.splice(0);
        }
        stream.push(xml.end());
        stream.end();
        yield* drain(stream, pieces, items, options.passages);
        pieces.end();
      } catch (error) {
        if (!(error instanceof XmlError)) throw error;
        if (items.length > 0) yield items.splice(0);
        const lines = error.offset === undefined ? undefined : watch.linesTo(error.offset, piece, start);
        const line = error.line ?? (lines === undefined ? undefined : stream.line() + lines);
        throw new UnreadableFile(error.code, error.message, line);
      }
      if (items.length > 0) yield items;
    },
  };
}

/**
 * Cuts large chunks into pieces that fit into the processor's cache, which are searched fastest, and joins small ones, but not
 * those of two parts of the file.
 */
async function* pieced(
  bytes: AsyncIterable<Uint8Array>,
  length: number,
  passages: Passages | undefined,
): AsyncGenerator<Uint8Array> {
  const least = Math.ceil(length / 4);
  let offset = 0;
  let waiting: Uint8Array[] = [];
  let waitingLength = 0;
  for await (const chunk of bytes) {
    for (let from = 0; from < chunk.length; from += length) {
      const piece = chunk.subarray(from, from + length);
      offset += piece.length;
      if (waitingLength === 0 && piece.length >= least) {
        yield piece;
        continue;
      }
      waiting.push(piece);
      waitingLength += piece.length;
      if (waitingLength < least && passages?.partEnd() !== offset) continue;
      yield Buffer.concat(waiting);
      waiting = [];
      waitingLength = 0;
    }
  }
  if (waitingLength > 0) yield Buffer.concat(waiting);
}

function* drain(
  stream: RecordStream,
  pieces: PieceReader,
  items: FeedItem[],
  passages: Passages | undefined,
): Generator<FeedItem[]> {
  for (let piece = stream.next(); piece !== undefined; piece = stream.next()) {
    const before = items.length;
    pieces.read(piece);
    for (let at = before; passages !== undefined && at < items.length; at += 1) {
      const kind = items[at]?.kind;
      if (kind !== 'record' && kind !== 'listed-group') passages.other();
    }
    while (items.length >= batchLength) yield items.splice(0, batchLength);
  }
}
