import { createHash } from 'node:crypto';
import type { Store } from '../store.ts';
import { makeUpload } from './upload.ts';

/** A stored file's facts. */
export interface Original {
  readonly bytes: number;
  readonly sha256: string;
}

/** A file that is larger than allowed; nothing of it is kept. */
export class TooLarge extends Error {}

/** Counts and hashes bytes as they pass. */
async function* metered(
  bytes: AsyncIterable<Uint8Array>,
  maxBytes: number,
  end: (facts: Original) => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let count = 0;
  for await (const chunk of bytes) {
    count += chunk.length;
    if (count > maxBytes) throw new TooLarge();
    hash.update(chunk);
    yield chunk;
  }
  end({ bytes: count, sha256: hash.digest('hex') });
}

const nothing: Original = { bytes: 0, sha256: '' };

/** Chunks that are fetched together; they are of 1 MB. */
const chunksAtOnce = 4;

/** Kept originals of files, readable by every instance. */
export function makeOriginals(store: Store) {
  return {
    /** Stores a file under a run's id; when this resolves, the file is safe. A failure leaves nothing behind. */
    async put(tenant: string, id: string, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Original> {
      let facts = nothing;
      const name = `${tenant}/${id}`;
      const upload = makeUpload(store, tenant, name);
      try {
        for await (const chunk of metered(bytes, maxBytes, (found) => {
          facts = found;
        })) {
          await upload.write(chunk);
        }
        await upload.end();
      } catch (error) {
        await upload.abort().catch(() => undefined);
        throw error;
      }
      return facts;
    },

    /** The facts of a file of which nothing is kept. */
    async measure(bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Original> {
      let facts = nothing;
      const passing = metered(bytes, maxBytes, (found) => {
        facts = found;
      });
      while ((await passing.next()).done !== true);
      return facts;
    },

    /** The bytes of a stored file; an error where not all of them are there. */
    async *read(tenant: string, id: string): AsyncGenerator<Uint8Array> {
      const file = await store.originals('files').findOne({ filename: `${tenant}/${id}`, 'metadata.tenant': tenant });
      if (file === null) throw new Error(`the file of the run ${id} is gone`);
      const options = { sort: { n: 1 }, batchSize: chunksAtOnce, promoteBuffers: true } as const;
      let length = 0;
      // The driver's own stream fetches 16 MB at once.
      for await (const { data } of store.originals('chunks').find({ files_id: file._id }, options)) {
        length += (data as Buffer).length;
        yield data as Buffer;
      }
      if (length !== file['length']) throw new Error(`chunks of the file of the run ${id} are gone`);
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
