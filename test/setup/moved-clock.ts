import type { Clock } from '../../src/base/clock.ts';

/** A clock that stands still until the test moves it. */
export interface MovedClock extends Clock {
  set(to: Date | string): void;
  /** Moves on by milliseconds. */
  pass(ms: number): void;
}

/** Makes a {@link MovedClock} that stands at an instant. */
export function movedClock(at: Date | string): MovedClock {
  let time = new Date(at).getTime();
  return {
    now: () => new Date(time),
    set: (to) => {
      time = new Date(to).getTime();
    },
    pass: (ms) => {
      time += ms;
    },
  };
}
