import type { RosterType } from '../../model/index.ts';
import type { Context, Roster } from '../../roster/index.ts';
import type { GuidSet } from '../hashes/guid-set.ts';
import { batchSize } from '../spool.ts';

/** Rejected records still protect the stored records that they mean (`feeds.md` 0.3). */
export interface Protection {
  /** `withMemberships`: of a person, the memberships that the feed lists too. */
  add(type: RosterType, key: string, withMemberships?: boolean): Promise<void>;
  /** Looks up what waits. */
  settle(): Promise<void>;
}

/** Makes a {@link Protection} that puts what it finds into a set. */
export function makeProtection(roster: Roster, context: Context, feed: string, found: GuidSet): Protection {
  let waiting: { type: RosterType; key: string; withMemberships: boolean }[] = [];

  async function settle(): Promise<void> {
    const asked = waiting;
    waiting = [];
    if (asked.length === 0) return;
    // A rehearsal finds a record as an import does: under former keys too, and a membership by ends that were renamed.
    const changes = asked.map(({ type, key }) => ({ op: 'release', type, key, as: 'report' }) as const);
    const results = await roster.rehearse(context, changes);
    const members: string[] = [];
    for (const [at, result] of results.entries()) {
      if (!result.ok) continue;
      found.add(result.guid);
      if (asked[at]?.withMemberships === true) members.push(result.guid);
    }
    if (members.length === 0) return;
    for (const { guid, group } of await roster.listedMemberships(context, members, feed)) {
      found.add(guid);
      // The removal of the group would take it along.
      found.add(group);
    }
  }

  return {
    async add(type, key, withMemberships = false) {
      waiting.push({ type, key, withMemberships });
      if (waiting.length >= batchSize) await settle();
    },
    settle,
  };
}
