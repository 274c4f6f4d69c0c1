import type { Context } from './context.ts';
import type { Roster } from './types.ts';

/** For so long after a call by somebody else than a run the roster counts as in use. */
const useMs = 1000;

/** Notes the calls that people and programs wait for, so that runs can make room for them. */
export function makeUse() {
  const running = new Set<Promise<unknown>>();
  let last = Number.NEGATIVE_INFINITY;

  const noted =
    <Rest extends readonly unknown[], Answer>(ask: (context: Context, ...rest: Rest) => Promise<Answer>) =>
    (context: Context, ...rest: Rest): Promise<Answer> => {
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
    watch<T extends Pick<Roster, 'execute' | 'find' | 'page' | 'served'>>(calls: T): T {
      return {
        ...calls,
        execute: noted(calls.execute),
        find: noted(calls.find as (context: Context, ...rest: never[]) => Promise<unknown>) as T['find'],
        page: noted(calls.page),
        served: noted(calls.served),
      };
    },
  };
}
