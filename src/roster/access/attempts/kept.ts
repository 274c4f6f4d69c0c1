/** The most entries of each kind that are kept in memory. */
const mostKept = 10_000;

/** Keys that are kept for some time. */
export interface Kept {
  keep(key: string, ms: number): void;
  /** Milliseconds for which a key is still kept; 0: it is not. */
  left(key: string): number;
  forget(key: string): void;
}

/** Makes {@link Kept}: of very many all are forgotten at once. */
export function makeKept(now: () => number): Kept {
  const until = new Map<string, number>();
  return {
    keep(key, ms) {
      if (until.size >= mostKept) until.clear();
      until.set(key, now() + ms);
    },
    left: (key) => Math.max(0, (until.get(key) ?? 0) - now()),
    forget: (key) => until.delete(key),
  };
}
