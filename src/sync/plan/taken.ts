import type { RosterType } from '../../model/index.ts';
import type { CountedType, Counts } from '../run.ts';

/** Records that a plan removes, as `type:guid`, so that each is counted once under its own type (decisions 2.3). */
export interface Taken {
  has(type: RosterType, guid: string): boolean;
  /** Counts what goes along with a removal; answers what was not counted before. */
  along(names: readonly string[]): readonly string[];
  /** Notes a removal that is counted on its own. */
  add(type: RosterType, guid: string): void;
  /** Notes what outlives the removal of its group: its own removal is none any more. */
  keep(names: readonly string[]): void;
  /** Takes back what {@link Taken.along} has counted. */
  giveBack(names: readonly string[]): void;
}

/** Makes an empty {@link Taken}; memory grows with the removals that are rehearsed. */
export function makeTaken(counts: Record<CountedType, Counts>): Taken {
  const names = new Set<string>();
  const kept = new Set<string>();
  const typeOf = (name: string) => name.slice(0, name.indexOf(':')) as RosterType;
  return {
    has: (type, guid) => names.has(`${type}:${guid}`) || kept.has(`${type}:${guid}`),
    keep(found) {
      for (const name of found) kept.add(name);
    },
    add(type, guid) {
      names.add(`${type}:${guid}`);
    },
    along(found) {
      const fresh = found.filter((name) => !names.has(name));
      for (const name of fresh) {
        names.add(name);
        counts[typeOf(name)].trashed += 1;
      }
      return fresh;
    },
    giveBack(found) {
      for (const name of found) {
        names.delete(name);
        counts[typeOf(name)].trashed -= 1;
      }
    },
  };
}
