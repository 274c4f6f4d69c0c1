import { UnreadableFile } from '../../sync/index.ts';

/** Looks at a file's bytes as they pass. */
export interface ByteWatch {
  /** Gives the bytes on; throws an {@link UnreadableFile} where they are packed. */
  pass(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  /** The line of a byte that has passed just now; undefined where it is not known. */
  lineAt(offset: number): number | undefined;
}

interface Chunk {
  readonly start: number;
  readonly lines: number;
  readonly bytes: Uint8Array;
}

/** More than a decoder holds back. */
const kept = 65_536;
const lineFeed = 10;

/** Makes a {@link ByteWatch}: an error of decoding knows its offset, a person looks for the line. */
export function makeByteWatch(): ByteWatch {
  const chunks: Chunk[] = [];
  let wide = false;

  return {
    async *pass(bytes) {
      let start = 0;
      let lines = 0;
      let head: Buffer | undefined = Buffer.alloc(0);
      for await (const chunk of bytes) {
        if (head !== undefined) {
          head = Buffer.concat([head, chunk.subarray(0, 4)]);
          refusePacked(head);
          wide ||= head.subarray(0, 4).includes(0) || (head[0] ?? 0) >= 0xfe;
          if (head.length >= 4) head = undefined;
        }
        chunks.push({ start, lines, bytes: chunk });
        while (chunks.length > 1 && start - (chunks[1]?.start ?? 0) > kept) chunks.shift();
        start += chunk.length;
        lines += countLines(chunk, chunk.length);
        yield chunk;
      }
    },
    lineAt(offset) {
      const chunk = chunks.findLast(({ start }) => start <= offset);
      // In UTF-16 a byte 10 need not be an end of line.
      if (wide || chunk === undefined) return undefined;
      return 1 + chunk.lines + countLines(chunk.bytes, offset - chunk.start);
    },
  };
}

function countLines(bytes: Uint8Array, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1 && at < to; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}

/** Packed files are named as what they are (RFC 1952 2.3.1; ZIP APPNOTE 4.3.7). */
function refusePacked(head: Buffer): void {
  const refuse = (what: string): never => {
    throw new UnreadableFile('unreadable-input', `this is a ${what} file; unpack it first`);
  };
  if (head[0] === 0x1f && head[1] === 0x8b) refuse('gzip');
  if (head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5)) refuse('zip');
}
