import type { Doc, Row, Store } from './store.ts';

/** A record that a feed has listed and that is missing from its files, for the grace before removal (`feeds.md` 0.5). */
export interface Absence {
  readonly guid: string;
  /** When the first run that missed it began. */
  readonly since: Date;
  /** Runs in a row that have missed it, and the last one of them. */
  readonly runs: number;
  readonly run: string;
}

const batch = 1000;

/** Absences in the store, by feed. */
export function makeAbsences(store: Store) {
  const rows = store.rows('absence');
  return {
    /** Absences of some records. */
    async of(tenant: string, feed: string, guids: readonly string[]): Promise<Absence[]> {
      const found = await rows.find({ tenant, feed, guid: { $in: [...guids] } } as Doc).toArray();
      return found as unknown as Absence[];
    },

    /** All absences of a feed, in batches. */
    async *all(tenant: string, feed: string): AsyncGenerator<Absence[]> {
      for (let last = ''; ; ) {
        const found = await rows
          .find({ tenant, feed, guid: { $gt: last } } as Doc)
          .sort({ guid: 1 })
          .limit(batch)
          .toArray();
        if (found.length === 0) return;
        yield found as unknown as Absence[];
        last = String(found.at(-1)?.['guid']);
      }
    },

    /** Counts records as missed by a run, once however often it is told. */
    async miss(tenant: string, feed: string, guids: readonly string[], run: string, since: Date): Promise<void> {
      for (let at = 0; at < guids.length; at += batch) {
        await rows.bulkWrite(
          guids.slice(at, at + batch).map((guid) => ({
            updateOne: {
              filter: { _id: `${tenant}/${feed}/${guid}`, tenant },
              update: [
                {
                  $set: {
                    feed,
                    guid,
                    since: { $ifNull: ['$since', since] },
                    runs: {
                      $cond: [{ $eq: ['$run', run] }, '$runs', { $add: [{ $ifNull: ['$runs', 0] }, 1] }],
                    },
                    run,
                  },
                },
              ],
              upsert: true,
            },
          })),
          { ordered: false },
        );
      }
    },

    /** Forgets absences: of the given records, or all of the feed. */
    async forget(tenant: string, feed: string, guids?: readonly string[]): Promise<void> {
      if (guids === undefined) await rows.deleteMany({ tenant, feed });
      else
        for (let at = 0; at < guids.length; at += batch) {
          await rows.deleteMany({ tenant, feed, guid: { $in: guids.slice(at, at + batch) } } as Partial<Row>);
        }
    },
  };
}

/** See {@link makeAbsences}. */
export type Absences = ReturnType<typeof makeAbsences>;
