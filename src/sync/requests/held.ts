import { type Failed, failed } from '../../base/result.ts';
import type { RunStore } from '../../store/index.ts';

/** The id of the run of a feed that is held, if one is. */
export async function heldRunOf(runs: RunStore, tenant: string, feed: string): Promise<string | undefined> {
  const { rows } = await runs.list(tenant, { feed, state: 'held' }, 1);
  return rows[0]?._id;
}

/** Why a queued run waits behind a held one, for people. */
export function waitsFor(held: string): string {
  return `Waits for the held run ${held}; approve or reject it first.`;
}

/** Refuses a new run of a feed that has a held one: what was held is decided before more is changed. */
export async function refuseBehindHeld(runs: RunStore, tenant: string, feed: string): Promise<Failed | undefined> {
  const id = await heldRunOf(runs, tenant, feed);
  if (id === undefined) return undefined;
  return failed('conflict', `The run ${id} of the feed ${feed} is held; approve or reject it first.`, { id });
}
