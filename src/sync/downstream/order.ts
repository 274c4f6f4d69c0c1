/** A group and the parents that it names. */
export interface Nested {
  readonly guid: string;
  readonly parents: readonly string[];
}

/**
 * How deep each group is below those of the list that have no parent in it: parents are less deep than their children.
 * Groups in a cycle, and what is below them, come last.
 */
export function depthsOf(groups: readonly Nested[]): Map<string, number> {
  const waits = new Map<string, number>();
  const children = new Map<string, string[]>();
  const known = new Set(groups.map(({ guid }) => guid));
  for (const { guid, parents } of groups) {
    const there = new Set(parents.filter((parent) => parent !== guid && known.has(parent)));
    waits.set(guid, there.size);
    for (const parent of there) {
      const below = children.get(parent);
      if (below === undefined) children.set(parent, [guid]);
      else below.push(guid);
    }
  }
  const depths = new Map<string, number>();
  let layer = [...known].filter((guid) => waits.get(guid) === 0);
  let depth = 0;
  for (; layer.length > 0; depth += 1) {
    const next: string[] = [];
    for (const guid of layer) {
      depths.set(guid, depth);
      for (const child of children.get(guid) ?? []) {
        const left = (waits.get(child) ?? 0) - 1;
        waits.set(child, left);
        if (left === 0) next.push(child);
      }
    }
    layer = next;
  }
  for (const guid of known) if (!depths.has(guid)) depths.set(guid, depth);
  return depths;
}
