import { UnreadableFile } from '../../sync/index.ts';

/** Looks at a file's bytes as they pass. */
export interface ByteWatch {
  /** Gives the bytes on; throws an {@link UnreadableFile} where they are packed. */
  pass(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  /**
   * The lines that begin before an offset of the file, in the bytes that begin at another; undefined where ends of lines
   * are no single bytes.
   */
  linesTo(offset: number, bytes: Uint8Array, start: number): number | undefined;
}

const lineFeed = 10;

/** Makes a {@link ByteWatch}: an error of decoding knows its offset, a person looks for the line. */
export function makeByteWatch(): ByteWatch {
  let wide = false;

  return {
    async *pass(bytes) {
      let head: Buffer | undefined = Buffer.alloc(0);
      for await (const chunk of bytes) {
        if (head !== undefined) {
          head = Buffer.concat([head, chunk.subarray(0, 4)]);
          refusePacked(head);
          wide ||= head.subarray(0, 4).includes(0) || (head[0] ?? 0) >= 0xfe;
          if (head.length >= 4) head = undefined;
        }
        yield chunk;
      }
    },
    linesTo: (offset, bytes, start) => (wide ? undefined : countLines(bytes, offset - start)),
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
