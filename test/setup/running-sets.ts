import type { MongoMemoryReplSet } from 'mongodb-memory-server-core';

const KEY = Symbol.for('rostergate.test.replica-sets');

/** The replica sets that jest's global setup started; start and stop are loaded apart and meet in the global object. */
export function runningSets(): MongoMemoryReplSet[] {
  const place = globalThis as { [KEY]?: MongoMemoryReplSet[] };
  place[KEY] ??= [];
  return place[KEY];
}
