import mongoose from 'mongoose';
import type { Store } from '../store.ts';
import { noParts, type PartId, type PartList } from './parts.ts';

/** A file on its way into the store. */
export interface Arrival {
  readonly tenant: string;
  readonly file: PartId;
}

/** Milliseconds between signs of life of a file on its way, and after which one that gives none is given up. */
const beatMs = 60_000;
const goneMs = 15 * 60_000;
/** Ids in one question or deletion. */
const idsAtOnce = 1000;

/**
 * The list of stored files: which parts each is made of. A part is kept as long as a file holds it. A file that arrives holds
 * the parts of the one before it from its beginning on, and makes sure after that that this one is not being removed;
 * whoever removes a file first says so, and looks after that who else holds its parts. So nobody relies on a part that
 * somebody else deletes.
 */
export function makeFileList(store: Store) {
  const { ObjectId, Binary } = mongoose.mongo;
  const files = store.originals('files');
  const chunks = store.originals('parts');
  const passages = store.originals('passages');
  const whole = { state: { $exists: false } };

  /** The parts of these that no other file of the tenant holds. */
  async function unheld(tenant: string, file: PartId, ids: readonly PartId[]): Promise<PartId[]> {
    const left = new Map(ids.map((id) => [id.toHexString(), id]));
    while (left.size > 0) {
      const filter = { tenant, _id: { $ne: file }, state: { $ne: 'going' } };
      let found = false;
      const asked = [...left.values()];
      for (let from = 0; from < asked.length && !found; from += idsAtOnce) {
        const other = await files.findOne(
          { ...filter, parts: { $in: asked.slice(from, from + idsAtOnce) } },
          { projection: { parts: 1 } },
        );
        for (const id of (other?.['parts'] ?? []) as PartId[]) left.delete(id.toHexString());
        found = other !== null;
      }
      if (!found) break;
    }
    return [...left.values()];
  }

  async function remove(tenant: string, file: PartId): Promise<void> {
    await files.updateOne({ tenant, _id: file }, { $set: { state: 'going', beat: new Date() } });
    const found = await files.findOne({ tenant, _id: file });
    const own = await chunks.find({ tenant, file }, { projection: { _id: 1 } }).toArray();
    const held = [...((found?.['parts'] ?? []) as PartId[]), ...own.map(({ _id }) => _id as PartId)];
    const gone = await unheld(tenant, file, held);
    for (let from = 0; from < gone.length; from += idsAtOnce) {
      const some = { tenant, _id: { $in: gone.slice(from, from + idsAtOnce) } };
      await passages.deleteMany(some);
      await chunks.deleteMany(some);
    }
    await files.deleteOne({ tenant, _id: file });
  }

  return {
    /** Notes that a file of a feed arrives; answers the parts of the one before it, which it holds for now. */
    async begin(
      tenant: string,
      run: string,
      feed: string | undefined,
    ): Promise<{ arrival: Arrival; before: PartList }> {
      const file = new ObjectId();
      const last =
        feed === undefined ? null : await files.findOne({ tenant, feed, ...whole }, { sort: { arrivedAt: -1 } });
      const parts = (last?.['parts'] ?? []) as PartId[];
      await files.insertOne({
        _id: file,
        tenant,
        run,
        ...(feed !== undefined && { feed }),
        parts,
        state: 'arriving',
        beat: new Date(),
      });
      const there =
        last !== null &&
        (await files.findOne({ tenant, _id: last._id, ...whole }, { projection: { _id: 1 } })) !== null;
      return { arrival: { tenant, file }, before: there ? listOf(last) : noParts };
    },

    /** Gives signs of life of an arriving file until the answer is called. */
    beating({ tenant, file }: Arrival): () => void {
      const timer = setInterval(() => {
        void files
          .updateOne({ tenant, _id: file, state: 'arriving' }, { $set: { beat: new Date() } })
          .catch(() => undefined);
      }, beatMs).unref();
      return () => clearInterval(timer);
    },

    /** Notes that a file is whole; from then on it is safe. False where it was given up meanwhile. */
    async settle({ tenant, file }: Arrival, list: PartList, bytes: number): Promise<boolean> {
      const set = {
        parts: list.ids,
        lengths: list.lengths,
        digests: new Binary(list.digests),
        heads: new Binary(list.heads),
        bytes,
        arrivedAt: new Date(),
      };
      const done = await files.updateOne(
        { tenant, _id: file, state: 'arriving' },
        { $set: set, $unset: { state: 1, beat: 1 } },
      );
      return done.matchedCount === 1;
    },

    /** The parts of a run's file, and its bytes; undefined where it is not there. */
    async find(tenant: string, run: string): Promise<{ list: PartList; bytes: number } | undefined> {
      const found = await files.findOne({ tenant, run, ...whole });
      return found === null ? undefined : { list: listOf(found), bytes: Number(found['bytes']) };
    },

    remove,

    /** Deletes all files of a run. */
    async removeOf(tenant: string, run: string): Promise<void> {
      for (const { _id } of await files.find({ tenant, run }, { projection: { _id: 1 } }).toArray()) {
        await remove(tenant, _id as PartId);
      }
    },

    /** Deletes what arrived or was being removed when its process ended, in all tenants. */
    async sweep(now: Date): Promise<void> {
      const left = { state: { $exists: true }, beat: { $lt: new Date(now.getTime() - goneMs) } };
      for (const { _id, tenant } of await files.find(left, { projection: { tenant: 1 } }).toArray()) {
        await remove(tenant as string, _id as PartId);
      }
    },
  };
}

function listOf(file: Record<string, unknown>): PartList {
  const bytesOf = (name: string) => (file[name] as { buffer: Uint8Array }).buffer;
  return {
    ids: file['parts'] as PartId[],
    lengths: file['lengths'] as number[],
    digests: bytesOf('digests'),
    heads: bytesOf('heads'),
  };
}
