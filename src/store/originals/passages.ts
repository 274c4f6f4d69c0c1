import mongoose from 'mongoose';
import type { Store } from '../store.ts';
import type { PartId, Passage } from './parts.ts';

/** A passage with the part in which it stands. */
export interface Learned {
  readonly id: PartId;
  readonly passage: Passage;
}

/** Passages that are fetched together. */
const atOnce = 32;

/** What is known of the records in stored parts. */
export function makePassages(store: Store) {
  const { Binary } = mongoose.mongo;
  const passages = store.originals('passages');

  return {
    /** Gives the passages of parts by their place, to be asked in order; the next ones are fetched ahead. */
    reader(tenant: string, ids: readonly PartId[]): (place: number) => Promise<Passage | undefined> {
      let from = -atOnce;
      let here = new Map<string, Passage>();
      let coming: Promise<Map<string, Passage>> | undefined;
      const fetch = async (place: number) => {
        const some = ids.slice(place, place + atOnce);
        if (some.length === 0) return new Map<string, Passage>();
        const found = await passages.find({ tenant, _id: { $in: some } }).toArray();
        return new Map(found.map((row) => [(row._id as PartId).toHexString(), passageOf(row)]));
      };
      const begin = (place: number) => {
        const promise = fetch(place);
        // Nobody may come for them.
        promise.catch(() => undefined);
        return promise;
      };
      return async (place) => {
        const wanted = place - (place % atOnce);
        if (wanted !== from) {
          here = await (wanted === from + atOnce && coming !== undefined ? coming : fetch(wanted));
          from = wanted;
          coming = begin(from + atOnce);
        }
        return here.get(ids[place]?.toHexString() ?? '');
      };
    },

    async save(tenant: string, learned: readonly Learned[]): Promise<void> {
      if (learned.length === 0) return;
      await passages.bulkWrite(
        learned.map(({ id, passage: { hashes, ...rest } }) => ({
          replaceOne: {
            filter: { tenant, _id: id },
            replacement: { tenant, ...rest, hashes: new Binary(hashes) },
            upsert: true,
          },
        })),
        { ordered: false },
      );
    },

    async drop(tenant: string, learned: readonly Learned[]): Promise<void> {
      await passages.deleteMany({ tenant, _id: { $in: learned.map(({ id }) => id) } });
    },
  };
}

function passageOf(row: Record<string, unknown>): Passage {
  const { name, from, to, lines, rank, hashes } = row as unknown as Omit<Passage, 'hashes'> & {
    hashes: { buffer: Uint8Array };
  };
  return { name, from, to, lines, rank, hashes: hashes.buffer };
}
