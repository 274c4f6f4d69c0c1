import { runningSets } from './running-sets.ts';

/** Stops what `start-mongod.ts` started. */
export default async function stopMongod(): Promise<void> {
  for (const set of runningSets().splice(0)) await set.stop();
}
