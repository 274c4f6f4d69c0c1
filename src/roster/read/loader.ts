import type { RecordType } from '../../model/index.ts';

/** Values that one query asks for. */
const atOnce = 1000;

interface Batch<V> {
  readonly values: Set<string>;
  readonly found: Promise<ReadonlyMap<string, V>>;
}

/** Loads what there is of some values; the answer may hold more than was asked for. */
export type Load<V> = (tenant: string, type: RecordType, values: readonly string[]) => Promise<ReadonlyMap<string, V>>;

/**
 * Gathers what many ask for in one turn of the event loop into one query a tenant and type, as writes are gathered
 * (decisions 3.2): 1,000 values at most, and no later than the end of the turn, so that nothing is answered from before
 * it was asked. A query that fails fails for all who asked.
 */
export function makeLoader<V>(query: Load<V>): Load<V> {
  const open = new Map<string, Batch<V>>();

  function batchOf(tenant: string, type: RecordType): Batch<V> {
    const name = `${type} ${tenant}`;
    const there = open.get(name);
    if (there !== undefined && there.values.size < atOnce) return there;
    const values = new Set<string>();
    const found = new Promise<ReadonlyMap<string, V>>((resolve, reject) => {
      setImmediate(() => {
        if (open.get(name) === batch) open.delete(name);
        query(tenant, type, [...values]).then(resolve, reject);
      });
    });
    const batch: Batch<V> = { values, found };
    open.set(name, batch);
    return batch;
  }

  return async (tenant, type, values) => {
    const asked = new Set<Batch<V>>();
    for (const value of values) {
      const batch = batchOf(tenant, type);
      batch.values.add(value);
      asked.add(batch);
    }
    const found = await Promise.all([...asked].map((batch) => batch.found));
    const [only] = found;
    return found.length === 1 && only !== undefined ? only : new Map(found.flatMap((part) => [...part]));
  };
}
