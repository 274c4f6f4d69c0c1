import { RateLimiterMemory, RateLimiterMongo } from 'rate-limiter-flexible';
import { collectionNames } from './models.ts';
import type { Store } from './store.ts';

/** How often something was counted, and for how many seconds that still counts. */
export interface Counted {
  readonly count: number;
  readonly seconds: number;
}

/** Counts that all instances share, each for some seconds from its first one on. */
export interface SharedCounter {
  /** Adds one, or so many; answers the count with them. */
  add(key: string, times?: number): Promise<Counted>;
  read(key: string): Promise<Counted>;
  /** Counts one and no more, from now on. */
  set(key: string): Promise<void>;
}

/**
 * Makes a {@link SharedCounter} in the collection `attempts`, with counts in memory while the database does not answer.
 * Keys are made by the caller so that they tell nothing: hashes.
 */
export function makeSharedCounter(store: Store, name: string, seconds: number): SharedCounter {
  const usual = { keyPrefix: name, points: 1, duration: seconds };
  const limiter = new RateLimiterMongo({
    ...usual,
    storeClient: store.connection.getClient(),
    dbName: store.connection.name,
    tableName: collectionNames.attempt,
    // The indexes are made with those of all collections.
    disableIndexesCreation: true,
    insuranceLimiter: new RateLimiterMemory(usual),
  });
  return {
    async add(key, times = 1) {
      const { consumedPoints, msBeforeNext } = await limiter.penalty(key, times);
      return { count: consumedPoints, seconds: msBeforeNext / 1_000 };
    },
    async set(key) {
      await limiter.set(key, 1, seconds);
    },
    async read(key) {
      const found = await limiter.get(key);
      return { count: found?.consumedPoints ?? 0, seconds: (found?.msBeforeNext ?? 0) / 1_000 };
    },
  };
}
