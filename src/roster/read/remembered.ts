import type { Load } from './loader.ts';

/** Like {@link Load}, for a tenant as it was at a sequence number of its clock, or later; without one, as it is now. */
export type LoadAsOf<V> = (
  ...asked: [...Parameters<Load<V>>, asOf: number | undefined]
) => Promise<ReadonlyMap<string, V>>;

/** Tenants of which something is remembered. */
const mostTenants = 50;

/**
 * Remembers groups between reads, which name the same ones over and over, for as long as nothing in their tenant
 * changes: what was loaded for a sequence number is no older, and is forgotten with the next number. It holds `most` values
 * of a tenant.
 */
export function makeRemembered<V>(load: Load<V>, most: number): LoadAsOf<V> {
  const kept = new Map<string, { readonly asOf: number; readonly values: Map<string, V> }>();

  function valuesOf(tenant: string, asOf: number): Map<string, V> | undefined {
    const there = kept.get(tenant);
    if (there !== undefined && there.asOf >= asOf) return there.asOf === asOf ? there.values : undefined;
    const [oldest] = kept.keys();
    if (there === undefined && kept.size >= mostTenants && oldest !== undefined) kept.delete(oldest);
    const values = new Map<string, V>();
    kept.set(tenant, { asOf, values });
    return values;
  }

  return async (tenant, type, asked, asOf) => {
    const values = type === 'group' && asOf !== undefined ? valuesOf(tenant, asOf) : undefined;
    if (values === undefined) return load(tenant, type, asked);
    const missing = asked.filter((value) => !values.has(value));
    const found = missing.length === 0 ? new Map<string, V>() : await load(tenant, type, missing);
    const answer = new Map<string, V>();
    for (const value of asked) {
      const one = found.get(value) ?? values.get(value);
      if (one !== undefined) answer.set(value, one);
    }
    if (values.size + found.size > most) values.clear();
    for (const value of missing) {
      const one = found.get(value);
      if (one !== undefined && values.size < most) values.set(value, one);
    }
    return answer;
  };
}
