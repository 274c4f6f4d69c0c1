import type { Doc, Row, Store } from './store.ts';

/** A list of a run that grows with its file. */
export type FindingList = 'problem' | 'change' | 'pair';

/** How many items of a pack are of a kind and type; a reader passes over packs that have none of what it looks for. */
export interface KindCount {
  readonly kind: string;
  readonly type: string;
  readonly count: number;
}

/** Some items of a list, packed. */
export interface FindingPack {
  /** Place in the list. */
  readonly n: number;
  readonly kinds: readonly KindCount[];
  readonly packed: Uint8Array;
}

/** Which attempt of which run; the lists of later attempts take the place of earlier ones. */
export interface FindingPlace {
  readonly tenant: string;
  readonly run: string;
  /** The fence number of the worker's lease: what a worker writes who has lost the run is not seen. */
  readonly fence: number;
}

/** What is looked for in a list. */
export interface Wanted {
  readonly kind?: string;
  readonly type?: string;
}

/** Packs that one read from the database brings. */
const batchSize = 8;

/** The lists of runs in the store, in packs. */
export function makeFindingPacks(store: Store) {
  const rows = store.rows('finding');
  const ofList = ({ tenant, run, fence }: FindingPlace, list: FindingList, { kind, type }: Wanted = {}): Doc => {
    const both = { ...(kind === undefined ? {} : { kind }), ...(type === undefined ? {} : { type }) };
    return { tenant, run, list, fence, ...(Object.keys(both).length === 0 ? {} : { kinds: { $elemMatch: both } }) };
  };

  return {
    /**
     * Begins the lists of an attempt: what earlier ones have written is gone, but for the lists to be kept, which are
     * this attempt's from now on.
     */
    async begin({ tenant, run, fence }: FindingPlace, kept: readonly FindingList[]): Promise<void> {
      await rows.deleteMany({ tenant, run, fence: { $lte: fence }, list: { $nin: [...kept] } } as Doc);
      if (kept.length > 0) {
        const earlier = { tenant, run, fence: { $lt: fence }, list: { $in: [...kept] } };
        await rows.updateMany(earlier as Doc, { $set: { fence } });
      }
    },

    /** Writes a pack, in place of one with the same place in the list. */
    async put(place: FindingPlace, list: FindingList, { n, kinds, packed }: FindingPack): Promise<void> {
      const { tenant, run, fence } = place;
      await rows.updateOne(
        { tenant, run, list, fence, n } as Doc,
        {
          $set: { kinds, packed: Buffer.from(packed) },
          $setOnInsert: { _id: `${tenant}/${run}/${fence}/${list}/${n}` },
        } as Doc,
        { upsert: true },
      );
    },

    /** Packs that hold something of what is looked for, from a place in the list on. */
    async *read(place: FindingPlace, list: FindingList, from: number, wanted?: Wanted): AsyncGenerator<FindingPack> {
      const found = rows
        .find({ ...ofList(place, list, wanted), n: { $gte: from } }, { sort: { n: 1 }, batchSize })
        .map((row) => {
          const { n, kinds, packed } = row as unknown as Omit<FindingPack, 'packed'> & {
            packed: { buffer: Uint8Array };
          };
          return { n, kinds, packed: packed.buffer };
        });
      for await (const pack of found) yield pack;
    },

    /** How many items of a list there are of what is looked for. */
    async count(place: FindingPlace, list: FindingList, wanted: Wanted = {}): Promise<number> {
      const { kind, type } = wanted;
      const matches = {
        ...(kind === undefined ? {} : { 'kinds.kind': kind }),
        ...(type === undefined ? {} : { 'kinds.type': type }),
      };
      const [sum] = await rows
        .aggregate<{ count: number }>([
          { $match: ofList(place, list, wanted) },
          { $project: { kinds: 1 } },
          { $unwind: '$kinds' },
          { $match: matches },
          { $group: { _id: null, count: { $sum: '$kinds.count' } } },
        ])
        .toArray();
      return sum?.count ?? 0;
    },

    /** All packs of all lists of a run, whichever attempt wrote them. */
    async *all(
      tenant: string,
      run: string,
    ): AsyncGenerator<FindingPack & { readonly id: string; readonly list: FindingList }> {
      const found = rows.find({ tenant, run } as Partial<Row>, { sort: { list: 1, fence: 1, n: 1 }, batchSize });
      for await (const row of found) {
        const { list, n, kinds, packed } = row as unknown as Omit<FindingPack, 'packed'> & {
          list: FindingList;
          packed: { buffer: Uint8Array };
        };
        yield { id: row._id, list, n, kinds, packed: packed.buffer };
      }
    },

    /** Writes other items into a pack; one that has none any more is gone. */
    async replace(tenant: string, id: string, { kinds, packed }: Omit<FindingPack, 'n'>): Promise<void> {
      if (kinds.length === 0) await rows.deleteOne({ tenant, _id: id } as Partial<Row>);
      else
        await rows.updateOne(
          { tenant, _id: id } as Partial<Row>,
          { $set: { kinds, packed: Buffer.from(packed) } } as Doc,
        );
    },

    /** Forgets all lists of a run. */
    async drop(tenant: string, run: string): Promise<void> {
      await rows.deleteMany({ tenant, run } as Partial<Row>);
    },
  };
}

/** See {@link makeFindingPacks}. */
export type FindingPacks = ReturnType<typeof makeFindingPacks>;
