import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Seconds over which requests are counted, so that a short burst does no harm. */
export const rateSeconds = 10;

/** Counts one request of a key; answers 0, or the whole seconds to wait when there were too many. */
export type Rate = (key: string) => Promise<number>;

/** Makes a {@link Rate} of so many requests a second, counted in this process; 0: any number. */
export function makeRate(perSecond: number): Rate {
  if (perSecond <= 0) return async () => 0;
  const limiter = new RateLimiterMemory({ points: perSecond * rateSeconds, duration: rateSeconds });
  return async (key) => {
    try {
      await limiter.consume(key);
      return 0;
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
    }
  };
}
