import type { Context } from './context.ts';
import type { Roster } from './types.ts';

/** For so long after a call by somebody else than a run the roster counts as in use. */
const useMs = 1000;

/** The calls that protocols and administrators make; the others are for runs and deliveries alone. */
const watched = [
  'execute',
  'find',
  'membershipsOf',
  'names',
  'servedIds',
  'related',
  'list',
  'waiting',
  'page',
  'served',
] as const satisfies readonly (keyof Roster)[];

type Call = (context: Context, ...rest: unknown[]) => Promise<unknown>;

/**
 * Notes the calls that people and programs wait for, so that runs can make room for them: reads and writes of records by
 * others than runs and the command line.
 */
export function makeUse() {
  const running = new Set<Promise<unknown>>();
  let last = Number.NEGATIVE_INFINITY;

  const noted =
    (ask: Call): Call =>
    (context, ...rest) => {
      const answer = ask(context, ...rest);
      if (context.run !== undefined || context.source === 'cli') return answer;
      last = performance.now();
      const call = answer.catch(() => undefined);
      running.add(call);
      void call.finally(() => running.delete(call));
      return answer;
    };

  return {
    inUse: () => performance.now() - last < useMs,

    /** Resolves when the calls that run now have ended, after so many milliseconds at the latest. */
    async settled(longestMs: number): Promise<void> {
      if (running.size === 0) return;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, longestMs);
      });
      await Promise.race([Promise.all(running), late]);
      clearTimeout(timer);
    },

    /** The same calls, noted. */
    watch<T extends Pick<Roster, (typeof watched)[number]>>(calls: T): T {
      return { ...calls, ...Object.fromEntries(watched.map((name) => [name, noted(calls[name] as Call)])) };
    },
  };
}
