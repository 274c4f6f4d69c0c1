import type { RosterType } from '../../model/index.ts';
import type { Context, Roster } from '../../roster/index.ts';
import type { GuidSet } from '../hashes/guid-set.ts';
import { batchSize } from '../spool.ts';

/** Rejected records still protect the stored records that they mean (`feeds.md` 0.3). */
export interface Protection {
  add(type: RosterType, key: string): Promise<void>;
  /** Looks up what waits. */
  settle(): Promise<void>;
}

/** Makes a {@link Protection} that puts what it finds into a set. */
export function makeProtection(roster: Roster, context: Context, found: GuidSet): Protection {
  let waiting: { type: RosterType; key: string }[] = [];

  async function settle(): Promise<void> {
    const asked = waiting;
    waiting = [];
    if (asked.length === 0) return;
    // A rehearsal finds a record as an import does: under former keys too, and a membership by ends that were renamed.
    const changes = asked.map(({ type, key }) => ({ op: 'release', type, key, as: 'report' }) as const);
    for (const result of await roster.rehearse(context, changes)) if (result.ok) found.add(result.guid);
  }

  return {
    async add(type, key) {
      waiting.push({ type, key });
      if (waiting.length >= batchSize) await settle();
    },
    settle,
  };
}
