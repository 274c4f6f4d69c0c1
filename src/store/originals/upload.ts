import mongoose from 'mongoose';
import type { Store } from '../store.ts';
import type { Arrival } from './files.ts';
import { mostBytes, type PartId } from './parts.ts';

/** The parts of a file that are new, on their way into the store. */
export interface Upload {
  /** Takes a part in; its bytes are copied. */
  add(id: PartId, pieces: readonly Uint8Array[]): Promise<void>;
  /** Resolves when all are on the server; they are safe with whatever is written safely later. */
  end(): Promise<void>;
}

/** Parts in one insert, and inserts that are on their way together: memory is their product. */
const partsAtOnce = 4;
const insertsAtOnce = 2;

/** Makes an {@link Upload} of the parts of an arriving file. */
export function makeUpload(store: Store, { tenant, file }: Arrival): Upload {
  const { Binary } = mongoose.mongo;
  const chunks = store.originals('parts');
  const inserts = new Set<Promise<unknown>>();
  // Used again and again: much memory outside of the heap that comes and goes keeps the garbage collector busy.
  const spare: Buffer[] = [];
  let failure: unknown;
  let waiting: { readonly id: PartId; readonly buffer: Buffer; readonly bytes: number }[] = [];

  async function insert(): Promise<void> {
    while (inserts.size >= insertsAtOnce) await Promise.race(inserts);
    if (failure !== undefined) throw failure;
    const used = waiting;
    waiting = [];
    const documents = used.map(({ id, buffer, bytes }) => ({
      _id: id,
      tenant,
      file,
      data: new Binary(buffer.subarray(0, bytes)),
    }));
    const inserted = chunks.insertMany(documents, { writeConcern: { w: 1 } }).then(
      () => void spare.push(...used.map(({ buffer }) => buffer)),
      (error: unknown) => {
        failure ??= error;
      },
    );
    inserts.add(inserted);
    void inserted.then(() => inserts.delete(inserted));
  }

  return {
    async add(id, pieces) {
      const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(mostBytes);
      let bytes = 0;
      for (const piece of pieces) {
        buffer.set(piece, bytes);
        bytes += piece.length;
      }
      waiting.push({ id, buffer, bytes });
      if (waiting.length >= partsAtOnce) await insert();
    },
    async end() {
      if (waiting.length > 0) await insert();
      await Promise.all(inserts);
      if (failure !== undefined) throw failure;
    },
  };
}
