import mongoose from 'mongoose';
import type { Store } from '../store.ts';

/** A file on its way into the store. */
export interface Upload {
  write(bytes: Uint8Array): Promise<void>;
  /** When this resolves, the file is safe. */
  end(): Promise<void>;
  /** Deletes what is there of it. */
  abort(): Promise<void>;
}

const chunkBytes = 1_048_576;
/** Chunks in one insert, and inserts that are on their way together: memory is their product. */
const chunksAtOnce = 4;
const insertsAtOnce = 2;

/**
 * Begins a GridFS file (MongoDB GridFS specification 1.0). Chunks go several at a time, which the driver's own stream does
 * not do; they are safe with the file's own document, since a majority that has the later write has the earlier ones.
 */
export function makeUpload(store: Store, tenant: string, name: string): Upload {
  const { ObjectId, Binary } = mongoose.mongo;
  const files = store.originals('files');
  const chunks = store.originals('chunks');
  const id = new ObjectId();
  const inserts = new Set<Promise<unknown>>();
  // Used again and again: much memory outside of the heap that comes and goes keeps the garbage collector busy.
  const spare: Buffer[] = [];
  let failure: unknown;
  let full: Buffer[] = [];
  let chunk: Buffer = Buffer.allocUnsafeSlow(chunkBytes);
  let filled = 0;
  let length = 0;
  let count = 0;

  async function insert(): Promise<void> {
    while (inserts.size >= insertsAtOnce) await Promise.race(inserts);
    if (failure !== undefined) throw failure;
    const used = full;
    const documents = used.map((data, at) => ({ files_id: id, n: count + at, data: new Binary(data) }));
    count += used.length;
    full = [];
    const inserted = chunks.insertMany(documents, { writeConcern: { w: 1 } }).then(
      () => void spare.push(...used),
      (error: unknown) => {
        failure ??= error;
      },
    );
    inserts.add(inserted);
    void inserted.then(() => inserts.delete(inserted));
  }

  return {
    async write(bytes) {
      length += bytes.length;
      for (let from = 0; from < bytes.length; ) {
        const part = bytes.subarray(from, from + chunkBytes - filled);
        chunk.set(part, filled);
        filled += part.length;
        from += part.length;
        if (filled < chunkBytes) break;
        full.push(chunk);
        chunk = spare.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
        filled = 0;
        if (full.length >= chunksAtOnce) await insert();
      }
    },
    async end() {
      if (filled > 0) full.push(chunk.subarray(0, filled));
      if (full.length > 0) await insert();
      await Promise.all(inserts);
      if (failure !== undefined) throw failure;
      const file = { _id: id, length, chunkSize: chunkBytes, uploadDate: new Date(), filename: name };
      await files.insertOne({ ...file, metadata: { tenant } }, { writeConcern: { w: 'majority' } });
    },
    async abort() {
      await Promise.all(inserts);
      await chunks.deleteMany({ files_id: id });
      await files.deleteOne({ _id: id });
    },
  };
}
