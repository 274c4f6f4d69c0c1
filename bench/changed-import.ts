import type { Bench, Finding, Measure } from './measure.ts';
import { speed } from './measure.ts';

/** Every hundredth person and membership has another value. */
const changed = 100;

/**
 * A later file in which 1 % of the records have changed, against the time of an unchanged one and twice that of a raw
 * `bulkWrite` of as many updates of the same documents.
 */
export const changedImport: Measure = {
  name: 'changed-import',
  async run(bench: Bench): Promise<Finding> {
    const { database, size, records, again } = await bench.imported();
    const { path } = bench.rosterFile(size, { sent: '2026-11-26T03:00:00', changed });
    const gateway = await bench.start('gateway', { uri: bench.uri, database, dataDir: `${bench.folder}/${database}` });
    const since = Date.now();
    const done = await gateway.ask({ ask: 'import', file: path, dryRun: false });
    await gateway.stop();
    const floor = await bench.start('update-floor', { uri: bench.uri, database, since });
    const { documents, seconds } = await floor.ask({ ask: 'update' });
    await floor.stop();
    bench.say(
      `1 % changed: ${done['seconds']} s: ${done['counts']}\n` +
        `bulkWrite of updates of the same: ${documents} documents in ${seconds} s`,
    );
    const least = again + 2 * Number(seconds);
    return speed('changed-import', records / Number(done['seconds']), records / least, 'records/s');
  },
};
