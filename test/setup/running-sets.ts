import type { MongoMemoryReplSet } from 'mongodb-memory-server-core';

/** A replica set and the folder of its data. */
export interface RunningSet {
  readonly set: MongoMemoryReplSet;
  readonly folder: string;
}

const KEY = Symbol.for('rostergate.test.replica-sets');

/** The replica sets that jest's global setup started; start and stop are loaded apart and meet in the global object. */
export function runningSets(): RunningSet[] {
  const place = globalThis as { [KEY]?: RunningSet[] };
  place[KEY] ??= [];
  return place[KEY];
}
