import { setImmediate as turn } from 'node:timers/promises';

/** Milliseconds of work without a pause. */
const atOnceMs = 1;

/**
 * Answers a function to be called between small pieces of work that never waits for anything. It lets whatever else the
 * process has to do go first every now and then: answers to callers, and commands of the transaction before this work.
 * Undefined where that was a moment ago, so that asking costs nothing.
 */
export function makeTurns(): () => Promise<void> | undefined {
  let since = performance.now();
  const pause = async () => {
    await turn();
    since = performance.now();
  };
  return () => (performance.now() - since < atOnceMs ? undefined : pause());
}
