import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Store } from './store.ts';

/** A stored file's facts. */
export interface Original {
  readonly bytes: number;
  readonly sha256: string;
}

/** A file that is larger than allowed; nothing of it is kept. */
export class TooLarge extends Error {}

/** Kept originals of files, readable by every instance. */
export function makeOriginals(store: Store) {
  return {
    /** Stores a file under a run's id; when this resolves, the file is safe. A failure leaves nothing behind. */
    async put(tenant: string, id: string, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Original> {
      const hash = createHash('sha256');
      let count = 0;
      const meter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          count += chunk.length;
          if (count > maxBytes) done(new TooLarge());
          else {
            hash.update(chunk);
            done(null, chunk);
          }
        },
      });
      const upload = store.files.openUploadStream(`${tenant}/${id}`, {
        chunkSizeBytes: 1_048_576,
        metadata: { tenant },
      });
      try {
        await pipeline(Readable.from(bytes), meter, upload);
      } catch (error) {
        await upload.abort().catch(() => undefined);
        throw error;
      }
      return { bytes: count, sha256: hash.digest('hex') };
    },

    /** The bytes of a stored file. */
    read(tenant: string, id: string): AsyncIterable<Uint8Array> {
      return store.files.openDownloadStreamByName(`${tenant}/${id}`) as unknown as AsyncIterable<Uint8Array>;
    },

    /** Deletes a stored file. */
    async remove(tenant: string, id: string): Promise<void> {
      const found = await store.files.find({ filename: `${tenant}/${id}` }).toArray();
      for (const file of found) await store.files.delete(file._id);
    },
  };
}

/** See {@link makeOriginals}. */
export type Originals = ReturnType<typeof makeOriginals>;
