import { createHash } from 'node:crypto';
import mongoose from 'mongoose';
import type { Store } from '../store.ts';
import { makeCutter } from './cutter.ts';
import { makeFileList } from './files.ts';
import type { FilePart, PartId } from './parts.ts';
import { makePassages } from './passages.ts';
import { makeUpload } from './upload.ts';

/** A stored file's facts. */
export interface Original {
  readonly bytes: number;
  readonly sha256: string;
}

/** Where a file is stored: under the id of a run; the files of a feed share what they have in common. */
export interface Shelf {
  readonly tenant: string;
  readonly run: string;
  readonly feed?: string;
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

/** Parts that are fetched together; they are of 1 MB at most. */
const partsAtOnce = 4;

/** Kept originals of files, readable by every instance. */
export function makeOriginals(store: Store) {
  const files = makeFileList(store);
  const passages = makePassages(store);
  const chunks = store.originals('parts');

  /** The parts of a stored file; an error where not all of them are there. */
  async function* parts(tenant: string, run: string): AsyncGenerator<FilePart> {
    const file = await files.find(tenant, run);
    if (file === undefined) throw new Error(`the file of the run ${run} is gone`);
    const { ids } = file.list;
    const known = passages.reader(tenant, ids);
    for (let from = 0; from < ids.length; from += partsAtOnce) {
      const some = ids.slice(from, from + partsAtOnce);
      const found = await chunks.find({ tenant, _id: { $in: some } }, { promoteBuffers: true }).toArray();
      const data = new Map(found.map((chunk) => [(chunk._id as PartId).toHexString(), chunk['data'] as Buffer]));
      for (const [at, id] of some.entries()) {
        const bytes = data.get(id.toHexString());
        if (bytes?.length !== file.list.lengths[from + at])
          throw new Error(`parts of the file of the run ${run} are gone`);
        yield {
          id,
          bytes: bytes?.length ?? 0,
          pieces: bytes === undefined ? [] : [bytes],
          passage: await known(from + at),
        };
      }
    }
  }

  return {
    /**
     * Stores a file under a run's id; when this resolves, the file is safe. A failure leaves nothing behind. `watch` is given
     * each part on its way; its bytes do not change later.
     */
    async put(
      shelf: Shelf,
      bytes: AsyncIterable<Uint8Array>,
      maxBytes: number,
      watch?: (part: FilePart) => Promise<void>,
    ): Promise<Original> {
      let facts = nothing;
      const { arrival, before } = await files.begin(shelf.tenant, shelf.run, shelf.feed);
      const calm = files.beating(arrival);
      const cutter = makeCutter(before);
      const upload = makeUpload(store, arrival);
      const known = passages.reader(shelf.tenant, watch === undefined ? [] : before.ids);
      const ids: PartId[] = [];
      const lengths: number[] = [];
      const digests: Uint8Array[] = [];
      const heads: Uint8Array[] = [];
      const keep = async (cut: ReturnType<typeof cutter.end>) => {
        for (const part of cut) {
          const old = part.known === undefined ? undefined : before.ids[part.known];
          const id = old ?? new mongoose.mongo.ObjectId();
          ids.push(id);
          lengths.push(part.bytes);
          digests.push(part.digest);
          heads.push(part.head);
          if (old === undefined) await upload.add(id, part.pieces);
          const passage = part.known === undefined ? undefined : await known(part.known);
          await watch?.({ id, bytes: part.bytes, pieces: part.pieces, passage });
        }
      };
      try {
        for await (const chunk of metered(bytes, maxBytes, (found) => {
          facts = found;
        })) {
          await keep(cutter.push(chunk));
        }
        await keep(cutter.end());
        await upload.end();
        const list = { ids, lengths, digests: Buffer.concat(digests), heads: Buffer.concat(heads) };
        if (!(await files.settle(arrival, list, facts.bytes))) throw new Error('the file took too long to arrive');
      } catch (error) {
        await upload.end().catch(() => undefined);
        await files.remove(shelf.tenant, arrival.file).catch(() => undefined);
        throw error;
      } finally {
        calm();
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

    parts,

    /** Keeps what was learned of a file's parts; it goes when they go. */
    async learn(tenant: string, run: string, learned: Parameters<typeof passages.save>[1]): Promise<void> {
      await passages.save(tenant, learned);
      // Whoever removes the file deletes what he finds after he has said so.
      if ((await files.find(tenant, run)) === undefined) await passages.drop(tenant, learned);
    },

    /** Whether a run's file is there. */
    has: async (tenant: string, run: string): Promise<boolean> => (await files.find(tenant, run)) !== undefined,

    /** Deletes a stored file. */
    remove: (tenant: string, run: string): Promise<void> => files.removeOf(tenant, run),

    /** Deletes what is left of files whose process ended on their way; looks at all tenants. */
    sweep: (now: Date): Promise<void> => files.sweep(now),
  };
}

/** See {@link makeOriginals}. */
export type Originals = ReturnType<typeof makeOriginals>;
