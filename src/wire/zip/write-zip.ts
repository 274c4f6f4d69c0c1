import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** A file to be packed. */
export interface ZipContent {
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The same for all files, so that the same content gives the same package. */
const mtime = new Date('2000-01-01T00:00:00Z');

/**
 * Packs files one after the other as they are given, by deflate; the bytes are made as they are taken, and only a few of
 * them are held. An error of a file ends the package with it; a package that is left early closes its files.
 */
export async function* writeZip(files: AsyncIterable<ZipContent>): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile();
  const packed = zip.outputStream as Readable;
  let left = false;
  let current: Readable | undefined;
  zip.on('error', (error) => packed.destroy(error as Error));

  const fill = async () => {
    for await (const { name, bytes } of files) {
      const stream = Readable.from(bytes, { objectMode: false });
      current = stream;
      if (left) stream.destroy();
      else zip.addReadStreamLazy(name, { mtime, compressionLevel: 6 }, (give) => give(null, stream));
      await finished(stream);
    }
    zip.end();
  };
  const filled = fill().catch((error: unknown) => {
    packed.destroy(error as Error);
  });
  try {
    for await (const chunk of packed) yield chunk as Uint8Array;
  } finally {
    left = true;
    current?.destroy();
    packed.destroy();
    await filled;
  }
}
