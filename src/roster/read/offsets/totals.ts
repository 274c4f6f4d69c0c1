/** Numbers of records that meet a filter, remembered between the pages of a collection, which all ask for the same one. */
export interface Totals {
  /** The number for a tenant as it is at a sequence number of its clock; `count` counts where it is not known. */
  of(tenant: string, sequence: number, filter: object, count: () => Promise<number>): Promise<number>;
}

const most = { tenants: 50, filters: 200, characters: 4000 };

/** Makes {@link Totals}: what was counted at a sequence number is exact until the next one, and forgotten with it. */
export function makeTotals(): Totals {
  const kept = new Map<string, { readonly sequence: number; readonly totals: Map<string, number> }>();

  function totalsAt(tenant: string, sequence: number): Map<string, number> | undefined {
    const there = kept.get(tenant);
    if (there !== undefined && there.sequence >= sequence) {
      return there.sequence === sequence ? there.totals : undefined;
    }
    const [oldest] = kept.keys();
    if (there === undefined && kept.size >= most.tenants && oldest !== undefined) kept.delete(oldest);
    const totals = new Map<string, number>();
    kept.set(tenant, { sequence, totals });
    return totals;
  }

  return {
    async of(tenant, sequence, filter, count) {
      const name = JSON.stringify(filter);
      const totals = name.length > most.characters ? undefined : totalsAt(tenant, sequence);
      const known = totals?.get(name);
      if (known !== undefined) return known;
      const total = await count();
      if (totals !== undefined && totals.size >= most.filters) totals.clear();
      totals?.set(name, total);
      return total;
    },
  };
}
