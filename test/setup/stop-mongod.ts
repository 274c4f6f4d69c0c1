import { rm } from 'node:fs/promises';
import { runningSets } from './running-sets.ts';

/** Stops what `start-mongod.ts` started. */
export default async function stopMongod(): Promise<void> {
  for (const { set, folder } of runningSets().splice(0)) {
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
