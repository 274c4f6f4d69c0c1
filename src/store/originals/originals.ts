import { createHash } from 'node:crypto';
import type { Store } from '../store.ts';
import { makeNearCopies } from './near-copies.ts';
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

/**
 * Kept originals of files, readable by every instance. `folder`: where this process keeps a copy of what it has just
 * stored, so that it need not fetch it back.
 */
export function makeOriginals(store: Store, folder?: string) {
  const near = folder === undefined ? undefined : makeNearCopies(folder);
  return {
    /** Stores a file under a run's id; when this resolves, the file is safe. A failure leaves nothing behind. */
    async put(tenant: string, id: string, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Original> {
      let facts = nothing;
      const name = `${tenant}/${id}`;
      const upload = makeUpload(store, tenant, name);
      const copy = await near?.begin(name);
      try {
        for await (const chunk of metered(bytes, maxBytes, (found) => {
          facts = found;
        })) {
          await upload.write(chunk);
          await copy?.write(chunk);
        }
        await upload.end();
        await copy?.end();
      } catch (error) {
        await copy?.drop();
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

    /** The bytes of a stored file. */
    read(tenant: string, id: string): AsyncIterable<Uint8Array> {
      const name = `${tenant}/${id}`;
      const far = () => store.files.openDownloadStreamByName(name) as unknown as AsyncIterable<Uint8Array>;
      return near === undefined ? far() : near.read(name, far);
    },

    /** Deletes a stored file. */
    async remove(tenant: string, id: string): Promise<void> {
      await near?.drop(`${tenant}/${id}`);
      const found = await store.files.find({ filename: `${tenant}/${id}` }).toArray();
      for (const file of found) await store.files.delete(file._id);
    },
  };
}

/** See {@link makeOriginals}. */
export type Originals = ReturnType<typeof makeOriginals>;
