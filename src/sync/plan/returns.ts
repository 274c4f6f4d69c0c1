import type { RosterType } from '../../model/index.ts';
import type { ChangeResult, Context, Roster, WriteChange } from '../../roster/index.ts';
import type { CountedType, Counts } from '../run.ts';
import type { Asked } from './last-word.ts';

/**
 * Records of the file that come back from the trash with another one, are counted as restored with that one; their own
 * line in the file must not be counted again.
 */
export interface Returns {
  /** Places of a batch's changes whose records lie in the trash now; notes what comes back with others. */
  look(changes: readonly Asked[], results: readonly (ChangeResult | undefined)[]): Promise<ReadonlySet<number>>;
  /** Adds what comes back beside the records of the file itself to the counts of a plan. */
  count(counts: Record<CountedType, Counts>): void;
}

/** Makes a {@link Returns}; `earlier` are the records that an attempt before this one has brought back with others. */
export function makeReturns(roster: Roster, context: Context, earlier: ReadonlySet<string> = new Set()): Returns {
  const along = { group: 0, membership: 0 };

  async function lookAt(
    type: 'group' | 'membership',
    changes: readonly Asked[],
    results: readonly (ChangeResult | undefined)[],
    found: Set<number>,
  ): Promise<void> {
    const places = new Map<string, number>();
    changes.forEach((change, at) => {
      const result = results[at];
      if (!isWrite(change, type) || result?.ok !== true || result.outcome === 'created') return;
      if (!places.has(result.guid)) places.set(result.guid, at);
    });
    const guids = [...places.keys()];
    const records = await roster.find(context, type, guids, { trashed: true });
    for (const record of records) {
      if (record?.state !== 'trashed') continue;
      const at = places.get(record.guid);
      if (at !== undefined) found.add(at);
      if (record.trash?.cause !== undefined) along[type] -= 1;
    }
  }

  return {
    async look(changes, results) {
      const found = new Set<number>();
      if (earlier.size > 0) {
        results.forEach((result, at) => {
          if (result?.ok === true && earlier.has(result.guid)) found.add(at);
        });
      }
      const back = results.filter((result) => result?.ok === true && result.outcome === 'restored');
      for (const result of back) {
        if (result?.ok !== true) continue;
        along.group += result.cascade?.group ?? 0;
        along.membership += result.cascade?.membership ?? 0;
      }
      if (back.length === 0) return found;
      await lookAt('group', changes, results, found);
      await lookAt('membership', changes, results, found);
      return found;
    },
    count(counts) {
      counts.group.restored += Math.max(0, along.group);
      counts.membership.restored += Math.max(0, along.membership);
    },
  };
}

function isWrite(change: Asked, type: RosterType): change is WriteChange {
  return change.op !== 'release' && change.type === type;
}
