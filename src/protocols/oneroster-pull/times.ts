import { instantOf } from '../../base/instant.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { PulledCollection } from '../../sync/index.ts';
import type { Item } from './collection.ts';

/** When a pull was made. All in milliseconds. */
export interface PullTime {
  /** The server's clock when it began. */
  readonly serverTime: number;
  /** How long it has lasted. */
  readonly tookMs: number;
  /** How much earlier than that changes are asked for, since clocks differ. */
  readonly marginMs: number;
}

/** The times of the records of one collection, read whole or by its changes. */
export interface Times {
  /** What is asked for; undefined: all. */
  readonly filter: string | undefined;
  /** Looks at records; a problem where they prove that the server does not filter as it is asked to. */
  take(items: readonly Item[]): Result<void>;
  /** The time of a record as the standard writes it, in UTC. */
  of(item: Item): string;
  /** A problem where what is there does not hold what the server showed before. */
  check(): Result<void>;
  /** What the server showed: null for no record so far, undefined where one had no time. */
  end(time: PullTime): PulledCollection | null | undefined;
}

/**
 * Makes {@link Times} of a collection. `since` is what an earlier pull was shown of it (null: no record), where only changes
 * since then are asked for (OneRoster 1.2 REST binding, section "Filtering"); undefined: all is read.
 *
 * A server proves by its answer that it tells changes: no record is older than asked for, and the newest one that it showed
 * before, which lies in what is asked for, is there, whether changed since or not.
 */
export function makeTimes(name: string, since: PulledCollection | null | undefined): Times {
  const from = since == null ? Number.NEGATIVE_INFINITY : Date.parse(since.from);
  let newest = Number.NEGATIVE_INFINITY;
  let untimed: string | undefined;

  return {
    filter: since == null ? undefined : `dateLastModified>='${since.from}'`,
    take(items) {
      for (const item of items) {
        const time = timeOf(item);
        if (time === undefined) untimed ??= `A record of ${name} has no dateLastModified.`;
        else if (time < from) {
          return unproven(
            `The server does not filter ${name} by dateLastModified: it gave an older record than asked for.`,
          );
        } else newest = Math.max(newest, time);
      }
      return untimed === undefined || since === undefined ? ok(undefined) : unproven(untimed);
    },
    of: (item) => new Date(timeOf(item) ?? 0).toISOString(),
    check() {
      if (since == null || newest >= Date.parse(since.newest)) return ok(undefined);
      return unproven(`The newest record of ${name} that the server had is not among its changes any more.`);
    },
    end({ serverTime, tookMs, marginMs }) {
      if (untimed !== undefined) return undefined;
      if (newest === Number.NEGATIVE_INFINITY) return since ?? null;
      // Whole seconds: servers may show less of a time than they compare.
      const begun = Math.floor((Math.min(newest - tookMs, serverTime) - marginMs) / 1000) * 1000;
      return { newest: new Date(newest).toISOString(), from: new Date(Math.max(begun, from)).toISOString() };
    },
  };
}

function timeOf({ dateLastModified }: Item): number | undefined {
  if (typeof dateLastModified !== 'string') return undefined;
  const text = dateLastModified.trim();
  return instantOf(text) ?? instantOf(`${text}T00:00:00Z`);
}

function unproven(text: string) {
  return failed('unreadable-input', text);
}
