import type { RunRow } from '../runs.ts';
import type { Doc, Store } from '../store.ts';
import { tenantsAtRest } from '../tenancy/erasure.ts';

/** States of runs that are told of, as soon as a run has come to one. */
const told = ['held', 'done', 'failed', 'rejected', 'expired', 'skipped', 'undone'];

/** Runs that were held or have ended and of which nobody was told yet, over all tenants that are served. */
export function makeRunEnds(store: Store) {
  const runs = store.rows('run');
  return {
    /** The oldest of them. */
    async unnoticed(limit: number): Promise<RunRow[]> {
      const filter = { unnoticed: true, state: { $in: told }, tenant: { $nin: await tenantsAtRest(store) } };
      const found = runs.find(filter as Doc, { sort: { order: 1 }, limit, projection: { work: 0 } });
      return (await found.toArray()) as unknown as RunRow[];
    },

    /** Takes the mark away, unless the run was worked on or has come to another state since. */
    async noticed({ _id, tenant, state, lease }: RunRow): Promise<void> {
      const worked = lease === undefined ? { lease: { $exists: false } } : { 'lease.fence': lease.fence };
      await runs.updateOne({ _id, tenant, state, ...worked } as Doc, { $unset: { unnoticed: 1 } });
    },
  };
}
