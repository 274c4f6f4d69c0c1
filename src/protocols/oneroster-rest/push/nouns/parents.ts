import type { Relationship } from '../../../../model/index.ts';
import type { Data } from '../../body/fields.ts';
import { dataOf, type Merging } from './noun.ts';

/** A field of a group that names records above it. */
export interface Part {
  readonly name: string;
  /** The guids that reads show there, given or derived. */
  readonly shown: readonly (string | undefined)[];
  /** What the first is to the group, where that must be told from other parents. */
  readonly label?: string;
}

/**
 * The relationships of a group whose parts name other records than reads show: the parts that are as they were keep
 * their parents as stored, derived ones stay derived, and parents that OneRoster does not show stay behind them.
 */
export function parentsOf(merging: Merging, parts: readonly Part[]): Data {
  const { sent, changed, guidOf } = merging;
  if (!changed(...parts.map(({ name }) => name))) return {};
  const stored = dataOf(merging, 'group')?.relationships?.filter(({ relation }) => relation === 'parent') ?? [];
  const list: Relationship[] = [];
  const add = (parent: Relationship) => {
    if (!list.some(({ target }) => target === parent.target)) list.push(parent);
  };
  for (const { name, shown, label } of parts) {
    if (changed(name)) {
      const keys = [sent[name]].flat().filter((key) => typeof key === 'string');
      for (const key of keys) add({ relation: 'parent', target: guidOf(key), ...(label !== undefined && { label }) });
    } else for (const parent of stored) if (shown.includes(parent.target)) add(parent);
  }
  const shownOnes = new Set(parts.flatMap(({ shown }) => shown));
  for (const parent of stored) if (!shownOnes.has(parent.target)) add(parent);
  return { relationships: list.length === 0 ? null : list };
}

/** The title of a group where it is sent otherwise than reads show it. */
export function titleOf({ sent, changed }: Merging, name: string): Data {
  return changed(name) ? { description: { short: sent[name] } } : {};
}
