import { type CrosswalkRow, nameOf } from './crosswalk-rows.ts';

/** Rows that hang together: the new id of each is the old id of the one before it; of a cycle also the first's of the last. */
export interface RowChain {
  readonly rows: readonly CrosswalkRow[];
  readonly isCycle: boolean;
}

/** Puts rows into chains, the end first, so that an id is free or given up when the next row takes it. */
export function inOrder(rows: readonly CrosswalkRow[]): RowChain[] {
  const byOld = new Map(rows.map((row) => [nameOf(row, row.oldId), row]));
  const byNew = new Map(rows.map((row) => [nameOf(row, row.newId), row]));
  const placed = new Set<CrosswalkRow>();
  const chains: RowChain[] = [];
  for (const row of rows) {
    if (placed.has(row)) continue;
    let end = row;
    for (let next = byOld.get(nameOf(end, end.newId)); next !== undefined; next = byOld.get(nameOf(end, end.newId))) {
      end = next;
      if (end === row) break;
    }
    const isCycle = byOld.get(nameOf(end, end.newId)) !== undefined;
    const chain: CrosswalkRow[] = [];
    for (let one: CrosswalkRow | undefined = end; one !== undefined && !placed.has(one); ) {
      placed.add(one);
      chain.push(one);
      one = byNew.get(nameOf(one, one.oldId));
    }
    chains.push({ rows: chain, isCycle });
  }
  return chains;
}
