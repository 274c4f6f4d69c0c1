import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Context } from '../../roster/index.ts';

/** Requests a second that one client gets answered where nobody says otherwise. */
export const defaultRequestsPerSecond = 5_000;

/** Seconds over which requests are counted, so that a short burst does no harm. */
const windowSeconds = 10;

/** Counts the requests of each client in this process. */
export interface RequestLimit {
  readonly perSecond: number;
  /** Counts one; answers 0, or the whole seconds to wait when there were too many. */
  take(context: Context): Promise<number>;
}

/** Makes a {@link RequestLimit}; 0 for none. */
export function makeRequestLimit(perSecond: number): RequestLimit {
  if (perSecond <= 0) return { perSecond, take: async () => 0 };
  const limiter = new RateLimiterMemory({ points: perSecond * windowSeconds, duration: windowSeconds });
  return {
    perSecond,
    async take({ tenant, writer }) {
      try {
        await limiter.consume(`${tenant} ${writer}`);
        return 0;
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
      }
    },
  };
}
