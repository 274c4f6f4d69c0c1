/** Tells those who wait in this process that a run has stopped running; other processes must look for themselves. */
export interface Ends {
  tell(run: string): void;
  /** Resolves when a run has stopped running, or after some milliseconds, or at the signal. */
  wait(run: string, ms: number, signal?: AbortSignal): Promise<void>;
}

/** Makes {@link Ends}. */
export function makeEnds(): Ends {
  const waiting = new Map<string, Set<() => void>>();

  return {
    tell(run) {
      for (const done of waiting.get(run) ?? []) done();
    },
    wait: (run, ms, signal) =>
      new Promise((resolve) => {
        const others = waiting.get(run) ?? new Set();
        const done = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          others.delete(done);
          if (others.size === 0) waiting.delete(run);
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal?.addEventListener('abort', done);
        others.add(done);
        waiting.set(run, others);
      }),
  };
}
