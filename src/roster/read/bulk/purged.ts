import type { Doc, Store } from '../../../store/index.ts';
import type { Tombstone } from '../../query.ts';
import type { Roster } from '../../types.ts';

const batch = 1000;

/** Reads what is left of purged records, the oldest first. */
export function makePurged(store: Store): Pick<Roster, 'purgedAfter'> {
  return {
    async *purgedAfter(context, time) {
      let [at, last]: [unknown, string] = [time, '\uffff'];
      for (;;) {
        const after = [{ at: { $gt: at } }, { at, _id: { $gt: last } }];
        const rows = await store
          .rows('tombstone')
          .find({ tenant: context.tenant, $or: after } as Doc, { sort: { at: 1, _id: 1 }, limit: batch })
          .toArray();
        if (rows.length > 0) yield rows.map((row) => ({ ...row, guid: row._id }) as unknown as Tombstone);
        if (rows.length < batch) return;
        at = rows.at(-1)?.['at'];
        last = String(rows.at(-1)?._id);
      }
    },
  };
}
