import type { Bench, Measure } from './measure.ts';
import { least } from './measure.ts';
import { sizeOfBytes } from './roster-file.ts';

/**
 * Peak memory of a gateway that imports a file of so many megabytes into a fresh database, against the memory of the
 * same process while it was idle.
 */
export function memory(megabytes: number): Measure {
  const name = `memory-${megabytes}`;
  return {
    name,
    async run(bench: Bench) {
      const { path, bytes, records } = bench.rosterFile(sizeOfBytes(megabytes * 1_000_000 * bench.scale));
      const database = bench.freshDatabase();
      const gateway = await bench.start('gateway', {
        uri: bench.uri,
        database,
        dataDir: `${bench.folder}/${database}`,
      });
      const idle = await gateway.ask({ ask: 'idle' });
      const done = await gateway.ask({ ask: 'import', file: path, dryRun: false });
      await gateway.stop();
      await bench.dropDatabase(database);
      bench.say(`${name}: ${bytes} bytes, ${records} records in ${done['seconds']} s: ${done['counts']}`);
      return least(name, Number(done['peakMegabytes']), Number(idle['megabytes']), 'MB');
    },
  };
}
