import { setImmediate as turn } from 'node:timers/promises';
import type { Roster } from '../roster/index.ts';

/** How a run shares its process, its tenant's transactions and the database with those who wait for an answer. */
export interface Pace {
  /** How much to do at once: all that may be done, or little while others call. */
  size(most: number): number;
  /** To be called between pieces of work; lets the calls that came meanwhile go first. */
  rest(): Promise<void>;
}

/** Records at once while others call. */
const politeSize = 100;
/** Work of so many milliseconds needs no rest yet. */
const shortMs = 4;
/** So long waits a run for others at most, so that it comes to an end however many they are. */
const longestMs = 50;

/** Makes a {@link Pace}. */
export function makePace(roster: Pick<Roster, 'inUse' | 'settled'>): Pace {
  let since = performance.now();
  return {
    size: (most) => (roster.inUse() ? Math.min(most, politeSize) : most),
    async rest() {
      if (performance.now() - since < shortMs) return;
      // What has arrived by now is read in this turn, and known to the roster after it.
      await turn();
      if (roster.inUse()) await roster.settled(longestMs);
      since = performance.now();
    },
  };
}
